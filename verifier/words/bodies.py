"""Whom an account is tied to, and how a sentence calls it: "la Direction…", "du Ministère…", "of Direction…".

A body whose name nobody told us is "the public body that holds DOMAIN"; what is signed then says the domain twice.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

from markupsafe import escape

from ..core.strict_json import Json
from .languages import LANGUAGES, Lang, NameForm, particulars
from .phrases import N_, say

_STATE = N_("the State")


class BodyName(str):
    """The name with the words that its sentence puts around it; in HTML the name alone stands out."""

    __slots__ = ("_html",)
    _html: str

    def __new__(cls, before: str, name: str, after: str = "") -> Self:
        body = super().__new__(cls, before + name + after)
        body._html = f"{before}<strong><bdi>{escape(name)}</bdi></strong>{after}"
        return body

    def __html__(self) -> str:
        return self._html


class Affiliation(NamedTuple):
    """:param domain: of the body; None for the State as a whole, where the holder shows no more than that"""

    name: str
    domain: str | None

    @property
    def is_named(self) -> bool:
        """Whether its name is known, and not its domain alone."""
        return self.name != self.domain


def affiliation(verdict: Mapping[str, Json], lang: Lang) -> Affiliation:
    """The affiliation of a verdict. A body that bears the name of the State itself is the State as a whole."""
    shown: Mapping[str, Json] = verdict.get("affiliation") or {}
    name, domain = shown.get("name"), shown.get("domain")
    if domain is None or (name is not None and is_state(name)):
        return Affiliation(say(lang, _STATE), None)
    return Affiliation(name or domain, domain)


def is_state(name: str) -> bool:
    """Whether readers take a body of that name for the State as a whole."""
    return name.casefold() in {each.casefold() for each in names_of_state()}


def names_of_state() -> frozenset[str]:
    """How it is called, in each language."""
    return frozenset(str(say(each, _STATE)) for each in LANGUAGES)


def alone(body: Affiliation, lang: Lang) -> BodyName:
    """Where no sentence stands around it."""
    return BodyName("", body.name) if body.is_named else acting(body, lang)


def acting(body: Affiliation, lang: Lang) -> BodyName:
    """After "by"."""
    return _in_sentence(body, lang, particulars(lang).acting)


def belonging(body: Affiliation, lang: Lang) -> BodyName:
    """With its "of"."""
    return _in_sentence(body, lang, particulars(lang).belonging)


def _in_sentence(body: Affiliation, lang: Lang, form: NameForm) -> BodyName:
    name = body.name
    if not body.is_named:
        return BodyName(form.holder, name)
    kind = particulars(lang).kinds.get(name.split(" ", 1)[0].lower())
    if kind is not None:
        return BodyName(form.articles[kind], name)
    return BodyName(form.before, name, form.after)
