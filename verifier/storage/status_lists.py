"""Signed status lists, and the indexes of attestations in them.

The rows of the attestations say what is withdrawn. A list has a version, which each change of its rows counts up in the
same transaction; the stored body says as of which version it was made, and is due as long as that is an older one.
"""

from collections.abc import Sequence

from .part import Part
from .rows import DueList
from .sql import LIST_CHANGED

_INDEXES_SET = {
    "revocation": """
        SELECT revocation_index FROM attestation WHERE revocation_list = $1 AND revoked_at IS NOT NULL
    """,
    "suspension": """
        SELECT suspension_index FROM attestation WHERE suspension_list = $1 AND suspended_at IS NOT NULL
    """,
}
_IS_SET = {
    "revocation": """
        SELECT revoked_at IS NOT NULL FROM attestation WHERE revocation_list = $1 AND revocation_index = $2
    """,
    "suspension": """
        SELECT suspended_at IS NOT NULL FROM attestation WHERE suspension_list = $1 AND suspension_index = $2
    """,
}
_DUE = """
    SELECT purpose, number, CASE WHEN version > signed_version THEN due_since ELSE signed_at + $2 END
    FROM status_list WHERE version > signed_version OR signed_at + $2 <= $1
    ORDER BY version = signed_version, due_since, purpose, number
"""


class StatusListReads(Part):
    async def get(self, purpose: str, number: int) -> tuple[bytes, int] | None:
        """The signed list and when it was signed."""
        row = await self._connection.row(
            "SELECT body, signed_at FROM status_list WHERE purpose = $1 AND number = $2", purpose, number
        )
        return (bytes(row[0]), int(row[1])) if row else None

    async def bodies(self) -> Sequence[bytes]:
        """All signed lists."""
        return [bytes(row[0]) for row in await self._connection.rows("SELECT body FROM status_list")]

    async def due(self, now: int, age: int) -> Sequence[DueList]:
        """The lists that do not say what they must, or are `age` seconds old; first those with something to say."""
        rows = await self._connection.rows(_DUE, now, age)
        return [DueList(str(purpose), int(number), int(since)) for purpose, number, since in rows]

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

    async def version(self, purpose: str, number: int) -> int:
        """As of which change the rows of that list are; read it in one transaction with :meth:`indexes_set`."""
        return await self._int("SELECT version FROM status_list WHERE purpose = $1 AND number = $2", purpose, number)

    async def indexes_set(self, purpose: str, number: int) -> Sequence[int]:
        """The indexes whose bit is 1 in that list (purpose: ``revocation`` or ``suspension``)."""
        rows = await self._connection.rows(_INDEXES_SET[purpose], number)
        return [int(row[0]) for row in rows]

    async def is_set(self, purpose: str, number: int, index: int) -> bool | None:
        """Whether the attestation at that index is withdrawn; None: no attestation has it."""
        row = await self._connection.row(_IS_SET[purpose], number, index)
        return None if row is None else bool(row[0])


class StatusListWrites(StatusListReads):
    async def add(self, purpose: str, number: int, length: int, body: bytes, at: int) -> None:
        """A new list, in which no attestation has an index yet; of two that are made at once, the first stays."""
        await self._connection.run(
            "INSERT INTO status_list (purpose, number, length, body, signed_at, version, signed_version)"
            " VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (purpose, number) DO NOTHING",
            purpose,
            number,
            length,
            body,
            at,
        )

    async def replace(self, purpose: str, number: int, body: bytes, version: int, at: int) -> bool:
        """Store a list made from the rows as of `version`, read at `at`; False when a newer one is there.

        What changed after it was read is due since then.
        """
        changed = await self._connection.run(
            "UPDATE status_list SET body = $3, signed_version = $4, signed_at = $5, due_since = $5"
            " WHERE purpose = $1 AND number = $2"
            " AND (signed_version < $4 OR (signed_version = $4 AND signed_at <= $5))",
            purpose,
            number,
            body,
            version,
            at,
        )
        return changed == 1

    async def sign_all_again(self, at: int) -> None:
        """Every list is due: the keys have changed."""
        await self._connection.run(LIST_CHANGED, at)
