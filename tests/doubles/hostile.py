"""Servers and relays that try to exhaust whoever asks them. Each script goes on until it is cut."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from functools import cache

from .tcp import Script

_GZIP = zlib.MAX_WBITS | 16


@cache
def bomb(wbits: int) -> bytes:
    """200 MB of zeros, compressed."""
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()


# Made when they are asked for: they take seconds, and most of those who import this ask for none.
BOMBS: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "gzip": (lambda: bomb(_GZIP), "gzip"),
    "x-gzip": (lambda: bomb(_GZIP), "X-GZIP"),
    "deflate": (lambda: bomb(zlib.MAX_WBITS), "deflate"),
    "br": (lambda: b"\x00" * 1000, "br"),
    "twice": (lambda: zlib.compress(bomb(_GZIP)), "gzip, gzip"),
    "hidden": (lambda: bomb(_GZIP), "identity, gzip"),
}


def endless(head: bytes, again: bytes) -> Script:
    """`head`, then `again` and again."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(again)
            await writer.drain()

    return script


def dripping(head: bytes) -> Script:
    """`head`, then a byte now and then."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    return script


async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Takes what it is told, and says nothing."""
    await reader.read()


_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"

WEB: Mapping[str, Script] = {
    "endless-chunks": endless(_CHUNKED, b"10000\r\n" + bytes(65_536) + b"\r\n"),
    "tiny-chunks": endless(_CHUNKED, b"1\r\nx\r\n" * 10_000),
    "one-chunk": endless(_CHUNKED + b"fffffffff\r\n", bytes(65_536)),
    "chunk-extension": endless(_CHUNKED + b"1;", b"x" * 65_536),
    "chunk-extensions": endless(_CHUNKED, b"1;" + b"x" * 1_000 + b"\r\nx\r\n"),
    "chunk-size": endless(_CHUNKED, b"0" * 65_536),
    "trailers": endless(_CHUNKED + b"0\r\n", b"X-Many: x\r\n" * 5_000),
    "trailer": endless(_CHUNKED + b"0\r\nX-Long: ", b"x" * 65_536),
    "no-length": endless(_OK + b"\r\n", bytes(65_536)),
    "announced": endless(_OK + b"Content-Length: 99999999999999\r\n\r\n", bytes(65_536)),
    "header": endless(_OK + b"X-Long: ", b"x" * 65_536),
    "headers": endless(_OK, b"X-Many: x\r\n" * 5_000),
    "status": endless(b"HTTP/1.1 200 ", b"O" * 65_536),
    "hints": endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500),
}
SLOW_WEB: Mapping[str, Script] = {
    "drip": dripping(_OK + b"Content-Length: 1000\r\n\r\n"),
    "header-drip": dripping(_OK + b"X-Slow: "),
    "status-drip": dripping(b"HTTP/1.1 200 "),
    "mute": mute,
}


def packed(body: bytes, coding: str) -> Script:
    """A body with that Content-Encoding."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding.encode(), len(body)) + body)
        await writer.drain()

    return script


def after(*turns: bytes, again: bytes) -> Script:
    """Says one turn, then one for each line it is told; then `again` and again."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in turns:
            writer.write(turn)
            await reader.readline()
        while True:
            writer.write(again)
            await writer.drain()

    return script


_HELLO = b"220 relay ESMTP\r\n"

RELAYS: Mapping[str, Script] = {
    "banner-lines": endless(b"", b"220-welcome\r\n" * 5_000),
    "banner-line": endless(b"220 ", b"x" * 65_536),
    "banner-nonsense": endless(b"", b"hello\r\n" * 5_000),
    "ehlo-lines": after(_HELLO, again=b"250-SIZE 1000\r\n" * 5_000),
    "ehlo-line": after(_HELLO, again=b"x" * 65_536),
    "unasked": after(_HELLO, b"250 relay\r\n", b"250 sender\r\n", again=b"250 yes\r\n" * 5_000),
}
SLOW_RELAYS: Mapping[str, Script] = {"banner-drip": dripping(b"220 "), "mute-relay": mute}
