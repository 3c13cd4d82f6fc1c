"""Rows to try a store on."""

from tests.initiators import OPERATOR
from verifier.core.identifiers import Handle
from verifier.core.models import AccountPin, End, EventKind, IdentityType, Problem, Record, Status
from verifier.storage import Circumstances, NewAttestation, NewChallenge, NewOrder, Storage

NOW = 1_795_428_000
HANDLE = "acct:alice@social.example"
PIN = AccountPin(
    Handle.parse(HANDLE), "https://social.example/users/alice", "https://social.example/@alice", "zQm1", None
)
ORDER = NewOrder(
    id="order-1",
    token_digest=b"\x00\xff" * 16,
    handle=HANDLE,
    identity_type=IdentityType.AGENT,
    identity_key=b"\x01" * 32,
    mailbox="alice.martin@numerique.gouv.fr",
    mail_domain="numerique.gouv.fr",
    contact_key=b"\x01" * 32,
    domain="numerique.gouv.fr",
    decision="issue",
    class_="state",
    rule="suffix gouv.fr",
    policy_version="fr-1",
    listed=True,
    affiliation="body",
    locale="fr",
    claimed_name=None,
    created_at=NOW,
    expires_at=NOW + 100,
)
INTENT = NewAttestation(
    id="attestation-1",
    order_id="order-1",
    previous_id=None,
    issuer="did:web:a.example",
    handle=HANDLE,
    intent=b'{"\xc3\xa9":1}',
    revocation_list=1,
    revocation_index=7,
    suspension_list=1,
    suspension_index=8,
    listed=True,
    valid_from=NOW,
    valid_until=NOW + 1000,
    reserved_at=NOW,
)
SEEN = Circumstances("fr-1", "state", {"listed": True}, "fr")
RECORD = Record(
    method="email-01",
    end=End.IDENTITY,
    valid=False,
    checked_at=NOW,
    problem=Problem("code-wrong", {"left": 4}),
    evidence={"domain": "é", "list": [1, None]},
)


async def add_order(store: Storage, order: NewOrder = ORDER) -> None:
    async with store.write.transaction() as tx:
        await tx.orders.add(
            order,
            {End.ACCOUNT: "any", End.IDENTITY: "any"},
            (NewChallenge("rel-me-01", End.ACCOUNT, {}), NewChallenge("email-01", End.IDENTITY, {})),
        )


async def add_intent(store: Storage, intent: NewAttestation = INTENT) -> None:
    async with store.write.transaction() as tx:
        await tx.attestations.reserve(intent)


async def publish(store: Storage, asked: NewOrder = ORDER) -> None:
    """The rows of one published attestation."""
    await add_order(store, asked)
    await add_intent(store)
    order = await store.read.orders.get("order-1")
    assert order is not None
    async with store.write.transaction() as tx:
        await tx.attestations.set_signed("attestation-1", b"signed", NOW)
        body = await tx.bodies.ensure("body-1", "numerique.gouv.fr", "N", NOW)
        identity = await tx.identities.ensure("identity-1", order, body, NOW, NOW + 10)
        account = await tx.accounts.pin("account-1", PIN, "order-1", NOW)
        await tx.attestations.set_published("attestation-1", account, identity, NOW)
        await tx.verdicts.put("order-1", Status.VERIFIED, None, NOW, b"verdict 1", by=OPERATOR)
        await tx.events.add(EventKind.ISSUED, "attestation-1", HANDLE, NOW, listed=True, by=OPERATOR)
