"""What a witness has cosigned: a SQLite file of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..core.errors import ConfigError, Unavailable
from ..tlog.tree import EMPTY

_TABLE = """
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest tree of a log that was cosigned."""

    size: int
    root: bytes


NOTHING = Seen(0, EMPTY)


class State:
    """A row for each log; a change is on the disk when :meth:`move` returns."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path) -> Self:
        """The state in a file, which is made if it is not there.

        :raises ConfigError: it cannot be opened, or holds something else
        """
        try:
            database = sqlite3.connect(path, isolation_level=None, timeout=5)
            # EXTRA: the end of the journal is on the disk too. What is lost here is cosigned twice.
            database.execute("PRAGMA synchronous=EXTRA")
            database.execute(_TABLE)
        except sqlite3.Error as error:
            raise ConfigError(f"State of the witness {path}: {error}.") from None
        return cls(database)

    def seen(self, origin: str) -> Seen:
        """:raises Unavailable: ``storage-unavailable``"""
        with _answering():
            row = self._database.execute("SELECT size, root FROM cosigned WHERE origin = ?", (origin,)).fetchone()
        return NOTHING if row is None else Seen(*row)

    def move(self, origin: str, before: Seen, after: Seen) -> bool:
        """Put `after` in the place of `before`; False if `before` is not there, since another process moved it.

        :raises Unavailable: ``storage-unavailable``
        """
        with _answering():
            if before == NOTHING:
                sql = "INSERT INTO cosigned (origin, size, root) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
                return self._database.execute(sql, (origin, after.size, after.root)).rowcount == 1
            sql = "UPDATE cosigned SET size = ?, root = ? WHERE origin = ? AND size = ? AND root = ?"
            values = after.size, after.root, origin, before.size, before.root
            return self._database.execute(sql, values).rowcount == 1

    def close(self) -> None:
        self._database.close()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable("storage-unavailable") from error
