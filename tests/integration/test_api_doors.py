"""Every door of the table: its methods, its headers, and what it says to those it does not know."""

from collections.abc import Iterator, Mapping

import pytest

from tests.integration.conftest import Town
from tests.integration.house import ALICE, HOST, OURS, Answer
from verifier import words
from verifier.core.site import CONTEXT_PATH, SCHEMA_PATH
from verifier.web import doors, keys
from verifier.web.openapi import plain_path
from verifier.words import PLAIN_NAMES

pytestmark = pytest.mark.asyncio(loop_scope="module")

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    f"; script-src '{words.integrity('copy.js')}'"
)
MINUTE, FOREVER, NEVER = "public, max-age=60", "public, max-age=604800, immutable", "no-store"
JSON, HTML, TEXT = "application/json", "text/html; charset=utf-8", "text/plain; charset=utf-8"

# path in the table → (an address, Allow, Cache-Control, Content-Type); `…` stand for what only the town knows
API = {
    "/api/v1/lookup": (f"/api/v1/lookup?handle={ALICE}", "GET, HEAD, POST", MINUTE, JSON),
    "/api/v1/accounts/{handle}": (f"/api/v1/accounts/{ALICE[1:]}", "GET, HEAD", MINUTE, JSON),
    "/api/v1/events": ("/api/v1/events", "GET, HEAD", MINUTE, JSON),
    "/api/v1/checks/rel-me": (
        "/api/v1/checks/rel-me?page=https://social.example/@alice&profile=https://a.example/", "GET, HEAD", NEVER, JSON
    ),
    "/api/v1/checks/webfinger": (f"/api/v1/checks/webfinger?handle={ALICE}", "GET, HEAD", NEVER, JSON),
    "/attestations/{id}": ("ATTESTATION", "GET, HEAD", MINUTE, "application/vc"),
    "/status/{purpose}/{n}": ("/status/revocation/1", "GET, HEAD", MINUTE, "application/vc"),
    "/.well-known/did.json": ("/.well-known/did.json", "GET, HEAD", MINUTE, JSON),
    "/.well-known/webfinger": (
        f"/.well-known/webfinger?resource=acct:{ALICE[1:]}", "GET, HEAD", MINUTE, "application/jrd+json"
    ),
    "/actor": ("/actor", "GET, HEAD", MINUTE, "application/activity+json"),
    "/keys/registry.json": ("/keys/registry.json", "GET, HEAD", MINUTE, JSON),
    "/healthz": ("/healthz", "GET, HEAD", NEVER, TEXT),
    "/readyz": ("/readyz", "GET, HEAD", NEVER, JSON),
    CONTEXT_PATH: (CONTEXT_PATH, "GET, HEAD", FOREVER, "application/ld+json"),
    SCHEMA_PATH: (SCHEMA_PATH, "GET, HEAD", FOREVER, "application/schema+json"),
    "/openapi.json": ("/openapi.json", "GET, HEAD", MINUTE, JSON),
}  # fmt: skip
PAGES = {
    "/": ("/", "GET, HEAD", MINUTE, HTML),
    "/v/{id}": ("PAGE", "GET, HEAD", MINUTE, HTML),
    "/verifier": ("/verifier", "GET, HEAD, POST", NEVER, HTML),
    "/diagnostic": ("/diagnostic", "GET, HEAD", NEVER, HTML),
    "/demander": ("/demander", "GET, HEAD, POST", NEVER, HTML),
    "/reprendre": ("/reprendre", "GET, HEAD, POST", NEVER, HTML),
} | {f"/{name}": (f"/{name}", "GET, HEAD", MINUTE, HTML) for name in PLAIN_NAMES}
POSTS = {
    "/api/v1/verify": "/api/v1/verify",
    "/api/v1/orders": "/api/v1/orders",
    "/api/v1/orders/{id}/challenges/{type}": "ORDER/challenges/rel-me-01",
    "/api/v1/orders/{id}/finalize": "ORDER/finalize",
}
FORMS = {"/reprendre/code": "/reprendre/code"}
SIGNED_IN = "code=x&state=ppsthsqwnvvniuan.AAAAAAAAAAAAAAAAAAAAAA"
HELD = {
    "/api/v1/orders/{id}": ("ORDER", "GET, HEAD"),
    "/api/v1/orders/{id}/children": ("ORDER/children", "GET, HEAD, POST"),
    "/api/v1/orders/{id}/children/{domain}": ("ORDER/children/sgg.pm.gouv.fr", "DELETE"),
    "/api/v1/orders/{id}/instance": ("ORDER/instance", "GET, HEAD, POST"),
    "/api/v1/orders/{id}/instance/{host}": ("ORDER/instance/social.example", "DELETE"),
    "/demander/{id}": ("/demander/ppsthsqwnvvniuan", "GET, HEAD"),
    "/demander/{id}/organisation/children": ("/demander/ppsthsqwnvvniuan/organisation/children", "POST"),
    "/demander/{id}/organisation/children/{domain}": (
        "/demander/ppsthsqwnvvniuan/organisation/children/sgg.pm.gouv.fr", "GET, HEAD, POST"
    ),
    "/demander/{id}/organisation/instance": ("/demander/ppsthsqwnvvniuan/organisation/instance", "POST"),
    "/demander/{id}/organisation/instance/{host}": (
        "/demander/ppsthsqwnvvniuan/organisation/instance/social.example", "GET, HEAD, POST"
    ),
    "/demander/{id}/change": ("/demander/ppsthsqwnvvniuan/change", "POST"),
    "/reprendre/{id}": ("/reprendre/ppsthsqwnvvniuan", "POST"),
    "/reprendre/{id}/end": ("/reprendre/ppsthsqwnvvniuan/end", "POST"),
    "/demander/{id}/publish": ("/demander/ppsthsqwnvvniuan/publish", "POST"),
    "/demander/{id}/{step}": ("/demander/ppsthsqwnvvniuan/send", "POST"),
    "/callback/oauth-01/{id}": (f"/callback/oauth-01/ppsthsqwnvvniuan?{SIGNED_IN}", "GET, HEAD"),
    "/callback/oidc-01": (f"/callback/oidc-01?{SIGNED_IN}", "GET, HEAD"),
}  # fmt: skip


def both(table: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for path, *rest in table.values():
        yield path, *rest
        yield f"/en{path}" if path != "PAGE" else path, *rest


def where(town: Town, path: str) -> str:
    at = {
        "ATTESTATION": town.listed.order["attestation"],
        "PAGE": f"/v/{town.listed.id}",
        "ORDER": f"/api/v1/orders/{town.pending.id}",
    }
    name, slash, rest = path.partition("/")
    return f"{at[name]}{slash}{rest}" if name in at else path


def stable(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


def common(answer: Answer, *, cors: bool) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.get("Referrer-Policy") == (None if cors else "same-origin")
    assert answer.headers.get("Access-Control-Allow-Origin") == ("*" if cors else None)
    exposed = "Allow, ETag, Location, Retry-After, WWW-Authenticate"
    assert answer.headers.get("Access-Control-Expose-Headers") == (exposed if cors else None)
    assert answer.headers.get("Content-Security-Policy") == (None if cors else CSP)
    assert answer.headers.get("X-Frame-Options") == (None if cors else "DENY")


async def test_these_tables_are_all_the_doors(town: Town) -> None:
    frozen = town.house.service.web[keys.FROZEN]
    paths = [plain_path(door.path)[0].removeprefix("/en") for door in doors.doors(frozen)]
    table = {path for path in paths if not path.startswith("/static/")}
    assert table == API.keys() | PAGES.keys() | POSTS.keys() | FORMS.keys() | HELD.keys()


@pytest.mark.parametrize("path", FORMS.values())
async def test_a_form_without_a_page_of_its_own(town: Town, path: str) -> None:
    assert (await town.house.ask("POST", path, headers=OURS)).status == 400
    await refuses_others(town, path, "POST", cors=False)


@pytest.mark.parametrize(("path", "allow", "cache", "content_type"), API.values(), ids=API)
async def test_a_door_for_programs(town: Town, path: str, allow: str, cache: str, content_type: str) -> None:
    url = where(town, path)
    got = await town.house.get(url)
    assert (got.status, got.headers["Content-Type"], got.headers["Cache-Control"]) == (200, content_type, cache)
    common(got, cors=True)
    head = await town.house.ask("HEAD", url)
    assert (head.status, head.body, stable(head)) == (200, b"", stable(got))
    assert head.headers["Content-Length"] == str(len(got.body))
    await refuses_others(town, url, allow, cors=True)


@pytest.mark.parametrize(("path", "allow", "cache", "content_type"), list(both(PAGES)))
async def test_a_page(town: Town, path: str, allow: str, cache: str, content_type: str) -> None:
    url = where(town, path)
    got = await town.house.get(url)
    assert (got.status, got.headers["Content-Type"], got.headers["Cache-Control"]) == (200, content_type, cache)
    common(got, cors=False)
    assert f'<html lang="{"en" if path.startswith("/en") else "fr"}">' in got.text
    assert "<script" not in got.text
    assert " style=" not in got.text
    head = await town.house.ask("HEAD", url)
    assert (head.status, head.body) == (200, b"")
    assert head.headers.keys() == got.headers.keys()
    await refuses_others(town, url, allow, cors=False)


async def test_t65_a_door_without_a_limit_asks_nothing_of_others(town: Town) -> None:
    house = town.house
    before = (len(house.http.requests), len(house.dns.asked), len(house.smtp.received))
    table = {path: row[0] for path, row in (API | PAGES | HELD).items()}
    unlimited = [door for door in doors.doors(house.service.web[keys.FROZEN]) if door.limit is None]
    paths = {plain_path(door.path)[0].removeprefix("/en") for door in unlimited if door.method == "GET"}
    free = {path for path in paths if not path.startswith("/static/")}
    assert {"/api/v1/lookup", "/v/{id}", "/demander", "/api/v1/orders/{id}", "/readyz"} <= free
    for path in free:
        for question in ("", f"?handle={ALICE}", f"?handle=https://{HOST}/@nobody&page=https://{HOST}/"):
            url = where(town, table[path]).partition("?")[0] + question
            await house.ask("GET", url, headers=town.pending.bearer)
    assert (len(house.http.requests), len(house.dns.asked), len(house.smtp.received)) == before


@pytest.mark.parametrize("path", POSTS.values())
async def test_a_door_that_takes_posts_alone(town: Town, path: str) -> None:
    await refuses_others(town, where(town, path), "POST", cors=True)
    assert (await town.house.get(where(town, path))).status == 405


@pytest.mark.parametrize(("path", "allow"), HELD.values())
async def test_a_door_for_the_holder_alone(town: Town, path: str, allow: str) -> None:
    url, cors = where(town, path), path.startswith("ORDER")
    for method in allow.split(", "):
        answer = await town.house.ask(method, url, headers={} if cors else OURS)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.headers["Cache-Control"] == NEVER
        common(answer, cors=cors)
    await refuses_others(town, url, allow, cors=cors)


async def refuses_others(town: Town, url: str, allow: str, *, cors: bool) -> None:
    for method in {"PUT", "DELETE", "PATCH", "GET", "POST", "TRACE", "PROPFIND"} - set(allow.split(", ")):
        answer = await town.house.ask(method, url)
        assert (answer.status, answer.headers["Allow"]) == (405, allow)
        assert answer.headers["Cache-Control"] == NEVER
        common(answer, cors=cors)
        if cors:
            assert answer.code == "method-not-allowed"
        else:
            assert answer.headers["Content-Type"] == HTML
    preflight = await town.house.ask("OPTIONS", url, headers={"Origin": "https://a.example"})
    if not cors:
        assert (preflight.status, preflight.headers["Allow"]) == (405, allow)
        return
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert preflight.headers["Access-Control-Allow-Methods"] == allow
    assert preflight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, If-None-Match"
    assert int(preflight.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize(
    "path",
    ("/nothing", "/en/nothing", "/v", "/v/", "/v/a/b", "/attestations/",
     "/%2e%2e/etc/passwd", "/%ff", "//evil.example/", "/en//evil.example/"),
)  # fmt: skip
async def test_a_page_that_does_not_exist(town: Town, path: str) -> None:
    answer = await town.house.get(path)
    assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (404, HTML, NEVER)
    common(answer, cors=False)
    assert "noindex" in answer.text
    # T21: the other language of this address is an address of ours too.
    assert 'href="//' not in answer.text


@pytest.mark.parametrize("method", ("GET", "POST", "DELETE"))
@pytest.mark.parametrize(
    "path",
    (
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/lookup",
        "/api/v1/lookup/",
        "/.well-known/nothing",
        "/status/",
        "/status/revocation",
        "/contexts/nothing",
        "/schemas/nothing.json",
        "/keys/nothing",
        "/actor/inbox",
        "/static/nothing.css",
        "/static/..%2f..%2fapp.py",
    ),
)
async def test_a_door_for_programs_that_does_not_exist(town: Town, method: str, path: str) -> None:
    answer = await town.house.ask(method, path)
    assert (answer.status, answer.code) == (404, "not-found")
    assert answer.headers["Cache-Control"] == NEVER
    common(answer, cors=True)


@pytest.mark.parametrize(
    ("path", "code"),
    (
        ("/attestations/aaaaaaaaaaaaaaaa", "attestation-not-found"),
        ("/attestations/aaaaaaaaaaaaaaaa.json", "attestation-not-found"),
        ("/attestations/PENDING", "attestation-not-found"),
        ("/status/revocation/2", "not-found"),
        ("/status/revocation/01", "not-found"),
        ("/status/revocation/-1", "not-found"),
        ("/status/revocation/x", "not-found"),
        ("/status/revocation/%D9%A1", "not-found"),
        ("/status/message/1", "not-found"),
        ("/.well-known/webfinger?resource=acct:nobody@social.example", "not-attested"),
        ("/.well-known/webfinger?resource=https://social.example/about", "not-attested"),
        ("/.well-known/webfinger?resource=@alice@social.example", "not-attested"),
    ),
)
async def test_a_document_that_does_not_exist(town: Town, path: str, code: str) -> None:
    answer = await town.house.get(path.replace("PENDING", town.pending.id))
    assert (answer.status, answer.code, answer.headers["Cache-Control"]) == (404, code, NEVER)
    assert answer.json["status"] == 404
    common(answer, cors=True)


async def test_t64_style_sheets_have_the_digest_in_their_name(town: Town) -> None:
    frozen = town.house.service.web[keys.FROZEN]
    names = [path for path in frozen.files if path.startswith("/static/")]
    assert names
    for path in names:
        answer = await town.house.get(path)
        assert (answer.status, answer.body) == (200, frozen.files[path][1])
        assert answer.headers["Cache-Control"] == FOREVER
        assert answer.headers["Content-Type"].partition(";")[0] in ("text/css", "image/svg+xml", "text/javascript")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
