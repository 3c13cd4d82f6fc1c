"""The sandbox's DNS: what its page says is what the service reads, over UDP and TCP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import dns.asyncquery
import dns.flags
import dns.message
import dns.rcode
import pytest
from aiohttp import ClientSession, web

from verifier.core.errors import ConfigError, OutsideError
from verifier.core.identifiers import Host
from verifier.fetch import Resolver
from verifier.sandbox import loopback
from verifier.sandbox.names import Names

DOMAIN = Host("numerique.gouv.fr")
NAME = "_official-account.numerique.gouv.fr"


@asynccontextmanager
async def running(folder: Path | None = None) -> AsyncIterator[tuple[Names, str]]:
    """The names, and where their page is."""
    async with Names(folder) as names:
        app = web.Application()
        names.add_to(app)
        listening = loopback.listen(0)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield names, f"http://{loopback.ADDRESS}:{listening.getsockname()[1]}"
        finally:
            await runner.cleanup()


async def publish(page: str, name: str, value: str, **headers: str) -> int:
    return await post(page, {"name": name, "value": value}, headers)


async def post(page: str, data: dict[str, str], headers: dict[str, str] | None = None) -> int:
    async with ClientSession() as session, session.post(f"{page}/dns", data=data, headers=headers) as answer:
        return answer.status


async def texts(names: Names) -> tuple[str, ...]:
    return (await Resolver([names.server], lenient=True).texts(DOMAIN, "_official-account")).texts


async def test_what_the_page_says_is_what_the_service_reads() -> None:
    async with running() as (names, page):
        reader = Resolver([names.server], lenient=True)
        assert (await reader.texts(DOMAIN, "_official-account")).texts == ()
        assert await publish(page, NAME, '127.0.0.1:8080; token="a\\b') == 200
        found = await reader.texts(DOMAIN, "_official-account")
        assert (found.texts, found.security) == (('127.0.0.1:8080; token="a\\092b',), "unknown")
        await post(page, {"name": NAME.upper(), "value": '127.0.0.1:8080; token="a\\b', "remove": "1"})
        assert (await reader.texts(DOMAIN, "_official-account")).texts == ()


async def test_a_record_stands_at_the_name_that_was_typed() -> None:
    async with running() as (names, page):
        assert await publish(page, "numerique.gouv.fr", "one") == 200
        assert await texts(names) == ()
        assert (await Resolver([names.server], lenient=True).texts(Host("gouv.fr"), "numerique")).texts == ("one",)


async def test_a_name_may_have_several_records_and_end_with_a_dot() -> None:
    async with running() as (names, page):
        for value in ("one", "two", "one"):
            assert await publish(page, f"{NAME}.", value) == 200
        assert sorted(await texts(names)) == ["one", "two"]
        assert await post(page, {"name": NAME, "value": "one", "remove": "1"}) == 200
        assert await texts(names) == ("two",)


async def test_the_records_are_there_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, page):
        await publish(page, NAME, "one")
        await publish(page, NAME, "two")
    async with running(tmp_path) as (names, _):
        assert sorted(await texts(names)) == ["one", "two"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"records": [["a"]]}', '{"records": 1}'])
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "toy-dns.json").write_text(text)
    with pytest.raises(ConfigError, match="delete it to start afresh"):
        Names(tmp_path)


@pytest.mark.parametrize("over", [dns.asyncquery.udp, dns.asyncquery.tcp])
async def test_what_it_does_not_know_it_refuses_to_answer(over: object) -> None:
    async with running() as (names, page):
        await publish(page, NAME, "x")
        address, _, port = names.server.partition(":")
        for kind, code in (("TXT", dns.rcode.NOERROR), ("DNSKEY", dns.rcode.NOERROR), ("MX", dns.rcode.SERVFAIL)):
            query = dns.message.make_query(NAME, kind)
            answer = await over(query, address, port=int(port), timeout=5)  # type: ignore[operator]
            assert answer.rcode() == code
            assert bool(answer.answer) == (kind == "TXT")


async def test_a_name_without_an_address_is_not_taken_for_a_dns_that_is_down() -> None:
    async with running() as (names, _):
        with pytest.raises(OutsideError, match="fetch-name"):
            await Resolver([names.server], lenient=True).addresses(Host("nobody.invalid"))


@pytest.mark.parametrize(
    ("name", "value"), [("not a name", "x"), (NAME, ""), (NAME, "é"), (NAME, "x" * 256), (NAME, "a\tb")]
)
async def test_what_is_no_record_changes_nothing(name: str, value: str) -> None:
    async with running() as (names, page):
        await publish(page, NAME, "before")
        assert await publish(page, name, value) == 200
        assert (await Resolver([names.server], lenient=True).texts(DOMAIN, "_official-account")).texts == ("before",)


async def test_t61_a_page_of_another_site_publishes_nothing() -> None:
    async with running() as (names, page):
        assert await publish(page, NAME, "x", Origin="https://evil.example") == 403
        assert (await Resolver([names.server], lenient=True).texts(DOMAIN, "_official-account")).texts == ()
