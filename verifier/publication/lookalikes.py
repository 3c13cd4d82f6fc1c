"""Is a handle that nobody attested made to be taken for an attested one? (T32; docs/lookalikes.md)

Only listed accounts are ever named (T00d), and only while they are vouched for. What is held against a name depends on
whom it resembles. A body's name is protected on every server, against misspelling too. An agent's is a person's name,
which others bear by right: only a forged letter, or a forged server, is held against them.

Nothing is scanned: tables in memory, of looks, of names in each way to write them, of names less one letter, of thirds
of long names, and of servers, lead to the few that are compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypedDict

from ..core.identifiers import Handle
from ..core.likeness import Why
from .names import (
    Dress,
    Name,
    Undressed,
    canonical,
    in_any_order,
    is_another,
    is_everybodys,
    of_body,
    reading,
    typed,
    undressed,
)
from .names import spellings as in_each_way
from .servers import SHORT, Server, is_given_by, less_one, parts, relation
from .skeletons import host_skeleton, skeleton, squeezed
from .slips import (
    are_two_slips_apart,
    crossed,
    is_careless,
    is_inflected,
    is_one_slip_apart,
    letters,
    may_be_two_slips_apart,
    places,
    where_to_look,
)
from .tables import BRIDGES, KINDS, LEADING, MILD, RESERVED, STATES, WORDS


class Lookalike(TypedDict):
    """The attested account, and a code of :class:`~verifier.core.likeness.Why`."""

    handle: str
    why: str


class Listed(NamedTuple):
    """A listed account that is vouched for.

    :param domain: of the body that runs it; empty for a person's account
    :param name: of that body, as it is signed
    """

    handle: Handle
    is_body: bool
    domain: str = ""
    name: str = ""


_SHOWN = 256  # characters of a name shown that are read
_COMPARED = 64  # candidates, at most: a crowd that bears one name names nobody
_ORDER = (Why.CONFUSABLE, Why.SAME_USER, Why.DRESSED, Why.BODY_NAME, Why.SIMILAR)
_Rank = tuple[int, Server, str, str]
_Table = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Entry:
    listed: Listed
    look: str  # skeleton of the user name
    read: str  # a body's name as it is read; as it is typed, and which letters that holds
    typed: str
    letters: int

    @property
    def handle(self) -> Handle:
        return self.listed.handle

    @property
    def is_body(self) -> bool:
        return self.listed.is_body

    @property
    def user(self) -> str:
        return self.handle.folded.user

    @property
    def is_kind(self) -> bool:
        return self.user in KINDS

    @property
    def name(self) -> Name:
        return Name.of(self.user)


def _table() -> _Table:
    return defaultdict(list)


@dataclass(slots=True)
class Lookalikes:
    """The listed accounts, as they look. Some forty keys for a body, two for a person."""

    _entries: dict[str, _Entry] = field(default_factory=dict)
    _spelled: _Table = field(default_factory=_table)
    _looks: _Table = field(default_factory=_table)
    _read: _Table = field(default_factory=_table)
    _named: _Table = field(default_factory=_table)
    _near: _Table = field(default_factory=_table)
    _thirds: _Table = field(default_factory=_table)
    _servers: _Table = field(default_factory=_table)
    _domains: _Table = field(default_factory=_table)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, listed: Listed) -> None:
        """Know a listed account that is vouched for."""
        handle, acct, user = listed.handle, listed.handle.acct, listed.handle.folded.user
        self.discard(handle)
        read, keys = (reading(user), typed(user)) if listed.is_body else ("", "")
        entry = _Entry(listed, skeleton(user), read, keys, letters(keys))
        self._entries[acct] = entry
        for table, key in self._keys(entry):
            table[key].append(acct)

    def discard(self, handle: Handle) -> None:
        """Forget an account that is vouched for no more, in that spelling."""
        entry = self._entries.pop(handle.acct, None)
        if entry is None:
            return
        for table, key in self._keys(entry):
            table[key].remove(entry.handle.acct)
            if not table[key]:
                del table[key]

    def spellings(self, handle: Handle) -> Sequence[Handle]:
        """What is known in any spelling of `handle`."""
        return [self._entries[acct].handle for acct in self._spelled.get(handle.folded.acct, ())]

    def _keys(self, entry: _Entry) -> Iterator[tuple[_Table, str]]:
        yield self._spelled, entry.handle.folded.acct
        yield self._looks, squeezed(entry.look)
        if not entry.is_body:
            return
        yield self._read, entry.read
        yield from ((self._near, less) for less in less_one(entry.typed))
        yield self._near, _crossed(entry.typed)
        yield from ((self._thirds, third) for third in places(entry.typed))
        yield from ((self._named, key) for key in _names(entry))
        yield from ((self._servers, key) for key in _servers(entry.listed))
        if entry.listed.domain:
            yield self._domains, entry.listed.domain

    def find(self, handle: Handle) -> Lookalike | None:
        """The attested account that `handle`, which is not attested, resembles most."""
        others = [official for official in self.spellings(handle) if official != handle]
        if others:
            return {"handle": str(others[0]), "why": Why.CASE}
        asked = _Asked(handle.folded, honest=self._is_honest(handle))
        # The gravest first: what one way finds, the next need not look for.
        for way in (self._same_looks, self._other_names, self._misspellings):
            if best := min(way(asked), default=None):
                return {"handle": best[2], "why": best[3]}
        return None

    def find_shown(self, text: str) -> Lookalike | None:
        """The body's account for which a name shown beside an unattested handle would be taken."""
        name = Name.of(text[:_SHOWN])
        best = min(self._by_name(name, shown=True), default=None)
        return {"handle": best[2], "why": best[3]} if best else None

    def _is_honest(self, handle: Handle) -> bool:
        """Whether its server bears a name that only a State, or a body that is known here, can give."""
        return (
            is_given_by(handle.host, RESERVED + STATES)
            or any(parent.name in self._domains for parent in handle.host.ancestry)
            or (handle.host.name in BRIDGES and "." in handle.user)
        )

    def _other_names(self, asked: "_Asked") -> Iterator[_Rank]:
        if not asked.honest:
            yield from self._by_name(asked.name)
            yield from self._by_server(asked)

    def _entries_of(self, table: _Table, *keys: str) -> Iterator[_Entry]:
        accts = dict.fromkeys(acct for key in keys for acct in table.get(key, ())[:_COMPARED])
        return map(self._entries.__getitem__, islice(accts, _COMPARED))

    def _same_looks(self, asked: "_Asked") -> Iterator[_Rank]:
        for entry in self._entries_of(self._looks, squeezed(asked.look)):
            server = asked.relation(entry)
            why = _same_look(asked, entry, server)
            if why is not None:
                yield _rank(why, entry, server)
        for entry in self._entries_of(self._read, asked.read):
            server = asked.relation(entry)
            if squeezed(entry.look) == squeezed(asked.look) or (asked.honest and server is Server.OTHER):
                continue
            if _has_digits_for_letters(asked.handle.user, entry.user):
                yield _rank(Why.CONFUSABLE, entry, server)

    def _misspellings(self, asked: "_Asked") -> Iterator[_Rank]:
        """Bodies whose names are one slip away, or two."""
        for entry in self._near_to(asked.typed):
            server = asked.relation(entry)
            if server is Server.FORGED or (
                not (asked.honest and server is Server.OTHER) and _is_neighbour(asked.name, entry)
            ):
                yield _rank(Why.SIMILAR, entry, server)

    def _near_to(self, keys: str) -> Iterator[_Entry]:
        crossing = _crossed(keys)
        for entry in self._entries_of(self._near, *sorted(less_one(keys)), crossing):
            if entry.typed != keys and (is_one_slip_apart(keys, entry.typed) or crossing == _crossed(entry.typed)):
                yield entry
        theirs = letters(keys)
        thirds = dict.fromkeys(acct for key in where_to_look(keys) for acct in self._thirds.get(key, ()))
        alike = (
            entry for entry in map(self._entries.__getitem__, thirds) if may_be_two_slips_apart(entry.letters, theirs)
        )
        for entry in islice(alike, _COMPARED):
            if are_two_slips_apart(keys, entry.typed, strict=False) and not is_one_slip_apart(keys, entry.typed):
                yield entry

    def _by_name(self, name: Name, *, shown: bool = False) -> Iterator[_Rank]:
        """Bodies whose name is borne in full, or dressed up."""
        yield from self._full_name(name)
        if shown:
            for entry in self._entries_of(self._read, reading(name.whole)):
                if not (entry.is_kind or is_everybodys(entry.name)):
                    yield _rank(Why.BODY_NAME, entry, Server.OTHER)
        for less in undressed(name):
            yield from self._dressed_up(less)
            if less.dress >= Dress.COUNTRY:
                yield from self._full_name(Name(less.core))

    def _dressed_up(self, less: Undressed) -> Iterator[_Rank]:
        for entry in self._entries_of(self._read, reading(less.whole)):
            why = _dressed(less, entry)
            if why is not None:
                yield _rank(why, entry, Server.OTHER)
        if less.claims_in_full and not less.has_number and len(less.whole) > SHORT:
            for entry in self._near_to(typed(less.whole)):
                if _is_neighbour(Name(less.core), entry) or _is_plural(less.whole, entry.name.whole):
                    yield _rank(Why.DRESSED, entry, Server.OTHER)

    def _full_name(self, name: Name) -> Iterator[_Rank]:
        words = canonical(name.words)
        keys = dict.fromkeys((reading(name.whole), reading("".join(words)), in_any_order(words)))
        for entry in self._entries_of(self._named, *filter(None, keys)):
            if name.whole != entry.name.whole and not _count_apart(name, entry.name):
                yield _rank(Why.BODY_NAME, entry, Server.OTHER)

    def _by_server(self, asked: "_Asked") -> Iterator[_Rank]:
        """Servers that are read as one of a body's, whatever the user's name."""
        for entry in self._entries_of(self._servers, *parts(host_skeleton(asked.handle.host))):
            if asked.relation(entry) is Server.FORGED:
                yield _rank(Why.CONFUSABLE, entry, Server.OTHER)


class _Asked:
    """The handle that is asked about, and what was made of it."""

    def __init__(self, handle: Handle, *, honest: bool) -> None:
        self.handle = handle
        self.honest = honest
        self.look = skeleton(handle.user)
        self.read = reading(handle.user)
        self.typed = typed(handle.user)
        self.name = Name.of(handle.user)
        self._servers: dict[str, Server] = {}

    def relation(self, entry: _Entry) -> Server:
        """What its server is to that of `entry`."""
        theirs = entry.handle.host
        if theirs.name not in self._servers:
            self._servers[theirs.name] = relation(self.handle.host, theirs)
        return self._servers[theirs.name]


def _rank(why: Why, entry: _Entry, server: Server) -> _Rank:
    return _ORDER.index(why), server, str(entry.handle), why


def _same_look(asked: _Asked, entry: _Entry, server: Server) -> Why | None:
    elsewhere = server is Server.OTHER
    if elsewhere and asked.honest:
        return None
    if asked.handle.user == entry.user:
        # SAME cannot be: that is another spelling of one name.
        if not elsewhere:
            return Why.CONFUSABLE
        return Why.SAME_USER if entry.is_body and not entry.is_kind else None
    if asked.look == entry.look:
        return Why.CONFUSABLE if not elsewhere or entry.is_body or len(asked.look) >= SHORT else None
    if elsewhere and (not entry.is_body or entry.is_kind):
        return None
    return Why.SIMILAR


def _is_neighbour(name: Name, entry: _Entry) -> bool:
    """Whether `name` is a slip away from a body's, and is no other name."""
    if entry.is_kind or name.numbers != entry.name.numbers:
        return False
    theirs, ours, common = typed(name.whole), entry.typed, is_everybodys(entry.name)
    near = is_careless(theirs, ours, common=common) or (
        not is_one_slip_apart(theirs, ours)
        and not (common and is_inflected(theirs, ours))
        and are_two_slips_apart(theirs, ours, strict=True)
    )
    return near and not is_another(name, entry.name)


def _crossed(keys: str) -> str:
    return f"~{crossed(keys)}"


def _dressed(less: Undressed, entry: _Entry) -> Why | None:
    """What was put around the name of a body, if it makes a claim."""
    if entry.is_kind or _count_apart(Name(less.core), entry.name):
        return None
    if less.added[0] in LEADING and entry.user in WORDS:
        return None
    if not is_everybodys(entry.name):
        return Why.DRESSED if less.dress >= Dress.ARTICLE else Why.SIMILAR
    # Words of everybody's: la culture, France Culture, culture93 are others by right.
    if less.dress is Dress.CLAIM:
        return Why.DRESSED
    return Why.SIMILAR if len(less.added) == 1 and less.added[0] in MILD else None


def _is_plural(one: str, other: str) -> bool:
    return one.removesuffix("s") == other.removesuffix("s")


def _names(entry: _Entry) -> Iterator[str]:
    """The keys of a body's names: its full name and its domain, in each way to write them, and its account's."""
    listed, keys = entry.listed, set[str]()
    if listed.name != listed.domain:
        keys.update(of_body(listed.name))
        keys.add(in_any_order(canonical(Name.of(listed.name).words)))
    keys.add(in_any_order(canonical(entry.name.words)))
    if len(canonical(entry.name.words)) > 1:
        keys.update(in_each_way(entry.name.words))
    for domain in filter(None, (listed.domain, entry.handle.host.name if _is_own_server(listed) else "")):
        keys.update((reading(domain), reading(f"{entry.user}.{domain}")))
        if domain.endswith(RESERVED):
            keys.add(reading(domain.rpartition(".")[0]))
    yield from sorted(filter(None, keys - {entry.read}))


def _servers(listed: Listed) -> Iterator[str]:
    """Of a body's own server, and of its domain: the keys that a forged server's name would hold."""
    if _is_own_server(listed):
        names = [listed.handle.host.name, listed.domain]
        if listed.domain.endswith(RESERVED):
            names += [f"{listed.handle.folded.user}{parent}" for parent in RESERVED]
        keys = {squeezed(skeleton(name)) for name in names}
        yield from sorted(key for key in keys if len(key) >= 2 * SHORT)


def _is_own_server(listed: Listed) -> bool:
    return bool(listed.domain) and f".{listed.handle.host}".endswith(f".{listed.domain}")


def _has_digits_for_letters(theirs: str, ours: str) -> bool:
    """Whether what reads alike is forged in `theirs`: who has the letters does not imitate who has the digits."""
    return sum(map(str.isdigit, theirs)) >= sum(map(str.isdigit, ours))


def _count_apart(one: Name, other: Name) -> bool:
    """Whether both names hold numbers, and not the same: prefet13 and prefet31 are two bodies."""
    theirs, ours = one.numbers, other.numbers
    return bool(theirs and ours and theirs != ours)


def index_of(listed: Iterable[Listed]) -> Lookalikes:
    """An index of listed accounts."""
    index = Lookalikes()
    for each in listed:
        index.add(each)
    return index
