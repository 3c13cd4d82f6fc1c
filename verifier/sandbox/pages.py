"""What the sandbox's pages share: language by path, strict headers, and no posting from elsewhere."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from .. import words
from ..web.routes import CSP

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_page(app: web.Application, path: str, read: Handler, save: Handler | None = None) -> None:
    """Serves `path` in each language, where the service itself would."""
    for prefix in map(words.prefix, words.LANGUAGES):
        app.router.add_get(prefix + path, read)
        if save:
            app.router.add_post(prefix + path, save)


def language(request: web.Request) -> words.Lang:
    return words.language_of(request.path)


def prefix_of(request: web.Request) -> str:
    """What the paths of this language begin with."""
    return words.prefix(language(request))


def page(request: web.Request, template: str, **context: object) -> web.Response:
    """The page of a template, in the language of the request's path."""
    lang = language(request)
    context |= {
        "alternates": {each: words.prefix(each) + words.bare(request.path) for each in words.others(lang)},
        "sandbox": True,
    }
    text = words.render(f"sandbox/{template}", lang, **context)
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def refuse_posts_from_elsewhere(request: web.Request) -> None:
    """A page of another site may not make this browser edit the toy's profiles.

    :raises HTTPForbidden: the browser says that the form was not ours; who sends no ``Origin`` is no browser
    """
    if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        raise web.HTTPForbidden


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """A signal of aiohttp (``on_response_prepare``)."""
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"  # no-referrer would blank the Origin of our own form
    response.headers["Cache-Control"] = "no-store"


async def static(request: web.Request) -> web.Response:
    """The style sheets and marks that the pages ask for."""
    if request.path not in words.ASSETS:
        raise web.HTTPNotFound
    content_type, body = words.ASSETS[request.path]
    return web.Response(body=body, headers={"Content-Type": content_type})
