"""Which field of a profile may turn green elsewhere, by Mastodon's rule for remote copies; and what nearly does.

It decides nothing of ours: ``/diagnostic`` tells an account holder what to change.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from ..core.models import Problem
from ..core.strict_json import Json
from . import markup, mastodon
from .actors import Actor, is_a

CHARACTERS = 16_384
"""What is kept of all the fields together; Mastodon's own profiles have less than 3,000."""

_URLS = re.compile(r"https?://[^\s\"'<>]{1,300}", re.IGNORECASE)
_SEEN = 300


@dataclass(frozen=True, slots=True)
class Field:
    """One attachment of an actor that may hold a link.

    :param value: the HTML of a ``PropertyValue``, or the address of a ``Link``; cut after :data:`.markup.SHORT` + 1
    :param link: it is a ``Link``, which Mastodon does not read
    """

    value: str
    link: bool


def fields_of(actor: Actor) -> list[Field]:
    """The fields, as many as :data:`CHARACTERS` hold."""
    found, left = [], CHARACTERS
    for item in actor.attachment:
        field = _field(item)
        if field is not None and len(field.value) <= left:
            left -= len(field.value)
            found.append(field)
    return found


def _field(item: dict[str, Json]) -> Field | None:
    link = is_a(item, "Link")
    value = item.get("href" if link else "value")
    if not isinstance(value, str) or not (link or is_a(item, "PropertyValue")):
        return None
    return Field(value[: markup.SHORT + 1], link)


def urls(field: Field) -> Iterator[str]:
    """Every address in a field: those that its links lead to, then those that it spells."""
    if field.link:
        yield field.value
    elif len(field.value) <= markup.SHORT:
        yield from _hrefs(field.value)
    yield from _URLS.findall(field.value)


def _hrefs(value: str) -> list[str]:
    try:
        return [link.href for link in markup.links(value) if link.element == "a" and link.href]
    except markup.TooDeep:
        return []


def judge(fields: Sequence[Field], pages: Sequence[str], *, alone: bool, own_origin: str) -> Problem | None:
    """Why no field leads Mastodon to one of `pages` (spellings of one page); None if one does.

    :param alone: the actor has one attachment that is not in a list
    """
    if any(_leads(field, pages, own_origin) for field in fields):
        return Problem("field-not-listed") if alone else None
    near = next((found for field in fields if (found := _near(field, pages))), None)
    if near is not None:
        return near
    return Problem("field-missing", {"fields": len(fields), "page": pages[0]}) if fields else Problem("field-none")


def _leads(field: Field, pages: Sequence[str], own_origin: str) -> bool:
    if field.link or len(field.value) > markup.SHORT:
        return False
    url = mastodon.field_url(field.value, local=False, own_origin=own_origin)
    return url is not None and _bare(url) in pages


def _near(field: Field, pages: Sequence[str]) -> Problem | None:
    """What keeps that field from leading to `pages`; None if it is about something else."""
    found = list(urls(field))
    exact = next((url for url in found if _bare(url) in pages), None)
    if exact is not None:
        return _around(field, exact)
    loose = {_loose(page) for page in pages}
    near = next((url for url in found if _loose(url) in loose), None)
    return None if near is None else _misspelled(near, pages[0])


def _around(field: Field, url: str) -> Problem:
    """The link is there, to the letter."""
    if field.link:
        return Problem("field-link")
    if len(field.value) > markup.SHORT:
        return Problem("field-long", {"limit": markup.SHORT})
    only = markup.only_link(field.value)
    if only is None:
        return Problem("field-plain" if markup.plain(field.value) == url else "field-not-alone")
    href, text = only
    if href != text:
        return Problem("field-label", {"seen": text[:_SEEN], "page": url[:_SEEN]})
    return Problem("field-spelling", {"seen": url[:_SEEN]})


def _misspelled(seen: str, page: str) -> Problem:
    """Another spelling of the link stands there."""
    http = not seen.lower().startswith(page.partition("://")[0] + "://")
    slash = seen.rstrip("/") == page.rstrip("/")
    coded = "%" in seen and unquote(seen) == page
    code = "field-http" if http else "field-slash" if slash else "field-percent" if coded else "field-near"
    return Problem(code, {"seen": seen[:_SEEN], "page": page})


def _bare(url: str) -> str:
    """Without its fragment, which no server is told; the path of an origin is a slash."""
    url = url.partition("#")[0]
    return f"{url}/" if url.count("/") == 2 else url


def _loose(url: str) -> str:
    return unquote(re.split(r"[?#]", url.partition("://")[2])[0]).lower().rstrip("/")
