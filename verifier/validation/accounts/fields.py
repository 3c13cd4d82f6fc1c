"""Which field of a profile may turn green elsewhere, by Mastodon's rule for remote copies; and what nearly does.

It decides nothing of ours: ``/diagnostic`` tells an account holder what to change.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from ...core.models import Problem
from ...core.strict_json import Json
from ..html import markup
from ..html.markup import Reading
from ..html.pages import Pages
from . import mastodon
from .actors import Actor, is_a

CHARACTERS = 16_384
"""What is kept of all the fields together; Mastodon's own profiles have less than 3,000."""

_URLS = re.compile(r"https?://[^\s\"'<>]{1,300}", re.IGNORECASE)
_SEEN = 300


@dataclass(frozen=True, slots=True)
class Field:
    """One attachment of an actor that may hold a link.

    :param value: the HTML of a ``PropertyValue``, or the address of a ``Link``; cut after :data:`.markup.SHORT` + 1
    :param reading: what the HTML says; None of a ``Link``, and of what is longer than :data:`.markup.SHORT`
    """

    value: str
    link: bool
    reading: Reading | None


def field_of_json(field: Json) -> Field:
    """The field that was kept as JSON."""
    reading = field["reading"]
    return Field(field["value"], field["link"], None if reading is None else Reading(**reading))


async def fields_of(actor: Actor, pages: Pages) -> list[Field]:
    """The fields, as many as :data:`CHARACTERS` hold.

    :raises OutsideError: as :meth:`.Pages.readings`
    """
    held, left = list[tuple[str, bool]](), CHARACTERS
    for item in actor.attachment:
        link = is_a(item, "Link")
        value = item.get("href" if link else "value")
        if not isinstance(value, str) or not (link or is_a(item, "PropertyValue")):
            continue
        value = value[: markup.SHORT + 1]
        if len(value) <= left:
            left -= len(value)
            held.append((value, link))
    texts = {
        n: mastodon.stored_value(value)
        for n, (value, link) in enumerate(held)
        if not link and len(value) <= markup.SHORT
    }
    readings = await pages.readings(texts)
    return [Field(value, link, readings.get(number)) for number, (value, link) in enumerate(held)]


def urls(field: Field) -> Iterator[str]:
    """Every address in a field: those that its links lead to, then those that it spells."""
    if field.link:
        yield field.value
    elif field.reading is not None:
        yield from filter(None, field.reading.hrefs or ())
    yield from _URLS.findall(field.value)


def links_problem(fields: Sequence[Field], pages: Sequence[str], *, alone: bool, own_origin: str) -> Problem | None:
    """Why no field leads Mastodon to one of `pages` (spellings of one page); None if one does.

    :param alone: the actor has one attachment that is not in a list
    """
    if any(_leads(field, pages, own_origin) for field in fields):
        return Problem("field-not-listed") if alone else None
    near = next((problem for field in fields if (problem := _near(field, pages))), None)
    if near is not None:
        return near
    return Problem("field-missing", {"fields": len(fields), "page": pages[0]}) if fields else Problem("field-none")


def _leads(field: Field, pages: Sequence[str], own_origin: str) -> bool:
    url = mastodon.remote_field_url(field.reading, own_origin) if field.reading else None
    return url is not None and _bare(url) in pages


def _near(field: Field, pages: Sequence[str]) -> Problem | None:
    """What keeps that field from leading to `pages`; None if it is about something else."""
    addresses = list(urls(field))
    exact = next((url for url in addresses if _bare(url) in pages), None)
    if exact is not None:
        return _around(field, exact)
    loose = {_loose(page) for page in pages}
    near = next((url for url in addresses if _loose(url) in loose), None)
    return None if near is None else _misspelled(near, pages[0])


def _around(field: Field, url: str) -> Problem:
    """The link is there, to the letter."""
    if field.link:
        return Problem("field-link")
    if field.reading is None:
        return Problem("field-long", {"limit": markup.SHORT})
    if field.reading.only is None:
        return Problem("field-plain" if field.reading.plain == url else "field-not-alone")
    href, text = field.reading.only
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
