"""Is a handle that nobody attested made to be taken for an attested one? (T32)

Only listed accounts are ever named (T00d), and only while they are vouched for. What is held against a name depends on
whom it resembles. A body's name is protected on every server, against misspelling too. An agent's is a person's name,
which others bear by right: only a forged letter, or a forged server, is held against them.

Nothing is scanned: three tables in memory, of looks, of looks less one letter, and of thirds of long names, lead to the
few that are compared.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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

    :ivar why: ``case``: the same name in capitals or not, where that makes another account; ``confusable`` letters,
        ``similar`` spelling, ``same-user`` on another server
    """

    handle: str
    why: str


_COMPARED = 64  # candidates, at most: a crowd that bears one name names nobody
_Rank = tuple[int, Server, str, str]
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class _Entry:
    handle: Handle
    is_body: bool
    look: str  # skeleton of the user name
    letters: int  # of a body's name as spelled

    @property
    def user(self) -> str:
        return self.handle.folded.user


@dataclass(slots=True)
class Lookalikes:
    """The listed accounts, as they look. Some twenty entries for a body, one for an agent."""

    _entries: dict[str, _Entry] = field(default_factory=dict)
    _looks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _near: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _thirds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, handle: Handle, *, is_body: bool) -> None:
        """Know a listed account that is vouched for."""
        self.discard(handle)
        look = skeleton(handle.folded.user)
        entry = _Entry(handle, is_body, look, letters(spelled(squeezed(look))) if is_body else 0)
        self._entries[handle.acct] = entry
        for table, key in self._keys(entry):
            table[key].append(handle.acct)

    def discard(self, handle: Handle) -> None:
        """Forget an account that is vouched for no more, in that spelling."""
        entry = self._entries.pop(handle.acct, None)
        if entry is None:
            return
        for table, key in self._keys(entry):
            table[key].remove(handle.acct)
            if not table[key]:
                del table[key]

    def spellings(self, handle: Handle) -> Sequence[Handle]:
        """What is known in any spelling of `handle`."""
        return [self._entries[acct].handle for acct in self._names.get(handle.folded.acct, ())]

    def _keys(self, entry: _Entry) -> Iterator[tuple[dict[str, list[str]], str]]:
        look = squeezed(entry.look)
        yield self._names, entry.handle.folded.acct
        yield self._looks, look
        if entry.is_body:
            yield from ((self._near, less) for less in less_one(look))
            yield from ((self._thirds, third) for third in places(spelled(look)))

    def find(self, handle: Handle) -> Lookalike | None:
        """The attested account that `handle`, which is not attested, resembles most."""
        others = [official for official in self.spellings(handle) if official != handle]
        if others:
            return {"handle": str(others[0]), "why": "case"}
        handle = handle.folded
        look = skeleton(handle.user)
        best = min(self._same_looks(handle, look), default=None) or min(self._misspellings(handle, look), default=None)
        return {"handle": best[2], "why": best[3]} if best else None

    def _same_looks(self, handle: Handle, look: str) -> Iterator[_Rank]:
        """Those with the same look, but for one letter."""
        shown = squeezed(look)
        keys = [(self._looks, shown), *((self._near, less) for less in sorted(less_one(shown)))]
        accts = dict.fromkeys(acct for table, key in keys for acct in table.get(key, ())[:_COMPARED])
        servers: dict[str, Server] = {}
        for acct in islice(accts, _COMPARED):
            entry = self._entries[acct]
            theirs = entry.handle.host.name
            if theirs not in servers:
                servers[theirs] = relation(handle.host, entry.handle.host)
            why = _why(handle, look, entry, servers[theirs])
            if why is not None:
                yield _ORDER.index(why), servers[theirs], str(entry.handle), why

    def _misspellings(self, handle: Handle, look: str) -> Iterator[_Rank]:
        """Bodies with long names that are two letters away."""
        name = spelled(squeezed(look))
        theirs = letters(name)
        third = dict.fromkeys(acct for key in where_to_look(name) for acct in self._thirds.get(key, ()))
        alike = (
            entry for entry in map(self._entries.__getitem__, third) if may_be_two_slips_apart(entry.letters, theirs)
        )
        for entry in islice(alike, _COMPARED):
            ours = spelled(squeezed(entry.look))
            if not are_two_slips_apart(name, ours, strict=False) or _count_apart(handle.user, entry.user):
                continue
            server = relation(handle.host, entry.handle.host)
            if server is Server.FORGED or are_two_slips_apart(name, ours, strict=True):
                yield _ORDER.index("similar"), server, str(entry.handle), "similar"


_ORDER = ("confusable", "similar", "same-user")


def _why(handle: Handle, look: str, entry: _Entry, server: Server) -> str | None:
    if handle.user == entry.user:
        # SAME cannot be: that is another spelling of one name.
        return "confusable" if server is Server.FORGED else "same-user" if entry.is_body else None
    here = server is not Server.OTHER
    if look == entry.look:
        return "confusable" if here or entry.is_body or len(look) >= SHORT else None
    theirs, ours = squeezed(look), squeezed(entry.look)
    if theirs == ours:
        return "similar" if here or entry.is_body else None
    if not entry.is_body or _count_apart(handle.user, entry.user):
        return None
    # A letter that moved further makes another word: education, deduction.
    slip = here or (len(ours) > SHORT + 1 and is_one_slip_apart(spelled(theirs), spelled(ours)))
    return "similar" if slip else None


def _count_apart(one: str, other: str) -> bool:
    """Whether both names hold numbers, and not the same: prefet13 and prefet31 are two bodies."""
    theirs, ours = _DIGITS.findall(one), _DIGITS.findall(other)
    return bool(theirs and ours and theirs != ours)


def index_of(listed: Iterable[tuple[Handle, bool]]) -> Lookalikes:
    """An index of listed accounts, each with whether it is a body's."""
    index = Lookalikes()
    for handle, is_body in listed:
        index.add(handle, is_body=is_body)
    return index
