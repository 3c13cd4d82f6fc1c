"""Clients that are slow, and too many of them: cut, or refused at once, while others are answered (T58)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web

from tests.integration.house import ALICE, House
from tests.ports import free_port
from verifier.app.serving import listening
from verifier.core.errors import Unavailable
from verifier.web import routes
from verifier.web.description import Description
from verifier.web.limits import Limit, Limiter, Rate
from verifier.web.protocol import Patience
from verifier.web.routes import FRESH, Door

SHORT = Patience(head=0.3, body=0.3, reader=0.3, each=0.05)
LONG = Patience(head=60, body=60, reader=60, each=0.05)
HEAD = b"POST /api/v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
LOOKUP = f"GET /api/v1/lookup?handle={ALICE} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def opened(house: House, clients: Patience, most: int = 2000) -> AsyncIterator[int]:
    """Another port of the same service."""
    port = free_port()
    async with listening(house.service.web, "127.0.0.1", port, most=most, with_clients=clients, patience=1):
        yield port


@asynccontextmanager
async def connected(port: int, limit: int = 2**16) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def looked_up(client: Client) -> bool:
    """Whether a lookup over that connection is answered."""
    reader, writer = client
    writer.write(LOOKUP)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert length is not None
    await reader.readexactly(int(length[1]))
    return head.startswith(b"HTTP/1.1 200 ")


async def drip(client: Client, data: bytes) -> bytes:
    """Send a byte now and then, until the server has had enough; what it said."""
    reader, writer = client
    said = asyncio.ensure_future(reader.read())
    for byte in data * 1000:
        writer.write(bytes([byte]))
        done, _ = await asyncio.wait({said}, timeout=0.02)
        if done:
            break
    try:
        return await said
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    ("first", "then"),
    [(b"", b""), (b"GET / HTTP/1.1\r\n", b"a"), (HEAD, b" "), (LOOKUP, b"G")],
    ids=["a connection that says nothing", "the lines", "the body", "the lines of a second request"],
)
async def test_t58_who_is_slow_to_ask_is_cut(house: House, first: bytes, then: bytes) -> None:
    async with opened(house, SHORT) as port, connected(port) as client:
        client[1].write(first)
        said = await drip(client, then) if then else await client[0].read()
    assert said.startswith(b"HTTP/1.1 200 ") if first == LOOKUP else said == b""


async def test_t58_who_is_slow_to_take_an_answer_is_cut(house: House) -> None:
    async with opened(house, SHORT) as port, connected(port) as (reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        asked = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 200
        writer.write(asked)
        await _until_closed(port, house)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        got = await _rest(reader)
    assert got.count(b"HTTP/1.1 200 ") < 200


async def _until_closed(port: int, house: House) -> None:
    """Nobody but who asks is connected to that port any more, as its operator sees it."""
    while True:
        with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: ASYNC230, PTH123 - a file of the kernel
            lines = [line.split() for line in table.read().splitlines()[1:]]
        ours = [line for line in lines if int(line[1].rpartition(":")[2], 16) == port and line[3] == "01"]
        if not ours:
            return
        assert (await house.get("/healthz")).status == 200
        await asyncio.sleep(0.05)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    got = b""
    try:
        while more := await reader.read(2**16):
            got += more
    except ConnectionError:
        pass
    return got


async def test_who_asks_now_and_then_is_not_cut(house: House) -> None:
    """And one request takes as long as its check does."""
    async with opened(house, SHORT) as port, connected(port) as (reader, writer):
        for _ in range(3):
            assert await looked_up((reader, writer))
            await asyncio.sleep(2 * SHORT.head)
            assert not reader.at_eof()


async def test_t58_a_thousand_dripping_sockets_hold_up_nobody(house: House) -> None:
    async with opened(house, LONG) as port, AsyncExitStack() as stack:
        for number in range(1000):
            _, writer = await stack.enter_async_context(connected(port))
            writer.write((HEAD, b"GET / HTTP/1.1\r\nX: ")[number % 2])
        async with connected(port) as (reader, writer):
            assert await looked_up((reader, writer))


async def test_one_connection_too_many_is_told_so_at_once(house: House) -> None:
    async with opened(house, LONG, most=3) as port, AsyncExitStack() as stack:
        for _ in range(3):
            reader, writer = await stack.enter_async_context(connected(port))
            assert await looked_up((reader, writer))
        async with connected(port) as (refused, _):
            head, _, body = (await refused.read()).partition(b"\r\n\r\n")
        lines = head.decode().splitlines()
        assert lines[0] == "HTTP/1.1 503 Service Unavailable"
        assert {"Retry-After: 30", "Connection: close", "Server: verifier", "Cache-Control: no-store"} <= {*lines}
        assert json.loads(body)["type"].endswith("#overloaded")
        assert await looked_up((reader, writer)), "who was there before stays"
        writer.transport.abort()
        while True:  # its place is free, as soon as the server has heard
            async with connected(port) as client:
                if await looked_up(client):
                    break


async def test_one_request_too_many_is_refused_at_once_and_lookups_are_not(house: House) -> None:
    limiter = Limiter(
        enabled=False,
        trusted_networks=(),
        clock=house.time.clock,
        rates={Limit.WRITES_AT_ONCE: Rate(2), Limit.READS_AT_ONCE: Rate(2)},
    )
    going, go = asyncio.Semaphore(0), asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        going.release()
        await go.wait()
        return web.Response(text="done")

    async def at_once(_: web.Request) -> web.Response:
        return web.Response(text="at once")

    about = Description("", {})
    doors = (
        Door("POST", "/slow", wait, FRESH, about),
        Door("GET", "/slow", wait, FRESH, about),
        Door("GET", "/quick", at_once, FRESH, about),
        Door("GET", "/health", at_once, FRESH, about, urgent=True),
    )
    app, port = web.Application(), free_port()
    routes.install(app, doors, FRESH, limiter, "http://a")
    url = f"http://127.0.0.1:{port}"
    async with listening(app, "127.0.0.1", port, patience=1), house.session as session:
        waiting = [asyncio.create_task(session.post(f"{url}/slow")) for _ in range(2)]
        for _ in waiting:
            await going.acquire()
        refused = await session.post(f"{url}/slow")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
        assert (await session.get(f"{url}/quick")).status == 200
        waiting += [asyncio.create_task(session.get(f"{url}/slow")) for _ in range(2)]
        for _ in range(2):
            await going.acquire()
        assert (await session.get(f"{url}/quick")).status == 503
        assert (await session.get(f"{url}/health")).status == 200
        go.set()
        assert [(await answer).status for answer in waiting] == [200] * 4
        assert (await session.get(f"{url}/quick")).status == 200


async def test_a_queue_of_writers_that_is_full_refuses_at_once(house: House) -> None:
    write = house.service.storage.write
    write._turn._most = 3  # type: ignore[attr-defined]

    async def wait(number: int) -> None:
        async with write.transaction() as tx:
            await tx.facts.set_once(f"fact {number}", "1")

    async with write.transaction():
        waiting = [asyncio.create_task(wait(number)) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="overloaded"):
            await wait(3)
        answer = await house.new_order()
        assert (answer.status, answer.code) == (503, "overloaded")
        assert (await house.lookup(ALICE))["status"] == "not_attested"
    await asyncio.gather(*waiting)
    assert [await house.service.storage.read.facts.get(f"fact {number}") for number in range(4)] == ["1"] * 3 + [None]
