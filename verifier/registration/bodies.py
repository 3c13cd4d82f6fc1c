"""Public bodies: proved once by their DNS, for all their accounts; a proved one vouches for those below it."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..core.clock import DAY, Chance, Clock, to_rfc3339
from ..core.errors import Conflict, NotFound, Refused
from ..core.identifiers import Host, MailAddress
from ..core.models import End, IdentityType, Record
from ..core.strict_json import Json
from ..policy import policy as policies
from ..policy.policy import Policy
from ..storage import Body, Order, Reader, Storage, Tx
from .children import Child

_TOKEN_BYTES = 16  # 128 bits: nobody publishes it by chance
_STANDS = 2 * DAY  # seconds since its record was last seen: a day's check may be late, not missing


Examined = Literal["class", "contact"]
"""Why people look at what is asked for a body below: the policy says so of its domain or mailbox; or it is not known
who acts for it, or somebody else does."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """A body that was just named.

    :param examined: why people will look at the first request for it; None: nobody need
    """

    domain: str
    name: str
    examined: Examined | None


def stands(body: Body, now: int) -> bool:
    """Whether its own DNS record holds at this moment."""
    ended = body.proof_until is not None and body.proof_until <= now
    return body.proved_at is not None and not ended and (body.checked_at or 0) > now - _STANDS


async def speaks_for(reads: Reader, order: Order) -> Body:
    """The body for which whoever holds that order speaks.

    Only while its own account is vouched for: a token of an attestation that was withdrawn is nobody's word.

    :raises Conflict: ``body-not-proved``: nothing is attested to a body by this order
    """
    body = await reads.bodies.get(order.domain) if order.identity_type is IdentityType.INSTITUTION else None
    if body is None or await reads.attestations.vouching(order.id) is None:
        raise Conflict("body-not-proved", domain=order.domain)
    return body


class Bodies:
    """What the deployment knows of bodies. One per process."""

    def __init__(
        self, *, storage: Storage, policy: Policy, clock: Clock, chance: Chance, mac: Callable[[bytes], bytes]
    ) -> None:
        self._mac = mac
        self._storage = storage
        self._policy = policy
        self._clock = clock
        self._chance = chance

    async def know(self, tx: Tx, body: policies.Body) -> Body:
        """Its row, made if it is new."""
        body_id = await tx.bodies.ensure(self._chance.identifier(), str(body.domain), body.name, self._clock.now())
        known = await tx.bodies.by_id(body_id)
        assert known is not None  # noqa: S101 - the row was written just before, in this transaction
        return known

    def contact_key(self, mailbox: MailAddress) -> bytes:
        """The keyed hash of who reads that mailbox (T05)."""
        return self._mac(f"identity:{mailbox.person}".encode())

    def token(self, body: Body, contact_key: bytes) -> str:
        """What its DNS must hold: the body's, or until it has one, that of the contact who asks for it.

        Whose word is published is whose word it is: nobody else's request is proved by it, and nobody waits for it.
        """
        return body.token or _word(self._mac(f"body-token:{body.domain}:".encode() + contact_key)[:_TOKEN_BYTES])

    async def is_stranger(self, reads: Reader, domain: str, contact_key: bytes) -> bool:
        """Whether people must look at what that contact asks for in the name of the body.

        It is proved once. Else any of its agents could have an account of their own taken for one of the body's.
        """
        if self._policy.new_contact != "review":
            return False
        body = await reads.bodies.get(domain)
        first = {body.contact_key} if body and body.contact_key else set[bytes]()
        known, wrong = await reads.orders.contacts(domain)
        vouched = body is not None and body.vouched_at is not None
        return contact_key not in (known | first) - wrong and bool(known or first or vouched)

    async def standing(self, tx: Tx, body: Body) -> Record | None:
        """The proof that a body has already, for a new order: its own record, or the word of the body above it."""
        now = self._clock.now()
        if stands(body, now):
            evidence: dict[str, Json] = {"domain": body.domain, "security": body.security}
            return _record("dns-01", body.checked_at or now, evidence)
        parent = await tx.bodies.by_id(body.parent_id) if body.vouched_at and body.parent_id else None
        if parent is not None and stands(parent, now):
            evidence = {"domain": body.domain, "parent": parent.domain, "named": to_rfc3339(body.vouched_at or now)}
            return _record("vouch-01", parent.checked_at or now, evidence)
        return None

    async def ended(self, tx: Tx, order: Order) -> bool:
        """Whether that order rests on the word of a body that has none any more."""
        if order.identity_type is not IdentityType.INSTITUTION or await tx.challenges.get(order.id, "dns-01") is None:
            return False
        body = await tx.bodies.get(order.domain)
        return body is None or await self.standing(tx, body) is None

    async def proved_by(self, tx: Tx, domain: str, record: Record, token: str, contact_key: bytes | None) -> bool:
        """Its record was seen to hold that token; False if the body has another one by now."""
        body = await tx.bodies.get(domain)
        if body is None or body.token not in (None, token):
            return False
        if body.token is None:
            await tx.bodies.set_token(body.id, token)
        if contact_key is not None:
            await tx.bodies.set_contact(body.id, contact_key)
        await self.proved(tx, domain, record)
        return True

    async def proved(self, tx: Tx, domain: str, record: Record) -> None:
        """Its record was seen in the DNS."""
        body = await tx.bodies.get(domain)
        if body is not None:
            seen = record.evidence
            await tx.bodies.prove(body.id, record.checked_at, seen.get("persistUntil"), str(seen.get("security")))

    async def vouch(self, parent: Host, children: Sequence[Child]) -> Sequence[Vouched]:
        """A proved body names those below it: all of them, or none.

        :raises NotFound: ``body-unknown``
        :raises Conflict: ``body-not-proved``
        :raises Refused: ``child-not-below``, ``domain-not-accepted``, ``mailbox-…``: at the line of the child
        """
        now = self._clock.now()
        for number, child in enumerate(children):
            self._check(parent, child, f"/children/{number}")
        async with self._storage.write.transaction() as tx:
            above = await tx.bodies.get(str(parent))
            if above is None:
                raise NotFound("body-unknown", domain=str(parent))
            if not stands(above, now):
                raise Conflict("body-not-proved", domain=str(parent))
            named: list[Vouched] = []
            for child in children:
                known = await self.know(tx, policies.Body(child.domain, child.name, parent))
                await tx.bodies.vouch(known.id, above.id, child.name, now)
                if child.contact is not None:
                    await tx.bodies.set_contact(known.id, self.contact_key(child.contact))
                known = await tx.bodies.by_id(known.id) or known
                named.append(Vouched(known.domain, known.name, await self._examined(tx, known, child)))
            return named

    async def _examined(self, tx: Tx, body: Body, child: Child) -> Examined | None:
        if child.contact is None:
            decision = self._policy.mail_domain(child.domain).decision
            asks, known = b"", body.contact_key is not None  # whoever acts for it so far may ask again
        else:
            decision = self._policy.institution(child.domain, child.contact).decision
            asks, known = self.contact_key(child.contact), False
        if decision != "issue":
            return "class"
        return "contact" if not known and await self.is_stranger(tx, body.domain, asks) else None

    async def renew_token(self, domain: Host) -> Body:
        """A new word for its DNS record; the proof by the former one ends.

        It is looked for at once, so that those whom it concerns learn at once what is to be published, and by when.

        :raises NotFound: ``body-unknown``
        """
        async with self._storage.write.transaction() as tx:
            known = await tx.bodies.get(str(domain))
            if known is None:
                raise NotFound("body-unknown", domain=str(domain))
            await tx.bodies.set_token(known.id, _word(self._chance.bytes(_TOKEN_BYTES)))
            await tx.bodies.set_seen(known.id, self._clock.now())
            return await self.know(tx, policies.Body(domain, known.name))

    def _check(self, parent: Host, child: Child, pointer: str) -> None:
        """A body speaks for what the policy, or the DNS itself, puts below it: not for any name that it likes."""
        try:
            listed = self._policy.body_domain(child.domain)
        except Refused as error:
            raise error.at(pointer) from None
        below = child.domain.is_within(parent) and child.domain != parent
        if not below and listed.parent != parent:
            raise Refused("child-not-below", pointer=pointer, domain=str(child.domain), parent=str(parent))
        if child.contact is not None:
            try:
                self._policy.institution(child.domain, child.contact)
            except Refused as error:
                raise error.at(pointer) from None


def _word(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _record(method: str, at: int, evidence: dict[str, Json]) -> Record:
    return Record(method=method, end=End.IDENTITY, valid=True, checked_at=at, evidence=evidence)
