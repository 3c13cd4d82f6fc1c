"""What is not kept: anybody may ask for checks, and for orders that come to nothing, without end."""

from .connection import Connection

_KEPT_RECORDS = 3  # of each way to prove an end, from each view

# Never one that a challenge names: a proof rests on it, and on the proof an attestation.
_OLDER = """
    DELETE FROM validation_record WHERE order_id = $1 AND method = $2 AND view = $3
    AND id NOT IN (SELECT id FROM validation_record WHERE order_id = $1 AND method = $2 AND view = $3
        ORDER BY id DESC LIMIT $4)
    AND id NOT IN (SELECT record_id FROM challenge WHERE order_id = $1 AND record_id IS NOT NULL)
"""
_OVER = """
    SELECT id FROM "order" WHERE status IN ('expired', 'rejected', 'withdrawn') AND updated_at <= $1
    AND NOT EXISTS (SELECT 1 FROM attestation WHERE attestation.order_id = "order".id)
    LIMIT $2
"""
_OF_ORDER = ("validation_record", "challenge", '"authorization"')


class KeepingWrites:
    """What goes when its time is over."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def drop_older_records(self, order_id: str, method: str, view: str) -> None:
        """Of what that view saw by that method, the last three stay, and whatever a challenge rests on."""
        await self._connection.run(_OLDER, order_id, method, view, _KEPT_RECORDS)

    async def drop_orders(self, before: int, limit: int) -> int:
        """Orders that ended without an attestation, by then, and all that hangs on them; returns how many.

        What the key signed stays, published or not, and with it its order.
        """
        rows = await self._connection.rows(_OVER, before, limit)
        for (order_id,) in rows:
            for table in _OF_ORDER:
                await self._connection.run(f"DELETE FROM {table} WHERE order_id = $1", order_id)
            await self._connection.run('DELETE FROM "order" WHERE id = $1', order_id)
        return len(rows)
