"""Templates to pages. Everything is escaped unless it is ours; a missing value is an error, never a blank."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .assets import asset, integrity
from .deployment import Deployment, deployed, others, prefix
from .languages import Lang, particulars
from .pages import Page
from .phrases import Ident, catalogue, say, service_name
from .review import examination
from .times import when

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(lang: Lang, deployment: Deployment) -> Environment:
    """The templates of a language, compiled once for a deployment, whose prefixes and times are in them."""
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
    env.globals |= {
        "lang": lang,
        "others": others(lang),
        "language_name": lambda tag: particulars(tag).name,
        "prefix": prefix(lang),
        "plain_titles": {name: title for each, name, title in deployment.titles if each == lang},
        "say_in": say,
        "asset": asset,
        "integrity": integrity,
        "examination": lambda: examination(lang),
        "name": Ident,
        "when": lambda moment, **how: when(moment, lang, **how),
        "service": service_name(lang),
        "alternates": {},
        "problem": None,
        "sandbox": False,
        "successor": None,
        "has_list": False,
    }
    env.filters["plain"] = _plain
    return env


def _plain(text: str) -> str:
    """For ``<title>``, where an element would show as text."""
    return str(text)


def render(page: Page | str, lang: Lang, /, **context: object) -> str:
    """A page, or the template of that name: ``docs/words.md`` lists what each takes."""
    if isinstance(page, Page):
        context = page.context() | context
        page = page.template
    return environment(lang, deployed()).get_template(page).render(context)
