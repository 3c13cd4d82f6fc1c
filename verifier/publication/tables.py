"""The tables of the rules on look-alikes, as data that other programs read too (docs/lookalikes.md)."""

import json
from collections.abc import Mapping
from importlib.resources import files

_DATA = files(__package__).joinpath("data")
_TABLES = json.loads(_DATA.joinpath("lookalikes.json").read_text(encoding="utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_TABLES[name])


def _pairs(name: str) -> frozenset[str]:
    return frozenset(one + other for group in _TABLES[name] for one in group for other in group)


READINGS: Mapping[str, str] = _TABLES["readings"]
"""Letters of ASCII that are read for another, beyond the skeleton."""
DIGITS: Mapping[str, str] = _TABLES["digits"]
SEEN = _pairs("seen")
"""Pairs of letters that the eye exchanges."""
ALIKE = SEEN | _pairs("heard")
"""Pairs that the eye or the ear exchanges. Whatever else is exchanged makes another word."""
CLAIMS = _words("claims")
COUNTRY = _words("country")
LEADING = _words("leading")
"""Words that make another name when they stand before a word that bodies have in their names: France Relance."""
MILD = _words("mild")
"""What stands beside a common word without a claim."""
ARTICLES = _words("articles")
ROOMS = _words("rooms")
SMALL = _words("small")
SAME: Mapping[str, str] = _TABLES["same"]
KINDS = _words("kinds")
"""Names of roles, and of kinds of bodies: nobody's own."""
COMMON = _words("common") | _words("places")
"""Words of the language, and places: a body may use one alone, and so does everybody."""
RESERVED = tuple(f".{name}" for name in _TABLES["reserved"])
"""Ends of names: domains in which only the State can have a name."""
STATES = tuple(f".{name}" for name in _TABLES["states"])
"""Ends of names: domains of other States and of unions of States, whose bodies have names of their own."""
BRIDGES = _words("bridges")
"""Servers whose user names are domains that the holder has proved."""
WORDS = frozenset(_DATA.joinpath("words.txt").read_text(encoding="ascii").split()) | COMMON
"""Words that public bodies have in their names."""
