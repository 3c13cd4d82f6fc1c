"""A process that does one act on a store and is killed (SIGKILL) in the middle of one of its transactions.

Which transactions an act has is found by looking: each statement that a transaction runs is counted, at the connection.
"""

import asyncio
import hashlib
import multiprocessing
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import verifier
from tests.integration import house
from verifier.app import Service, compose
from verifier.core.clock import Clock
from verifier.storage import Tx
from verifier.storage import sqlite as databases

_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload([__name__])
_ROOT = Path(verifier.__file__).parent

Act = Callable[[Service, dict[str, str]], Awaitable[object]]


@dataclass(frozen=True)
class Transaction:
    """One transaction of an act.

    :param by: the function that it is of, ``module.function``
    :param statements: that change rows
    """

    by: str
    statements: int


@dataclass(frozen=True)
class Death:
    """At the how-manieth transaction, and after how many of its statements; None: after its COMMIT."""

    transaction: int
    statement: int | None


@dataclass(frozen=True)
class Doom:
    """What a process is started with.

    :param settings: of ``house.settings``, beside folder and port
    """

    folder: Path
    port: int
    settings: dict[str, Any]
    now: int
    act: Act
    about: dict[str, str]
    death: Death | None

    @property
    def database(self) -> Path:
        return self.folder / "verifier.sqlite3"

    @property
    def committed(self) -> Path:
        """Where each process leaves :func:`rows_of` of its last COMMIT."""
        return self.folder / "committed"


@dataclass
class _Fate:
    doom: Doom
    seen: list[Transaction] = field(default_factory=list)
    statements: int = 0
    armed: bool = False

    def begin(self) -> None:
        self.statements = 0
        if not self.armed:
            return  # what a start writes is not of the act
        self.doom.committed.write_text(rows_of(self.doom.database))

    def ran(self, changed: int) -> None:
        if self.armed and changed > 0:
            self.statements += 1
            self._meet(self.statements)

    def commit(self, by: str) -> None:
        if not self.armed:
            return
        self.seen.append(Transaction(by, self.statements))
        if self.doom.death == Death(len(self.seen) - 1, None):
            os.kill(os.getpid(), signal.SIGKILL)

    def _meet(self, statement: int) -> None:
        if self.doom.death == Death(len(self.seen), statement):
            os.kill(os.getpid(), signal.SIGKILL)


def rows_of(path: Path) -> str:
    """A digest of all that a database holds, as another process sees it: what is not committed is not there."""
    with closing(sqlite3.connect(path)) as database:
        return hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()


def _caller() -> str:
    """The function of ours that a transaction is of."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_ROOT) and "storage" not in path.relative_to(_ROOT).parts:
            return f"{'.'.join(path.relative_to(_ROOT).with_suffix('').parts)}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "?"


def _watch(fate: _Fate) -> None:
    class DoomedConnection(databases._ThreadConnection):
        async def run(self, sql: str, *values: object) -> int:
            changed = await super().run(sql, *values)
            fate.ran(changed)
            return changed

        async def row(self, sql: str, *values: object) -> Any:  # noqa: ANN401 - as the connection's
            row = await super().row(sql, *values)
            fate.ran(sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")))
            return row

    class DoomedWriter(databases.SqliteWriter):
        def transaction(self) -> Any:  # noqa: ANN401 - as the writer's
            return self._of(_caller())

        @asynccontextmanager
        async def _of(self, by: str) -> AsyncIterator[Tx]:
            async with super().transaction() as tx:
                fate.begin()
                yield tx
            fate.commit(by)

    databases._ThreadConnection = DoomedConnection  # type: ignore[misc]
    databases.SqliteWriter = DoomedWriter  # type: ignore[misc]


async def _live(doom: Doom, tell: Any) -> None:  # noqa: ANN401 - a Connection
    fate = _Fate(doom)
    _watch(fate)
    known = house.settings(doom.folder, doom.port, **doom.settings)
    async with compose(known, clock=Clock(lambda: doom.now), pace=house.Beat().pace) as service:
        fate.armed = True
        await doom.act(service, doom.about)
        tell.send(fate.seen)


def _main(doom: Doom, tell: Any) -> None:  # noqa: ANN401
    asyncio.run(_live(doom, tell))


async def live(doom: Doom) -> list[Transaction]:
    """Do the act, to its end or to the death of the process; returns its transactions, none if it was killed."""
    here, there = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_main, args=(doom, there), daemon=True)
    await asyncio.to_thread(process.start)
    there.close()
    try:
        await asyncio.to_thread(process.join)
        assert process.exitcode == (0 if doom.death is None else -signal.SIGKILL)
        return list(here.recv()) if doom.death is None else []
    finally:
        process.close()
        here.close()
