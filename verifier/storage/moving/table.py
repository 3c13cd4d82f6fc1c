"""The tables of the newest schema, and the digest of what one holds: the same on every database."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Protocol

from ..connection import Row
from ..schema import migrations

BATCH = 500  # rows


@dataclass(frozen=True, slots=True)
class Table:
    """:param key: the columns by which its rows are in one order"""

    name: str
    columns: Sequence[str]
    key: Sequence[str]

    @property
    def select(self) -> str:
        return f'SELECT {_quoted(self.columns)} FROM "{self.name}" ORDER BY {_quoted(self.key)}'


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds.

    :param sha256: over its rows, in the order of its key
    """

    table: str
    rows: int
    sha256: str


class Side(Protocol):
    """One of the two databases, alone with us, in one transaction."""

    def batches(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        """Its rows, in the order of its key."""

    async def fill(self, table: Table, batches: AsyncIterator[Sequence[Row]]) -> None:
        """Put rows into a table that has none."""


def tables() -> Sequence[Table]:
    """All of them, each after those that its rows refer to."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for _, sql in migrations():
            database.executescript(sql)
        names = [str(row[0]) for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        refers = {
            name: {str(row[2]) for row in database.execute(f'PRAGMA foreign_key_list("{name}")')} - {name}
            for name in sorted(names)
        }
        return [_table(database, name) for name in TopologicalSorter(refers).static_order()]


def _table(database: sqlite3.Connection, name: str) -> Table:
    found = database.execute(f'PRAGMA table_info("{name}")').fetchall()
    columns = [str(row[1]) for row in found]
    key = [str(row[1]) for row in sorted(found, key=lambda row: int(row[5])) if row[5]]
    return Table(name, columns, key or columns)


async def content(side: Side, table: Table) -> Content:
    """Read all of it."""
    rows, digest = 0, hashlib.sha256()
    async for batch in side.batches(table):
        rows += len(batch)
        for row in batch:
            for value in row:
                digest.update(_bytes(value))
    return Content(table.name, rows, digest.hexdigest())


def _bytes(value: object) -> bytes:
    """A value with its type and its length, so that no two rows read the same."""
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i%d;" % value
    if isinstance(value, str):
        text = value.encode()
        return b"t%d;" % len(text) + text
    if isinstance(value, bytes):
        return b"b%d;" % len(value) + value
    raise TypeError(type(value).__name__)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
