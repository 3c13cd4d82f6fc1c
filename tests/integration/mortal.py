"""A process of the service that kills itself (SIGKILL) at one step, as a power cut would; nothing in it is asked first.

The steps are seen from outside the production code: transactions at the ``Writer``, signatures at the ``Signer``.
"""

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, cast

from tests.initiators import OPERATOR
from tests.integration import house
from verifier.app import compose
from verifier.core import strict_json
from verifier.core.clock import Clock
from verifier.core.models import Reason
from verifier.core.strict_json import Json
from verifier.signer.signers import MemorySigner
from verifier.storage import Tx, postgres, sqlite

_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Step:
    """Where to die.

    :param name: a method of a part of ``Tx`` (``challenges.claim email-01`` and ``orders.move issuing`` with what they
        are about), or ``sign issuing``
    :param when: before the transaction of that call is committed, or after; before or after the signature
    :param count: at its how-manieth
    """

    name: str
    when: Literal["before", "after"]
    count: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.name} {self.count}"


class Fate:
    """Counts the steps, and kills at the one of the plan."""

    def __init__(self, step: Step | None) -> None:
        self._step = step
        self._seen: Counter[tuple[str, str]] = Counter()

    def at(self, name: str, when: str) -> None:
        self._seen[name, when] += 1
        if self._step and (name, when, self._seen[name, when]) == (self._step.name, self._step.when, self._step.count):
            os.kill(os.getpid(), signal.SIGKILL)


class _WatchedTx:
    def __init__(self, tx: Tx, names: list[str]) -> None:
        self._tx = tx
        self._names = names

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        found = getattr(self._tx, name)
        return found if callable(found) else _WatchedPart(name, found, self._names)


class _WatchedPart:
    def __init__(self, name: str, part: object, names: list[str]) -> None:
        self._name = name
        self._part = part
        self._names = names

    def __getattr__(self, method_name: str) -> Callable[..., Any]:
        method = getattr(self._part, method_name)
        name = f"{self._name}.{method_name}"

        def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401
            about = {"challenges.claim": 1, "challenges.finish": 1, "orders.move": 2}.get(name)
            self._names.append(f"{name} {args[about]}" if about is not None else name)
            return method(*args, **options)

        return call


def _mortal_writer(fate: Fate, writer: type[Any]) -> type[Any]:
    class MortalWriter(writer):  # type: ignore[misc]
        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[Tx]:
            names: list[str] = []
            async with super().transaction() as tx:
                yield cast("Tx", _WatchedTx(tx, names))
                for name in names:
                    fate.at(name, "before")
            for name in names:
                fate.at(name, "after")

    return MortalWriter


def _purposes(registry: Json) -> Iterator[tuple[str, str]]:
    """Public key → purpose, wherever the registry says so."""
    if isinstance(registry, dict) and {"publicKeyMultibase", "purpose"} <= registry.keys():
        yield registry["publicKeyMultibase"], registry["purpose"]
    for value in registry.values() if isinstance(registry, dict) else registry if isinstance(registry, list) else ():
        yield from _purposes(value)


def _mortal_sign(fate: Fate, folder: Path) -> Callable[[MemorySigner, bytes], Awaitable[bytes]]:
    sign = MemorySigner.sign

    async def mortal_sign(signer: MemorySigner, data: bytes) -> bytes:
        purposes = dict(_purposes(strict_json.loads((folder / "registry.json").read_bytes())))
        purpose = purposes.get(signer.public_key_multibase, "throwaway")
        fate.at(f"sign {purpose}", "before")
        signature = await sign(signer, data)
        fate.at(f"sign {purpose}", "after")
        return signature

    return mortal_sign


@dataclass(frozen=True)
class Life:
    """What a process is started with.

    :param settings: of ``house.settings``, beside folder and port
    :param withdraws: an act of the publisher on the newest attestation, once it is ready; then the list follows
    """

    folder: Path
    port: int
    settings: dict[str, Any]
    now: int
    step: Step | None = None
    withdraws: Literal["suspend", "revoke"] | None = None


async def _live(life: Life, ready: Connection) -> None:
    fate = Fate(life.step)
    sqlite.SqliteWriter = _mortal_writer(fate, sqlite.SqliteWriter)  # type: ignore[misc]
    postgres.PostgresWriter = _mortal_writer(fate, postgres.PostgresWriter)  # type: ignore[misc]
    MemorySigner.sign = _mortal_sign(fate, life.folder)  # type: ignore[assignment, method-assign]
    known = house.settings(life.folder, life.port, **life.settings)
    async with compose(known, clock=Clock(lambda: life.now)) as service, house.listening(service):
        ready.send("ready")
        if life.withdraws:
            (attestation,) = await service.storage.read.attestations.newest(1)
            await getattr(service.registration.publisher, life.withdraws)(
                attestation.id, Reason.ACCOUNT_COMPROMISED, OPERATOR
            )
            await service.clockwork.run_due("status-lists")
        await asyncio.Event().wait()


def _main(life: Life, ready: Connection) -> None:
    asyncio.run(_live(life, ready))


@asynccontextmanager
async def living(life: Life) -> AsyncIterator[Callable[[], Any]]:
    """A process, ready; yields what waits for its death and tells its exit code. It is killed in the end."""
    here, there = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_main, args=(life, there), daemon=True)
    await asyncio.to_thread(process.start)
    there.close()
    try:
        assert await asyncio.to_thread(here.recv) == "ready"

        async def death() -> int | None:
            await asyncio.to_thread(process.join)
            return process.exitcode

        yield death
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()
        here.close()
