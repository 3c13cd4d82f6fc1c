"""SQLite under one roof: the connections, the migrations, the one writer.

Reads run on the event loop through a connection of their own: a one-row read of a warm page takes ten
microseconds, a hop to a thread a hundred (docs/adr/0004). Writes go through aiosqlite's thread, since a
commit waits for the disk (WAL, ``synchronous=FULL``: what is acknowledged survives a power cut).
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import aiosqlite

from ..core.errors import ConfigError, Unavailable
from .connection import Row
from .schema import migrations, refuse_newer
from .store import LookupReader, Reader, Storage, Tx, Writer
from .turn import Turn

_BUSY_SECONDS = 10.0
_READ_BUSY_SECONDS = 0.1  # a reader waits for nobody but who repairs the log after a crash; all others wait with it
SNAPSHOT_SECONDS = 0.005

# After an error: a page that was out of order when it was read would stay so, in this process, once it is mended.
_FORGET_PAGES = "PRAGMA shrink_memory"

# What is wrong with the disk, the file or the lock, not with what we asked (https://www.sqlite.org/rescode.html).
_OUT_OF_ORDER = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


def _bound(values: Sequence[object]) -> dict[str, object]:
    return {str(place): value for place, value in enumerate(values, 1)}


def _raise_if_out_of_order(error: sqlite3.Error) -> None:
    """:raises Unavailable: ``storage-unavailable``: the store cannot do it now; any other error is a bug of ours"""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUT_OF_ORDER:
        raise Unavailable("storage-unavailable") from error


class _File:
    """The database file, as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = self._now()

    def check(self) -> None:
        """A process goes on reading and writing a file that is no longer there, and what it commits is lost.

        :raises Unavailable: ``storage-unavailable``: it was moved, deleted, or another was put in its place
        """
        if self._now() != self._opened:
            raise Unavailable("storage-unavailable")

    def _now(self) -> tuple[int, int] | None:
        try:
            there = os.stat(self._path)  # noqa: PTH116 - half the time of Path.stat, at each read
        except OSError:
            return None
        return there.st_dev, there.st_ino


class _LoopConnection:
    """Reads, at once, on the caller's thread."""

    # Through no memory map: a file that somebody cuts short would end this process (SIGBUS).
    def __init__(self, path: Path, file: _File) -> None:
        self._file = file
        self._database = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=_READ_BUSY_SECONDS
        )
        self._database.execute("PRAGMA query_only=ON")

    async def row(self, sql: str, *values: object) -> Row | None:
        self.check()
        try:
            found: Row | None = self._database.execute(sql, _bound(values)).fetchone()
        except sqlite3.Error as error:
            self._forget()
            _raise_if_out_of_order(error)
            raise
        return found

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        self.check()
        try:
            return self._database.execute(sql, _bound(values)).fetchall()
        except sqlite3.Error as error:
            self._forget()
            _raise_if_out_of_order(error)
            raise

    async def run(self, sql: str, *values: object) -> int:
        return self._database.execute(sql, _bound(values)).rowcount

    def check(self) -> None:
        """:raises Unavailable: as :meth:`_File.check`"""
        self._file.check()

    def _forget(self) -> None:
        with suppress(sqlite3.Error):
            self._database.execute(_FORGET_PAGES)

    def close(self) -> None:
        self._database.close()


class _SnapshotConnection(_LoopConnection):
    """Reads of one snapshot, renewed every few milliseconds: many reads then share the locks of one."""

    def __init__(self, path: Path, file: _File) -> None:
        super().__init__(path, file)
        self._version: int | None = None

    def check(self) -> None:
        """Done for each snapshot."""

    async def row(self, sql: str, *values: object) -> Row | None:
        await self.version()
        return await super().row(sql, *values)

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        await self.version()
        return await super().rows(sql, *values)

    async def version(self) -> int:
        """A number that differs between snapshots if anybody, in any process, committed something in between."""
        if self._version is None:
            self._file.check()
            try:
                self._database.execute("BEGIN")
                (self._version,) = self._database.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                self._forget()
                _raise_if_out_of_order(error)
                raise
            # Let go even when nobody asks any more: an old snapshot keeps the write-ahead log from being reused.
            asyncio.get_running_loop().call_later(SNAPSHOT_SECONDS, self.renew)
        return self._version

    def renew(self) -> None:
        """Let go of the snapshot: the next read takes a new one."""
        if self._version is not None:
            self._database.execute("COMMIT")
            self._version = None

    def close(self) -> None:
        self.renew()
        super().close()


class _ThreadConnection:
    """Writes, on aiosqlite's thread."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database

    async def row(self, sql: str, *values: object) -> Row | None:
        async with self._database.execute(sql, _bound(values)) as cursor:
            return await cursor.fetchone()

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        async with self._database.execute(sql, _bound(values)) as cursor:
            return list(await cursor.fetchall())

    async def run(self, sql: str, *values: object) -> int:
        async with self._database.execute(sql, _bound(values)) as cursor:
            return cursor.rowcount


class SqliteWriter(Writer):
    """One transaction at a time, each all or nothing."""

    def __init__(self, database: aiosqlite.Connection, file: _File, committed: Callable[[], None]) -> None:
        self._database = database
        self._file = file
        self._tx = Tx(_ThreadConnection(database))
        self._committed = committed
        self.failing = False
        self._turn = Turn()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        async with self._turn:
            try:
                self._file.check()
                await self._database.execute("BEGIN IMMEDIATE")
                yield self._tx
                self._file.check()
                await self._database.execute("COMMIT")
                self._committed()
                self.failing = False
            except BaseException as error:
                # Who is cancelled while BEGIN waits for another process leaves it to the thread: it will begin. So the
                # rollback is always sent after it, and may find nothing to do.
                self._tx.ended(committed=False)
                with suppress(sqlite3.OperationalError):
                    await self._database.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    self.failing = True
                    await self._database.execute(_FORGET_PAGES)
                    _raise_if_out_of_order(error)
                raise
        self._tx.ended(committed=True)


class SqliteStorage(Storage):
    def __init__(self, path: Path, database: aiosqlite.Connection) -> None:
        self._database = database
        file = _File(path)
        self._fresh = _LoopConnection(path, file)
        self._snapshot = _SnapshotConnection(path, file)
        self.read = Reader(self._fresh)
        self.lookups = LookupReader(self._snapshot, self._snapshot.version)
        self.write = SqliteWriter(database, file, self._committed)

    def _committed(self) -> None:
        self._snapshot.renew()
        self.lookups.commits += 1

    async def close(self) -> None:
        # All that was committed goes into the database file, for those who copy it. But the log and its index stay as
        # they are, and their room on the disk with them: the next start needs them, and could not make them on a full
        # disk. SQLite deletes them when the last connection closes that may write, so those that only read go last.
        with suppress(sqlite3.Error):
            await self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        await self._database.close()
        self._fresh.close()
        self._snapshot.close()


async def open_storage(path: Path) -> Storage:
    """As ``opening.open_storage``."""
    try:
        if _schema(path) != migrations()[-1][0]:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _only_one(path.with_suffix(".migrating")):
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it holds contact addresses
                _migrate(path)
        database = await aiosqlite.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
        try:
            await database.execute("PRAGMA synchronous=FULL")
            await database.execute("PRAGMA foreign_keys=ON")
            return SqliteStorage(path, database)
        except BaseException:
            await database.close()  # its thread would keep the process from ending
            raise
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: {path} cannot be opened ({error}). `verifier doctor` says more."
        ) from None


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    # Two processes that start together must not both migrate: the second waits for the first.
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _schema(path: Path) -> int:
    """The number of the last migration; 0 of a database that is not there. Writes nothing: the disk may be full."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def _migrate(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        (done,) = database.execute("PRAGMA user_version").fetchone()
        known = migrations()
        refuse_newer(path, done, known[-1][0])
        for number, sql in known:
            if number > done:
                # One transaction each: a crash leaves the schema at a whole number.
                database.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")
