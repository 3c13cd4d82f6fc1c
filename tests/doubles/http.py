"""Strangers' web servers on loopback: well-behaved ones, ones that speak raw bytes, TLS ones, and an egress proxy."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.doubles.tcp import Script, close, listening

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpDouble:
    """Plays any number of hosts at one port, told apart by ``Host``; 404 where nothing was put."""

    def __init__(self) -> None:
        self.handlers: dict[tuple[str, str], Handler] = {}
        self.requests: list[web.BaseRequest] = []
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def running(cls, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> AsyncIterator[Self]:
        double = cls()
        runner = web.ServerRunner(web.Server(double._serve), shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, address, 0, ssl_context=tls)
        await site.start()
        double.port = runner.addresses[0][1]
        try:
            yield double
        finally:
            await runner.cleanup()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def overrides(self, *hosts: str) -> dict[str, str]:
        """What a Fetcher needs to find `hosts` here; without argument, every host that something was put at."""
        return dict.fromkeys(hosts or [host for host, _ in self.handlers], self.origin)

    def handle(self, host: str, path: str, handler: Handler) -> None:
        """:param path: without query"""
        self.handlers[host, path] = handler

    def put(
        self,
        host: str,
        path: str,
        body: bytes = b"",
        *,
        content_type: str = "text/html",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(status=status, body=body, headers={"Content-Type": content_type, **(headers or {})})

        self.handle(host, path, answer)

    def redirect(self, host: str, path: str, location: str, *, status: int = 302) -> None:
        self.put(host, path, status=status, headers={"Location": location})

    def asked(self) -> list[str]:
        """``HOST/PATH?QUERY`` of each request, in order."""
        return [f"{request.host}{request.raw_path}" for request in self.requests]

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        handler = self.handlers.get((request.host, request.path))
        return await handler(request) if handler else web.Response(status=404)  # type: ignore[arg-type]


@asynccontextmanager
async def raw_server(script: Script) -> AsyncIterator[str]:
    """A server whose `script` is run on each connection, once the request's head was read; yields its origin."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await script(reader, writer)

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}"


def says(data: bytes) -> Script:
    """A script that sends `data` and hangs up."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return script


class ProxyDouble:
    """An egress proxy that plays the public internet: every CONNECT leads to the address and port of one server."""

    def __init__(self, port: int, status: int) -> None:
        self.connects: list[str] = []
        self.url = ""
        self._port = port
        self._status = status

    @classmethod
    @asynccontextmanager
    async def running(cls, port: int, *, status: int = 200) -> AsyncIterator[Self]:
        double = cls(port, status)
        async with listening(double._serve) as own:
            double.url = f"http://127.0.0.1:{own}"
            yield double

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.connects.append(head.split(b"\r\n")[0].decode())
        writer.write(f"HTTP/1.1 {self._status} Answer\r\n\r\n".encode())
        if self._status == 200:
            answers, questions = await asyncio.open_connection("127.0.0.1", self._port)
            await asyncio.gather(_pipe(reader, questions), _pipe(answers, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        await close(writer)


class Authority:
    """A certificate authority for one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of one test")])
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())

    def trust(self) -> ssl.SSLContext:
        """A client that trusts this authority and no other."""
        return ssl.create_default_context(cadata=self.root.decode())

    @property
    def root(self) -> bytes:
        """Its certificate, as PEM."""
        return self._pem(self._certificate)

    def server(self, *names: str, days: tuple[int, int] = (-1, 1)) -> ssl.SSLContext:
        """A server certified for `names` (hosts or addresses), valid from and until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        builder = self._builder(subject, key.public_key(), days)
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        path = self._folder / f"{names[0]}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + self._pem(builder.sign(self._key, hashes.SHA256())))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: tuple[int, int] = (-1, 1)
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
        )

    @staticmethod
    def _pem(certificate: x509.Certificate) -> bytes:
        return certificate.public_bytes(serialization.Encoding.PEM)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def seen_names(context: ssl.SSLContext) -> Sequence[str | None]:
    """The names that clients ask for in their TLS handshakes with a server, as they come."""
    names: list[str | None] = []

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        names.append(name)

    context.sni_callback = note
    return names
