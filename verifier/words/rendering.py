"""Templates to pages. Everything is escaped unless it is ours; a missing value is an error, never a blank."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .assets import asset
from .phrases import LANGUAGES, Ident, Lang, catalogue, service_name
from .times import when

PREFIX: dict[Lang, str] = {"fr": "", "en": "/en"}
"""Where the pages of a language live."""

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(lang: Lang) -> Environment:
    """The templates of a language, compiled once."""
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_translations(catalogue(lang), newstyle=True)  # type: ignore[attr-defined]
    (other,) = (name for name in LANGUAGES if name != lang)
    env.globals |= {
        "lang": lang,
        "other": other,
        "prefix": PREFIX[lang],
        "asset": asset,
        "name": Ident,
        "when": lambda moment, **how: when(moment, lang, **how),
        "service": service_name(lang),
        "alternate": None,
        "sandbox": False,
        "successor": None,
        "review": False,
    }
    env.filters["plain"] = _plain
    return env


def _plain(text: str) -> str:
    """For ``<title>``, where an element would show as text."""
    return str(text)


def render(template: str, lang: Lang, **context: object) -> str:
    """A page. ``docs/words.md`` lists what each template takes."""
    return environment(lang).get_template(template).render(context)
