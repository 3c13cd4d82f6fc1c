"""PostgreSQL: one writer among all processes, pools of readers, and who listens for what others commit.

A write transaction begins with one advisory lock, so that transactions follow each other as they do in SQLite
(docs/adr/0024): nothing of a transaction has to be tried again, no index is drawn twice, no event has a gap.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg

from ..core.errors import ConfigError, Unavailable
from .connection import Row
from .postgres_url import PostgresUrl
from .schema import migrations, refuse_newer
from .store import LookupReader, Reader, Storage, Tx, Writer
from .turn import Turn

OLDEST = 13
"""The oldest version of PostgreSQL that is tested and kept by its makers."""

_CONNECT = 5.0  # seconds, as all that follow
_STATEMENT = 10.0
_LOCK = 10.0
_IDLE = 10.0  # a writer whose machine has died holds up the others for so long
_GRACE = 2.0  # the server says that a time is over, before we hang up
_BEAT = 0.5
_DEAF = 1.0
_READS = 4  # connections of each reader, of each process
_TURN = int.from_bytes(b"verifier")  # of the advisory lock
_CHANNEL = "verifier_changed"

# Each statement sees all that was committed before the lock was taken, whatever the database's own defaults are: a
# snapshot that is taken once, at BEGIN, would be older than the lock.
_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({_TURN})"
_COMMIT = f"NOTIFY {_CHANNEL}; COMMIT"
_HAS_SCHEMA = """
    SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'schema_version' AND relkind = 'r'
        AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()))
"""
# What is acknowledged is on the disk, unless the operator asked for more than that.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"

# What is wrong with the server, the way to it or its time, not with what we asked: classes and codes of
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_AWAY = ("08", "25006", "25P03", "28", "3D", "40P01", "53", "55P03", "57", "58", "XX")
# InternalClientError: of a connection that the server has given up, before its end has come; or no server is a primary.
_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


def _is_away(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate).startswith(_AWAY)
    # Of its interface, asyncpg's other errors are of a caller who does not know how to call.
    return not isinstance(error, asyncpg.InterfaceError) or "closed" in str(error)


@contextmanager
def _answering() -> Iterator[None]:
    """:raises Unavailable: ``storage-unavailable``: the server cannot do it now; any other error is a bug of ours"""
    try:
        yield
    except _FAULTS as error:
        if _is_away(error):
            raise Unavailable("storage-unavailable") from error
        raise


async def _connect(url: PostgresUrl) -> asyncpg.Connection:
    return await asyncpg.connect(**_options(url))


def _options(url: PostgresUrl, **settings: str) -> dict[str, Any]:
    known = {
        "application_name": "verifier",
        "statement_timeout": _milliseconds(_STATEMENT),
        "lock_timeout": _milliseconds(_LOCK),
        "idle_in_transaction_session_timeout": _milliseconds(_IDLE),
    }
    return {
        "dsn": url.dsn,
        "timeout": _CONNECT,
        "command_timeout": _STATEMENT + _GRACE,
        "server_settings": known | settings,
    }


def _patient(url: PostgresUrl) -> dict[str, Any]:
    """For what takes as long as it takes: a migration, a look at everything."""
    idle = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
    return _options(url, **idle) | {"command_timeout": None}


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


class _PooledConnection:
    """Reads, each through a connection of a bounded pool, none of which can write."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def row(self, sql: str, *values: object) -> Row | None:
        with _answering():
            async with self._pool.acquire(timeout=_CONNECT) as connection:
                found: Row | None = await connection.fetchrow(sql, *values)
                return found

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        with _answering():
            async with self._pool.acquire(timeout=_CONNECT) as connection:
                found: Sequence[Row] = await connection.fetch(sql, *values)
                return found

    async def run(self, sql: str, *values: object) -> int:
        async with self._pool.acquire(timeout=_CONNECT) as connection:
            return _changed(await connection.execute(sql, *values))


class TransactionConnection:
    """Reads and writes of one transaction, or of an examination."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def row(self, sql: str, *values: object) -> Row | None:
        with _answering():
            found: Row | None = await self._connection.fetchrow(sql, *values)
            return found

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        with _answering():
            found: Sequence[Row] = await self._connection.fetch(sql, *values)
            return found

    async def run(self, sql: str, *values: object) -> int:
        with _answering():
            return _changed(await self._connection.execute(sql, *values))


def _changed(status: str) -> int:
    """The number of rows in what the server says of a statement: ``INSERT 0 1``, ``UPDATE 3``."""
    return int(status.rpartition(" ")[2])


class PostgresWriter(Writer):
    """One transaction at a time among all processes, each all or nothing."""

    def __init__(self, url: PostgresUrl, committed: Callable[[], None]) -> None:
        self._url = url
        self._committed = committed
        self._connection: asyncpg.Connection | None = None
        self._turn = Turn()
        self.failing = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        async with self._turn:
            try:
                connection = await self._connected()
                tx = Tx(TransactionConnection(connection))
                with _answering():
                    await connection.execute(_BEGIN)
                yield tx
                with _answering():
                    await connection.execute(_COMMIT)
                self._committed()
                self.failing = False
            except BaseException as error:
                await self._undo()
                self.failing = self.failing or isinstance(error, Unavailable | asyncpg.PostgresError)
                raise
        tx.ended(committed=True)

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            with _answering():
                self._connection = await _connect(self._url)
                await self._connection.execute(_DURABLE)
        return self._connection

    async def _undo(self) -> None:
        if self._connection is None:
            return
        try:
            await self._connection.execute("ROLLBACK", timeout=_GRACE)
        except BaseException as error:
            # It is lost, or who waits for it is cancelled again: the server rolls back what a closed connection began.
            self._connection.terminate()
            if not isinstance(error, Exception):
                raise

    async def close(self) -> None:
        if self._connection is not None:
            await _hang_up(self._connection)


class _Listener:
    """Hears of the commits of everybody, and knows when it is deaf."""

    def __init__(self, url: PostgresUrl) -> None:
        self._url = url
        self._number = 0
        self._heard = 0.0
        self._task: asyncio.Task[None] | None = None

    async def version(self) -> int:
        """A number that differs once anybody has committed something; while nothing is heard, each second."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name="listen to the database")
        now = asyncio.get_running_loop().time()
        if now - self._heard > _DEAF:
            self._heard = now
            self.changed()
        return self._number

    def changed(self, *_: object) -> None:
        self._number += 1

    async def _listen(self) -> None:
        while True:
            with suppress(*_FAULTS):
                connection = await _connect(self._url)
                try:
                    await connection.add_listener(_CHANNEL, self.changed)
                    self.changed()  # whatever was committed while nobody listened
                    await self._beat(connection)
                finally:
                    connection.terminate()
            await asyncio.sleep(_BEAT)

    async def _beat(self, connection: asyncpg.Connection) -> None:
        # The answer comes after all that was told before it; a way that is cut without a word is noticed by its lack.
        while True:
            asked = asyncio.get_running_loop().time()
            await connection.execute("SELECT 1", timeout=_BEAT)
            self._heard = asked
            await asyncio.sleep(_BEAT)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))


async def _hang_up(connection: asyncpg.Connection) -> None:
    with suppress(*_FAULTS):
        await connection.close(timeout=_GRACE)


class PostgresStorage(Storage):
    def __init__(self, url: PostgresUrl, reads: asyncpg.Pool, lookups: asyncpg.Pool) -> None:
        self._listener = _Listener(url)
        self._pools = reads, lookups
        self._writer = PostgresWriter(url, self._committed)
        self.read = Reader(_PooledConnection(reads))
        self.lookups = LookupReader(_PooledConnection(lookups), self._listener.version)
        self.write = self._writer

    def _committed(self) -> None:
        self._listener.changed()
        self.lookups.commits += 1

    async def close(self) -> None:
        await self._listener.close()
        await self._writer.close()
        for pool in self._pools:
            try:
                await asyncio.wait_for(pool.close(), _GRACE)
            except _FAULTS:
                pool.terminate()


async def open_storage(url: PostgresUrl) -> Storage:
    """As ``opening.open_storage``."""
    async with connected(url) as connection:
        await _check_server(url, connection)
        await _migrate(url, connection)
    return PostgresStorage(url, await _pool(url), await _pool(url))


async def is_there(url: PostgresUrl) -> bool:
    """As ``opening.is_there``."""
    async with connected(url) as connection:
        return await schema(connection) > 0


async def _pool(url: PostgresUrl) -> asyncpg.Pool:
    # A read leaves nothing in its connection that would have to be cleared: no question more after each.
    options = _options(url, default_transaction_read_only="on") | {"reset": _nothing}
    return await asyncpg.create_pool(min_size=0, max_size=_READS, **options)


async def _nothing(_: asyncpg.Connection) -> None:
    pass


@asynccontextmanager
async def connected(url: PostgresUrl) -> AsyncIterator[asyncpg.Connection]:
    """A connection of one's own, for whoever starts, looks or moves: no statement of it takes too long.

    :raises ConfigError: a sentence with what to look at: the server is away, or refuses
    """
    try:
        connection = await asyncpg.connect(**_patient(url))
        try:
            yield connection
        finally:
            await _hang_up(connection)
    except _FAULTS as error:
        raise ConfigError(f"VERIFIER_DATABASE_URL: {url.place}: {_why(error)} `verifier doctor` says more.") from None


async def schema(connection: asyncpg.Connection) -> int:
    """The number of the last migration; 0 of a database without any."""
    # Read as rows: to_regclass answers from what this connection remembers of the catalogue, which who waited for the
    # turn of another migrator would take for the truth.
    if not await connection.fetchval(_HAS_SCHEMA):
        return 0
    return int(await connection.fetchval("SELECT COALESCE(MAX(version), 0) FROM schema_version"))


async def _check_server(url: PostgresUrl, connection: asyncpg.Connection) -> None:
    for fault in await faults(connection):
        raise ConfigError(f"VERIFIER_DATABASE_URL: {url.place}: {fault}")


async def faults(connection: asyncpg.Connection) -> Sequence[str]:
    """What makes a server unfit, each with what to do."""
    version, encoding, standby = await connection.fetchrow(
        "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),"
        " pg_is_in_recovery()"
    )
    found = []
    if version < OLDEST:
        found.append(f"it is PostgreSQL {version}, and {OLDEST} is needed, or a later one.")
    if encoding != "UTF8":
        found.append(f"its encoding is {encoding}: create the database with ENCODING 'UTF8'.")
    if standby:
        found.append("it is a standby, which nobody can write: name the primary, or add target_session_attrs=primary.")
    return found


async def _migrate(url: PostgresUrl, connection: asyncpg.Connection) -> None:
    known = migrations()
    if await schema(connection) == known[-1][0]:
        return
    for number, sql in known:
        # One transaction each, in the turn of a writer: a crash leaves the schema at a whole number, and whoever else
        # starts, or writes, waits.
        async with connection.transaction(isolation="read_committed"):
            await take_turn(connection)
            done = await schema(connection)
            refuse_newer(url.place, done, known[-1][0])
            if number > done:
                await apply(connection, number, sql)


async def take_turn(connection: asyncpg.Connection) -> None:
    """Until the end of the caller's transaction, nobody else writes."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _TURN)


async def apply(connection: asyncpg.Connection, number: int, sql: str) -> None:
    """One migration, within a transaction of the caller."""
    # Text in the order of its bytes, and LOWER for ASCII alone, as in SQLite and whatever the database's locale is.
    await connection.execute(sql.replace(" TEXT", ' TEXT COLLATE "C"'))
    await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")
    await connection.execute("INSERT INTO schema_version (version) VALUES ($1)", number)


def _why(error: Exception) -> str:
    state = str(error.sqlstate) if isinstance(error, asyncpg.PostgresError) else ""
    if state.startswith("28"):
        return "the server refuses this user: look at the password (PGPASSFILE) and at pg_hba.conf."
    if state == "3D000":
        return "there is no such database: create it (docs/operations.md)."
    if state.startswith("53"):
        return f"the server is full ({error}): look at its disk and at max_connections."
    if state == "55P03":
        return "another program holds its tables, such as pg_dump: try again when that has ended."
    if state.startswith("42501"):
        return f"this user lacks rights ({error}): make it the owner of the database."
    if state == "42P07":
        return f"the database holds something else already ({error}): create one for this service."
    if isinstance(error, ssl.SSLError | asyncpg.ClientConfigurationError) or "SSL" in str(error):
        return (
            f"no TLS as sslmode demands it ({error}): look at sslmode and sslrootcert, and at the server's certificate."
        )
    if not _is_away(error):
        return f"{error}."
    said = f" ({error})" if str(error) else ""
    return f"the server does not answer{said}: see that it runs, and that this machine may reach it."
