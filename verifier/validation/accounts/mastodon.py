"""Mastodon's own rules: may this profile field turn green, and does that page link back?

They decide what people see, not what we attest: ``rel-me-01`` has stricter rules of its own.
``tests/vectors/mastodon-verdicts.json`` holds the verdicts of Mastodon's own code.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from ...core.errors import BadInput, OutsideError
from ...core.identifiers import HttpsUrl
from ...core.models import Problem
from ...fetch import Fetcher, Response
from ..html import markup
from ..html.markup import Link, Reading
from ..html.pages import PAGE_BYTES, Pages

ACCEPT_PAGE = "text/html"
REDIRECTS = 3

_FIELD_URL = re.compile(r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(:[0-9]{1,5})?(/[^?#]*)?(?:[?#].*)?")
_PATH_SAFE = "!$&'()*+,;=:@"  # RFC 3986 pchar, beside the letters, digits and -._~ that quote() never touches
_SPACE = "\t\n\v\f\r \0"  # Ruby's String#strip


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """Whether a page links back.

    :param problem: why not; None iff it does
    :param links: the rel=me links that it has
    """

    problem: Problem | None
    links: Sequence[Link] = field(default_factory=tuple)

    @property
    def linked(self) -> bool:
        return self.problem is None


def stored_value(value: str) -> str:
    """What Mastodon keeps of a field of a remote account, the HTML of a ``PropertyValue``."""
    return value.strip(_SPACE)[: markup.SHORT]


def remote_field_url(reading: Reading, own_origin: str | None = None) -> str | None:
    """As :func:`field_url`, of a remote account.

    :param reading: of a :func:`stored_value`
    """
    if reading.only is None:
        return None
    href, text = reading.only
    return _verifiable(href, own_origin) if href == text else None


def field_url(text: str, own_origin: str | None = None) -> str | None:
    """The page that Mastodon would ask to verify a profile field, or None: it never asks.

    :param text: as it was typed, at home
    :param own_origin: sandbox only: the one origin that may be plain http
    """
    return _verifiable(text.strip(_SPACE), own_origin)


def _verifiable(url: str, own_origin: str | None) -> str | None:
    parts = _FIELD_URL.fullmatch(url)
    if parts is None:
        return None
    scheme, host, port, path = parts.groups()
    if scheme != "https" and f"{scheme}://{host}{port or ''}" != own_origin:
        return None
    return url if not path or path == _normal(path) else None


def _normal(path: str) -> str | None:
    """A path as Addressable normalizes it; None if it is no UTF-8."""
    segments = path.split("/")
    if any(segment in (".", "..") for segment in segments):
        return None
    try:
        texts = [unicodedata.normalize("NFC", unquote(segment, errors="strict")) for segment in segments]
    except UnicodeDecodeError:
        return None
    return "/".join(quote(text, safe=_PATH_SAFE) for text in texts)


async def get_page(page: HttpsUrl, fetcher: Fetcher) -> Response:
    """:raises OutsideError: as ``Fetcher.get``"""
    return await fetcher.get(
        page, accept=ACCEPT_PAGE, max_bytes=PAGE_BYTES, cut=True, redirects=REDIRECTS, same_host=False
    )


async def page_verdict(
    response: Response, target: str, fetcher: Fetcher, pages: Pages, *, elsewhere: bool = True
) -> PageVerdict:
    """Whether a page, as it was answered, links back to `target`.

    :param elsewhere: a link that only redirects to `target` is followed to any host; otherwise only on the page's own
    :raises OutsideError: ``page-unreadable``, or as ``Fetcher.get`` for the link that is followed
    """
    if response.status != 200:
        return PageVerdict(Problem("page-status", {"status": response.status}))
    links = await pages.rel_me_links(response.body)
    if any(link.href is not None and link.href.lower() == target.lower() for link in links):
        return PageVerdict(None, links)
    if not links:
        return PageVerdict(Problem("page-cut" if response.truncated else "page-no-rel-me"), links)
    if await _redirects_back(links[0].href or "", target, response, fetcher, elsewhere=elsewhere):
        return PageVerdict(None, links)
    seen = _nearest(links, target)
    return PageVerdict(Problem("page-other-link", {"seen": seen[:200], "profile": target, "links": len(links)}), links)


async def _redirects_back(href: str, target: str, page: Response, fetcher: Fetcher, *, elsewhere: bool) -> bool:
    # Mastodon asks for the first rel=me link alone, and compares Location exactly.
    try:
        link = HttpsUrl.parse(href)
    except BadInput:
        return False
    if not elsewhere and str(link.host) not in page.url.split("/", 3)[2:3]:
        return False
    answer = await fetcher.get(link, accept=ACCEPT_PAGE, head=True)
    return answer.headers.get("location") == target


def _nearest(links: Sequence[Link], target: str) -> str:
    """The link that its author most likely meant."""
    hrefs = [link.href or "" for link in links]
    wanted = target.lower().rstrip("/").partition("://")[2]
    return next((href for href in hrefs if wanted in href.lower()), hrefs[0])


async def check_page(page: HttpsUrl, target: str, fetcher: Fetcher, pages: Pages) -> PageVerdict:
    """The whole rule: fetch the page, then :func:`page_verdict`.

    :param target: the profile, as :attr:`.actors.Actor.profile` spells it
    """
    try:
        return await page_verdict(await get_page(page, fetcher), target, fetcher, pages)
    except OutsideError as error:
        return PageVerdict(Problem(error.code, error.values))
