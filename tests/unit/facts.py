"""What is known of an account that is to be attested."""

from tests.integration.house import NOW
from verifier.core.identifiers import Digest, Handle
from verifier.core.models import AccountPin
from verifier.core.site import Site
from verifier.issuance import Facts, Proof

SITE = Site("https://comptes.example.gouv.fr")


PIN = AccountPin(
    Handle.parse("@a@h.example"), "https://h.example/users/a", "https://h.example/@a", str(Digest.of(b"key")), "2017"
)
FACTS = Facts(
    attestation_id="6v3kq2w7m4n5p7r6",
    pin=PIN,
    role="agent",
    domain="numerique.gouv.fr",
    name="Direction interministérielle du numérique",
    account=Proof("rel-me-01", NOW - 2),
    identity=(Proof("email-01", NOW - 1, "state"),),
    revocation=(1, 94567),
    suspension=(1, 3),
    valid_from=NOW,
    valid_until=NOW + 90 * 86_400,
)
