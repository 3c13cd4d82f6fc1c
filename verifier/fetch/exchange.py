"""Questions to recursive resolvers, asked so that what a resolver forwards can be validated here."""

import asyncio
import logging
import struct
from collections.abc import Sequence
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
from dns.message import Message, QueryMessage
from dns.name import Name
from dns.nameserver import Do53Nameserver
from dns.rdatatype import RdataType

from ..core.clock import Chance
from ..core.errors import OutsideError, Unavailable
from .allowance import count_question
from .dnssec import shown
from .shortage import check_shortage

UDP_BYTES = 1232
"""Larger answers come over TCP rather than in fragments that can be forged."""

_TCP_BYTES = 16_384
"""The keys of a zone take a tenth of it."""
_MOST_RECORDS = 128
"""More take long to parse, while nobody else is answered: a hundred labels of a name can be said in two bytes."""
_COUNTS = slice(6, 12)  # of the answer, authority and additional sections (RFC 1035, 4.1.1)
_ROUNDS = 2
_ANSWERS = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)

log = logging.getLogger(__name__)


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

        :raises OutsideError: ``dns-unreachable``; ``dns-failed``: only errors came; ``dns-too-many``
        :raises Unavailable: as :meth:`check`
        """
        count_question(self, shown(name))
        failed = False
        try:
            async with asyncio.timeout(self._timeout):
                for address, port in self.servers * _ROUNDS:
                    try:
                        answer = await self._exchange(name, kind, address, port)
                    except (dns.exception.DNSException, OSError, EOFError) as error:
                        check_shortage(error)
                        continue
                    if answer.rcode() in _ANSWERS:
                        return answer
                    failed = True
        except TimeoutError:
            pass
        await self.check()
        raise OutsideError("dns-failed" if failed else "dns-unreachable", host=shown(name))

    async def check(self) -> None:
        """A server answers at least what every resolver knows: what it does not answer is then not its own fault.

        :raises Unavailable: ``dns-resolver``: none does; ``fetch-exhausted``
        """
        asked = await asyncio.gather(*map(self._check, self.servers))
        if not any(asked):
            log.error("no DNS resolver answers: %s", ", ".join(address for address, _ in self.servers))
            raise Unavailable("dns-resolver")

    async def _check(self, server: tuple[str, int]) -> bool:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange(dns.name.root, RdataType.NS, *server)
        except (dns.exception.DNSException, OSError, EOFError) as error:  # TimeoutError is an OSError
            check_shortage(error)
            return False
        return answer.rcode() in _ANSWERS

    async def _exchange(self, name: Name, kind: RdataType, address: str, port: int) -> Message:
        # CD: also what the resolver finds bogus is handed on, for us to say so (RFC 6840, 5.9).
        asked = self._mixed(name) if self._mixes else name
        query = dns.message.make_query(asked, kind, want_dnssec=True, payload=UDP_BYTES)
        query.flags |= dns.flags.CD
        each = self._timeout / 3
        try:
            # The time is kept here: the `wait_for` in dnspython loses a cancellation (Python 3.11) that comes in the
            # same turn as the answer, and whoever cancelled waits for ever.
            async with asyncio.timeout(each):
                answer = await dns.asyncquery.udp(
                    query,
                    address,
                    port=port,
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


class Server(Do53Nameserver):
    """A recursive resolver for dnspython's own, of which no more is read than by an :class:`Exchange` (T26)."""

    async def async_query(self, request: QueryMessage, timeout: float, *args: Any, **how: Any) -> Message:  # noqa: ASYNC109, ANN401 - dnspython's
        """The answer to a question, over TCP if ``max_size``."""
        try:
            async with asyncio.timeout(timeout):
                if not how["max_size"]:
                    # No time for dnspython, as in :class:`Exchange`; its type does not say that it may be None.
                    return await super().async_query(request, None, *args, **how)  # type: ignore[arg-type]
                return await _over_tcp(request, self.address, self.port)
        except TimeoutError:
            raise dns.exception.Timeout from None  # it may be asked again


async def _over_tcp(query: Message, address: str, port: int) -> Message:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        wire = query.to_wire()
        writer.write(len(wire).to_bytes(2) + wire)
        size = int.from_bytes(await reader.readexactly(2))
        if size > _TCP_BYTES:
            raise dns.exception.FormError
        wire = await reader.readexactly(size)
        if sum(struct.unpack("!3H", wire[_COUNTS].ljust(6, b"\xff"))) > _MOST_RECORDS:
            raise dns.exception.FormError
        answer = dns.message.from_wire(wire)
    finally:
        writer.close()
    if not query.is_response(answer):
        raise dns.query.BadResponse
    return answer
