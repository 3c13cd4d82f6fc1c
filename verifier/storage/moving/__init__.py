"""All that one database holds, into another: of the same kind or not, whole or not at all."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ...core.errors import ConfigError
from ..examination import examine
from ..opening import parse_url, place_of
from . import file, server
from .table import Content, Side, content, tables

__all__ = ["Content", "move"]


async def move(source_url: str, target_url: str, progress: Callable[[Content], None]) -> Sequence[Content]:
    """Copy each table, read it again at the target, and compare; then commit.

    Both databases are held alone and unchanged meanwhile. Whatever ends this early leaves the target empty.

    :param progress: is told each table that was copied and is the same
    :raises ConfigError: a sentence that names the database and what to do
    """
    seen = await examine(source_url)
    if seen.schema < seen.known:
        raise ConfigError(
            f"{place_of(source_url)} has schema {seen.schema}: start this version on it once, which makes it "
            f"{seen.known}."
        )
    found = []
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(_source(source_url))
        there = await stack.enter_async_context(_target(target_url))
        for table in tables():
            await there.fill(table, here.batches(table))
            before, after = await content(here, table), await content(there, table)
            if before != after:
                raise ConfigError(
                    f"{place_of(target_url)}: {table.name} is not what it is at {place_of(source_url)} ({before.rows} "
                    f"rows there, {after.rows} here). Nothing was kept."
                )
            progress(after)
            found.append(after)
    return found


@asynccontextmanager
async def _source(url: str) -> AsyncIterator[Side]:
    where = parse_url(url)
    if isinstance(where, Path):
        with file.source(where) as side:
            yield side
    else:
        async with server.source(where) as side:
            yield side


@asynccontextmanager
async def _target(url: str) -> AsyncIterator[Side]:
    where = parse_url(url)
    if isinstance(where, Path):
        with file.target(where) as side:
            yield side
    else:
        async with server.target(where) as side:
            yield side
