"""Public bodies: a DNS record proves a body once for all its accounts; a proved body vouches for bodies below it."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..core.clock import DAY, Chance, Clock
from ..core.errors import Conflict, NotFound, Refused, located
from ..core.identifiers import Host, MailAddress
from ..core.initiator import Initiator, Role
from ..core.models import IdentityType, Record
from ..core.strict_json import Json
from ..policy import policy as policies
from ..policy.policy import Policy
from ..storage import Body, Order, Reader, Storage, Tx
from ..validation.methods import vouch_01
from ..validation.methods.dns_01 import Dns01
from .acts import Acts
from .children import Child
from .notices import tell_body

BODY_CHALLENGE = Dns01.declaration.name
"""The challenge by which a body proves its domain: once, for all its orders."""

_TOKEN_BYTES = 16  # 128 bits: nobody publishes the same by accident
_PROOF_AGE = 2 * DAY  # seconds since its record was last seen: a daily check may be late once, not missing


ChildReviewReason = Literal["class", "contact"]
"""Why people examine the first request for a body below. ``class``: the policy asks it of its domain or mailbox.
``contact``: nobody is known to act for it, or somebody else does."""


@dataclass(frozen=True, slots=True)
class VouchResult:
    """What came of vouching for one body.

    :param examined: why people will examine the first request for it; None: they will not
    """

    domain: str
    name: str
    examined: ChildReviewReason | None


def is_proved(body: Body, now: int) -> bool:
    """Whether its own DNS record proves the body at this moment."""
    ended = body.proof_until is not None and body.proof_until <= now
    return body.proved_at is not None and not ended and (body.checked_at or 0) > now - _PROOF_AGE


async def represented_body(reads: Reader, order: Order) -> Body:
    """The body that the holder of that order represents.

    Only while the account of that order is vouched for: after a withdrawal, its token must not act for the body.

    :raises Conflict: ``body-not-proved``: nothing is attested to a body by this order
    """
    body = await reads.bodies.get(order.domain) if order.identity_type is IdentityType.INSTITUTION else None
    if body is None or await reads.attestations.vouching(order.id) is None:
        raise Conflict("body-not-proved", domain=order.domain)
    return body


def initiator_of(order: Order) -> Initiator:
    """Whoever acts through that order: its holder, or the contact who asks in the name of a body."""
    if order.identity_type is IdentityType.INSTITUTION:
        return Initiator(Role.CONTACT, (order.contact_key or b"").hex())
    return Initiator(Role.HOLDER, order.identity_key.hex())


class Bodies:
    """The rows and proofs of bodies. One per process."""

    def __init__(
        self,
        *,
        storage: Storage,
        policy: Policy,
        clock: Clock,
        chance: Chance,
        mac: Callable[[bytes], bytes],
    ) -> None:
        self._acts = Acts(clock, chance)
        self._mac = mac
        self._storage = storage
        self._policy = policy
        self._clock = clock
        self._chance = chance

    async def row(self, tx: Tx, body: policies.Body) -> Body:
        """The row of that body, inserted if there is none."""
        body_id = await tx.bodies.ensure(self._chance.identifier(), str(body.domain), body.name, self._clock.now())
        row = await tx.bodies.by_id(body_id)
        assert row is not None  # noqa: S101 - the row was written just before, in this transaction
        return row

    def contact_key(self, mailbox: MailAddress) -> bytes:
        """A keyed hash that identifies the holder of that mailbox (T05)."""
        return self._mac(f"identity:{mailbox.person}".encode())

    def address_key(self, mailbox: MailAddress) -> bytes:
        """A keyed hash of that very address, with its tag."""
        return self._mac(f"address:{mailbox}".encode())

    def body_key(self, domain: Host) -> bytes:
        """The keyed hash of a body that asks."""
        return self._mac(f"body:{domain}".encode())

    def token(self, body: Body, contact_key: bytes) -> str:
        """The token that its DNS record must hold: the body's own, or until it has one, that of the contact who asks.

        Since each contact has a token of their own, a record proves the requests of the contact who had it published,
        and of nobody else.
        """
        return body.token or _base32(self._mac(f"body-token:{body.domain}:".encode() + contact_key)[:_TOKEN_BYTES])

    async def is_new_contact(self, reads: Reader, domain: str, contact_key: bytes) -> bool:
        """Whether people must examine what that contact asks for in the name of the body.

        The DNS record is proved once for all accounts of a body. Without this examination, any of its agents could have
        an account of their own attested as one of the body's.
        """
        if self._policy.new_contact != "review":
            return False
        body = await reads.bodies.get(domain)
        first = {body.contact_key} if body and body.contact_key else set[bytes]()
        accepted, rejected = await reads.orders.contacts(domain)
        vouched = body is not None and body.vouched_at is not None
        return contact_key not in (accepted | first) - rejected and bool(accepted or first or vouched)

    async def is_name_claimed(self, reads: Reader, order: Order) -> bool:
        """Whether that order would have a name signed that nobody but whoever asks says.

        Names that the policy or the body above gives need no examination. A name that people have examined is the
        body's own (``body.name``) from then on.
        """
        if order.claimed_name is None or self._policy.body(Host.parse(order.domain)).is_named:
            return False
        body = await reads.bodies.get(order.domain)
        return body is None or not body.is_named

    async def current_proof(self, tx: Tx, body: Body) -> Record | None:
        """The proof that a body has now, for a new order: its own DNS record, or the vouching of the body above it."""
        now = self._clock.now()
        if is_proved(body, now):
            evidence: dict[str, Json] = {"domain": body.domain, "security": body.security}
            declaration = Dns01.declaration
            return Record.of(declaration.name, declaration.end, body.checked_at or now, None, evidence)
        parent = await tx.bodies.by_id(body.parent_id) if body.vouched_at and body.parent_id else None
        if parent is not None and is_proved(parent, now):
            return vouch_01.record(body.domain, parent.domain, body.vouched_at or now, parent.checked_at or now)
        return None

    async def proof_ended(self, tx: Tx, order: Order) -> bool:
        """Whether that order rests on the word of a body that has none any more."""
        if (
            order.identity_type is not IdentityType.INSTITUTION
            or await tx.challenges.get(order.id, BODY_CHALLENGE) is None
        ):
            return False
        body = await tx.bodies.get(order.domain)
        return body is None or await self.current_proof(tx, body) is None

    async def accept_record(self, tx: Tx, domain: str, record: Record, token: str, contact_key: bytes | None) -> bool:
        """Keep that its record holds that token; False if the body has another token by now."""
        body = await tx.bodies.get(domain)
        if body is None or body.token not in (None, token):
            return False
        if body.token is None:
            await tx.bodies.set_token(body.id, token)
        if contact_key is not None:
            await tx.bodies.set_contact(body.id, contact_key)
        await self.keep_proof(tx, domain, record)
        return True

    async def keep_proof(self, tx: Tx, domain: str, record: Record) -> None:
        """Keep that its record was seen in the DNS."""
        body = await tx.bodies.get(domain)
        if body is not None:
            evidence = record.evidence
            await tx.bodies.prove(
                body.id, record.checked_at, evidence.get("persistUntil"), str(evidence.get("security"))
            )

    async def vouch(self, parent: Host, children: Sequence[Child], by: Initiator) -> Sequence[VouchResult]:
        """Record that a proved body vouches for those below it: for all of them, or for none.

        :raises NotFound: ``body-unknown``
        :raises Conflict: ``body-not-proved``
        :raises Refused: ``child-not-below``, ``domain-not-accepted``, ``name-taken``, ``mailbox-…``: at the line of
            the child
        """
        now = self._clock.now()
        listed = [self._check(parent, child, f"/children/{number}") for number, child in enumerate(children)]
        async with self._storage.write.transaction() as tx:
            above = await tx.bodies.get(str(parent))
            if above is None:
                raise NotFound("body-unknown", domain=str(parent))
            if not is_proved(above, now):
                raise Conflict("body-not-proved", domain=str(parent))
            results, new = list[VouchResult](), list[str]()
            for child, known in zip(children, listed, strict=True):
                name = known.name if known.is_named else child.name
                body = await self.row(tx, policies.Body(child.domain, name, parent))
                if body.vouched_at is None or body.parent_id != above.id:
                    new.append(body.domain)
                    await tell_body(tx, body, "child-named", {"parent": above.domain, "at": now}, now)
                await tx.bodies.vouch(body.id, above.id, name, now)
                await self._acts.record(tx, "body.vouch", by, body=above.domain, child=body.domain)
                if child.contact is not None:
                    await tx.bodies.set_contact(body.id, self.contact_key(child.contact))
                body = await tx.bodies.by_id(body.id) or body
                results.append(VouchResult(body.domain, body.name, await self._review_reason(tx, body, child)))
            if new:
                await tell_body(tx, above, "children-named", {"named": ", ".join(new), "at": now}, now)
            return results

    async def _review_reason(self, tx: Tx, body: Body, child: Child) -> ChildReviewReason | None:
        if child.contact is None:
            decision = self._policy.mail_domain(child.domain).decision
            contact, has_contact = b"", body.contact_key is not None  # whoever acts for it so far may ask again
        else:
            decision = self._policy.institution(child.domain, child.contact).decision
            contact, has_contact = self.contact_key(child.contact), False
        if decision != "issue":
            return "class"
        return "contact" if not has_contact and await self.is_new_contact(tx, body.domain, contact) else None

    async def renew_token(self, domain: Host, by: Initiator) -> Body:
        """Draw a new token for its DNS record; the record with the former token proves nothing any more.

        The next check is due at once: it sends the letters that say what to publish, and by when.

        :raises NotFound: ``body-unknown``
        """
        async with self._storage.write.transaction() as tx:
            body = await tx.bodies.get(str(domain))
            if body is None:
                raise NotFound("body-unknown", domain=str(domain))
            await tx.bodies.set_token(body.id, _base32(self._chance.bytes(_TOKEN_BYTES)))
            await tx.bodies.set_seen(body.id, self._clock.now())
            await self._acts.record(tx, "body.renew", by, body=body.domain)
            return await self.row(tx, policies.Body(domain, body.name))

    def _check(self, parent: Host, child: Child, pointer: str) -> policies.Body:
        """A body may vouch only for what the policy, or the DNS itself, puts below it: that, as the policy knows it."""
        with located(pointer):
            listed = self._policy.body_domain(child.domain)
            if not listed.is_named:
                self._policy.check_name(child.domain, child.name)
        below = child.domain.is_within(parent) and child.domain != parent
        if not below and listed.parent != parent:
            raise Refused("child-not-below", pointer=pointer, domain=str(child.domain), parent=str(parent))
        if child.contact is not None:
            with located(pointer):
                self._policy.institution(child.domain, child.contact)
        return listed


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
