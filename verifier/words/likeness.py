"""What a look-alike is, in words: which account is the official one, and in what the name differs from it (T32)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..core.likeness import Change, Difference, Why
from ..core.strict_json import Json
from .bodies import acting, affiliation
from .deployment import page_in
from .languages import Lang
from .phrases import N_, Ident, Phrase, say


@dataclass(frozen=True, slots=True)
class Original:
    """The account that a name resembles.

    :param verdict: on that account, as JSON
    :param differences: of the name asked about
    """

    verdict: Mapping[str, Json]
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class LookalikeView:
    """What a page shows of it.

    :param handle: of the official account
    :param page: absolute URL of its page, if it was given
    :param why: how the name resembles it
    :param imitates: whether that is made to deceive; else it only resembles
    :param whose: who runs the official account
    :param details: what differs, a sentence for each
    """

    handle: Ident
    page: str | None
    why: Why
    imitates: bool
    whose: Phrase | None
    details: tuple[Phrase, ...]


class _Likeness(NamedTuple):
    """A title, and which account is the official one."""

    title: str
    official: str


_OFFICIAL = N_("The official account that it resembles is %(official)s.")
_IMITATION = _Likeness(N_("Careful: this name imitates that of an official account"), _OFFICIAL)
# "press" is nobody's own: a body's name elsewhere may be borne by chance.
_LIKENESSES = {
    Why.CONFUSABLE: _IMITATION,
    Why.DRESSED: _IMITATION,
    Why.BODY_NAME: _IMITATION,
    Why.SIMILAR: _Likeness(N_("This name resembles that of an official account"), _OFFICIAL),
    Why.SAME_USER: _Likeness(
        N_("An official account has the same name, on another server"),
        N_("The official account of that name is %(official)s."),
    ),
    Why.CASE: _Likeness(
        N_("Careful: an official account has the same name, with other capital letters"),
        N_("On its server, capital and small letters make two names: the official account is %(official)s."),
    ),
}
_HERE, _IN_SERVER = N_("Here"), N_("In the name of its server")

_READ = {
    ("digit", "letter"): N_("%(where)s, the digit %(shown)s stands in place of the letter %(official)s."),
    ("letter", "digit"): N_("%(where)s, the letter %(shown)s stands in place of the digit %(official)s."),
    ("letter", "letter"): N_("%(where)s, the letter %(shown)s stands in place of the letter %(official)s."),
    ("digit", "digit"): N_("%(where)s, the digit %(shown)s stands in place of the digit %(official)s."),
    ("letters", "letter"): N_("%(where)s, the letters %(shown)s stand in place of the letter %(official)s."),
    ("letter", "letters"): N_("%(where)s, the letter %(shown)s stands in place of the letters %(official)s."),
}
_READ_OTHERWISE = N_("%(where)s, %(shown)s stands in place of %(official)s.")
_FOREIGN = N_(
    "%(where)s, a character that is not of our alphabet, %(shown)s (%(unicode)s), stands in place of the letter"
    " %(official)s."
)
_ALPHABETS = {
    "CYRILLIC": N_("%(where)s, a Cyrillic %(shown)s (%(unicode)s) stands in place of the Latin %(official)s."),
    "GREEK": N_("%(where)s, a Greek %(shown)s (%(unicode)s) stands in place of the Latin %(official)s."),
    "ARMENIAN": N_("%(where)s, an Armenian %(shown)s (%(unicode)s) stands in place of the Latin %(official)s."),
    "LATIN": N_("%(where)s, another Latin letter, %(shown)s (%(unicode)s), stands in place of %(official)s."),
}
_CHANGES = {
    Change.CHANGED: N_("%(where)s, the character %(shown)s stands where the official name has %(official)s."),
    Change.ADDED: N_("%(where)s, the character %(shown)s was added."),
    Change.MISSING: N_("%(where)s, the character %(official)s is missing."),
    Change.SWAPPED: N_("%(where)s, two letters have changed places: %(shown)s for %(official)s."),
    Change.WORD: N_("%(where)s, a word was added to the official name: %(shown)s."),
    Change.NUMBER: N_("%(where)s, a number was added to the official name: %(shown)s."),
    Change.SEPARATOR: N_("%(where)s, only dots, hyphens or underscores differ."),
    Change.ORDER: N_("These are the words of the official name, in another order."),
    Change.NAME: N_("This is the name of the body, not that of its account."),
    Change.DOMAIN: N_("This is an internet domain of the body (%(official)s), used as the name of an account."),
    Change.CASE: N_("Here it is written %(shown)s; the official one is written %(official)s."),
    Change.SERVER: N_("Its server is %(shown)s; that of the official account is %(official)s."),
}
_PLACE = N_("It is character %(at)s of the name.")
_PLACE_IN_SERVER = N_("It is character %(at)s of the name of the server.")
_PLACED = (Change.READ, Change.CHANGED, Change.ADDED, Change.SWAPPED)
_RUN_BY = N_("It is run by %(body)s (%(domain)s).")
_RUN_BY_HOLDER = N_("It is run by %(body)s.")
_HELD = N_("It is held by a public servant, in their own name.")


def title(why: str, lang: Lang) -> Phrase:
    """The verdict itself."""
    return say(lang, _LIKENESSES[Why(why)].title)


def official(why: str, handle: Ident, lang: Lang) -> Phrase:
    """Which account is the official one."""
    return say(lang, _LIKENESSES[Why(why)].official, official=handle)


def is_alarming(why: str) -> bool:
    """Whether the reader is told to take care; a namesake or a neighbour may be there by chance."""
    return Why(why).imitates or Why(why) is Why.CASE


def lookalike_view(lookalike: Mapping[str, Json], original: Original | None, lang: Lang) -> LookalikeView:
    """:param original: what is known of that account, where it was asked for"""
    why = Why(lookalike["why"])
    page = original.verdict.get("page") if original else None
    return LookalikeView(
        handle=Ident(lookalike["handle"]),
        page=page_in(page, lang) if page else None,
        why=why,
        imitates=why.imitates,
        whose=_whose(original.verdict, lang) if original else None,
        details=tuple(phrase for each in original.differences for phrase in _said(each, lang)) if original else (),
    )


def _whose(verdict: Mapping[str, Json], lang: Lang) -> Phrase:
    if verdict.get("accountRole") != "office":
        return say(lang, _HELD)
    body = affiliation(verdict, lang)
    if not body.is_named:
        return say(lang, _RUN_BY_HOLDER, body=acting(body, lang))
    return say(lang, _RUN_BY, body=acting(body, lang), domain=Ident(body.domain or ""))


def _said(difference: Difference, lang: Lang) -> tuple[Phrase, ...]:
    values: dict[str, str] = {
        "where": say(lang, _IN_SERVER if difference.in_server else _HERE),
        "shown": _shown(difference.shown),
        "official": _shown(difference.official),
    }
    form = _CHANGES.get(difference.change) or _read(difference)
    if difference.change is Change.READ and not difference.shown.isascii():
        character = next(char for char in difference.shown if not char.isascii())
        name = unicodedata.name(character, "")
        form = _ALPHABETS.get(name.partition(" ")[0], _FOREIGN)
        values["unicode"] = f"{name}, U+{ord(character):04X}"
    said = say(lang, form, **values)
    if difference.change not in _PLACED or not difference.at:
        return (said,)
    return said, say(lang, _PLACE_IN_SERVER if difference.in_server else _PLACE, at=difference.at)


def _read(difference: Difference) -> str:
    return _READ.get((_kind(difference.shown), _kind(difference.official)), _READ_OTHERWISE)


def _kind(text: str) -> str:
    if text.isdigit():
        return "digit"
    return "letter" if len(text) == 1 and text.isalpha() else "letters" if text.isalpha() else ""


def _shown(text: str) -> str:
    """Letters of ASCII as they are: they cannot reorder what is around them."""
    return text if text.isascii() and text.isalnum() else Ident(text)
