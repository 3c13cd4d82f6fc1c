"""What every door shares, on doors that fail in every way."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from verifier.core import errors
from verifier.core.errors import VerifierError
from verifier.web import problems
from verifier.web.routes import FRESH, FROZEN, PUBLIC, Door, Handler, install, page_kind

SECRET = "what only the inside may read"
STATUSES = {
    "BadInput": 400,
    "TooLarge": 413,
    "Refused": 422,
    "Unauthorized": 401,
    "NotFound": 404,
    "Gone": 410,
    "Conflict": 409,
    "TooMany": 429,
    "Unavailable": 503,
    "OutsideError": 500,
    "ProofError": 500,
    "VerifierError": 500,
}


def failing(error: Exception) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        raise error

    return handler


def error_of(name: str) -> VerifierError:
    kind = getattr(errors, name)
    values = {"retry_after": 7} if name == "TooMany" else {}
    error: VerifierError = kind("bad-request", pointer="/a", **values)
    return error


async def good(_: web.Request) -> web.StreamResponse:
    return web.Response(text="ok", headers={"Cache-Control": "private"})


def as_page(_: web.Request, error: VerifierError | None) -> web.Response:
    return web.Response(text="page", status=problems.status_of(error) if error else 500, content_type="text/html")


@pytest.fixture
async def base() -> AsyncIterator[str]:
    app = web.Application(client_max_size=100)
    page = page_kind(as_page, private=False)
    doors = [Door("GET", f"/{name}", failing(error_of(name)), PUBLIC) for name in STATUSES]
    for kind, name in ((PUBLIC, "public"), (FROZEN, "frozen"), (FRESH, "fresh"), (page, "page")):
        doors += [
            Door("GET", f"/{name}/bug", failing(ZeroDivisionError(SECRET)), kind),
            Door("GET", f"/{name}/aiohttp", failing(web.HTTPUnsupportedMediaType(text=SECRET)), kind),
            Door("GET", f"/{name}/aiohttp-500", failing(web.HTTPBadGateway(text=SECRET)), kind),
            Door("GET", f"/{name}/config", failing(errors.ConfigError(SECRET)), kind),
            Door("GET", f"/{name}/good", good, kind),
        ]
    install(app, doors, page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
async def test_one_map_from_errors_to_problems(base: str, name: str, status: int) -> None:
    async with ClientSession() as session, session.get(f"{base}/{name}") as answer:
        problem = await answer.json()
        assert (answer.status, problem["status"]) == (status, status)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert problem["type"] == problems.TYPE + ("internal" if status == 500 else "bad-request")
        assert problem.get("pointer") == (None if status == 500 else "/a")
        assert answer.headers.get("Retry-After") == {"TooMany": "7", "Unavailable": "30"}.get(name)
        assert answer.headers.get("WWW-Authenticate") == ("Bearer" if name == "Unauthorized" else None)


@pytest.mark.parametrize("kind", ("public", "frozen", "fresh", "page"))
@pytest.mark.parametrize(("fault", "status"), (("bug", 500), ("aiohttp", 400), ("aiohttp-500", 500), ("config", 500)))
async def test_a_fault_is_not_kept_by_caches_and_tells_nothing_of_the_inside(
    base: str, kind: str, fault: str, status: int
) -> None:
    async with ClientSession() as session, session.get(f"{base}/{kind}/{fault}") as answer:
        text = await answer.text()
        assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert SECRET not in text
        assert "ZeroDivisionError" not in text
        assert ("Content-Security-Policy" in answer.headers) == (kind == "page")


@pytest.mark.parametrize("kind", ("public", "frozen", "fresh", "page"))
async def test_what_a_handler_says_itself_wins(base: str, kind: str) -> None:
    async with ClientSession() as session, session.get(f"{base}/{kind}/good") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "private")


def test_every_status_is_an_error_of_the_tree() -> None:
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, VerifierError)}
    assert kinds == STATUSES.keys() | {"ConfigError"}
    assert problems.status_of(errors.BadInput("media-type")) == 415
    assert problems.status_of(errors.BadInput("csrf")) == 403
    assert problems.status_of(errors.NotFound("method-not-allowed")) == 405
