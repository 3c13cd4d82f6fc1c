"""What a hostile DNS server may make us spend: bounded time, bounded memory, and an answer all the same (T26, T39)."""

import asyncio
import gc
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import pytest

from tests.doubles.signed_zones import SignedZones, empty
from tests.doubles.tcp import listening
from tests.doubles.tools import NOW
from verifier.core.clock import Clock
from verifier.core.errors import OutsideError, Unavailable
from verifier.core.identifiers import Host
from verifier.fetch import Resolver, Secured

DOMAIN = Host.parse("numerique.gouv.fr")
LABEL = "_official-account"
TIMEOUT = 0.3
CAP = 4 * TIMEOUT
MARGIN = 20.0  # a slow machine is no failure: what is tested is that it ends
ROUNDS = 20
GROWTH = 5 * 1024 * 1024

Udp = Callable[[bytes], list[bytes]]
Tcp = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answers: Udp) -> None:
        self.answers = answers

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self.answers(data):
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def hostile(udp: Udp, tcp: Tcp) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await tcp(await reader.readexactly(int.from_bytes(await reader.readexactly(2))), writer)

    loop = asyncio.get_running_loop()
    async with listening(serve) as port:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(udp), local_addr=("127.0.0.1", port))
        try:
            yield f"127.0.0.1:{port}"
        finally:
            transport.close()


def cut(query: bytes) -> list[bytes]:
    """An answer that says: ask over TCP."""
    response = dns.message.make_response(dns.message.from_wire(query))
    response.flags |= dns.flags.TC
    return [response.to_wire()]


def nothing(_: bytes) -> list[bytes]:
    return []


def _framed(wire: bytes) -> bytes:
    return len(wire).to_bytes(2) + wire


async def aliases(query: bytes, writer: asyncio.StreamWriter) -> None:
    """A chain of aliases that has no end, as long as a message may be."""
    message = dns.message.from_wire(query)
    response = dns.message.make_response(message)
    name = message.question[0].name
    for number in range(600):
        following = dns.name.from_text(f"a{number}.evil.example.")
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", following.to_text()))
        name = following
    writer.write(_framed(response.to_wire(max_size=65_535)))
    await writer.drain()


async def huge(query: bytes, writer: asyncio.StreamWriter) -> None:
    message = dns.message.from_wire(query)
    response = dns.message.make_response(message)
    texts = [f'"{number:0250}"' for number in range(200)]
    response.answer = [dns.rrset.from_text(message.question[0].name, 60, "IN", "TXT", *texts)]
    writer.write(_framed(response.to_wire(max_size=65_535)))
    await writer.drain()


async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x3f\xff")
    while not writer.is_closing():
        writer.write(b"\x00")
        await writer.drain()
        await asyncio.sleep(0.01)


async def hang_up(_: bytes, __: asyncio.StreamWriter) -> None:
    return None


class Junk:
    """Noise, alike in every run; some of it starts as an answer does."""

    def __init__(self) -> None:
        self.dice = random.Random(39)  # noqa: S311 - noise

    def over_udp(self, query: bytes) -> list[bytes]:
        head = query[:2] + b"\x81\x80"
        noise = [self.dice.randbytes(self.dice.randrange(1400)) for _ in range(20)]
        return [*noise, *(head + one for one in noise), head + query[4:] + noise[0]]

    async def over_tcp(self, query: bytes, writer: asyncio.StreamWriter) -> None:
        noise = self.dice.randbytes(self.dice.randrange(16_000))
        writer.write(_framed(query[:2] + b"\x81\x80\x00\x01" + noise))
        await writer.drain()


def resident() -> int:
    """Bytes of memory of this process, all its garbage collected."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


async def ask(server: str) -> Secured | None:
    """A new resolver each time, that remembers nothing; None: no answer to be had."""
    try:
        return await Resolver([server], timeout=TIMEOUT).texts(DOMAIN, LABEL)
    except (OutsideError, Unavailable) as error:
        if error.code not in ("dns-unreachable", "dns-failed", "dns-resolver"):
            raise
        return None


@pytest.mark.parametrize(
    ("udp", "tcp"),
    [
        (cut, aliases),
        (cut, huge),
        (cut, drip),
        (cut, hang_up),
        (nothing, hang_up),
        (Junk().over_udp, Junk().over_tcp),
        (cut, Junk().over_tcp),
    ],
    ids=["aliases", "huge", "drip", "hang up", "silence", "junk", "junk over TCP"],
)
async def test_t39_a_hostile_server_costs_little(udp: Udp, tcp: Tcp) -> None:
    async with hostile(udp, tcp) as server, asyncio.timeout(3 * CAP + 2 * MARGIN):
        await asyncio.gather(*(ask(server) for _ in range(ROUNDS)))  # what is loaded at first use does not count
        before = resident()
        for _ in range(2):
            found = await asyncio.gather(*(ask(server) for _ in range(ROUNDS)))
            assert all(one is None or (one.security, one.texts) == ("bogus", ()) for one in found)
        assert resident() - before < GROWTH


async def test_a_validation_ends_though_every_answer_comes(tmp_path: Path) -> None:
    """Each answer is in time for its question; all of them together are not."""
    loop = asyncio.get_running_loop()
    async with SignedZones.tree() as slow:
        anchor = slow.anchor(tmp_path)

        class _Slow(_Datagrams):
            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                response = slow.answer(data)
                assert response is not None
                loop.call_later(0.3 * TIMEOUT, self.transport.sendto, response.to_wire(), addr)

        transport, _ = await loop.create_datagram_endpoint(lambda: _Slow(nothing), local_addr=("127.0.0.1", 0))
        server = "127.0.0.1:{1}".format(*transport.get_extra_info("sockname"))
        resolver = Resolver([server], timeout=TIMEOUT, clock=Clock(lambda: NOW), anchor=anchor)
        host = Host.parse(".".join("abcdefg") + ".numerique.gouv.fr")
        slow.lies[str(host), "TXT"] = empty  # names no zone that signs, so that each label is asked
        try:
            async with asyncio.timeout(CAP + MARGIN):
                with pytest.raises(OutsideError, match="dns-unreachable"):
                    await resolver.texts(host)
        finally:
            transport.close()
    assert len(slow.asked) < 2 * len(host.labels)
