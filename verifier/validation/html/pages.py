"""Strangers' HTML, parsed in processes of their own: a page may use a second and half a gigabyte, no more."""

import sys
from collections.abc import Mapping
from typing import Self

from ...core import worker
from ...core.bounded import Bounded
from ...core.errors import OutsideError
from ...core.identifiers import HttpsUrl
from ..trail import REDIRECTS, Trail
from . import markup
from .markup import Link, Reading

HTML = "text/html"
PAGE_BYTES = 1_048_576
"""What Mastodon reads of a page; the rest is cut."""

_AT_ONCE = 4


class Pages:
    """The parser. While it is open (``async with``) its processes are kept; else each page starts one."""

    def __init__(self) -> None:
        # Isolated (-I): no PYTHON* variable, no current directory on the path.
        command = (sys.executable, "-I", "-m", worker.__name__, markup.__file__)
        self._bounded = Bounded(command, kind=OutsideError, overrun="page-unreadable", at_once=_AT_ONCE)

    async def __aenter__(self) -> Self:
        await self._bounded.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._bounded.__aexit__()

    async def rel_me_links(self, body: bytes) -> list[Link]:
        """The links of a page whose ``rel`` holds ``me``, in the order of the page.

        :raises OutsideError: ``page-unreadable``: it takes too much time, memory or depth, or has too many links
        """
        links = await self._bounded.run("rel_me", body.decode("utf-8", "replace"))
        if links is None:
            raise OutsideError("page-unreadable")
        return [Link(element, tuple(rel), href, in_head) for element, rel, href, in_head in links]

    async def readings(self, texts: Mapping[int, str]) -> Mapping[int, Reading]:
        """What each field of a profile says, by its number: simple ones in this process, else all in one job (T26).

        :raises OutsideError: ``fields-unreadable``: they take too much time or memory
        """
        values = list(texts.values())
        if markup.is_simple(values):
            readings = markup.read(values)
        else:
            try:
                readings = await self._bounded.run("read", values)
            except OutsideError:
                raise OutsideError("fields-unreadable") from None
        return {number: Reading(*each) for number, each in zip(texts, readings, strict=True)}


async def head_links(url: HttpsUrl, trail: Trail, pages: Pages, *, redirects: int = REDIRECTS) -> tuple[str, list[str]]:
    """Where a page is, and what the ``<link rel="me">`` in its head name: the one part that visitors never write (T37).

    :raises OutsideError: as ``Trail.get`` and :meth:`Pages.rel_me_links`
    """
    response = await trail.get(url, accept=HTML, max_bytes=PAGE_BYTES, cut=True, redirects=redirects)
    if response.status != 200 or response.media_type != HTML:
        return response.url, []
    links = await pages.rel_me_links(response.body)
    return response.url, [link.href or "" for link in links if link.element == "link" and link.in_head]
