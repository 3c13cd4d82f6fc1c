"""A database looked at from outside, without changing it: to say why one cannot be opened, before anything opens it."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..core.errors import ConfigError
from .sqlite import migrations

LOW = 256 * 2**20  # bytes free, below which somebody should act
_PROBE = 65_536
_HEADER = 100  # bytes (https://www.sqlite.org/fileformat2.html)
_COPY = "Restore a copy that was made with .backup (docs/operations.md)."


@dataclass(frozen=True, slots=True)
class Examination:
    """What a whole database says of itself.

    :param schema: its version; older than :param:`known`, the next start brings it up to date
    :param known: the version that this software has
    :param base_url: the origin that it belongs to; None: it was never in service
    :param keys_version: the highest version of the key registry that was in force with it
    :param attestations: how many are signed
    :param newest: Unix seconds: the latest moment that it has recorded; None: none yet
    :param signed: Unix seconds: when its status lists were last signed; None: never
    """

    schema: int
    known: int
    base_url: str | None
    keys_version: int
    attestations: int
    newest: int | None
    signed: int | None


def examine(path: Path) -> Examination:
    """Look at all of it: takes as long as to read it once.

    :raises ConfigError: a sentence that names the cause: no database, one of something else, half a copy, damaged, of
        a newer version, or not to be read by this user
    """
    _look_at_file(path)
    try:
        with closing(_opened(path)) as database:
            return _examined(path, database)
    except sqlite3.Error as error:
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} cannot be read ({error}). {_remedy(error)}") from None


def room(folder: Path) -> int:
    """Bytes that are free for the files of that folder, after a write that was tried there and left nothing.

    :raises OSError: nothing can be written there: full, over a quota, read-only, or of another user
    """
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(_PROBE))
        probe.flush()
        os.fsync(probe.fileno())
    return shutil.disk_usage(folder).free


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


def _examined(path: Path, database: sqlite3.Connection) -> Examination:
    (schema,) = database.execute("PRAGMA user_version").fetchone()
    known = migrations()[-1][0]
    if schema > known:
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: {path} was written by a newer version (schema {schema}, this one knows {known}): "
            f"run that version."
        )
    if not schema or not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'attestation'").fetchone():
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is a database of something else: the wrong file. {_COPY}")
    (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    strays = database.execute("PRAGMA foreign_key_check").fetchall()
    if said != "ok" or strays:
        what = said.replace("\n", " ") if said != "ok" else f"rows of {strays[0][0]} lead nowhere"
        raise ConfigError(f"VERIFIER_DATABASE_URL: {path} is damaged ({what}). {_COPY}")
    facts = dict(database.execute("SELECT name, value FROM fact").fetchall())
    (signed,) = database.execute("SELECT max(signed_at) FROM status_list").fetchone()
    attestations, last = database.execute("SELECT count(signed_at), max(signed_at) FROM attestation").fetchone()
    (told,) = database.execute("SELECT max(at) FROM event").fetchone()
    (asked,) = database.execute('SELECT max(updated_at) FROM "order"').fetchone()
    moments = [moment for moment in (signed, last, told, asked) if moment is not None]
    return Examination(
        schema=schema,
        known=known,
        base_url=facts.get("base_url"),
        keys_version=int(facts.get("keys_version", 0)),
        attestations=attestations,
        newest=max(moments, default=None),
        signed=signed,
    )


def _remedy(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"It is damaged, or half a copy. {_COPY}"
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
        return "Run this as the user whom it belongs to, and look at the rights of its folder."
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return "Make room on its disk, and look at what the system's log says of it."
    return "If another program has locked it, end that."
