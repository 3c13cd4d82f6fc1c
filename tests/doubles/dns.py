"""A DNS server on loopback, UDP and TCP on one port, that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.doubles.tcp import listening

Answer = Sequence[str] | dns.rcode.Rcode | None | Callable[[int], Sequence[str]]
"""Records as text; an error; silence; or a function of how often the question was asked before."""

UDP_SIZE = 1232


class DnsDouble:
    """`zone` maps (name, type) to an :data:`Answer`; a name that it lacks does not exist (NXDOMAIN)."""

    def __init__(self, zone: Mapping[tuple[str, str], Answer] | None = None) -> None:
        self.zone = dict(zone or {})
        self.asked: list[tuple[str, str]] = []
        self.over_tcp = 0
        self.server = ""

    @classmethod
    @asynccontextmanager
    async def running(cls, zone: Mapping[tuple[str, str], Answer] | None = None) -> AsyncIterator[Self]:
        double = cls(zone)
        loop = asyncio.get_running_loop()
        async with listening(double._serve_tcp) as port:
            udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(double), local_addr=("127.0.0.1", port))
            double.server = f"127.0.0.1:{port}"
            try:
                yield double
            finally:
                udp.close()

    def count(self, name: str, kind: str) -> int:
        return self.asked.count((name, kind))

    def answer(self, wire: bytes) -> dns.message.Message | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        before = self.count(name, kind)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        found = self.zone.get((name, kind), ())
        if callable(found):
            found = found(before)
        if found is None:
            return None
        if isinstance(found, dns.rcode.Rcode):
            response.set_rcode(found)
        elif found:
            response.answer = [dns.rrset.from_text(question.name, 60, "IN", kind, *found)]
        elif not any(known == name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        self.over_tcp += 1
        response = self.answer(await reader.readexactly(length))
        if response is not None:
            wire = response.to_wire(max_size=65_535)
            writer.write(len(wire).to_bytes(2) + wire)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, double: DnsDouble) -> None:
        self.double = double

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self.double.answer(data)
        if response is None:
            return
        wire = response.to_wire(max_size=65_535)
        if len(wire) > UDP_SIZE:
            response.answer = []
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        self.transport.sendto(wire, addr)
