"""``rel-me-01``: the profile links to the page of this order, byte for byte, and to no other page (T00b).

Two independent places count: the ``attachment`` of the actor, and ``<link rel="me">`` in the head of the profile
page. Nothing that somebody else could have written: no name, no biography, no body of a page (T36, T37).
"""

import re
from collections.abc import Iterable, Mapping

from ...core.errors import OutsideError
from ...core.identifiers import HttpsUrl
from ...core.models import End, IdentityType, Record, State, Subject
from ...core.strict_json import Json
from ..accounts.actors import Actor, is_a
from ..accounts.profiles import check_profile
from ..html import markup
from ..html.markup import Reading
from ..html.pages import Pages, head_links
from ..method import ONE_VIEW, Declaration, Method, Need, OtherViews, Part, Recheck
from ..tools import Tools
from ..trail import Trail

_URLS = re.compile(r"https?://[^\s\"'<>]{1,300}")


class RelMe01(Method):
    """A link back from the profile."""

    __slots__ = ()
    declaration = Declaration(
        name="rel-me-01",
        end=End.ACCOUNT,
        rank=0,
        recheck=Recheck.PROFILE_LINK,
        offered=dict.fromkeys(IdentityType, Need.ONE_OF),
        part=Part.ACCOUNT,
        actions={"account": ()},
        public=True,
    )

    async def check(
        self,
        subject: Subject,
        state: State,
        _answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """As :func:`check_link`."""
        return await check_link(subject, tools), state


async def check_link(subject: Subject, tools: Tools, pinned: str | None = None) -> Record:
    """Resolve the handle both ways, then look for the link.

    :param pinned: as for :func:`check_profile`
    """

    async def find(actor: Actor, trail: Trail) -> dict[str, Json]:
        return await _find(actor, subject.page, trail, tools.pages)

    return await check_profile(RelMe01.declaration.name, subject, tools, find, pinned)


async def _find(actor: Actor, page: str, trail: Trail, pages: Pages) -> dict[str, Json]:
    """Where the link stands.

    :raises OutsideError: ``backlink-missing``, ``backlink-near``, ``backlink-not-alone``, ``backlink-other-order``,
        or the fields or the profile page cannot be read
    """
    texts = {number: text for number, item in enumerate(actor.attachment) if (text := _text(item, page)) is not None}
    readings = await pages.readings(texts)
    for number, item in enumerate(actor.attachment):
        how = _backlink(item, readings.get(number), page)
        if how is not None:
            return {"in": "attachment", "number": number, "as": how}
    url, heads = await head_links(HttpsUrl.parse(actor.profile), trail, pages)
    if page in heads:
        return {"in": "head", "url": url}
    raise _missing(page, [*_fields_urls(actor), *heads], fields=len(actor.attachment), links=len(heads))


def _text(item: Mapping[str, Json], page: str) -> str | None:
    """The HTML of a field that may link to `page`."""
    value = item.get("value")
    if is_a(item, "Link") or not is_a(item, "PropertyValue"):
        return None
    return value if isinstance(value, str) and page in value and len(value) <= markup.SHORT else None


def _backlink(item: Mapping[str, Json], reading: Reading | None, page: str) -> str | None:
    """How one attachment links to `page`: as ``link``, ``a`` or ``text``."""
    if reading is None:
        return "link" if is_a(item, "Link") and item.get("href") == page else None
    if reading.hrefs is None:
        return None
    if reading.hrefs:
        return "a" if page in reading.hrefs else None  # beside a link, text is its label and may say anything
    return "text" if reading.plain == page else None


def _fields_urls(actor: Actor) -> Iterable[str]:
    for item in actor.attachment:
        for text in (item.get("value"), item.get("href")):
            if isinstance(text, str):
                yield from _URLS.findall(text)


def _missing(page: str, addresses: list[str], *, fields: int, links: int) -> OutsideError:
    """The most helpful way to say that the link is not there."""
    if page in addresses:
        return OutsideError("backlink-not-alone", page=page)
    near = next((url for url in addresses if _is_near(url, page)), None)
    if near is not None:
        return OutsideError("backlink-near", page=page, seen=near[:300])
    pages = page.rpartition("/")[0] + "/"
    other = next((url for url in addresses if url != page and url.startswith(pages)), None)
    if other is not None:
        return OutsideError("backlink-other-order", page=page, seen=other[:300])
    read = " ".join(url[:300] for url in addresses[:3]) or "–"
    return OutsideError("backlink-missing", page=page, fields=fields, links=links, read=read)


def _is_near(url: str, page: str) -> bool:
    """Whether it is `page` in another spelling, cut short, or another address of the same request."""
    origin = "/".join(page.split("/", 3)[:3])
    of_ours = url.startswith(origin)
    return _loose(url) == _loose(page) or (of_ours and (page.startswith(url) or page.rpartition("/")[2] in url))


def _loose(url: str) -> str:
    return re.split(r"[?#]", url.lower().partition("://")[2])[0].rstrip("/")
