"""The plain pages, rendered once: nothing on them depends on the request but its language."""

from collections.abc import Mapping

from aiohttp import web

from ... import words
from .. import keys
from ..responses import Answer


def answers(pages: words.PlainPages, *, sandbox: bool) -> Mapping[str, Answer]:
    """The bytes of each, by its path."""
    return {
        f"{words.prefix(lang)}/{name}": Answer.of(
            words.render(
                "plain.html",
                lang,
                page=page,
                alternates={each: f"{words.prefix(each)}/{name}" for each in words.others(lang)},
                sandbox=sandbox,
            ).encode(),
            "text/html; charset=utf-8",
        )
        for (name, lang), page in pages.items()
    }


async def plain(request: web.Request) -> web.Response:
    """GET /mentions-legales, and its like."""
    return request.app[keys.PLAIN][request.path].response(request)
