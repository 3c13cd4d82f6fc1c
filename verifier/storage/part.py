"""What each part of the store is made of: the reads and writes of a few tables, through one connection."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from .connection import Connection
from .sql import make, values_of

T = TypeVar("T")


class Part:
    """Handles are in their ``acct:`` form; times are Unix seconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def _get(self, row: type[T], sql: str, *values: object) -> T | None:
        """The one row, if there is one, of a SELECT of :func:`columns`."""
        found = await self._connection.row(sql, *values)
        return make(row, found) if found else None

    async def _list(self, row: type[T], sql: str, *values: object) -> Sequence[T]:
        """The rows of a SELECT of :func:`columns`."""
        return [make(row, found) for found in await self._connection.rows(sql, *values)]

    async def _int(self, sql: str, *values: object) -> int:
        """The one number that is asked for; 0 without a row."""
        found = await self._connection.row(sql, *values)
        return int(found[0]) if found else 0

    async def _exists(self, sql: str, *values: object) -> bool:
        return await self._connection.row(sql, *values) is not None

    async def _insert(self, table: str, row: object, **more: object) -> None:
        """A new row: the fields of `row`, a dataclass, each in the column of its name, and `more` beside them."""
        values = values_of(row) | more
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        await self._connection.run(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())

    async def _update(self, table: str, key: str, of: object, changes: Mapping[str, object]) -> None:
        """The row whose column `key` is `of`."""
        places = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(changes, 2))
        await self._connection.run(f"UPDATE {table} SET {places} WHERE {key} = $1", of, *changes.values())
