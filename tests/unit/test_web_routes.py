"""What every door shares, on doors that fail in every way."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from verifier.core import errors
from verifier.core.clock import Clock
from verifier.core.errors import VerifierError
from verifier.web import problems
from verifier.web.counts import Rate
from verifier.web.description import Description
from verifier.web.limits import Limit, Limiter
from verifier.web.routes import FRESH, FROZEN, PUBLIC, Door, Handler, install, page_kind

BASE = "https://verifier.example"
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
OURS = {"Sec-Fetch-Site": "same-origin"}
ABOUT = Description("A door", {})


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


async def echo(request: web.Request) -> web.StreamResponse:
    return web.Response(text=await request.text() or request.query_string)


async def on_its_page(request: web.Request, error: VerifierError) -> web.StreamResponse:
    if "stranger" in request.query:
        raise errors.Unauthorized("order-not-yours")
    if "broken" in request.query:
        raise ZeroDivisionError(SECRET)
    return web.Response(text=f"form: {error.code}", status=problems.status_of(error), content_type="text/html")


@pytest.fixture
async def base() -> AsyncIterator[str]:
    app = web.Application(client_max_size=100)
    limiter = Limiter(
        enabled=True,
        trusted_networks=(),
        clock=Clock(lambda: 1_000),
        rates=dict.fromkeys((Limit.ORDERS, Limit.ANSWERS), Rate(2, 60)),
    )
    page = page_kind(as_page, private=False)
    doors = [Door("GET", f"/{name}", failing(error_of(name)), PUBLIC, ABOUT) for name in STATUSES]
    for kind, name in ((PUBLIC, "public"), (FROZEN, "frozen"), (FRESH, "fresh"), (page, "page")):
        doors += [
            Door("GET", f"/{name}/bug", failing(ZeroDivisionError(SECRET)), kind, ABOUT),
            Door("GET", f"/{name}/aiohttp", failing(web.HTTPUnsupportedMediaType(text=SECRET)), kind, ABOUT),
            Door("GET", f"/{name}/aiohttp-500", failing(web.HTTPBadGateway(text=SECRET)), kind, ABOUT),
            Door("GET", f"/{name}/config", failing(errors.ConfigError(SECRET)), kind, ABOUT),
            Door("GET", f"/{name}/good", good, kind, ABOUT),
        ]
    doors += [
        Door("GET", "/limited", echo, FRESH, ABOUT, Limit.ORDERS),
        Door("POST", "/limited", echo, FRESH, ABOUT, Limit.ORDERS),
        Door("POST", "/form", echo, page, ABOUT, Limit.ANSWERS, refusal=on_its_page),
        Door("POST", "/plain", echo, page, ABOUT, Limit.ANSWERS),
        Door("POST", "/wrong", failing(errors.Refused("mailbox-pupil")), page, ABOUT, refusal=on_its_page),
    ]
    install(app, doors, page, limiter, BASE)
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
    assert problems.status_of(errors.BadInput("other-origin")) == 403
    assert problems.status_of(errors.NotFound("method-not-allowed")) == 405


async def statuses(base: str, *requests: tuple[str, str]) -> list[int]:
    async with ClientSession(headers=OURS) as session:
        return [(await session.request(method, base + path)).status for method, path in requests]


async def test_t65_a_client_is_counted_at_every_door_of_a_limit_before_its_handler_runs(base: str) -> None:
    asked = [("GET", "/limited?x"), ("POST", "/limited"), ("POST", "/limited"), ("GET", "/limited?x")]
    assert await statuses(base, *asked) == [200, 200, 429, 429]
    assert await statuses(base, ("HEAD", "/limited?x"), ("POST", "/plain")) == [429, 200]


async def test_a_form_that_is_only_opened_is_not_counted(base: str) -> None:
    assert await statuses(base, *[("GET", "/limited")] * 5, ("HEAD", "/limited")) == [200] * 6


async def test_a_refusal_is_shown_where_the_request_was_made(base: str) -> None:
    async with ClientSession(headers=OURS) as session:
        answers = [await session.post(f"{base}/form") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert (await answers[-1].text(), answers[-1].headers["Retry-After"]) == ("form: rate-limited", "60")
        assert "Content-Security-Policy" in answers[-1].headers
        plain = await session.post(f"{base}/plain")
        assert (plain.status, await plain.text(), plain.headers["Retry-After"]) == (429, "page", "60")
        wrong = await session.post(f"{base}/wrong")
        assert (wrong.status, await wrong.text()) == (422, "form: mailbox-pupil")


async def test_a_refusal_that_fails_itself_is_an_error_as_any_other(base: str) -> None:
    async with ClientSession(headers=OURS) as session:
        for query, status in (("stranger", 401), ("broken", 500)):
            answer = await session.post(f"{base}/wrong?{query}")
            assert (answer.status, await answer.text()) == (status, "page")
            assert answer.headers["Cache-Control"] == "no-store"


async def test_t61_a_form_of_another_site_comes_to_no_handler_and_no_refusal(base: str) -> None:
    async with ClientSession(headers={"Sec-Fetch-Site": "cross-site"}) as session:
        for path in ("/form", "/plain", "/wrong"):
            answers = [await session.post(base + path) for _ in range(4)]
            assert [(answer.status, await answer.text()) for answer in answers] == [(403, "page")] * 4
        assert (await session.get(f"{base}/page/good")).status == 200
        assert (await session.post(f"{base}/limited")).status == 200  # a door for programs


@pytest.mark.parametrize("own", ["http://localhost:8080", "https://verifier.example"])
async def test_pages_of_a_sandbox_that_are_opened_at_its_address_lead_to_its_name(own: str) -> None:
    page = page_kind(as_page, private=False)
    doors = [
        Door("GET", "/", good, page, ABOUT),
        Door("GET", "/v/{id}", good, page, ABOUT),
        Door("GET", "/api", good, PUBLIC, ABOUT),
    ]
    app = web.Application()
    limiter = Limiter(enabled=False, trusted_networks=(), clock=Clock(lambda: 1_000), rates={})
    install(app, doors, page, limiter, own)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession() as session:

            async def ask(path: str, host: str) -> tuple[int, str | None]:
                async with session.get(base + path, headers={"Host": host}, allow_redirects=False) as answer:
                    return answer.status, answer.headers.get("Location")

            led = (307, "http://localhost:8080/?handle=a") if own.startswith("http:") else (200, None)
            assert await ask("/?handle=a", "127.0.0.1:8080") == led
            for path, host in (
                ("/?handle=a", "localhost:8080"),
                ("/?handle=a", "127.0.0.1:8081"),
                ("/?handle=a", "evil.example:8080"),
                ("/v/abcdefghij234567", "127.0.0.1:8080"),
                ("/api", "127.0.0.1:8080"),
            ):
                assert await ask(path, host) == (200, None), (path, host)
    finally:
        await runner.cleanup()
