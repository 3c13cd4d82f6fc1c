"""An agent who proves a mailbox."""

from verifier.core.identifiers import Handle, MailAddress
from verifier.core.models import Subject

SUBJECT = Subject(
    order_id="abcdefghij234567",
    handle=Handle.parse("@marianne@social.example"),
    page="https://verifier.example/v/abcdefghij234567",
    mailbox=MailAddress.parse("m.dupont+x@numerique.gouv.fr"),
    domain=None,
    locale="fr",
)
