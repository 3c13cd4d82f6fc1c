"""The audit trail: what people did, in a chain that shows whether an entry was changed, taken out, moved or put in.

An entry holds no person. It commits to one, with HMAC-SHA-256(opening, person); the opening is 32 bytes by chance. Both
are kept beside it. Who is erased loses both; the commitment that stays leads to nobody.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial

from ..core import observed, strict_json
from ..core.clock import Chance, Clock
from ..core.initiator import Initiator, Role
from ..core.models import EventKind
from ..core.strict_json import Json
from ..storage import AuditEntry, AuditPerson, Reader, Tx

_FORM = b"verifier-audit/v1\n"
_BEFORE_THE_FIRST = bytes(32)
_PAGE = 500  # entries read at once


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain, as its reader noted it; a chain that has lost it was cut or made anew."""

    seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check of the trail found.

    :param entries: how many hold, in order from the first
    :param erased: of how many of these the person is erased
    :param head: the last that holds; None: there is none
    :param broken: the number of the first entry that does not hold; None: all do
    :param why: ``missing``, ``previous``, ``digest``, ``commitment`` or ``head``: the entry that was noted is another
    :param astray: the first event by a person that has no entry, or the first entry that has no event: ``event N``,
        ``entry N``; empty: none
    """

    entries: int
    erased: int
    head: Head | None
    broken: int | None = None
    why: str = ""
    astray: str = ""

    @property
    def holds(self) -> bool:
        return self.broken is None and not self.astray


_Told = tuple[str, str, str]  # act, attestation, role


class Acts:
    """Writes what people do."""

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance

    async def record(self, tx: Tx, act: str, by: Initiator, **about: Json) -> None:
        """Write an act in the transaction of what it changes. What a job does is no act of a person.

        :param act: such as ``attestation.suspended``
        :param about: ids, domains, reasons; nothing that names a person
        """
        if by.person is None:
            return
        last = await tx.audit.last()
        seq, previous = (last.seq + 1, last.digest) if last else (1, _BEFORE_THE_FIRST)
        opening = self._chance.bytes(32)
        entry = AuditEntry(
            seq, self._clock.now(), act, by.role, about, _commitment(opening, by.person), previous, digest=b""
        )
        entry = replace(entry, digest=digest_of(entry))
        await tx.audit.add(entry, AuditPerson(seq, opening, by.person))
        # Whoever keeps the log elsewhere can see by it that the trail was cut, or written anew.
        tx.afterwards(partial(observed.line, "entry", "ends", seq=seq, digest=entry.digest.hex()))


def digest_of(entry: AuditEntry) -> bytes:
    """SHA-256 over the name of the form, a line feed, and :func:`entry_json` with sorted members and no spaces."""
    return hashlib.sha256(_FORM + strict_json.dumps(_sorted(entry_json(entry)))).digest()


def entry_json(entry: AuditEntry) -> dict[str, Json]:
    """An entry without its digest, as it is hashed and exported."""
    return {
        "about": _sorted(dict(entry.about)),
        "act": entry.act,
        "at": entry.at,
        "commitment": entry.commitment.hex(),
        "previous": entry.previous.hex(),
        "role": entry.role,
        "seq": entry.seq,
    }


async def entries(reader: Reader) -> AsyncIterator[tuple[AuditEntry, AuditPerson | None]]:
    """All entries in order, each with its person unless they are erased."""
    after = 0
    while page := await reader.audit.after(after, _PAGE):
        persons = {each.seq: each for each in await reader.audit.persons(after, _PAGE)}
        for entry in page:
            yield entry, persons.get(entry.seq)
        after = page[-1].seq


async def check(reader: Reader, noted: Head | None = None) -> AuditReport:
    """Check the whole trail.

    :param noted: a head that was kept elsewhere. Without one, nothing shows that the last entries, and what goes with
        them, were taken out, or that the whole trail was written anew
    """
    count, erased, last = 0, 0, Head(0, _BEFORE_THE_FIRST)
    told: dict[_Told, int] = {}
    async for entry, person in entries(reader):
        why = _fault(entry, person, last)
        if not why and noted is not None and noted.seq == entry.seq and noted.digest != entry.digest:
            why = "head"
        if why:
            # Where one is missing, it is the one that breaks.
            broken = last.seq + 1 if why == "missing" else entry.seq
            return AuditReport(count, erased, last if count else None, broken, why)
        count, erased, last = count + 1, erased + (person is None), Head(entry.seq, entry.digest)
        if "attestation" in entry.about:
            told[entry.act, entry.about["attestation"], entry.role] = entry.seq
    head = last if count else None
    cut = noted is not None and noted.seq > last.seq
    if cut or await reader.audit.persons(last.seq, 1):
        return AuditReport(count, erased, head, last.seq + 1, "missing")
    return AuditReport(count, erased, head, astray=await _astray(reader, told))


async def _astray(reader: Reader, told: dict[_Told, int]) -> str:
    """Whether the feed of events was edited by hand: what people did stands in both (T62)."""
    after = 0
    while page := await reader.events.after(after, _PAGE):
        for event in page:
            role = (event.by or Role.JOB).partition(":")[0]
            if role != Role.JOB and told.pop((_act(event.kind), event.attestation_id, role), None) is None:
                return f"event {event.seq}"
        after = page[-1].seq
    return f"entry {min(told.values())}" if told else ""


def _act(kind: EventKind) -> str:
    return f"attestation.{kind}"


def _fault(entry: AuditEntry, person: AuditPerson | None, last: Head) -> str:
    if entry.seq != last.seq + 1:
        return "missing"
    if entry.previous != last.digest:
        return "previous"
    if entry.digest != digest_of(entry):
        return "digest"
    if person is not None and entry.commitment != _commitment(person.opening, person.person):
        return "commitment"
    return ""


def _commitment(opening: bytes, person: str) -> bytes:
    return hmac.digest(opening, person.encode(), "sha256")


def _sorted(members: dict[str, Json]) -> dict[str, Json]:
    return dict(sorted(members.items()))
