"""Signed status lists, and the indexes of attestations in them."""

from collections.abc import Sequence

from .part import Part

_INDEXES_SET = {
    "revocation": """
        SELECT revocation_index FROM attestation WHERE revocation_list = $1 AND revoked_at IS NOT NULL
    """,
    "suspension": """
        SELECT suspension_index FROM attestation WHERE suspension_list = $1 AND suspended_at IS NOT NULL
    """,
}


class StatusListReads(Part):
    async def get(self, purpose: str, number: int) -> tuple[bytes, int] | None:
        """The signed list and when it was signed."""
        row = await self._connection.row(
            "SELECT body, signed_at FROM status_list WHERE purpose = $1 AND number = $2", purpose, number
        )
        return (bytes(row[0]), int(row[1])) if row else None

    async def signed_before(self, at: int) -> Sequence[tuple[str, int]]:
        rows = await self._connection.rows(
            "SELECT purpose, number FROM status_list WHERE signed_at <= $1 ORDER BY purpose, number", at
        )
        return [(str(purpose), int(number)) for purpose, number in rows]

    async def last_signed(self) -> int:
        """When a list was signed last; 0 when there is none."""
        return await self._int("SELECT COALESCE(MAX(signed_at), 0) FROM status_list")

    async def last(self) -> int:
        """The number of the newest list, 0 when there is none."""
        return await self._int("SELECT COALESCE(MAX(number), 0) FROM status_list")

    async def count_indexes(self, number: int) -> int:
        """How many attestations have an index in that pair of lists."""
        return await self._int("SELECT COUNT(*) FROM attestation WHERE revocation_list = $1", number)

    async def is_index_taken(self, number: int, revocation: int, suspension: int) -> bool:
        return await self._exists(
            "SELECT 1 FROM attestation WHERE (revocation_list = $1 AND revocation_index = $2)"
            " OR (suspension_list = $1 AND suspension_index = $3)",
            number,
            revocation,
            suspension,
        )

    async def indexes_set(self, purpose: str, number: int) -> Sequence[int]:
        """The indexes whose bit is 1 in that list (purpose: ``revocation`` or ``suspension``)."""
        rows = await self._connection.rows(_INDEXES_SET[purpose], number)
        return [int(row[0]) for row in rows]


class StatusListWrites(StatusListReads):
    async def put(self, purpose: str, number: int, length: int, body: bytes, at: int) -> None:
        await self._connection.run(
            "INSERT INTO status_list (purpose, number, length, body, signed_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (purpose, number) DO UPDATE SET body = $4, signed_at = $5",
            purpose,
            number,
            length,
            body,
            at,
        )
