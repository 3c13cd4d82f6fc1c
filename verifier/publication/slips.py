"""How far one spelling is from another, and where to look for those that are two slips away at most (T32)."""

from collections.abc import Iterator
from functools import lru_cache

from .tables import ALIKE, SEEN

LONG = 8
"""Letters of a name, from which on two slips may pass unseen."""

_VERY_LONG = 12  # any two letters may differ; in a shorter name, other words begin there: economie, ecologie
_SHORT = 5  # letters of a name that has neighbours to speak of
_SLIPS = 2
_PARTS = _SLIPS + 1  # of three parts of a name, two slips leave one as it was
_ENDINGS = frozenset("sex")


def is_one_slip_apart(one: str, other: str) -> bool:
    """Whether at most one letter was added, dropped, changed, or swapped with the next."""
    return _within(one, other, 1, strict=False, first=True)


def is_careless(theirs: str, ours: str, *, common: bool) -> bool:
    """Whether `theirs` is `ours`, a body's name, after one slip that makes no other word.

    What passes unseen: a letter doubled or single, two letters swapped or read for each other, an s more; in longer
    names a letter more or less inside. At its borders, words of other languages and of other meaning begin.

    :param common: `ours` is a word of the language, which has more neighbours
    """
    if len(ours) < _SHORT - 1 or abs(len(theirs) - len(ours)) > 1:
        return False
    start, end = _common(theirs, ours)
    new, old = theirs[start : len(theirs) - end], ours[start : len(ours) - end]
    long = len(ours) >= (LONG if common else _SHORT + 1)
    if len(new) == len(old):
        return len(ours) >= _SHORT and (long or not common) and _is_exchanged(theirs, ours, start, end)
    if new and old:
        return False
    longer, letter = (theirs, new) if new else (ours, old)
    if longer[start - 1 : start] == letter or longer[start + 1 : start + 2] == letter:
        return len(ours) >= _SHORT or bool(new)  # doubled
    if len(ours) < _SHORT:
        return False
    if end:
        return start > 0 and long
    return letter == "s" or (letter in _ENDINGS and long and not common) if new else len(ours) >= LONG


def is_inflected(theirs: str, ours: str) -> bool:
    """Whether `theirs` is the word `ours` with an ending, which makes another word: handicap, handicapes."""
    return theirs.startswith(ours) and theirs[len(ours) : len(ours) + 1] != ours[-1]


def _is_exchanged(theirs: str, ours: str, start: int, end: int) -> bool:
    new, old = theirs[start : len(theirs) - end], ours[start : len(ours) - end]
    if len(new) > 1:
        swapped = new[0] == old[-1] and new[-1] == old[0] and new[1:-1] == old[1:-1]
        return swapped and (len(new) == 2 or new[0] + new[-1] in ALIKE)
    if _is_doubled(theirs, start) and _is_doubled(ours, start):
        return True  # the wrong letter doubled: elysse
    if not end:
        return new + old in SEEN
    return new + old in ALIKE or (len(ours) >= _VERY_LONG and start > 0)


def _is_doubled(text: str, at: int) -> bool:
    return text[at] in (text[at - 1 : at], text[at + 1 : at + 2])


def _common(one: str, other: str) -> tuple[int, int]:
    """How many letters they share at the start, and of the rest at the end."""
    shorter, start, end = min(len(one), len(other)), 0, 0
    while start < shorter and one[start] == other[start]:
        start += 1
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return start, end


def crossed(name: str) -> str:
    """A key that a name keeps when two of its letters, but for the first, change places."""
    return name[:1] + "".join(sorted(name[1:]))


def are_two_slips_apart(one: str, other: str, *, strict: bool) -> bool:
    """Whether at most two letters were added, dropped, changed, or swapped with the next.

    :param strict: nothing was put before the first letter or taken away there; and only letters that are taken for
        each other were changed, but for very long names
    """
    if min(len(one), len(other)) < LONG:
        return False
    if strict and min(len(one), len(other)) >= _VERY_LONG:
        return one[0] == other[0] and _within(one, other, _SLIPS, strict=False, first=True)
    return _within(one, other, _SLIPS, strict=strict, first=True)


def _within(one: str, other: str, slips: int, *, strict: bool, first: bool) -> bool:
    """Whether so many slips make `one` of `other`, of which nothing was read if `first`."""
    if not slips:
        return one == other
    if abs(len(one) - len(other)) > slips:
        return False
    same, shorter = 0, min(len(one), len(other))
    while same < shorter and one[same] == other[same]:
        same += 1
    if same == shorter:
        return True
    if same:
        one, other, first = one[same:], other[same:], False
    ways = [(one[1:], other[1:])] if not strict or one[0] + other[0] in ALIKE else []
    ways += [(one[1:], other), (one, other[1:])] if not strict or not first else []
    ways += [(one[2:], other[2:])] if len(one) > 1 and one[:2] == other[1::-1] else []
    return any(_within(left, right, slips - 1, strict=strict, first=False) for left, right in ways)


def letters(name: str) -> int:
    """Which letters it holds, a bit for each."""
    bits = 0
    for letter in name:
        bits |= 1 << (ord(letter) & 63)
    return bits


def may_be_two_slips_apart(one: int, other: int) -> bool:
    """Of the letters of two names: each slip takes one out at most, and puts another in."""
    return (one ^ other).bit_count() <= 2 * _SLIPS


def places(name: str) -> Iterator[str]:
    """Keys under which a name is kept: its three parts, each with its place and the length of the whole."""
    if len(name) >= LONG:
        for part, (start, length) in enumerate(_parts(len(name))):
            yield f"{len(name)}.{part}.{name[start : start + length]}"


def where_to_look(name: str) -> Iterator[str]:
    """Keys of all that are two slips away at most (Li and others, Pass-Join, 2011, 4.2).

    Two swaps that each cross a border of parts go unseen.
    """
    for whole in range(max(LONG, len(name) - _SLIPS), len(name) + _SLIPS + 1):
        grown = len(name) - whole
        for part, (start, length) in enumerate(_parts(whole)):
            # As many slips are to the left of a part that is as it was as it has moved, and to its right likewise.
            first = max(0, start - part, start + grown - (_SLIPS - part))
            last = min(len(name) - length, start + part, start + grown + (_SLIPS - part))
            for at in range(first, last + 1):
                yield f"{whole}.{part}.{name[at : at + length]}"


@lru_cache(128)
def _parts(length: int) -> tuple[tuple[int, int], ...]:
    """Start and length of each third."""
    sizes = [(length + part) // _PARTS for part in range(_PARTS)]
    return tuple((sum(sizes[:part]), size) for part, size in enumerate(sizes))
