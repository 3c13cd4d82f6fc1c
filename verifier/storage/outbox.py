"""What must leave the house, written with the change that it tells of, so that neither is without the other."""

from collections.abc import Mapping

from ..core import strict_json
from .connection import Connection
from .sql import json_text


async def enqueue(connection: Connection, kind: str, payload: Mapping[str, strict_json.Json], at: int) -> None:
    """To be delivered once this transaction is committed."""
    await connection.run(
        "INSERT INTO outbox (id, kind, payload, created_at, lease_until, attempts, next_at)"
        " SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, 0, 0, $3 FROM outbox WHERE true",
        kind,
        json_text(payload),
        at,
    )
