"""In what a look-alike differs from the official account: facts, for whoever says them in words (T32)."""

from collections.abc import Iterator
from dataclasses import replace

from ..core.identifiers import Handle, Host
from ..core.likeness import Change, Difference, Why
from .names import Name, canonical, folded, reading, undressed
from .skeletons import host_skeleton, squeezed

_SEPARATORS = "-_."
_LONGEST = 40  # characters that are compared one by one
_MOST = 4  # differences that are told one by one: beyond, it is another name


def differences(asked: Handle, official: Handle, why: Why, domain: str = "") -> tuple[Difference, ...]:
    """What differs, the user's name first.

    :param why: as the index said it
    :param domain: of the body whose account is the official one; empty for a person's
    """
    if why is Why.CASE:
        return (Difference(Change.CASE, asked.user, official.user),)
    theirs, ours = asked.folded.user, official.folded.user
    users = _of_name(theirs, ours, official.host, domain) if why is Why.BODY_NAME else _of_user(theirs, ours)
    told = [each for each in users if each.change is not Change.SEPARATOR]
    told += [each for each in users if each.change is Change.SEPARATOR][:1]  # one sentence says them all
    return (*(told if len(told) <= _MOST else ()), *_of_servers(asked.host, official.host))


def _of_name(theirs: str, ours: str, server: Host, domain: str) -> tuple[Difference, ...]:
    name = Name.of(theirs)
    cores = (name, *(Name(less.core) for less in undressed(name)))
    domains = {reading(each) for each in (domain, server.name) if each}
    domains |= {reading(each.removesuffix(f".{_top(each)}")) for each in (domain, server.name) if each}
    if any(reading(core.whole) in domains for core in cores):
        return (Difference(Change.DOMAIN, theirs, domain or server.name),)
    words, official = canonical(name.words), canonical(Name.of(ours).words)
    if words != official and sorted(words) == sorted(official):
        return (Difference(Change.ORDER, theirs, ours),)
    return (Difference(Change.NAME, theirs, ours),)


def _top(domain: str) -> str:
    return domain.rpartition(".")[2]


def _of_user(theirs: str, ours: str) -> tuple[Difference, ...]:
    if theirs == ours:
        return ()
    cores = sorted(undressed(Name.of(theirs)), key=lambda less: len("".join(less.added)))
    for is_it in (_reads_as, _is_close):
        for less in cores:
            if is_it(less.whole, ours):
                added = (Difference(_added(word), word, at=theirs.index(word) + 1) for word in less.added)
                letters = _aligned(less.whole, squeezed(ours))
                return (*sorted(added, key=lambda each: each.at), *(replace(each, at=0) for each in letters))
    return _crossed(_aligned(theirs, ours))


def _reads_as(theirs: str, ours: str) -> bool:
    return reading(theirs) == reading(ours)


def _is_close(theirs: str, ours: str) -> bool:
    ours = squeezed(ours)
    start, end = _shared(theirs, ours)
    # One difference takes two letters of each at most; what is further apart, and there may be dozens, is not aligned.
    return (
        max(len(theirs), len(ours)) - start - end <= 2
        and len(_aligned(theirs, ours)) == 1
        and abs(len(theirs) - len(ours)) <= 1
    )


def _added(word: str) -> Change:
    return Change.NUMBER if word.isdigit() else Change.WORD


def _crossed(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Two letters that stand in each other's place, told as one difference."""
    if [each.change for each in found] != [Change.CHANGED] * 2:
        return found
    one, other = found
    if one.shown != other.official or one.official != other.shown:
        return found
    return (Difference(Change.SWAPPED, one.shown + other.shown, one.official + other.official, one.at),)


def _of_servers(theirs: Host, ours: Host) -> tuple[Difference, ...]:
    if theirs == ours:
        return ()
    if host_skeleton(theirs) == host_skeleton(ours) or len(theirs.labels) == len(ours.labels):
        letters = _aligned(theirs.unicode, ours.unicode)
        if letters and len(letters) <= 2 and all(each.change is not Change.SEPARATOR for each in letters):
            return tuple(replace(each, in_server=True) for each in letters)
    return (Difference(Change.SERVER, theirs.name, ours.name, in_server=True),)


def _shared(theirs: str, ours: str) -> tuple[int, int]:
    """How many characters they share at the start, and of the rest at the end."""
    start, shorter = 0, min(len(theirs), len(ours))
    while start < shorter and theirs[start] == ours[start]:
        start += 1
    end = 0
    while end < shorter - start and theirs[-1 - end] == ours[-1 - end]:
        end += 1
    return start, end


def _aligned(theirs: str, ours: str) -> tuple[Difference, ...]:
    """The fewest changes that make `theirs` of `ours`; what reads alike counts least. None if they are too long."""
    start, end = _shared(theirs, ours)
    # What reads as one letter may begin before what differs: rn for m in "corn".
    start, end = max(0, start - 1), max(0, end - 1)
    new, old = theirs[start : len(theirs) - end], ours[start : len(ours) - end]
    if max(len(new), len(old)) > _LONGEST:
        return ()
    return tuple(replace(step, at=step.at + start) for step in _cheapest(new, old))


def _cheapest(new: str, old: str) -> tuple[Difference, ...]:
    # Of each place: its cost, the place before, and what changed between them.
    best: dict[tuple[int, int], tuple[int, tuple[int, int], Change | None]] = {(0, 0): (0, (0, 0), None)}
    for left in range(len(new) + 1):
        for right in range(len(old) + 1):
            here = best[left, right][0]
            for taken, given, cost, change in _steps(new, old, left, right):
                there = (left + taken, right + given)
                if there not in best or here + cost < best[there][0]:
                    best[there] = (here + cost, (left, right), change)
    steps = list[Difference]()
    place = len(new), len(old)
    while place != (0, 0):
        _, before, change = best[place]
        if change is not None:
            shown, official = new[before[0] : place[0]], old[before[1] : place[1]]
            steps.append(Difference(change, shown, official, before[0] + 1))
        place = before
    return tuple(reversed(steps))


def _steps(new: str, old: str, left: int, right: int) -> Iterator[tuple[int, int, int, Change | None]]:
    """Characters taken of each, what that costs, and what it is."""
    one, other = new[left : left + 1], old[right : right + 1]
    if one:
        yield 1, 0, *_weight(one, Change.ADDED)
    if other:
        yield 0, 1, *_weight(other, Change.MISSING)
    if not one or not other:
        return
    if one == other:
        yield 1, 1, 0, None
    elif one in _SEPARATORS and other in _SEPARATORS:
        yield 1, 1, 2, Change.SEPARATOR
    else:
        yield 1, 1, 6, Change.CHANGED
    if new[left : left + 2] == old[right : right + 2][::-1] and len(new) > left + 1 and one != other:
        yield 2, 2, 5, Change.SWAPPED
    for taken, given in ((1, 1), (2, 1), (1, 2)):
        shown, official = new[left : left + taken], old[right : right + given]
        if len(shown) == taken and len(official) == given and shown != official and folded(shown) == folded(official):
            yield taken, given, 3, Change.READ


def _weight(character: str, change: Change) -> tuple[int, Change]:
    return (2, Change.SEPARATOR) if character in _SEPARATORS else (4, change)
