"""What a name is made of: its words, what they read as, and what was put around another's name (T32)."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import product

from .skeletons import skeleton
from .tables import ARTICLES, CLAIMS, COMMON, COUNTRY, DIGITS, KINDS, READINGS, ROOMS, SAME, SMALL, WORDS

_WORD = re.compile(r"[0-9]+|[^\W\d_]+")
_TOKEN = re.compile(r"[^\W_]+")
_MOST_WORDS = 12
_FULL = 8  # letters, from which on one word is a body's own name, not a word of everybody's
_CLAIM = 7  # letters of a claim that is part of no other word
_VOWELS = frozenset("aeiouyh")
_DIGIT = f"[{''.join(DIGITS)}]"
_LETTER = re.compile(rf"(?<![0-9]){_DIGIT}(?![0-9])|(?<=[a-z])({_DIGIT})\1(?=[a-z])")
_TO_LETTERS = str.maketrans(dict(DIGITS))
_READABLE = 5  # letters: in shorter names, cl is read as what it is
_LONGEST = max(map(len, CLAIMS | ROOMS))


class Dress(IntEnum):
    """The strongest of what is around a name."""

    NUMBER = 0
    ROOM = 1
    ARTICLE = 2
    COUNTRY = 3
    CLAIM = 4


@lru_cache(4096)
def spelled(text: str) -> str:
    """As it looks, with a letter for each letter: ``rn`` is an m, ``1`` and l are an i, dots and hyphens are gone."""
    return skeleton("".join(_TOKEN.findall(text))).replace("rn", "m").replace("l", "i")


@lru_cache(4096)
def reading(text: str) -> str:
    """As a hurried reader takes it: a lone digit for a letter too, ``cl`` for d.

    Two digits are a number (prefet37), unless they are one digit twice between letters (an55i).
    """
    folded = spelled(_LETTER.sub(lambda digits: digits[0].translate(_TO_LETTERS), "".join(_TOKEN.findall(text))))
    if len(folded) < _READABLE:
        return folded
    for shown, read in _FOLDED.items():
        folded = folded.replace(shown, read)
    return folded


@lru_cache(4096)
def typed(text: str) -> str:
    """Letter by letter, as fingers slip on them; but for i, l, 1 and o, 0, which count as one."""
    return "".join(_TOKEN.findall(text)).translate(_KEYS)


_KEYS = str.maketrans("l10", "iio")
_FOLDED = {shown.replace("l", "i"): read for shown, read in READINGS.items()}


@lru_cache(1024)
def folded(letters: str) -> str:
    """A letter or two as they are read; what folds alike is read alike."""
    read = skeleton(letters).translate(_TO_LETTERS).replace("rn", "m").replace("l", "i")
    return _FOLDED.get(read, read)


def plain(text: str) -> str:
    """Lower case without accents; signs, such as of emoji, are borders of words."""
    text = unicodedata.normalize("NFKD", text).lower()
    return "".join(char for char in text if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class Name:
    """A user name, or a name shown, in words."""

    words: tuple[str, ...]

    @staticmethod
    @lru_cache(4096)
    def of(text: str) -> "Name":
        """The first words of `text`."""
        return Name(tuple(_TOKEN.findall(plain(text))[:_MOST_WORDS]))

    @property
    def whole(self) -> str:
        return "".join(self.words)

    @property
    def numbers(self) -> list[str]:
        return re.findall(r"[0-9]+", self.whole)


def canonical(words: Sequence[str]) -> tuple[str, ...]:
    """The words that matter, each as one of its synonyms; numbers stand alone."""
    parts = [part for word in words for part in _WORD.findall(word)]
    return tuple(SAME.get(part, part) for part in parts if part not in SMALL)


def in_any_order(words: Sequence[str]) -> str:
    """A key for the words of a name, wherever they stand; empty for one word."""
    return " ".join(sorted(map(reading, words))) if len(words) > 1 else ""


def of_body(name: str) -> Iterator[str]:
    """How the full name of a body is written as one word; nothing for a name that is everybody's word."""
    words = Name.of(name).words
    if not _is_own(canonical(words)):
        return
    yield reading("".join(words))
    yield from spellings(words)


def spellings(words: Sequence[str]) -> Iterator[str]:
    """Its words without the small ones, with each synonym."""
    parts = [part for word in words for part in _WORD.findall(word) if part not in SMALL]
    for chosen in product(*(_synonyms(part) for part in parts)) if len(parts) <= _MOST_WORDS else ():
        yield reading("".join(chosen))


@lru_cache(4096)
def _synonyms(word: str) -> tuple[str, ...]:
    one = SAME.get(word, word)
    return tuple(dict.fromkeys((word, one, *(other for other, same in SAME.items() if same == one and len(other) > 2))))


def _is_own(words: Sequence[str]) -> bool:
    if len(words) > 1:
        return not all(word in KINDS for word in words) and len("".join(words)) > _FULL - 2
    return bool(words) and len(words[0]) >= _FULL and words[0] not in KINDS


@dataclass(frozen=True, slots=True)
class Undressed:
    """A name without something that was around it.

    :param core: what is left, in words
    :param added: what was taken off
    """

    core: tuple[str, ...]
    added: tuple[str, ...]
    dress: Dress

    @property
    def whole(self) -> str:
        return "".join(self.core)

    @property
    def has_number(self) -> bool:
        return any(word.isdigit() for word in self.added)

    @property
    def claims_in_full(self) -> bool:
        """Whether a claim stands around it that cannot be part of another word."""
        return any(len(word) >= _CLAIM and _dress(word) is Dress.CLAIM for word in self.added)


def undressed(name: Name) -> Iterator[Undressed]:
    """What `name` is without claims, articles, the country, or numbers, in each way to take them off."""
    words, last = name.words, len(name.words)
    for start in range(last):
        if start and _dress(words[start - 1]) is None:
            break
        for end in range(last, start, -1):
            if end < last and _dress(words[end]) is None:
                break
            core, added = words[start:end], (*words[:start], *words[end:])
            if added and _is_long(core, added):
                yield Undressed(core, added, _strongest(added))
            yield from _glued(core, added)


def _glued(core: tuple[str, ...], added: tuple[str, ...], depth: int = 2) -> Iterator[Undressed]:
    """Taken off within a word: ladinum, dinumofficiel, dinumgouvfr, dinum2."""
    for at_end in (False, True):
        word = core[-1] if at_end else core[0]
        others = sum(map(len, core)) - len(word)
        for length in range(1, min(_LONGEST, len(word) - 1, others + len(word) - 3) + 1):
            part, rest = (word[-length:], word[:-length]) if at_end else (word[:length], word[length:])
            dress = _dress(part)
            if dress is None or not _may_be_glued(dress, part, rest, others, at_end=at_end):
                continue
            left = (*core[:-1], rest) if at_end else (rest, *core[1:])
            yield Undressed(left, (*added, part), _strongest((*added, part)))
            if depth > 1:
                yield from _glued(left, (*added, part), depth - 1)


def _may_be_glued(dress: Dress, part: str, rest: str, others: int, *, at_end: bool) -> bool:
    """Whether `part` may stand before or after `rest` in one word, with so many letters in other words."""
    left = len(rest) + others
    if dress is Dress.NUMBER:
        return not (rest[-1] if at_end else rest[0]).isdigit() and left > 4
    if dress is Dress.ARTICLE:
        if at_end:
            return False
        if part == "l":
            return left > 4 and rest[0] in _VOWELS
        return left > 3 and (rest[0] not in _VOWELS or part == "les")
    if len(part) < 3:
        return at_end and left > 3
    return left > (3 if len(part) > 3 else 4)


def _is_long(core: Sequence[str], added: Sequence[str]) -> bool:
    letters = len("".join(core))
    return letters > 3 or (letters == 3 and _strongest(added) is Dress.CLAIM)


@lru_cache(4096)
def _dress(word: str) -> Dress | None:
    if word.isdigit():
        return Dress.NUMBER
    return _DRESSES.get(word) or (_DRESSES.get(reading(word)) if len(word) > 3 else None)


_DRESSES = {
    spelling: dress
    for dress, words in (
        (Dress.CLAIM, CLAIMS),
        (Dress.COUNTRY, COUNTRY),
        (Dress.ARTICLE, ARTICLES),
        (Dress.ROOM, ROOMS),
    )
    for word in words
    for spelling in (word, reading(word))
}


def _strongest(words: Sequence[str]) -> Dress:
    return max(dress for word in words if (dress := _dress(word)) is not None)


def is_everybodys(name: Name) -> bool:
    """Whether it is one word that a body has in common with everybody: culture, education."""
    return len(name.words) == 1 and name.words[0] in COMMON


def is_another(theirs: Name, ours: Name) -> bool:
    """Whether what differs is a known word, so that it is another name: prefecture_loiret beside prefecture_loire.

    Of several words, one of three letters or fewer is another word whatever differs in it: ac-nantes, ec-nantes.
    """
    if len(theirs.words) == len(ours.words) > 1:
        apart = [old for new, old in zip(theirs.words, ours.words, strict=True) if new != old]
        if apart and all(len(word) < 4 for word in apart):
            return True
    return any(word in WORDS and not _is_one_of(word, ours.words) for word in _differing(theirs, ours))


def _is_one_of(word: str, words: Sequence[str]) -> bool:
    """Whether it is one of several, in the singular or in the plural; of one word, the other form is a word too."""
    return word in words or (len(words) > 1 and (f"{word}s" in words or word.removesuffix("s") in words))


def _differing(theirs: Name, ours: Name) -> Iterator[str]:
    yield from (word for word in theirs.words if word not in ours.words)
    whole, words = theirs.whole, ours.words
    yield whole
    for at in range(1, len(words)):
        head, tail = "".join(words[:at]), "".join(words[at:])
        if whole.startswith(head):
            yield whole[len(head) :]
        if whole.endswith(tail):
            yield whole[: -len(tail)]
    # One word on both sides: what is left without a kind of body in front (prefetloiret, universitelyon).
    for kind in KINDS:
        if whole.startswith(kind) and ours.whole.startswith(kind):
            yield whole[len(kind) :]
