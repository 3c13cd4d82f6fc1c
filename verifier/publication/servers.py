"""Is a server's name made to be taken for another's? (T32)

A label of one's own registered domain is free to be anything, so the name that is imitated may stand anywhere in it.
Names that share the registered domain (here: the last two labels) are of one owner, but for forged letters.
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache

from ..core.identifiers import Host
from .skeletons import host_skeleton, skeleton, squeezed
from .tables import RESERVED, STATES, WORDS

SHORT = 4  # letters: shorter names are neighbours of too many

_MOST_WORDS = 12
_NUMBER = re.compile(r"[0-9]{2,}|[2-9](?=[.-])")
_WORDS = frozenset(map(skeleton, WORDS))
_BORDERS = re.compile(r"[.-]")


class Server(IntEnum):
    """How a server relates to that of an attested account."""

    SAME = 0
    FORGED = 1
    OTHER = 2


def relation(theirs: Host, ours: Host) -> Server:
    """What `theirs` is to `ours`, the server of an attested account."""
    if theirs == ours:
        return Server.SAME
    look, real = host_skeleton(theirs), host_skeleton(ours)
    if is_given_by(theirs, STATES) or _are_words_apart(theirs, ours):
        return Server.OTHER
    forged = _is_like(look, real) or (
        _top(theirs.name, 2) != _top(ours.name, 2) and any(_is_under(look, parent) for parent in _parents(real))
    )
    return Server.FORGED if forged else Server.OTHER


def is_given_by(host: Host, ends: tuple[str, ...]) -> bool:
    """Whether a name ends in one of `ends`, which begin with a dot."""
    return f".{host.name}".endswith(ends)


def _are_words_apart(theirs: Host, ours: Host) -> bool:
    """Whether the names differ by known words, or the State gave both: loire.gouv.fr and loiret.gouv.fr are two."""
    if len(theirs.labels) != len(ours.labels):
        return False
    apart = [(one, other) for one, other in zip(theirs.labels, ours.labels, strict=True) if one != other]
    if all(one in WORDS and other in WORDS for one, other in apart) or _numbers(theirs) != _numbers(ours):
        return True
    return (
        is_given_by(theirs, RESERVED)
        and is_given_by(ours, RESERVED)
        and squeezed(host_skeleton(theirs)) != squeezed(host_skeleton(ours))
    )


def parts(look: str) -> Iterator[str]:
    """Each row of words in the skeleton of a server's name, in which another server's name may stand."""
    words = _BORDERS.split(look)[:_MOST_WORDS]
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield "".join(words[start:end])


def _is_like(look: str, real: str) -> bool:
    """Whether one whole name reads as the other."""
    theirs, ours = squeezed(look), squeezed(real)
    return (
        theirs == ours
        or _is_near(theirs, ours)
        # social.numerique.gouv.fr.evil.example, social-numerique-gouv-fr.example: the name, with something around it
        or (len(ours) >= 2 * SHORT and ours in theirs)
        # social.numerique.gouv.example: the name under another top
        or _name(look) == _name(real)
        # social.gouv.numerique.fr: its labels in another order
        or sorted(look.split(".")) == sorted(real.split("."))
    )


def _is_under(look: str, parent: str) -> bool:
    """Whether a name reads as of the domain `parent`, of which it is not."""
    name, top = _name(parent), _top(parent, 1)
    for domain in (look, *_parents(look)):
        # numerique-gouv.fr for numerique.gouv.fr, gouvf.fr for gouv.fr, numerique.gouv.example
        if squeezed(domain) == squeezed(parent):
            return True
        if _top(domain, 1) == top and _is_near(squeezed(_name(domain)), squeezed(name)):
            return True
        if "." in name and _name(domain) == name:
            return True
    # gouv-fr.com, dinum.gouv.fr.example; gouvfr.com, but not what ends in it: design-france.example has no ign.fr
    words, wanted = _BORDERS.split(look), _BORDERS.split(parent)
    if len(wanted) == 2 and wanted[0] in _WORDS and words[-2:] == wanted:
        return False  # ac-aix-marseille.fr beside marseille.fr
    return squeezed(parent) in words or any(
        words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1)
    )


def _numbers(host: Host) -> list[str]:
    """Numbers of two digits, and those at the end of a word; a digit inside may stand for a letter: g0uv."""
    return _NUMBER.findall(host.name)


@lru_cache(4096)
def _parents(name: str) -> tuple[str, ...]:
    """The domains around a name, of two labels or more."""
    labels = name.split(".")
    return tuple(".".join(labels[at:]) for at in range(1, len(labels) - 1))


def _name(domain: str) -> str:
    return domain.rpartition(".")[0]


def _top(domain: str, labels: int) -> str:
    return ".".join(domain.split(".")[-labels:])


def _is_near(theirs: str, ours: str) -> bool:
    """Whether one letter was added, dropped, changed, or moved."""
    if abs(len(theirs) - len(ours)) > 1 or len(ours) < SHORT:
        return False
    return not _less_one(theirs).isdisjoint(_less_one(ours))


def _less_one(text: str) -> set[str]:
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}


def less_one(text: str) -> set[str]:
    """`text`, and what is left when any letter is dropped; of a short name, nothing."""
    return _less_one(text) if len(text) >= SHORT else set()
