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
from .spelling import (
    are_two_slips_apart,
    is_one_slip_apart,
    letters,
    may_be_two_slips_apart,
    places,
    spelled,
    where_to_look,
)


class Lookalike(TypedDict):
    """The attested account.

    :ivar why: ``confusable`` letters, ``similar`` spelling, ``same-user`` on another server
    """

    handle: str
    why: str


_COMPARED = 64  # candidates, at most: a crowd that bears one name names nobody
_Rank = tuple[int, Server, str, str]
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
            yield from ((self._near, less) for less in less_one(look))
            yield from ((self._thirds, third) for third in places(spelled(look)))

    def find(self, handle: Handle) -> Lookalike | None:
        """The attested account that `handle`, which is not attested, resembles most."""
        look = skeleton(handle.user)
        best = min(self._resembled(handle, look), default=None) or min(self._misspelt(handle, look), default=None)
        return {"handle": best[2], "why": best[3]} if best else None

    def _resembled(self, handle: Handle, look: str) -> Iterator[_Rank]:
        """Those with the same look, but for one letter."""
        shown = squeezed(look)
        keys = [(self._looks, shown), *((self._near, less) for less in sorted(less_one(shown)))]
        found = dict.fromkeys(acct for table, key in keys for acct in table.get(key, ())[:_COMPARED])
        servers: dict[str, Server] = {}
        for acct in islice(found, _COMPARED):
            known = self._known[acct]
            theirs = known.handle.host.name
            if theirs not in servers:
                servers[theirs] = relation(handle.host, known.handle.host)
            why = _why(handle, look, known, servers[theirs])
            if why is not None:
                yield _ORDER.index(why), servers[theirs], str(known.handle), why

    def _misspelt(self, handle: Handle, look: str) -> Iterator[_Rank]:
        """Bodies with long names that are two letters away."""
        name = spelled(squeezed(look))
        theirs = letters(name)
        third = dict.fromkeys(acct for key in where_to_look(name) for acct in self._thirds.get(key, ()))
        alike = (
            known for known in map(self._known.__getitem__, third) if may_be_two_slips_apart(known.letters, theirs)
        )
        for known in islice(alike, _COMPARED):
            ours = spelled(squeezed(known.look))
            if not are_two_slips_apart(name, ours, strict=False) or _count_apart(handle.user, known.handle.user):
                continue
            server = relation(handle.host, known.handle.host)
            if server is Server.FORGED or are_two_slips_apart(name, ours, strict=True):
                yield _ORDER.index("similar"), server, str(known.handle), "similar"


_ORDER = ("confusable", "similar", "same-user")


def _why(handle: Handle, look: str, known: _Known, server: Server) -> str | None:
    if handle.user == known.handle.user:
        # SAME cannot be: the two would be one handle.
        return "confusable" if server is Server.FORGED else "same-user" if known.is_body else None
    here = server is not Server.OTHER
    if look == known.look:
        return "confusable" if here or known.is_body or len(look) >= SHORT else None
    theirs, ours = squeezed(look), squeezed(known.look)
    if theirs == ours:
        return "similar" if here or known.is_body else None
    if not known.is_body or _count_apart(handle.user, known.handle.user):
        return None
    # A letter that moved further makes another word: education, deduction.
    slip = here or (len(ours) > SHORT + 1 and is_one_slip_apart(spelled(theirs), spelled(ours)))
    return "similar" if slip else None


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
