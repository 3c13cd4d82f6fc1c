"""What of the words is a matter of where the service runs: the language of addresses without a prefix, the time zone.

Set once for a process, by whoever composes the service, from its policy. Every page depends on it and none on two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from .languages import LANGUAGES, PACKAGED, Lang


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the service runs.

    :param locale: the language of ``/``, and of mails when nobody chose
    :param zone: in which people read times
    :param titles: language, name and title of each plain page, in the order of the footer
    :param reviews: whether people can examine requests here
    """

    locale: Lang
    zone: ZoneInfo
    titles: tuple[tuple[Lang, str, str], ...] = ()
    reviews: bool = False


class _Now:
    deployment = Deployment(PACKAGED, ZoneInfo("Europe/Paris"))


def deployed() -> Deployment:
    """The one in force; that of the packaged policy, for commands without a service."""
    return _Now.deployment


@contextmanager
def deploying(deployment: Deployment) -> Iterator[None]:
    """`deployment` is in force as long as this lasts."""
    before, _Now.deployment = _Now.deployment, deployment
    try:
        yield
    finally:
        _Now.deployment = before


def prefix(lang: Lang) -> str:
    """What the paths of pages in `lang` begin with."""
    return "" if lang == deployed().locale else f"/{lang}"


def others(lang: Lang) -> tuple[Lang, ...]:
    """The languages that a page offers beside its own."""
    return tuple(each for each in LANGUAGES if each != lang)


def language_of(path: str) -> Lang:
    """The language of the page at that path."""
    own = deployed().locale
    return next((each for each in others(own) if f"{path}/".startswith(f"{prefix(each)}/")), own)


def page_in(page: str, lang: Lang) -> str:
    """The page of an order (``BASE/v/ID``), in that language."""
    base, mark, id_ = page.rpartition("/v/")
    return f"{base}{prefix(lang)}{mark}{id_}"


def bare(path: str) -> str:
    """That path without the prefix of its language."""
    return path.removeprefix(prefix(language_of(path)))
