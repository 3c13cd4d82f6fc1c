"""Is a handle that nobody attested made to be taken for an attested one? (T32)

Only listed accounts are ever named (T00d), and only while they are vouched for. What is held against a name depends on
whom it resembles. A body's name is protected on every server, against misspelling too. An agent's is a person's name,
which others bear by right: only a forged letter, or a forged server, is held against them.

Nothing is scanned: three tables in memory, of looks, of looks less one letter, and of thirds of long names, lead to the
few that are compared.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypedDict

from ..core.identifiers import Handle
from .servers import SHORT, Server, less_one, relation
from .skeletons import skeleton, squeezed
from .spelling import are_two_slips_apart, letters, may_be_two_slips_apart, places, spelled, where_to_look


class Lookalike(TypedDict):
    """The attested account.

    :ivar why: ``confusable`` letters, ``similar`` spelling, ``same-user`` on another server
    """

    handle: str
    why: str


_COMPARED = 64  # candidates, at most: a crowd that bears one name names nobody
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class _Known:
    handle: Handle
    is_body: bool
    look: str  # skeleton of the user name
    letters: int  # of a body's name as spelled


@dataclass(slots=True)
class Lookalikes:
    """The listed accounts, as they look. Some twenty entries for a body, one for an agent."""

    _known: dict[str, _Known] = field(default_factory=dict)
    _looks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _near: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _thirds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __len__(self) -> int:
        return len(self._known)

    def add(self, handle: Handle, *, is_body: bool) -> None:
        """Know a listed account that is vouched for."""
        self.discard(handle)
        look = skeleton(handle.user)
        known = _Known(handle, is_body, look, letters(spelled(squeezed(look))) if is_body else 0)
        self._known[handle.acct] = known
        for table, key in self._entries(known):
            table[key].append(handle.acct)

    def discard(self, handle: Handle) -> None:
        """Forget an account that is vouched for no more."""
        known = self._known.pop(handle.acct, None)
        if known is None:
            return
        for table, key in self._entries(known):
            table[key].remove(handle.acct)
            if not table[key]:
                del table[key]

    def _entries(self, known: _Known) -> Iterator[tuple[dict[str, list[str]], str]]:
        look = squeezed(known.look)
        yield self._looks, look
        if known.is_body:
            yield from ((self._near, less) for less in set(less_one(look)))
            yield from ((self._thirds, third) for third in places(spelled(look)))

    def find(self, handle: Handle) -> Lookalike | None:
        """The attested account that `handle`, which is not attested, resembles most."""
        look = skeleton(handle.user)
        servers: dict[str, Server] = {}
        best: tuple[int, Server, str, str] | None = None
        for known in self._candidates(squeezed(look)):
            theirs = known.handle.host.name
            if theirs not in servers:
                servers[theirs] = relation(handle.host, known.handle.host)
            why = _why(handle, look, known, servers[theirs])
            if why is not None:
                rank = (_ORDER.index(why), servers[theirs], str(known.handle), why)
                best = min(best, rank) if best else rank
        return {"handle": best[2], "why": best[3]} if best else None

    def _candidates(self, look: str) -> Iterator[_Known]:
        near = [(self._looks, look), *((self._near, less) for less in sorted(set(less_one(look))))]
        found = dict.fromkeys(acct for table, key in near for acct in table.get(key, ())[:_COMPARED])
        yield from (self._known[acct] for acct in islice(found, _COMPARED))
        name = spelled(look)
        theirs = letters(name)
        third = dict.fromkeys(acct for key in where_to_look(name) for acct in self._thirds.get(key, ()))
        alike = (self._known[acct] for acct in third if acct not in found)
        yield from islice((one for one in alike if may_be_two_slips_apart(one.letters, theirs)), _COMPARED)


_ORDER = ("confusable", "similar", "same-user")


def _why(handle: Handle, look: str, known: _Known, server: Server) -> str | None:
    if handle.user == known.handle.user:
        # SAME cannot be: the two would be one handle.
        return "confusable" if server is Server.FORGED else "same-user" if known.is_body else None
    here = server is not Server.OTHER
    if look == known.look:
        return "confusable" if here or known.is_body or len(look) >= SHORT else None
    ours, theirs = squeezed(known.look), squeezed(look)
    if theirs == ours:
        return "similar" if here or known.is_body else None
    if not known.is_body or _count_apart(handle.user, known.handle.user):
        return None
    if not set(less_one(theirs)).isdisjoint(less_one(ours)):
        return "similar" if here or len(known.look) > SHORT + 1 else None
    return "similar" if are_two_slips_apart(spelled(theirs), spelled(ours), strict=server is not Server.FORGED) else None


def _count_apart(one: str, other: str) -> bool:
    """Whether both names hold numbers, and not the same: prefet13 and prefet31 are two bodies."""
    theirs, ours = _DIGITS.findall(one), _DIGITS.findall(other)
    return bool(theirs and ours and theirs != ours)


def known(listed: Iterable[tuple[Handle, bool]]) -> Lookalikes:
    """An index of listed accounts, each with whether it is a body's."""
    index = Lookalikes()
    for handle, is_body in listed:
        index.add(handle, is_body=is_body)
    return index
