"""How far one spelling is from another, and where to look for those that are two slips away at most (T32)."""

from collections.abc import Iterator

LONG = 8
"""Letters of a name, from which on two slips may pass unseen."""

_VERY_LONG = 12  # any two letters may differ; in a shorter name, other words begin there: economie, ecologie
_SLIPS = 2
_PARTS = _SLIPS + 1  # of three parts of a name, two slips leave one as it was
# Letters that one hears, or sees, for each other. Whatever else is exchanged makes another word.
_ALIKE = ("aeiouy", "ckqx", "csz", "mn", "dt", "bp", "fv", "gj", "uvw")
_KIN = frozenset(one + other for group in _ALIKE for one in group for other in group)


def spelled(look: str) -> str:
    """A squeezed skeleton with a letter for each letter: ``rn`` is an m again, and i and l stay one."""
    return look.replace("rn", "m").replace("l", "i")


def is_one_slip_apart(one: str, other: str) -> bool:
    """Whether at most one letter was added, dropped, changed, or swapped with the next."""
    return _within(one, other, 1, strict=False, first=True)


def are_two_slips_apart(one: str, other: str, *, strict: bool) -> bool:
    """Whether at most two letters were added, dropped, changed, or swapped with the next.

    :param strict: only letters that are taken for each other may have changed, and nothing before the first; of very
        long names it is not asked
    """
    if min(len(one), len(other)) < LONG:
        return False
    strict = strict and min(len(one), len(other)) < _VERY_LONG
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
    ways = [(one[1:], other[1:])] if not strict or one[0] + other[0] in _KIN else []
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


def _parts(length: int) -> Iterator[tuple[int, int]]:
    """Start and length of each third."""
    start = 0
    for part in range(_PARTS):
        size = (length + part) // _PARTS
        yield start, size
        start += size
