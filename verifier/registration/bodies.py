"""Public bodies: proved once by their DNS, for all their accounts; a proved one vouches for those below it."""

import base64
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..core.clock import DAY, Chance, Clock, to_rfc3339
from ..core.errors import BadInput, Conflict, NotFound, Refused
from ..core.identifiers import Host
from ..core.models import End, Record
from ..core.strict_json import Json
from ..storage import Body, Storage, Tx
from . import policy as policies
from .policy import Policy

_TOKEN_BYTES = 16  # 128 bits: nobody publishes it by chance
_STANDS = 2 * DAY  # seconds since its record was last seen: a day's check may be late, not missing
MOST_CHILDREN = 500
LONGEST_NAME = 200  # characters


@dataclass(frozen=True, slots=True)
class Child:
    """A body that another one names as its own."""

    domain: Host
    name: str


def stands(body: Body, now: int) -> bool:
    """Whether its own DNS record holds at this moment."""
    ended = body.proof_until is not None and body.proof_until <= now
    return body.proved_at is not None and not ended and (body.checked_at or 0) > now - _STANDS


class Bodies:
    """What the deployment knows of bodies. One per process."""

    def __init__(self, *, storage: Storage, policy: Policy, clock: Clock, chance: Chance) -> None:
        self._storage = storage
        self._policy = policy
        self._clock = clock
        self._chance = chance

    async def know(self, tx: Tx, body: policies.Body) -> Body:
        """Its row, with the word that its DNS must hold."""
        body_id = await tx.ensure_body(self._chance.identifier(), str(body.domain), body.name, self._clock.now())
        known = await tx.body_of_id(body_id)
        if known is None or known.token is None:
            await tx.set_body_token(body_id, self._token())
            known = await tx.body_of_id(body_id)
        assert known is not None  # noqa: S101 - the row was written just before, in this transaction
        return known

    async def standing(self, tx: Tx, body: Body) -> Record | None:
        """The proof that a body has already, for a new order: its own record, or the word of the body above it."""
        now = self._clock.now()
        if stands(body, now):
            evidence: dict[str, Json] = {"domain": body.domain, "security": body.security}
            return _record("dns-01", body.checked_at or now, evidence)
        parent = await tx.body_of_id(body.parent_id) if body.vouched_at and body.parent_id else None
        if parent is not None and stands(parent, now):
            evidence = {"domain": body.domain, "parent": parent.domain, "named": to_rfc3339(body.vouched_at or now)}
            return _record("vouch-01", parent.checked_at or now, evidence)
        return None

    async def proved(self, tx: Tx, domain: str, record: Record) -> None:
        """Its record was seen in the DNS."""
        body = await tx.body(domain)
        if body is not None:
            seen = record.evidence
            await tx.prove_body(body.id, record.checked_at, seen.get("persistUntil"), str(seen.get("security")))

    async def vouch(self, parent: Host, children: Sequence[Child]) -> Sequence[Body]:
        """A proved body names those below it: all of them, or none.

        :raises NotFound: ``body-unknown``
        :raises Conflict: ``body-not-proved``
        :raises Refused: ``child-not-below``, ``domain-not-accepted``: at the line of the child
        """
        now = self._clock.now()
        for number, child in enumerate(children):
            self._check(parent, child, f"/children/{number}")
        async with self._storage.write.transaction() as tx:
            above = await tx.body(str(parent))
            if above is None:
                raise NotFound("body-unknown", domain=str(parent))
            if not stands(above, now):
                raise Conflict("body-not-proved", domain=str(parent))
            named: list[Body] = []
            for child in children:
                known = await self.know(tx, policies.Body(child.domain, child.name, parent))
                await tx.vouch_body(known.id, above.id, now)
                named.append(known)
            return named

    async def renew_token(self, domain: Host) -> Body:
        """A new word for its DNS record; the proof by the former one ends.

        :raises NotFound: ``body-unknown``
        """
        async with self._storage.write.transaction() as tx:
            known = await tx.body(str(domain))
            if known is None:
                raise NotFound("body-unknown", domain=str(domain))
            await tx.set_body_token(known.id, self._token())
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

    def _token(self) -> str:
        return base64.b32encode(self._chance.bytes(_TOKEN_BYTES)).decode().rstrip("=").lower()


def parse_children(text: str) -> Sequence[Child]:
    """A list of bodies: CSV with the columns ``domain`` and ``name``.

    :raises BadInput: ``children-malformed`` (at the line), ``children-count``, or the host's own
    """
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error:
        raise BadInput("children-malformed", pointer="/children", line=reader.line_num) from None
    if not rows or rows[0][1] != ["domain", "name"]:
        raise BadInput("children-malformed", pointer="/children", line=1)
    if odd := next((line for line, cells in rows if len(cells) != len(rows[0][1])), None):
        raise BadInput("children-malformed", pointer="/children", line=odd)
    return children((line, cells[0], cells[1]) for line, cells in rows[1:])


def children(rows: Iterable[tuple[int, str, str]]) -> Sequence[Child]:
    """The bodies of a list.

    :param rows: line, domain, name: readers will see it, and it is signed
    :raises BadInput: ``children-malformed`` (at the line), ``children-count``, or the host's own
    """
    found: dict[Host, Child] = {}
    for number, (line, domain, name) in enumerate(rows):
        pointer, shown = f"/children/{number}", name.strip()
        try:
            child = Child(Host.parse(domain), shown)
        except BadInput as error:
            raise error.at(f"{pointer}/domain") from None
        if child.domain in found or not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
            raise BadInput("children-malformed", pointer=pointer, line=line)
        found[child.domain] = child
    if not 0 < len(found) <= MOST_CHILDREN:
        raise BadInput("children-count", pointer="/children", most=MOST_CHILDREN)
    return tuple(found.values())


def _record(method: str, at: int, evidence: dict[str, Json]) -> Record:
    return Record(method=method, end=End.IDENTITY, valid=True, checked_at=at, evidence=evidence)
