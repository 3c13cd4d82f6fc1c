"""One sentence in one language: plain text and HTML at once.

A sentence of the catalogue is ours and is trusted; what it speaks of (a handle, a host, the name of a body) is not.
Every :class:`Phrase` is a ``str`` (the plain text, for JSON and the command line) that a template shows with its
values escaped and isolated (T60).
"""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, Self

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

from .languages import SOURCE, Lang

_LOCALE = Path(__file__).parent / "locale"


def N_(msgid: str) -> str:  # noqa: N802  (the name that gettext's tools look for)
    """Mark a sentence for the catalogue; it is translated where it is said."""
    return msgid


class Sentences(NamedTuple):
    """A problem, in the language of the code: what happened, why, what to do."""

    title: str
    detail: str
    remedy: str


@cache
def catalogue(lang: Lang) -> NullTranslations:
    """The sentences of a language, compiled in memory. That of the code needs no file."""
    if lang == SOURCE:
        return NullTranslations()
    with (_LOCALE / lang / "LC_MESSAGES" / "verifier.po").open("rb") as source:
        messages = read_po(source, locale=lang)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


class Ident(str):
    """A name that somebody chose: whatever its letters, it cannot reorder the text around it (T60)."""

    __slots__ = ()

    def __html__(self) -> str:
        return f"<bdi>{escape(str(self))}</bdi>"


class Moment(str):
    """A date in words; ``datetime`` is the same for machines."""

    __slots__ = ("datetime",)
    datetime: str

    def __new__(cls, text: str, datetime: str) -> Self:
        moment = super().__new__(cls, text)
        moment.datetime = datetime
        return moment

    def __html__(self) -> str:
        return f'<time datetime="{escape(self.datetime)}">{escape(str(self))}</time>'


class Phrase(str):
    """A sentence of the catalogue with its values."""

    __slots__ = ("_html",)
    _html: str

    def __new__(cls, form: str, values: Mapping[str, str | int]) -> Self:
        phrase = super().__new__(cls, form % values)
        phrase._html = Markup(form) % values  # noqa: S704  (the form is ours; % escapes the values)
        return phrase

    def __html__(self) -> str:
        return self._html


def joined(*phrases: Phrase) -> Phrase:
    """Sentences one after another."""
    values = {f"part{number}": phrase for number, phrase in enumerate(phrases)}
    return Phrase(" ".join(f"%({name})s" for name in values), values)


_SERVICE = N_("Official accounts of the fediverse")


def say(lang: Lang, msgid: str, **values: str | int) -> Phrase:
    """The sentence `msgid` in `lang`."""
    return Phrase(catalogue(lang).gettext(msgid), values)


def service_name(lang: Lang) -> Phrase:
    """What the service calls itself to its readers."""
    return say(lang, _SERVICE)
