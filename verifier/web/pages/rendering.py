"""Pages as answers: their language, and errors."""

import logging
from http import HTTPStatus

from aiohttp import web

from ... import words
from ...core.errors import VerifierError
from ...words import Lang
from .. import keys, problems
from ..headers import preferred_languages

log = logging.getLogger(__name__)

LANGUAGE = web.RequestKey[Lang]("language")
"""What a request remembers of an order, whose language its own address does not tell."""


def language(request: web.Request) -> Lang:
    """That of the address; at an address of no language, that of the order."""
    if LANGUAGE in request:
        return request[LANGUAGE]
    return words.language_of(request.path)


def preferred(request: web.Request) -> Lang:
    """What the reader chose (``?lang=``), or the browser asks for, at an address that has no language of its own."""
    chosen = request.query.get("lang")
    if chosen in words.LANGUAGES:
        return chosen
    for tag in preferred_languages(request):
        # A reader of fr-CA reads fr.
        own = words.deployed().locale
        lang = own if tag == "*" else next((each for each in words.LANGUAGES if f"{tag}-".startswith(f"{each}-")), None)
        if lang is not None:
            return lang
    return words.SOURCE


def show(request: web.Request, page: words.Page | str, /, *, status: int = 200, **context: object) -> web.Response:
    """A page, or the template of that name, in the language of its address."""
    lang = language(request)
    # The same place in the other languages, for a page that is reached by GET.
    # One slash: two would name another server.
    bare = "/" + request.path_qs.removeprefix(words.prefix(lang)).lstrip("/")
    offered = request.method in ("GET", "HEAD") and LANGUAGE not in request
    text = words.render(
        page,
        lang,
        alternates={each: words.prefix(each) + bare for each in words.others(lang)} if offered else {},
        sandbox=request.app[keys.SANDBOX],
        **context,
    )
    return web.Response(text=text, status=status, content_type="text/html")


def failed(request: web.Request, error: VerifierError | None) -> web.Response:
    """An error page: what happened, that nothing was lost, what to do, a reference to give."""
    status = problems.status_of(error) if error else HTTPStatus.INTERNAL_SERVER_ERROR
    reference = None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reference = request.app[keys.TOOLS].chance.identifier()
        log.error("reference %s: %s", reference, error or "see the exception above")
    problem = explain(request, error) if error else words.explain("internal", {}, language(request))
    yours = error is not None and error.code == "order-not-yours"
    return show(request, "error.html", status=status, problem=problem, reference=reference, has_list=yours)


def explain(request: web.Request, error: VerifierError) -> words.Explanation:
    """An error in the words of its page."""
    return words.explain(error.code, error.values, language(request))


def see(request: web.Request, path: str) -> web.Response:
    """On to the page of that path, in the same language."""
    place = f"{words.prefix(language(request))}{path}"
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})
