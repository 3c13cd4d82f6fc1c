"""Signing in at a toy instance, as ``oauth-01`` asks and as nobody should be let."""

import re
from collections.abc import AsyncIterator
from html import unescape

import aiohttp
import pytest
from yarl import URL

from tests.doubles.tools import OWN_SECRET, tools, why
from verifier.core.clock import Clock
from verifier.core.identifiers import Handle
from verifier.core.models import Subject
from verifier.core.site import Site
from verifier.fetch import Fetcher, Resolver
from verifier.sandbox.neighbours import Neighbours
from verifier.validation import MethodContext, Tools, build_methods

SERVICE = "http://127.0.0.1:9"
CAMILLE = Handle.parse("@camille@social.numerique.gouv.fr")
METHOD = build_methods(MethodContext(Site(SERVICE), OWN_SECRET))["oauth-01"]
CHOICE = re.compile(r'<h2><a href="([^"]+as=[^"]+)">')


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    async with Neighbours(SERVICE, clock=Clock(), port=0, smtp_port=0) as running:
        yield running


@pytest.fixture
async def ways_out(neighbours: Neighbours) -> AsyncIterator[Tools]:
    async with Fetcher(Resolver(), user_agent="test", overrides=neighbours.overrides) as fetcher:
        yield tools(fetcher)


@pytest.fixture
async def browser(neighbours: Neighbours) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(neighbours.origin) as session:
        yield session


def subject(locale: str) -> Subject:
    return Subject("abcdefghij234567", CAMILLE, f"{SERVICE}/v/abcdefghij234567", None, None, locale)


async def come_back(browser: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """What the toy sends back to the service."""
    async with browser.get(url, allow_redirects=False) as answer:
        location = URL(answer.headers["Location"])
    assert str(location.with_query(None)) == f"{SERVICE}/callback/oauth-01/abcdefghij234567"
    return dict(location.query)


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_the_whole_way(
    neighbours: Neighbours, ways_out: Tools, browser: aiohttp.ClientSession, lang: str
) -> None:
    state = await METHOD.prepare(subject(lang), {}, ways_out)
    assert state["authorize"].startswith(f"{neighbours.origin}/{CAMILLE.host}/oauth/authorize?")
    async with browser.get(state["authorize"]) as page:
        text = await page.text()
    assert f'<html lang="{lang}">' in text
    people = [unescape(link) for link in CHOICE.findall(text)]
    assert len(people) == len(neighbours.accounts.on(CAMILLE.host))
    refused = re.findall(r'<p><a href="([^"]+error=access_denied[^"]+)">', text)
    assert len(refused) == 1

    (mine,) = (link for link in people if link.endswith("as=camille"))
    answer = await come_back(browser, mine)
    record, _ = await METHOD.check(subject(lang), state, answer, ways_out)
    assert record.valid, record.problem
    assert record.evidence["found"]["scope"] == "profile"
    assert [item["status"] for item in record.evidence["trail"]] == [200] * 6
    again, _ = await METHOD.check(subject(lang), state, answer, ways_out)
    assert why(again) == "oauth-token"  # a code serves once


async def test_somebody_else_proves_nothing(ways_out: Tools, browser: aiohttp.ClientSession) -> None:
    state = await METHOD.prepare(subject("fr"), {}, ways_out)
    async with browser.get(state["authorize"]) as page:
        people = [unescape(link) for link in CHOICE.findall(await page.text())]
    other = next(link for link in people if not link.endswith("as=camille"))
    record, _ = await METHOD.check(subject("fr"), state, await come_back(browser, other), ways_out)
    assert why(record) == "oauth-other-account"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "x"),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "read"),
        ("code_challenge_method", "plain"),
        ("as", "nobody"),
        ("code_challenge", None),
        ("state", None),
    ],
)
async def test_what_was_not_registered_is_refused(
    ways_out: Tools, browser: aiohttp.ClientSession, name: str, value: str | None
) -> None:
    state = await METHOD.prepare(subject("fr"), {}, ways_out)
    url = URL(state["authorize"])
    asked = {key: text for key, text in url.query.items() if key != name} | ({} if value is None else {name: value})
    async with browser.get(url.with_query(asked), allow_redirects=False) as answer:
        assert (answer.status, "Location" in answer.headers) == (400, False)


async def test_only_the_service_is_registered(neighbours: Neighbours, browser: aiohttp.ClientSession) -> None:
    host = {"Host": str(CAMILLE.host)}
    for form in (
        {"redirect_uris": "https://evil.example/"},
        {"redirect_uris": f"{SERVICE}.evil.example/"},
        {"redirect_uris": f"{SERVICE}/callback/oauth-01/abcdefghij234567", "scopes": "write"},
    ):
        async with browser.post("/api/v1/apps", data=form, headers=host) as answer:
            assert answer.status == 422
    for path, status in {"/oauth/token": 400, "/oauth/revoke": 403}.items():
        async with browser.post(path, data={"code": "x", "client_id": "x"}, headers=host) as answer:
            assert answer.status == status
    async with browser.get("/api/v1/accounts/verify_credentials", headers=host) as answer:
        assert answer.status == 401
    async with browser.post(f"{neighbours.origin}/api/v1/apps", data={}) as answer:
        assert answer.status == 404  # of the toy hosts, not of this machine's own name
