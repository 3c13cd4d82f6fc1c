"""Is a handle that nobody attested made to be taken for an attested one? (T32)

Only listed accounts are ever named (T00d), and only while they are vouched for. What is held against a name depends on
whom it resembles. A body's name is protected on every server, against misspelling too. An agent's is a person's name,
which others bear by right: only a forged letter, or a forged server, is held against them.

Nothing is scanned: two tables in memory, of looks and of looks less one letter, lead to the few that are compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from typing import TypedDict

from ..core.identifiers import Handle, Host
from .skeletons import host_skeleton, skeleton, squeezed


class Lookalike(TypedDict):
    """The attested account.

    :ivar why: ``confusable`` letters, ``similar`` spelling, ``same-user`` on another server
    """

    handle: str
    why: str


class _Server(IntEnum):
    """How a server relates to that of an attested account."""

    SAME = 0
    FORGED = 1
    OTHER = 2


_SHORT = 4  # letters: shorter names are neighbours of too many
_COMPARED = 64  # candidates, at most: a crowd that bears one name names nobody


@dataclass(frozen=True, slots=True)
class _Known:
    handle: Handle
    is_body: bool
    look: str  # skeleton of the user name
    server: str  # skeleton of the host


@dataclass(slots=True)
class Lookalikes:
    """The listed accounts, as they look. Twelve entries for a body, one for an agent."""

    _known: dict[str, _Known] = field(default_factory=dict)
    _looks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _near: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __len__(self) -> int:
        return len(self._known)

    def add(self, handle: Handle, *, is_body: bool) -> None:
        """Know a listed account that is vouched for."""
        self.discard(handle)
        known = _Known(handle, is_body, skeleton(handle.user), host_skeleton(handle.host))
        self._known[handle.acct] = known
        self._looks[squeezed(known.look)].append(handle.acct)
        if is_body:
            for less in _less_one(squeezed(known.look)):
                self._near[less].append(handle.acct)

    def discard(self, handle: Handle) -> None:
        """Forget an account that is vouched for no more."""
        known = self._known.pop(handle.acct, None)
        if known is None:
            return
        _drop(self._looks, squeezed(known.look), handle.acct)
        if known.is_body:
            for less in _less_one(squeezed(known.look)):
                _drop(self._near, less, handle.acct)

    def find(self, handle: Handle) -> Lookalike | None:
        """The attested account that `handle`, which is not attested, resembles most."""
        look, server = skeleton(handle.user), host_skeleton(handle.host)
        servers: dict[str, _Server] = {}
        best: tuple[int, _Server, str, str] | None = None
        for known in self._candidates(squeezed(look)):
            theirs = known.handle.host.name
            if theirs not in servers:
                servers[theirs] = _server(handle.host, server, known)
            why = _why(handle, look, known, servers[theirs])
            if why is not None:
                rank = (_ORDER.index(why), servers[theirs], str(known.handle), why)
                best = min(best, rank) if best else rank
        return {"handle": best[2], "why": best[3]} if best else None

    def _candidates(self, squeezed_look: str) -> Iterator[_Known]:
        keys = [(self._looks, squeezed_look), *((self._near, less) for less in sorted(_less_one(squeezed_look)))]
        found = dict.fromkeys(acct for table, key in keys for acct in table.get(key, ())[:_COMPARED])
        return (self._known[acct] for acct in islice(found, _COMPARED))


_ORDER = ("confusable", "similar", "same-user")


def _why(handle: Handle, look: str, known: _Known, server: _Server) -> str | None:
    if handle.user == known.handle.user:
        # SAME cannot be: the two would be one handle.
        return "confusable" if server is _Server.FORGED else "same-user" if known.is_body else None
    here = server is not _Server.OTHER
    if look == known.look:
        return "confusable" if here or known.is_body or len(look) >= _SHORT else None
    if squeezed(look) == squeezed(known.look):
        return "similar" if here or known.is_body else None
    if known.is_body and (here or len(known.look) > _SHORT + 1):
        return "similar"
    return None


def _server(host: Host, look: str, known: _Known) -> _Server:
    if host == known.handle.host:
        return _Server.SAME
    ours, theirs = squeezed(known.server), squeezed(look)
    forged = (
        theirs == ours
        or _is_near(theirs, ours)
        # social.numerique.gouv.fr.evil.example, social-numerique-gouv-fr.example: the name, with something around it
        or (len(ours) >= 2 * _SHORT and ours in theirs)
        # social.numerique.gouv.example: the name under another top
        or look.rpartition(".")[0] == known.server.rpartition(".")[0]
    )
    return _Server.FORGED if forged else _Server.OTHER


def _is_near(one: str, other: str) -> bool:
    """Whether one letter was added, dropped, changed, or moved."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _SHORT:
        return False
    return not _less_one(one).isdisjoint(_less_one(other))


def _less_one(text: str) -> set[str]:
    """`text`, and what is left when any letter is dropped; of a short name, nothing."""
    if len(text) < _SHORT:
        return set()
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}


def _drop(table: dict[str, list[str]], key: str, acct: str) -> None:
    table[key].remove(acct)
    if not table[key]:
        del table[key]


def known(listed: Iterable[tuple[Handle, bool]]) -> Lookalikes:
    """An index of listed accounts, each with whether it is a body's."""
    index = Lookalikes()
    for handle, is_body in listed:
        index.add(handle, is_body=is_body)
    return index
