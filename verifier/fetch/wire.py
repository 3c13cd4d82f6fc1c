"""One request and its answer, through aiohttp with everything that it would do by itself turned off."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from yarl import URL

from ..core.errors import OutsideError, Unavailable
from .limits import Limits
from .redirects import STATUSES
from .response import Response
from .shortage import check_shortage

_SLICE = 16_384  # bytes that the parser is given at once
_SHORTEST = 4  # bytes of a header line: a name, a colon, the end of the line
_INTERIM = 16  # answers that may wait to be read: honest servers send one or two before the final one


class NotConnected(OutsideError):
    """Nothing was said yet: another address of the same name may do."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request.

    :param url: what is asked, as evidence names it
    :param place: the origin that is dialled: scheme, address and port
    :param target: path and query, from ``/``, sent as they are
    :param server_name: the name in the TLS handshake, which the certificate must bear; None without TLS
    """

    method: str
    url: str
    place: URL
    target: str
    server_name: str | None
    headers: Mapping[str, str] = field(repr=False)  # of these two, some are secrets
    max_bytes: int
    cut: bool
    body: bytes | None = field(default=None, repr=False)
    heard: Callable[[], None] = lambda: None
    """Told once a whole head has come."""


class _CheckedRequest(aiohttp.ClientRequest):
    """Says nothing before the peer is seen to be the address that was dialled (T22)."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        peer = conn.transport.get_extra_info("peername") if conn.transport else None
        if peer is None or ip_address(peer[0]) != ip_address(self.url.raw_host or ""):
            raise OutsideError("fetch-name")
        return await super().send(conn)


class _Heard(ResponseHandler):
    """Hangs up on who sends more than any answer of ours takes (T26).

    Unread, a few hundred kB of interim answers (RFC 9110, 15.2) are many MB of messages, and the parser takes heads,
    and a chunk's extension or size, of any length.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: Limits) -> None:
        super().__init__(loop)
        self._left = limits.wire
        self._most_of_head = limits.headers
        self._head = 0  # bytes, since the last message that was whole
        self._refused: OutsideError | None = None

    def data_received(self, data: bytes) -> None:
        for start in range(0, max(1, len(data)), _SLICE):
            if self.transport is None or self.transport.is_closing():
                return  # the parser has given up
            if self._left < 0 or len(self) > _INTERIM:
                self._refuse("fetch-too-large")
                return
            if self._head > self._most_of_head:
                self._refuse("fetch-headers")
                return
            piece = data[start : start + _SLICE]
            self._left -= len(piece)
            before = len(self)
            super().data_received(piece)
            self._head = 0 if self._payload is not None or len(self) > before else self._head + len(piece)
            if self._refused is not None and self._payload is not None:
                # aiohttp tells those who wait for the head alone: who reads the body would wait for all its time (T27).
                self._payload.set_exception(self._refused)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        if self._refused is None and isinstance(exc, HttpProcessingError):
            too_long = any(isinstance(error, LineTooLong) for error in cause)
            self._refused = OutsideError("fetch-headers" if too_long else "fetch-malformed")
        # The end of the connection, which follows, is not what the one who asked must hear of.
        super().set_exception(self._refused or exc, *cause)

    def _refuse(self, code: str) -> None:
        self._refused = OutsideError(code)
        if self._payload is not None:
            self._payload.set_exception(self._refused)
            self._payload = None
        self.set_exception(self._refused)
        if self.transport is not None:
            self.transport.abort()


class Wire:
    """An HTTP client without cookies, redirects, decompression, environment or second use of a connection.

    :param trust: whom TLS trusts; None: the system's authorities
    :param proxy: an egress proxy, asked to CONNECT to the address of each :class:`Ask`
    :param guarded: the peer must be the address of the :class:`Ask`; behind a proxy it is the proxy's to see to that
    """

    def __init__(
        self, limits: Limits, *, trust: ssl.SSLContext | None = None, proxy: str | None = None, guarded: bool = True
    ) -> None:
        self._proxy = proxy
        connector = aiohttp.TCPConnector(ssl=trust or True, limit=0, force_close=True, use_dns_cache=False)
        # No public option bounds what is received; a test floods it (T26).
        heard = partial(_Heard, loop=asyncio.get_running_loop(), limits=limits)
        connector._factory = cast("partial[ResponseHandler]", heard)  # noqa: SLF001
        self._session = aiohttp.ClientSession(
            connector=connector,
            request_class=_CheckedRequest if guarded and not proxy else aiohttp.ClientRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect),
            auto_decompress=False,
            trust_env=False,
            max_line_size=limits.headers,
            max_field_size=limits.headers,
            max_headers=limits.headers // _SHORTEST,
        )
        self._headers = limits.headers
        # Who hangs up would be asked a second time: meant for kept connections, of which there are none here. No
        # public option says so; a test counts the connections (T27).
        self._session._retry_connection = False  # noqa: SLF001

    async def close(self) -> None:
        await self._session.close()

    async def exchange(self, ask: Ask) -> Response:
        """The answer; the body of a redirect is not read.

        :raises OutsideError: ``fetch-unreachable``, ``fetch-timeout``, ``fetch-tls``, ``fetch-headers``,
            ``fetch-malformed``, ``fetch-too-large``, ``fetch-encoded``, ``fetch-name``, ``fetch-redirect-refused``
        :raises Unavailable: ``fetch-egress``, ``fetch-exhausted``
        """
        try:
            async with self._session.request(
                ask.method,
                # Not a join: a path that starts with // would name another host.
                URL(f"{ask.place}{ask.target}", encoded=True),
                headers=ask.headers,
                data=ask.body,
                allow_redirects=False,
                server_hostname=ask.server_name,
                proxy=self._proxy,
            ) as answer:
                ask.heard()
                try:
                    if (
                        sum(len(name) + len(value) + _SHORTEST - 1 for name, value in answer.raw_headers)
                        > self._headers
                    ):
                        raise OutsideError("fetch-headers")
                    return await _response(ask, answer)
                finally:
                    answer.close()
        except aiohttp.ClientError as error:
            check_shortage(error)
            raise _translated(error) from error


def _translated(error: aiohttp.ClientError) -> OutsideError | Unavailable:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        # A gateway's own statuses speak of the server beyond; any other, of our right to use the proxy.
        return NotConnected("fetch-unreachable") if error.status in (502, 503, 504) else Unavailable("fetch-egress")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return Unavailable("fetch-egress")
    if isinstance(error, aiohttp.ClientSSLError):
        return OutsideError("fetch-tls")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return NotConnected("fetch-timeout")
    if isinstance(error, aiohttp.ClientConnectorError):
        return NotConnected("fetch-unreachable")
    return OutsideError("fetch-malformed" if isinstance(error, aiohttp.ClientPayloadError) else "fetch-unreachable")


async def _response(ask: Ask, answer: aiohttp.ClientResponse) -> Response:
    headers: dict[str, str] = {}
    for name, value in answer.headers.items():
        headers.setdefault(name.lower(), _ascii(value))
    body, truncated = b"", False
    if answer.status in STATUSES:
        if len(answer.headers.getall("Location", ())) > 1:
            raise OutsideError("fetch-redirect-refused")  # two readers would go to two places
    elif ask.method != "HEAD":
        body, truncated = await _read(answer, max_bytes=ask.max_bytes, cut=ask.cut)
    return Response(
        url=ask.url,
        status=answer.status,
        content_type=headers.get("content-type", ""),
        headers=headers,
        body=body,
        truncated=truncated,
        address=ask.place.raw_host or "",
    )


def _ascii(value: str) -> str:
    """A header's value; U+FFFD for each byte that is not ASCII, opaque by RFC 9110, 5.5.

    aiohttp makes lone surrogates of what is no UTF-8, which no JSON holds: an evidence could not be written. A ``?``
    would begin the query of a ``Location``.
    """
    return value.encode(errors="surrogateescape").decode("ascii", errors="replace")


async def _read(answer: aiohttp.ClientResponse, *, max_bytes: int, cut: bool) -> tuple[bytes, bool]:
    """The body, and whether it was cut."""
    codings = answer.headers.getall("Content-Encoding", ())
    transfer = answer.headers.getall("Transfer-Encoding", ())
    if any(coding.strip().lower() != "identity" for coding in codings) or any(
        coding.strip().lower() != "chunked" for coding in transfer
    ):
        raise OutsideError("fetch-encoded")  # 200 kB of gzip may hold 200 MB (T26)
    if not cut and (answer.content_length or 0) > max_bytes:
        raise OutsideError("fetch-too-large")
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            if not cut:
                raise OutsideError("fetch-too-large")
            del body[max_bytes:]
            return bytes(body), True
    return bytes(body), False
