"""Questions to recursive resolvers, asked so that what a resolver forwards can be validated here."""

import asyncio
from collections.abc import Sequence

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
from dns.message import Message
from dns.name import Name
from dns.rdatatype import RdataType

from ..core.clock import Chance
from ..core.errors import OutsideError
from .dnssec import shown

UDP_BYTES = 1232
"""Larger answers come over TCP rather than in fragments that can be forged."""

_TCP_BYTES = 16_384
"""More takes long to parse, while nobody else is answered; the keys of a zone take a tenth of it."""
_ROUNDS = 2


class Exchange:
    """Asks each server in turn, over UDP, then over TCP if the answer is cut or may be forged.

    :param servers: address and port
    :param timeout: seconds for one question, retries included
    :param mixes: draw the case of each letter of a name; toys on loopback may take it for another name
    """

    def __init__(
        self, servers: Sequence[tuple[str, int]], chance: Chance, timeout: float, *, mixes: bool = True
    ) -> None:
        self.servers = tuple(servers)
        self._chance = chance
        self._mixes = mixes
        self._timeout = timeout

    async def ask(self, name: Name, kind: RdataType) -> Message:
        """The answer, which may be that there is no such name.

        :raises OutsideError: ``dns-unreachable``; ``dns-failed``: only errors came
        """
        failed = False
        try:
            async with asyncio.timeout(self._timeout):
                for address, port in self.servers * _ROUNDS:
                    try:
                        answer = await self._exchange(name, kind, address, port)
                    except (dns.exception.DNSException, OSError, EOFError):
                        continue
                    if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                        return answer
                    failed = True
        except TimeoutError:
            pass
        raise OutsideError("dns-failed" if failed else "dns-unreachable", host=shown(name))

    async def _exchange(self, name: Name, kind: RdataType, address: str, port: int) -> Message:
        # CD: also what the resolver finds bogus is handed on, for us to say so (RFC 6840, 5.9).
        asked = self._mixed(name) if self._mixes else name
        query = dns.message.make_query(asked, kind, want_dnssec=True, payload=UDP_BYTES)
        query.flags |= dns.flags.CD
        each = self._timeout / 3
        try:
            answer = await dns.asyncquery.udp(
                query,
                address,
                port=port,
                timeout=each,
                ignore_unexpected=True,
                ignore_errors=True,
                raise_on_truncation=True,
            )
            if answer.question and answer.question[0].name.labels == query.question[0].name.labels:
                return answer
        except dns.message.Truncated:
            pass
        # The case that we drew did not come back: a guess from the side, or a resolver that changes it (T39).
        async with asyncio.timeout(each):
            return await _over_tcp(query, address, port)

    def _mixed(self, name: Name) -> Name:
        """The name in a case that whoever does not see the question must guess (DNS 0x20)."""
        bits = int.from_bytes(self._chance.bytes(32), "big")

        def mix(label: bytes) -> bytes:
            nonlocal bits
            mixed = bytearray(label.lower())
            for place, byte in enumerate(mixed):
                if bits & 1 and 0x61 <= byte <= 0x7A:
                    mixed[place] = byte - 0x20
                bits >>= 1
            return bytes(mixed)

        return Name([mix(label) for label in name.labels])


async def _over_tcp(query: Message, address: str, port: int) -> Message:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        wire = query.to_wire()
        writer.write(len(wire).to_bytes(2) + wire)
        size = int.from_bytes(await reader.readexactly(2))
        if size > _TCP_BYTES:
            raise dns.exception.TooBig
        answer = dns.message.from_wire(await reader.readexactly(size))
    finally:
        writer.close()
    if not query.is_response(answer):
        raise dns.query.BadResponse
    return answer
