"""Every problem in words: what happened, why, what to do. One table for pages, API and command line.

A sentence names the values of its error as ``%(name)s``; a value that is not there, or empty, is told as an ellipsis,
since the telling of a problem must not be one more. A value called ``fault`` is the code of the problem that caused
this one, whose values stand beside it: its detail is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.errors import BadInput
from ..languages import Lang
from ..phrases import Ident, Phrase, Sentences, catalogue
from ..times import when
from .checks import CHECK_PROBLEMS
from .documents import DOCUMENT_PROBLEMS
from .doors import DOOR_PROBLEMS
from .fields import FIELD_PROBLEMS
from .logs import LOG_PROBLEMS
from .openid import OPENID_PROBLEMS
from .owner import OWNER_PROBLEMS
from .sign_ins import SIGNIN_PROBLEMS
from .signing import SIGNING_PROBLEMS

PROBLEMS: Mapping[str, Sentences] = {
    **DOOR_PROBLEMS,
    **CHECK_PROBLEMS,
    **DOCUMENT_PROBLEMS,
    **FIELD_PROBLEMS,
    **LOG_PROBLEMS,
    **OPENID_PROBLEMS,
    **OWNER_PROBLEMS,
    **SIGNING_PROBLEMS,
    **SIGNIN_PROBLEMS,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A problem told to a human; each text is plain as ``str`` and safe in a template."""

    title: Phrase
    detail: Phrase
    remedy: Phrase


class _Values(dict[str, str | int]):
    def __missing__(self, name: str) -> str:
        return "…"


def explain(code: str, values: Mapping[str, str | int], lang: Lang) -> Explanation:
    """The problem `code` in words. A code that the table lacks is told as ``internal``: it says nothing (T63)."""
    problem = PROBLEMS.get(code, PROBLEMS["internal"])
    shown = _Values({name: _shown(value, lang) for name, value in values.items() if value != ""})
    if "fault" in values:
        rest = {name: value for name, value in values.items() if name != "fault"}
        shown["fault"] = explain(str(values["fault"]), rest, lang).detail
    return Explanation(*(Phrase(catalogue(lang).gettext(sentence), shown) for sentence in problem))


def _shown(value: str | int, lang: Lang) -> str | int:
    if isinstance(value, int):
        return value
    try:
        return when(value, lang)
    except BadInput:
        return Ident(value)
