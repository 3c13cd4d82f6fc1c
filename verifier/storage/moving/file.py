"""A SQLite file that is moved from or to."""

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from ...core.errors import ConfigError
from ..connection import Row
from ..schema import migrations
from .table import BATCH, Table


class FileSide:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    async def batches(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        with closing(self._database.execute(table.select)) as cursor:
            while rows := cursor.fetchmany(BATCH):
                yield rows

    async def fill(self, table: Table, batches: AsyncIterator[Sequence[Row]]) -> None:
        names = ", ".join(f'"{column}"' for column in table.columns)
        places = ", ".join("?" for _ in table.columns)
        async for rows in batches:
            self._database.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', rows)


@contextmanager
def source(path: Path) -> Iterator[FileSide]:
    """:raises ConfigError: somebody has it open, or it cannot be read"""
    with _alone(path) as database:
        database.execute("BEGIN IMMEDIATE")
        yield FileSide(database)


@contextmanager
def target(path: Path) -> Iterator[FileSide]:
    """An empty one, with its tables; committed on the way out.

    :raises ConfigError: it holds something, somebody has it open, or it cannot be written
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it will hold contact addresses
    with _alone(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA foreign_keys=ON")
        if database.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ConfigError(f"{path} holds something already: name a file that is not there.")
        known = migrations()
        steps = "\n".join(sql for _, sql in known)
        database.executescript(f"BEGIN IMMEDIATE;\n{steps}\nPRAGMA user_version={known[-1][0]};")
        database.execute("PRAGMA defer_foreign_keys=ON")  # a body may come before the body above it
        yield FileSide(database)
        database.execute("COMMIT")


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        where = f"file:{quote(str(path))}?mode=rw"
        with closing(sqlite3.connect(where, uri=True, isolation_level=None, timeout=0)) as database:
            # Whoever has the file open, even to read, keeps a lock on it, which this mode does not share.
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("BEGIN IMMEDIATE")
            database.execute("COMMIT")
            yield database
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ConfigError(f"{path} is in use: stop the service, and whatever else has it open.") from None
        raise ConfigError(f"{path}: {error}. `verifier doctor` says more.") from None
