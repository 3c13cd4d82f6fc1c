"""A PostgreSQL database looked at: is it ours, may we use it, and does it keep what it is given?"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence

import asyncpg

from ...core.errors import ConfigError
from ..postgres import TransactionConnection, connected, faults, schema
from ..postgres_url import PostgresUrl
from ..schema import migrations, refuse_newer
from .found import Examination, look

_SLOW = 0.02  # seconds: each transaction asks some ten times, and all others wait for it

_WITHOUT_RIGHTS = """
    SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND NOT (
        pg_has_role(tableowner, 'USAGE')
        AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT')
        AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'INSERT')
        AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'UPDATE')
        AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'DELETE'))
    ORDER BY tablename
"""


async def examine_server(url: PostgresUrl) -> Examination:
    async with connected(url) as connection:
        for fault in await faults(connection):
            raise ConfigError(f"VERIFIER_DATABASE_URL: {url.place}: {fault}")
        done = await schema(connection)
        refuse_newer(url.place, done, migrations()[-1][0])
        if not done:
            raise ConfigError(
                f"VERIFIER_DATABASE_URL: {url.place} is empty: the first start makes the tables, `verifier "
                f"migrate-storage` brings those of another database."
            )
        warnings = [warning async for warning in _warnings(url, connection)]
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await look(TransactionConnection(connection), done, warnings)


async def _warnings(url: PostgresUrl, connection: asyncpg.Connection) -> AsyncIterator[str]:
    if strays := await _without_rights(connection):
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: {url.place}: this user may not do all that is done with {', '.join(strays)}: make "
            f"it the owner of the database and of its tables."
        )
    if await connection.fetchval("SELECT current_setting('fsync')") == "off":
        yield f"{url.place}: fsync is off there: a power cut loses what was acknowledged. Turn it on."
    address, over_tls = await connection.fetchrow(
        "SELECT host(inet_server_addr()), (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())"
    )
    if address is not None and not ipaddress.ip_address(address).is_loopback:
        if not over_tls:
            yield f"{url.place}: no TLS. Mailboxes travel in the clear: add sslmode=verify-full to the URL."
        elif "sslmode=verify-full" not in url.dsn:
            yield f"{url.place}: nobody checks who answers there: add sslmode=verify-full to the URL."
    took = await _asking(connection)
    if took > _SLOW:
        yield f"{url.place} takes {took * 1000:.0f} ms to answer: put the service and its database close together."


async def _without_rights(connection: asyncpg.Connection) -> Sequence[str]:
    tables = [str(row[0]) for row in await connection.fetch(_WITHOUT_RIGHTS)]
    if await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        return tables
    return [*tables, "new tables"]


async def _asking(connection: asyncpg.Connection) -> float:
    """Seconds that an answer takes, the shortest of five."""
    loop, found = asyncio.get_running_loop(), []
    for _ in range(5):
        asked = loop.time()
        await connection.fetchval("SELECT 1")
        found.append(loop.time() - asked)
    return min(found)
