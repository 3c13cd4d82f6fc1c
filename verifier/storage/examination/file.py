"""A SQLite database looked at: is it whole, and is it ours?"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ...core.errors import ConfigError
from ..connection import Row
from ..schema import migrations, refuse_newer
from .found import Examination, look

_HEADER = 100  # bytes (https://www.sqlite.org/fileformat2.html)
_COPY = "Restore a copy that was made with .backup (docs/operations.md)."


class _File:
    """Reads, at once."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    async def row(self, sql: str, *_: object) -> Row | None:
        found: Row | None = self._database.execute(sql).fetchone()
        return found

    async def rows(self, sql: str, *_: object) -> Sequence[Row]:
        return self._database.execute(sql).fetchall()

    async def run(self, sql: str, *_: object) -> int:
        return self._database.execute(sql).rowcount


async def examine_file(path: Path) -> Examination:
    _look_at_file(path)
    try:
        with closing(_opened(path)) as database:
            return await look(_File(database), _whole(path, database))
    except sqlite3.Error as error:
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} cannot be read ({error}). {_remedy(error)}") from None


def _look_at_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            header, size = file.read(_HEADER), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path}: {error.strerror}.") from None
    if not header:
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is empty: half a copy. {_COPY}")
    if not header.startswith(b"SQLite format 3\0"):
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is not a SQLite database: the wrong file. {_COPY}")
    page, pages = int.from_bytes(header[16:18]), int.from_bytes(header[28:32])
    log = path.with_name(f"{path.name}-wal")
    if size < (65_536 if page == 1 else page) * pages and not (log.exists() and log.stat().st_size):
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is half a copy: its end is missing. {_COPY}")


def _opened(path: Path) -> sqlite3.Connection:
    where = f"file:{quote(str(path))}?mode=ro"
    database = sqlite3.connect(where, uri=True, isolation_level=None)
    try:
        database.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        database.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        # On a full disk there may be no room for the index of a log: without a log, none is needed.
        return sqlite3.connect(f"{where}&immutable=1", uri=True, isolation_level=None)
    return database


def _whole(path: Path, database: sqlite3.Connection) -> int:
    """Its schema, if it is one of ours and nothing of it is damaged."""
    (schema,) = database.execute("PRAGMA user_version").fetchone()
    refuse_newer(path, schema, migrations()[-1][0])
    if not schema or not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'attestation'").fetchone():
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is a database of something else: the wrong file. {_COPY}")
    (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    strays = database.execute("PRAGMA foreign_key_check").fetchall()
    if said != "ok" or strays:
        what = said.replace("\n", " ") if said != "ok" else f"rows of {strays[0][0]} lead nowhere"
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is damaged ({what}). {_COPY}")
    return int(schema)


def _remedy(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"It is damaged, or half a copy. {_COPY}"
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
        return "Run this as the user whom it belongs to, and look at the rights of its folder."
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return "Make room on its disk, and look at what the system's log says of it."
    return "If another program has locked it, end that."
