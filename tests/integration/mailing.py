"""A letter, and who hands it to a relay."""

from verifier.core.clock import Chance, Clock
from verifier.core.identifiers import MailAddress
from verifier.mail import Letter, Mailer, Relay

SENDER = MailAddress.parse("no-reply@accounts.example")
TO = MailAddress.parse("prenom.nom+tag@numerique.gouv.fr")
LETTER = Letter(TO, "Votre code", "Bonjour,\n\nVoici le code à recopier :\n\nABCD-2345\n\nÀ bientôt.\n")


def mailer(url: str, **options: object) -> Mailer:
    chance = Chance(bytes=bytes)
    return Mailer(Relay.parse(url), SENDER, Clock(now=lambda: 1_795_428_000), chance, **options)  # type: ignore[arg-type]
