"""The languages of the service: the one list.

A new one is a module here, its lines below, and its catalogue (docs/words.md).
"""

from collections.abc import Mapping
from typing import Literal, get_args

from .english import ENGLISH
from .french import FRENCH
from .language import Language, NameForm

Lang = Literal["fr", "en"]
"""The tag of a language (BCP 47)."""
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
SOURCE: Lang = "en"
"""That of the sentences in the code and in the templates, which need no catalogue; and of what machines are told."""
PACKAGED: Lang = "fr"
"""That of the policy in the package, which commands without a service use."""

_PARTICULARS: Mapping[Lang, Language] = {"fr": FRENCH, "en": ENGLISH}


def particulars(lang: Lang) -> Language:
    """What a language writes in its own way."""
    return _PARTICULARS[lang]


def english_name(lang: Lang) -> str:
    """What the language is called in English, for the description of the API."""
    return str(particulars(lang).locale.get_language_name(SOURCE))


def lang_of(locale: str) -> Lang:
    """The language that was stored under that name; for a name that is none, that of the package."""
    return next((lang for lang in LANGUAGES if lang == locale), PACKAGED)


__all__ = ["LANGUAGES", "PACKAGED", "SOURCE", "Lang", "Language", "NameForm", "english_name", "lang_of", "particulars"]
