"""A PostgreSQL database that is moved from or to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from ...core.errors import ConfigError
from ..connection import Row
from ..postgres import apply, connected, faults, take_turn
from ..postgres_url import PostgresUrl
from ..schema import migrations
from .table import BATCH, Table

# Of another user's connections one sees whose they are and no more; of the server's own work, nobody's.
_OTHERS = """
    SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND usename IS NOT NULL AND COALESCE(backend_type, 'client backend') = 'client backend'
"""
_TABLES = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()"


class ServerSide:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def batches(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        cursor = await self._connection.cursor(table.select)
        while rows := await cursor.fetch(BATCH):
            yield rows

    async def fill(self, table: Table, batches: AsyncIterator[Sequence[Row]]) -> None:
        # One statement a table: a body may come before the body above it.
        await self._connection.copy_records_to_table(table.name, records=_rows(batches), columns=table.columns)


@asynccontextmanager
async def source(url: PostgresUrl) -> AsyncIterator[ServerSide]:
    """:raises ConfigError: somebody has it open, or it cannot be read"""
    async with _alone(url) as connection:
        yield ServerSide(connection)


@asynccontextmanager
async def target(url: PostgresUrl) -> AsyncIterator[ServerSide]:
    """An empty one, with its tables; committed on the way out.

    :raises ConfigError: it holds something, somebody has it open, or it cannot be written
    """
    async with _alone(url) as connection:
        for fault in await faults(connection):
            raise ConfigError(f"{url.place}: {fault}")
        if await connection.fetchval(_TABLES):
            raise ConfigError(f"{url.place} holds something already: create a database for this.")
        for number, sql in migrations():
            await apply(connection, number, sql)
        yield ServerSide(connection)


@asynccontextmanager
async def _alone(url: PostgresUrl) -> AsyncIterator[asyncpg.Connection]:
    async with connected(url) as connection, connection.transaction(isolation="read_committed"):
        await take_turn(connection)
        if others := await connection.fetchval(_OTHERS):
            raise ConfigError(f"{url.place} is in use, by {others} more: stop the service, and whoever else is there.")
        yield connection


async def _rows(batches: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Row]:
    async for batch in batches:
        for row in batch:
            yield row
