"""Slow servers, turns and the pool (T27)."""

import asyncio

import pytest
from aiohttp import web

from tests.doubles.hostile import SLOW_WEB, mute
from tests.doubles.http import HttpDouble, raw_server
from verifier.core.errors import OutsideError, Unavailable
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Fetcher, Limits, Resolver, Response


def fetcher(overrides: dict[str, str], limits: Limits) -> Fetcher:
    return Fetcher(Resolver(()), user_agent="verifier-test", overrides=overrides, limits=limits)


def ask(out: Fetcher, host: str) -> "asyncio.Task[Response]":
    return asyncio.create_task(out.get(HttpsUrl.parse(f"https://{host}/"), accept="*/*"))


@pytest.mark.parametrize("name", ["drip", "header-drip", "status-drip", "mute"])
async def test_t27_a_drip_is_cut_and_others_are_served_meanwhile(name: str) -> None:
    async with raw_server(SLOW_WEB[name]) as slow, HttpDouble.running() as http:
        http.put("quick.example", "/")
        async with fetcher({"slow.example": slow, **http.overrides()}, Limits(total=0.5, pool=2)) as out:
            slowly = ask(out, "slow.example")
            waiting = [ask(out, "slow.example") for _ in range(3)]
            assert (await ask(out, "quick.example")).status == 200
            assert not slowly.done()
            with pytest.raises(OutsideError, match="fetch-timeout") as caught:
                await slowly
            for task in waiting:
                task.cancel()
    assert caught.value.values == {"host": "slow.example"}


@pytest.mark.parametrize(
    ("broken", "code"),
    [(b"no chunk\r\n", "fetch-malformed"), (b"0\r\nX-Long: " + b"x" * 70_000, "fetch-headers")],
    ids=["size", "trailer"],
)
async def test_t27_a_body_that_breaks_off_is_given_up_at_once(broken: bytes, code: str) -> None:
    """Its head came alone: the body was being read when the parser gave up."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.write(broken)
        await asyncio.Event().wait()  # the one who asked hangs up

    async with raw_server(script) as rude, fetcher({"rude.example": rude}, Limits()) as out:
        with pytest.raises(OutsideError, match=code):
            await ask(out, "rude.example")


async def test_t27_one_request_at_a_time_to_a_host() -> None:
    under_way = most = 0

    async def count(_: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return web.Response()

    async with HttpDouble.running() as http:
        http.handle("one.example", "/", count)
        async with fetcher(http.overrides(), Limits()) as out:
            # Who is counted (T65) waits in the same line.
            ways = [out, out.counted(lambda _: None), out, out.counted(lambda _: None), out]
            await asyncio.gather(*(ask(way, "one.example") for way in ways))
    assert (len(http.requests), most) == (5, 1)


async def test_hosts_do_not_wait_for_each_other() -> None:
    both = asyncio.Barrier(2)

    async def meet(_: web.Request) -> web.StreamResponse:
        await both.wait()  # neither answers before both have asked
        return web.Response()

    async with HttpDouble.running() as http:
        http.handle("one.example", "/", meet)
        http.handle("two.example", "/", meet)
        async with fetcher(http.overrides(), Limits()) as out:
            answers = await asyncio.gather(ask(out, "one.example"), ask(out, "two.example"))
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize(("second", "pool"), [("slow.example", 64), ("other.example", 1)], ids=["host", "pool"])
async def test_t27_who_waits_too_long_for_a_turn_is_told_that_we_are_busy(second: str, pool: int) -> None:
    async with raw_server(mute) as slow:
        overrides = {"slow.example": slow, "other.example": slow}
        async with fetcher(overrides, Limits(total=5, turn=0.1, pool=pool)) as out:
            first = ask(out, "slow.example")
            with pytest.raises(Unavailable, match="fetch-busy") as caught:
                await ask(out, second)
            first.cancel()
    assert caught.value.values == {"host": second}


async def test_a_cancelled_fetch_gives_its_turn_back() -> None:
    async with raw_server(mute) as slow, fetcher({"slow.example": slow}, Limits(total=5)) as out:
        first, second = ask(out, "slow.example"), ask(out, "slow.example")
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert out._turns._places == {}
