"""The sandbox's neighbours over real sockets: strangers ask by Host header, a person edits in a browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest

from tests.doubles.http import HttpDouble
from verifier.core.clock import Clock
from verifier.core.errors import ConfigError
from verifier.core.identifiers import Handle
from verifier.core.models import AccountPin
from verifier.fetch import Fetcher, Resolver
from verifier.sandbox.accounts import Accounts
from verifier.sandbox.neighbours import Neighbours
from verifier.validation.accounts import mastodon
from verifier.validation.accounts.resolution import resolve
from verifier.validation.html.pages import Pages
from verifier.validation.trail import Trail

CAMILLE = Handle.parse("@camille@social.numerique.gouv.fr")
PROFILE = "https://social.numerique.gouv.fr/@camille"
HANDLES = [account.handle for account in Accounts().all()]


class Time:
    now = 1_800_000_000


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def service() -> AsyncIterator[HttpDouble]:
    async with HttpDouble.running() as double:
        yield double


@pytest.fixture
async def neighbours(service: HttpDouble, time: Time) -> AsyncIterator[Neighbours]:
    async with Neighbours(service.origin, clock=Clock(lambda: time.now), port=0, smtp_port=0) as running:
        yield running


@pytest.fixture
async def fetcher(neighbours: Neighbours) -> AsyncIterator[Fetcher]:
    async with Fetcher(Resolver(), user_agent="test", overrides=neighbours.overrides) as running:
        yield running


@pytest.fixture
async def browser(neighbours: Neighbours) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(neighbours.origin, headers={"Origin": neighbours.origin}) as session:
        yield session


def put_page(service: HttpDouble, path: str, links_to: str) -> str:
    host = service.origin.removeprefix("http://")
    service.put(host, path, f'<head><link rel="me" href="{links_to}"></head>'.encode())
    return service.origin + path


async def save(browser: aiohttp.ClientSession, *values: str, handle: Handle = CAMILLE) -> str:
    form = {"name": "Camille", "bio": "Un.\r\nDeux."}
    for number, value in enumerate(values):
        form |= {f"field-{number}-name": "Lien", f"field-{number}-value": value}
    async with browser.post(f"/{handle.host}/@{handle.user}", data=form) as response:
        assert response.status == 200
        return await response.text()


def times(neighbours: Neighbours, handle: Handle = CAMILLE) -> list[int | None]:
    account = neighbours.accounts.get(handle)
    assert account
    return [field.verified_at for field in account.fields]


@pytest.mark.parametrize("handle", HANDLES, ids=str)
async def test_every_toy_account_resolves_both_ways(fetcher: Fetcher, handle: Handle) -> None:
    trail = Trail(fetcher)
    found = await resolve(handle, trail)
    assert found.canonical == handle
    assert found.pin.profile == f"https://{handle.host}/@{handle.user}"
    again = await resolve(handle, trail)
    assert again.pin == found.pin


async def test_webfinger_answers_for_its_own_host_alone(neighbours: Neighbours, browser: aiohttp.ClientSession) -> None:
    async def ask(resource: str) -> tuple[int, str]:
        headers = {"Host": "social.example"}
        async with browser.get("/.well-known/webfinger", params={"resource": resource}, headers=headers) as response:
            return response.status, response.content_type

    assert await ask("acct:eleve@social.example") == (200, "application/jrd+json")
    assert await ask("https://social.example/@eleve") == (200, "application/jrd+json")
    assert (await ask("acct:nobody@social.example"))[0] == 404
    assert (await ask(CAMILLE.acct))[0] == 404
    assert (await ask("://"))[0] == 404


async def test_actor_or_page_by_what_is_asked(browser: aiohttp.ClientSession) -> None:
    headers = {"Host": "social.numerique.gouv.fr"}
    async with browser.get("/@camille", headers={**headers, "Accept": "application/activity+json"}) as response:
        assert response.content_type == "application/activity+json"
        assert (await response.json(content_type=None))["attachment"][0]["type"] == "PropertyValue"
    async with browser.get("/@camille", headers=headers) as response:
        assert response.content_type == "text/html"
        assert "<form" not in await response.text()
    async with browser.get("/users/camille", headers=headers, allow_redirects=False) as response:
        assert response.headers["Location"] == PROFILE


async def test_link_turns_green_once_the_page_links_back(
    neighbours: Neighbours, browser: aiohttp.ClientSession, service: HttpDouble, time: Time
) -> None:
    page = service.origin + "/v/6v3k"
    assert "checked on" not in await save(browser, page)
    assert times(neighbours) == [None]
    put_page(service, "/v/6v3k", PROFILE)
    await save(browser, page)
    assert times(neighbours) == [time.now]


async def test_green_link_stays_as_it_is_while_the_value_stays(
    neighbours: Neighbours, browser: aiohttp.ClientSession, service: HttpDouble, time: Time
) -> None:
    page = put_page(service, "/v/6v3k", PROFILE)
    await save(browser, page)
    service.handlers.clear()
    first, time.now = time.now, time.now + 60
    await save(browser, "Paris", page)
    assert times(neighbours) == [None, first]
    assert len(service.requests) == 1
    await save(browser, "Paris")
    await save(browser, page)
    assert times(neighbours) == [None]


@pytest.mark.parametrize("target", ["https://social.example/@d1num", PROFILE + "/"])
async def test_link_stays_grey_when_the_page_links_to_another(
    neighbours: Neighbours, browser: aiohttp.ClientSession, service: HttpDouble, target: str
) -> None:
    await save(browser, put_page(service, "/v/6v3k", target))
    assert times(neighbours) == [None]
    assert service.requests


async def test_impostor_does_not_get_the_official_link(
    neighbours: Neighbours, browser: aiohttp.ClientSession, service: HttpDouble
) -> None:
    impostor = Handle.parse("@d1num@social.example")
    await save(browser, put_page(service, "/v/6v3k", PROFILE), handle=impostor)
    assert times(neighbours, impostor) == [None]


async def test_only_a_whole_value_that_is_an_acceptable_url_is_asked_for(
    neighbours: Neighbours, browser: aiohttp.ClientSession, service: HttpDouble
) -> None:
    page = put_page(service, "/v/6v3k", PROFILE)
    elsewhere = page.replace("127.0.0.1", "127.0.0.2")
    await save(browser, f"Voir {page}", elsewhere, f"{page}?q=a b", f"{page}\rX: y")
    assert times(neighbours) == [None] * 4
    assert service.requests == []


async def test_link_between_toy_accounts_follows_the_same_rule(
    neighbours: Neighbours, browser: aiohttp.ClientSession
) -> None:
    await save(browser, PROFILE, handle=Handle.parse("@eleve@social.example"))
    await save(browser, "https://social.example/@eleve")
    assert times(neighbours) == [1_800_000_000]


async def test_remote_servers_read_the_field_as_a_link(
    neighbours: Neighbours, browser: aiohttp.ClientSession, service: HttpDouble, fetcher: Fetcher
) -> None:
    page = service.origin + "/v/abcdefghijklmnop-and-more-than-thirty-characters"
    await save(browser, page)
    headers = {"Host": "social.numerique.gouv.fr", "Accept": "application/activity+json"}
    async with browser.get("/users/camille", headers=headers) as response:
        actor = await response.json(content_type=None)
    value = actor["attachment"][0]["value"]
    reading = (await Pages().readings({0: value}))[0]
    assert mastodon.remote_field_url(reading, service.origin) == page
    assert actor["summary"] == "<p>Un.<br />Deux.</p>"


async def test_form_of_another_site_changes_nothing(neighbours: Neighbours, browser: aiohttp.ClientSession) -> None:
    before = neighbours.accounts.get(CAMILLE)
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}):
        async with browser.post(f"/{CAMILLE.host}/@camille", data={"name": "X"}, headers=headers) as response:
            assert response.status == 403
    async with browser.post(
        f"/{CAMILLE.host}/@camille", data={"name": "X"}, headers={"Host": "evil.example"}
    ) as response:
        assert response.status == 404
    async with browser.post("/@camille", data={"name": "X"}, headers={"Host": str(CAMILLE.host)}) as response:
        assert response.status == 405
    assert neighbours.accounts.get(CAMILLE) == before


@pytest.mark.parametrize(
    "path",
    ["/", "/en/", "/mail", "/en/mail", "/social.example/", "/en/social.example/@eleve", "/social.example/@d1num"],
)
async def test_pages_carry_strict_headers(browser: aiohttp.ClientSession, path: str) -> None:
    async with browser.get(path) as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert f'<html lang="{"en" if path.startswith("/en/") else "fr"}"' in await response.text()


async def test_what_the_pages_link_to_is_there(browser: aiohttp.ClientSession, service: HttpDouble) -> None:
    async with browser.get("/en/") as response:
        guide = await response.text()
    assert "camille.martin@numerique.gouv.fr" in guide
    port = service.origin.rpartition(":")[2]
    suspend = "verifier --sandbox attestations suspend @camille@social.numerique.gouv.fr --reason account-compromised"
    assert f"VERIFIER_PORT={port} .venv/bin/{suspend}" in guide
    hrefs = {part.partition('"')[0] for part in guide.split('href="')[1:]}
    local = {href for href in hrefs if href.startswith("/")} - {"/openapi.json", "/.well-known/did.json"}
    assert "/en/social.numerique.gouv.fr/@camille" in local
    for href in local:
        async with browser.get(href) as response:
            assert response.status == 200, href


async def test_nothing_else_is_served(browser: aiohttp.ClientSession) -> None:
    for path in ("/nobody.example/", "/social.example/@nobody", "/social.example/@%3Cb%3E", "/mail/1", "/static/x"):
        async with browser.get(path) as response:
            assert response.status == 404


async def test_mail_is_listed_and_read(neighbours: Neighbours, browser: aiohttp.ClientSession) -> None:
    port = int(neighbours.smtp_url.rpartition(":")[2])
    text = "From: a@a.example\r\nTo: b@b.example\r\nSubject: <b>Code</b>\r\n\r\nABCD2345\r\n"
    await aiosmtplib.send(
        text, sender="a@a.example", recipients=["c.d+x@numerique.gouv.fr"], hostname="127.0.0.1", port=port
    )
    async with browser.get("/messages.json") as response:
        (mail,) = (await response.json())["messages"]
    assert mail["to"] == "c.d+x@numerique.gouv.fr"
    assert mail["at"] == "2027-01-15T08:00:00Z"
    assert mail["text"].strip() == "ABCD2345"
    async with browser.get("/mail") as response:
        assert f'href="/mail/{mail["id"]}"' in await response.text()
    async with browser.get(f"/en/mail/{mail['id']}") as response:
        shown = await response.text()
    assert "ABCD2345" in shown
    assert "&lt;b&gt;Code&lt;/b&gt;" in shown


async def test_profiles_and_keys_survive_a_restart(tmp_path: Path, service: HttpDouble) -> None:
    pins: list[AccountPin] = []
    for _ in range(2):
        async with (
            Neighbours(service.origin, clock=Clock(), folder=tmp_path, port=0, smtp_port=0) as neighbours,
            Fetcher(Resolver(), user_agent="test", overrides=neighbours.overrides) as fetcher,
            aiohttp.ClientSession(neighbours.origin) as browser,
        ):
            if not pins:
                await save(browser, put_page(service, "/v/6v3k", PROFILE))
                green = times(neighbours)
            assert times(neighbours) == green
            pins.append((await resolve(CAMILLE, Trail(fetcher))).pin)
    assert green != [None]
    assert pins[0] == pins[1]


async def test_saving_while_the_key_is_made_keeps_the_key(browser: aiohttp.ClientSession, fetcher: Fetcher) -> None:
    first, _ = await asyncio.gather(resolve(CAMILLE, Trail(fetcher)), save(browser, PROFILE))
    assert (await resolve(CAMILLE, Trail(fetcher))).pin == first.pin


async def test_taken_port_stops_the_start_with_a_sentence(neighbours: Neighbours) -> None:
    taken = int(neighbours.origin.rpartition(":")[2])
    with pytest.raises(ConfigError, match=str(taken)):
        await Neighbours("http://127.0.0.1:8080", clock=Clock(), port=taken, smtp_port=0).__aenter__()


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"accounts": [{"handle": "@a@b.example"}], "keys": {}}'])
def test_unreadable_accounts_stop_the_start_with_a_sentence(tmp_path: Path, kept: str) -> None:
    (tmp_path / "toy-fediverse.json").write_text(kept)
    with pytest.raises(ConfigError, match="delete it"):
        Accounts(tmp_path)
