"""How every door answers.

Whose form it is, limits, headers, errors and HEAD, OPTIONS, 405 are applied here, once, when the table is built: a
stack of middlewares would be paid at every lookup.
"""

import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from .. import words
from ..core import metrics
from ..core.errors import BadInput, NotFound, TooLarge, Unauthorized, Unavailable, VerifierError
from . import origin, problems
from .description import Description
from .limits import Limit, Limiter
from .load import Load
from .responses import Sealed

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Render = Callable[[web.Request, VerifierError | None], web.Response]
Refusal = Callable[[web.Request, VerifierError], Awaitable[web.StreamResponse]]

# Server: in place of aiohttp's own, which tells versions.
SHARED = {"X-Content-Type-Options": "nosniff", "Server": "verifier"}
# Scripts of other origins see no other header that is of use to them.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Allow, ETag, Location, Retry-After, WWW-Authenticate",
}
ACCOUNT_PATH = "/v/{id}"
"""The page of an account, to which profiles link."""

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    # That one file, by its content: nothing else of ours runs as a script, whatever somebody makes us answer (T60).
    f"; script-src '{words.integrity('copy.js')}'"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the doors of one kind share.

    :param headers: on every answer; a handler's own value wins
    :param cors: any origin may read it, and a preflight is answered
    :param cookies: its handlers may read cookies, and so only our own pages may send it what changes anything (T61)
    :param failed: renders an error (None: a bug); problems for programs, a page for people
    """

    headers: Mapping[str, str]
    cors: bool
    cookies: bool
    failed: Render


@dataclass(frozen=True, slots=True)
class Door:
    """A method at a path.

    :param about: what ``openapi.json`` says of it
    :param limit: counted here for each client, before the handler runs
    :param shared: limits that its handler counts by what the request names, or while it is under way
    :param refusal: shows an error on the page where the request was made; an error of its own is told as any other
    :param urgent: it is answered however much is under way
    """

    method: str
    path: str
    handler: Handler
    kind: Kind
    about: Description
    limit: Limit | None = None
    shared: tuple[Limit, ...] = ()
    refusal: Refusal | None = None
    urgent: bool = False

    @property
    def for_own_pages(self) -> bool:
        """Whether only our own pages may send it anything (T61)."""
        return self.kind.cookies and self.method != "GET"

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All that it is counted under."""
        return ((self.limit,) if self.limit else ()) + self.shared


def as_problem(_: web.Request, error: VerifierError | None) -> web.Response:
    return problems.response(error) if error else problems.internal()


# The answer of an API error is never cached; what is cached says so itself.
PUBLIC = Kind(SHARED | CORS | {"Cache-Control": "public, max-age=60"}, cors=True, cookies=False, failed=as_problem)
FROZEN = Kind(
    SHARED | CORS | {"Cache-Control": "public, max-age=604800, immutable"}, cors=True, cookies=False, failed=as_problem
)
FRESH = Kind(
    SHARED | CORS | {"Cache-Control": "no-store"},
    cors=True,
    cookies=False,
    failed=as_problem,
)


# On every page (T60, T61).
PAGE_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Frame-Options": "DENY",
    # With no-referrer, a browser would hide the Origin of our own forms too, and they would read as forged.
    "Referrer-Policy": "same-origin",
}


def page_kind(failed: Render, *, private: bool) -> Kind:
    """Pages: strict CSP; those of a session are never kept by a cache."""
    cache = "no-store" if private else "public, max-age=60"
    return Kind(SHARED | PAGE_HEADERS | {"Cache-Control": cache}, cors=False, cookies=True, failed=failed)


# Below these, what is not there is told to programs.
_FOR_PROGRAMS = "api|[.]well-known|status|contexts|schemas|keys|actor|static"


def install(app: web.Application, doors: Sequence[Door], fallback: Kind, limiter: Limiter, base_url: str) -> None:
    """Put the doors in the router, with a 405 beside each path and a 404 for all others."""
    reads, writes = limiter.load(Limit.READS_AT_ONCE), limiter.load(Limit.WRITES_AT_ONCE)
    paths: dict[str, list[Door]] = {}
    for door in doors:
        paths.setdefault(door.path, []).append(door)
    for path, group in paths.items():
        resource = app.router.add_resource(path)
        allowed = sorted(
            {door.method for door in group} | ({"HEAD"} if any(d.method == "GET" for d in group) else set())
        )
        for door in group:
            # A form that another site makes a browser send uses up no limit of that browser, and is shown nothing.
            own = _own(door, _refused(_limited(door, limiter), door.refusal), base_url)
            load = Load(sys.maxsize) if door.urgent else reads if door.method == "GET" else writes
            wrapped = _wrap(_by_name(door, own, base_url), door.kind, load)
            resource.add_route(door.method, wrapped)
            if door.method == "GET":
                resource.add_route("HEAD", wrapped)
        resource.add_route("*", _wrap(_other_method(allowed, group[0].kind), group[0].kind, reads))
    # Of any character, a line feed too, which a dot is not.
    app.router.add_route("*", f"/{{tree:{_FOR_PROGRAMS}}}{{tail:(/(?s:.*))?}}", _wrap(_nothing_here, FRESH, reads))
    app.router.add_route("*", "/{tail:(?s:.*)}", _wrap(_nothing_here, fallback, reads))


def _own(door: Door, handler: Handler, base_url: str) -> Handler:
    if not door.for_own_pages:
        return handler

    async def answer(request: web.Request) -> web.StreamResponse:
        origin.check_own(request, base_url)
        return await handler(request)

    return answer


def _by_name(door: Door, handler: Handler, base_url: str) -> Handler:
    """A sandbox lives at ``localhost``: whoever opens its pages at its address is led to that name.

    The page of an account stays where it was asked for: it is never a redirect.
    """
    name = "http://localhost"
    page = door.kind.cookies and door.method == "GET" and not door.path.endswith(ACCOUNT_PATH)
    if not page or not base_url.startswith(f"{name}:"):
        return handler
    address = base_url.removeprefix(name)

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.host == f"127.0.0.1{address}":
            place = f"{base_url}/{request.path_qs.lstrip('/')}"
            return web.Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": place})
        return await handler(request)

    return answer


def _limited(door: Door, limiter: Limiter) -> Handler:
    handler, limit = door.handler, door.limit
    if limit is None:
        return handler

    async def answer(request: web.Request) -> web.StreamResponse:
        # What costs stands in a body or in a query: a page that is asked nothing is an empty form.
        if request.query_string or request.method not in ("GET", "HEAD"):
            limiter.client(request, limit)
        return await handler(request)

    return answer


def _refused(handler: Handler, refusal: Refusal | None) -> Handler:
    if refusal is None:
        return handler

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except VerifierError as error:
            response = await refusal(request, error)
            return _as_refusal(response, error)

    return answer


def _as_refusal(response: web.StreamResponse, error: VerifierError | None) -> web.StreamResponse:
    """Counted, with the time to wait, and how one may come in (RFC 9110, 15.5.2)."""
    metrics.PROBLEMS.labels(error.code if error else "internal", str(response.status)).inc()
    if seconds := problems.retry_after(error):
        response.headers["Retry-After"] = str(seconds)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _wrap(handler: Handler, kind: Kind, load: Load) -> Handler:
    headers = tuple(kind.headers.items())
    sealed = "".join(f"{name}: {value}\r\n" for name, value in headers).encode()

    async def answer(request: web.Request) -> web.StreamResponse:
        load.now += 1
        try:
            if load.now > load.most:
                raise Unavailable("overloaded")
            response = await handler(request)
            if type(response) is Sealed:  # of this very type: an abstract class takes its time to say so
                response.shared = sealed
                return response
        except Exception as error:  # noqa: BLE001 - what is no refusal of ours is told to the log
            response = failed(request, _told(request, error))
        finally:
            load.now -= 1
        own = response.headers
        for name, value in headers:
            own.setdefault(name, value)
        return response

    def failed(request: web.Request, error: VerifierError | None) -> web.StreamResponse:
        response = kind.failed(request, error)
        response.headers["Cache-Control"] = "no-store"
        return _as_refusal(response, error)

    return answer


def _told(request: web.Request, error: Exception) -> VerifierError | None:
    """What the client is told of that error; None: it is a bug."""
    if isinstance(error, VerifierError):
        return error
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return TooLarge("too-large")
    if isinstance(error, web.HTTPException | web.RequestPayloadError):  # aiohttp's own refusals
        ours = isinstance(error, web.HTTPException) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return None if ours else BadInput("bad-request")
    if isinstance(error, ConnectionError):
        # The client hung up while it was still sending: nobody reads the answer, and it is no fault of ours.
        return BadInput("bad-request")
    log.error("%s failed", request.match_info.route.resource, exc_info=error)
    return None


def _other_method(allowed: list[str], kind: Kind) -> Handler:
    listed = ", ".join(allowed)

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method == "OPTIONS" and kind.cors:
            return web.Response(
                status=HTTPStatus.NO_CONTENT,
                headers={
                    "Access-Control-Allow-Methods": listed,
                    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
                    "Access-Control-Max-Age": "86400",
                    "Allow": listed,
                },
            )
        response = kind.failed(request, NotFound("method-not-allowed", allowed=listed))
        response.headers["Allow"] = listed
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


async def _nothing_here(_: web.Request) -> web.StreamResponse:
    raise NotFound("not-found")
