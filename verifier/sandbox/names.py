"""A toy DNS: the records of public bodies, written on a page; addresses of real names are asked of the real DNS.

It knows no DNSSEC, which a service in the sandbox tells as unknown.
"""

import asyncio
import contextlib
import struct
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from aiohttp import web
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from ..core import strict_json
from ..core.errors import BadInput, ConfigError, OutsideError
from ..core.identifiers import Host
from ..fetch import Resolver
from . import loopback
from .kept import save
from .pages import add_page, page, prefix_of, refuse_posts_from_elsewhere

LABEL = "_official-account"
KEPT = 50
LONGEST = 255  # characters of a record: one character-string
_TTL = 5
_ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
_OWN = (dns.rdatatype.TXT, dns.rdatatype.DNSKEY, dns.rdatatype.DS)


class Names:
    """Answers on loopback, UDP and TCP on one port; shows and changes its records at ``/dns``.

    :param folder: where ``toy-dns.json`` is kept; None keeps everything in memory
    :raises ConfigError: that file is not one of ours
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / "toy-dns.json" if folder else None
        self._records = _load(self._file) if self._file and self._file.exists() else []
        self._real = Resolver()
        self._stack = AsyncExitStack()
        self._answering: set[asyncio.Task[None]] = set()
        self._port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            listening = loopback.listen(0)
            self._port = listening.getsockname()[1]
            tcp = await asyncio.start_server(self._serve_tcp, sock=listening)
            stack.callback(tcp.close)
            udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(self), local_addr=(loopback.ADDRESS, self._port))
            stack.callback(udp.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        for task in self._answering:
            task.cancel()

    @property
    def server(self) -> str:
        """As ``VERIFIER_DNS_SERVERS`` takes it."""
        return f"{loopback.ADDRESS}:{self._port}"

    def add_to(self, app: web.Application) -> None:
        add_page(app, "/dns", self._show, self._save)

    async def answer(self, wire: bytes) -> bytes:
        """The answer to one question.

        :raises DNSException: it is none
        """
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        for question in query.question[:1]:
            await self._fill(response, question.name, question.rdtype)
        return response.to_wire()

    async def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        text = name.to_text(omit_final_dot=True).lower()
        if kind == dns.rdatatype.TXT and (values := [value for at, value in self._records if at == text]):
            response.answer.append(dns.rrset.from_text(name, _TTL, "IN", "TXT", *map(_quoted, values)))
        elif kind in _ADDRESSES:
            try:
                found = await self._real.addresses(Host.parse(text))
            except (BadInput, OutsideError):
                response.set_rcode(dns.rcode.SERVFAIL)
                return
            make = A if kind == dns.rdatatype.A else AAAA
            wanted = [str(each) for each in found if each.version == (4 if make is A else 6)]
            if wanted:
                records = [make(dns.rdataclass.IN, kind, address) for address in wanted]
                response.answer.append(dns.rrset.from_rdata(name, _TTL, *records))
        elif kind not in _OWN and (kind, name) != (dns.rdatatype.NS, dns.name.root):  # asked to see who answers at all
            response.set_rcode(dns.rcode.SERVFAIL)  # what it does not know, the service records as unknown

    def _soon(self, task: asyncio.Task[None]) -> None:
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(dns.exception.DNSException, OSError, EOFError):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = await self.answer(await reader.readexactly(length))
            writer.write(struct.pack("!H", len(wire)) + wire)
            await writer.drain()
        writer.close()

    async def _show(self, request: web.Request) -> web.Response:
        return self._page(request, {"name": request.query.get("name", "")[:300], "value": ""})

    async def _save(self, request: web.Request) -> web.Response:
        refuse_posts_from_elsewhere(request)
        form = await request.post()
        name, value = (str(form.get(field, "")).strip() for field in ("name", "value"))
        try:
            # A zone file, and many a registrar's form, ends a name with a dot. A label that was forgotten stays so: a
            # check that cannot see the record is what its owner would meet in the real DNS.
            typed = name.lower().removesuffix(".")
            label = f"{LABEL}." if typed.startswith(f"{LABEL}.") else ""
            known = f"{label}{Host.parse(typed.removeprefix(label))}"
        except BadInput:
            return self._page(request, {"name": name, "value": value}, wrong="name")
        if not value or len(value) > LONGEST or not value.isascii() or not value.isprintable():
            return self._page(request, {"name": name, "value": value}, wrong="value")
        self._records = [record for record in self._records if record != (known, value)]
        if "remove" not in form:
            self._records = [*self._records, (known, value)][-KEPT:]
        save(self._file, {"records": [list(record) for record in self._records]})
        raise web.HTTPSeeOther(f"{prefix_of(request)}/dns")

    def _page(self, request: web.Request, typed: dict[str, str], wrong: str | None = None) -> web.Response:
        return page(
            request,
            "toy_dns.html",
            records=self._records,
            typed=typed,
            wrong=wrong,
            guide=f"{prefix_of(request)}/",
        )


def _load(path: Path) -> list[tuple[str, str]]:
    try:
        return [(str(name), str(value)) for name, value in strict_json.loads_object(path.read_bytes())["records"]]
    except (BadInput, KeyError, TypeError, ValueError):
        raise ConfigError(f"{path} cannot be read as toy DNS records: delete it to start afresh.") from None


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._names._soon(asyncio.get_running_loop().create_task(self._answer(data, address)))  # noqa: SLF001 - one part

    async def _answer(self, data: bytes, address: tuple[str, int]) -> None:
        with contextlib.suppress(dns.exception.DNSException):
            wire = await self._names.answer(data)
            if not self._transport.is_closing():
                self._transport.sendto(wire, address)
