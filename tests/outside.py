"""No signature is made inside a transaction: an HSM that does not answer would hold up every withdrawal (T00i)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest

from verifier.signer import hsm, signers
from verifier.storage import Tx, Writer
from verifier.storage.postgres import PostgresWriter
from verifier.storage.sqlite import SqliteWriter


@dataclass
class Turn:
    """A transaction; whoever is called within it, or started by it, finds it."""

    is_open: bool = True


TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


def check() -> None:
    """:raises AssertionError: the caller is inside a transaction"""
    turn = TURN.get()
    assert turn is None or not turn.is_open, "signed inside a transaction"


def enforce(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every key refuse its caller's turn of the writer. Keys that tests put in their place are theirs to check."""
    for engine in (SqliteWriter, PostgresWriter):
        monkeypatch.setattr(engine, "transaction", _watched(engine.transaction))
    for kind in (signers.MemorySigner, hsm.HsmSigner):
        monkeypatch.setattr(kind, "sign", _checking(kind.sign))


def _watched(transaction: Callable[[Any], AbstractAsyncContextManager[Tx]]) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def watched(writer: Writer) -> AsyncIterator[Tx]:
        async with transaction(writer) as tx:
            turn = Turn()
            before = TURN.set(turn)
            try:
                yield tx
            finally:
                turn.is_open = False
                TURN.reset(before)

    return watched


def _checking(sign: Callable[[Any, bytes], Awaitable[bytes]]) -> Callable[[Any, bytes], Awaitable[bytes]]:
    async def signed(signer: object, data: bytes) -> bytes:
        check()
        return await sign(signer, data)

    return signed
