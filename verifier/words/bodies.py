"""Whom an account is tied to, and that name in a sentence: "la Direction…", "du Ministère…", "of Direction…"."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from markupsafe import escape

from ..core.strict_json import Json
from .phrases import LANGUAGES, N_, Lang, say

_STATE = N_("the State")

_WORDS = {
    "la": "bibliothèque caisse chambre cnil commission cour délégation dgfip dgse dinum direction gendarmerie grande"
    " haute mission police préfecture présidence représentation société sous-préfecture",
    "le": "cabinet centre comité commissariat conseil conservatoire défenseur fonds gouvernement haut laboratoire"
    " médiateur ministère musée palais parquet premier rectorat secrétariat sénat service sgae sgdsn tribunal",
    "l'": "académie administration agence ambassade anssi assemblée autorité école établissement état imprimerie"
    " inspection institut observatoire office ofb union université urssaf",
    "les": "archives armées douanes services",
}
_ARTICLES = {word: article for article, words in _WORDS.items() for word in words.split()}
_ACTING = {"la": "la ", "le": "le ", "l'": "l'", "les": "les "}
_OF = {"la": "de la ", "le": "du ", "l'": "de l'", "les": "des "}


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


def affiliation(verdict: Mapping[str, Json], lang: Lang) -> Affiliation:
    """The affiliation of a verdict. A body that bears the name of the State itself is the State as a whole."""
    shown: Mapping[str, Json] = verdict.get("affiliation") or {}
    name, domain = shown.get("name"), shown.get("domain")
    if domain is None or name in {say(each, _STATE) for each in LANGUAGES}:
        return Affiliation(say(lang, _STATE), None)
    return Affiliation(name or domain, domain)


def acting(name: str, lang: Lang) -> BodyName:
    """After "by"."""
    return BodyName("", name) if lang == "en" else _french(name, _ACTING, "")


def belonging(name: str, lang: Lang) -> BodyName:
    """With its "of"."""
    return BodyName("of ", name) if lang == "en" else _french(name, _OF, "de ")


def _french(name: str, articles: dict[str, str], preposition: str) -> BodyName:
    article = _ARTICLES.get(name.split(" ", 1)[0].lower())
    if article is not None:
        return BodyName(articles[article], name)
    return BodyName(f"{preposition}l'organisme «\u00a0", name, "\u00a0»")  # right for any gender
