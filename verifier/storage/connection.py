"""What the SQL of this room needs of a database."""

from collections.abc import Sequence
from typing import Any, Protocol

Row = Sequence[Any]


class Connection(Protocol):
    """SQLite or PostgreSQL. Parameters are ``$1``, ``$2``, … in all of them."""

    async def row(self, sql: str, *values: object) -> Row | None: ...

    async def rows(self, sql: str, *values: object) -> Sequence[Row]: ...

    async def run(self, sql: str, *values: object) -> int:
        """Execute and return the number of rows changed."""
