"""Relays, and those between us and the relay, that lie (RFC 3207, 6; T10)."""

import asyncio
from pathlib import Path

import pytest

from tests.doubles.hostile import RELAYS, SLOW_RELAYS
from tests.doubles.http import Authority
from tests.doubles.tcp import listening
from tests.integration.mailing import LETTER, mailer
from verifier.core.errors import Unavailable


@pytest.mark.parametrize("name", [*RELAYS, *SLOW_RELAYS])
async def test_t27_a_relay_without_end_is_given_up(name: str) -> None:
    script = {**RELAYS, **SLOW_RELAYS}[name]
    async with listening(script) as port:
        with pytest.raises(Unavailable, match="mail-unreachable"):
            await mailer(f"smtp://127.0.0.1:{port}", total=0.3 if name in SLOW_RELAYS else 20.0).send(LETTER)


async def test_t10_what_is_said_before_tls_does_not_count_after(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context, heard = authority.server("localhost"), list[bytes]()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay ESMTP\r\n")
        await reader.readline()
        writer.write(b"250-relay\r\n250 STARTTLS\r\n")
        await reader.readline()
        # Somebody between adds the answer to a question that was not asked yet.
        writer.write(b"220 go ahead\r\n250-relay\r\n250 AUTH PLAIN LOGIN\r\n")
        await writer.drain()
        await writer.start_tls(context)
        while line := await reader.readline():
            heard.append(line.split()[0])
            writer.write(b"250 relay\r\n" if line.startswith(b"EHLO") else b"503 no\r\n")

    async with listening(relay) as port:
        with pytest.raises(Unavailable, match="mail-unreachable"):
            await mailer(f"smtp://us:er@localhost:{port}", trust=authority.trust()).send(LETTER)
    assert heard[0] == b"EHLO"
    assert b"AUTH" not in heard
