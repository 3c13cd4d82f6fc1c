"""Verdicts, and what a lookup is answered: the current verdict of the order that speaks for a handle."""

from collections.abc import Sequence

from ..core.entity_tag import entity_tag
from ..core.initiator import Initiator
from ..core.models import Cause, Reason, Status
from .changed import Kind, note
from .part import Part
from .rows import StoredVerdict
from .sql import columns, of_spelling

_ANSWERS = "SELECT handle, folding, body, etag FROM answer WHERE LOWER(handle) = $1"


class VerdictReads(Part):
    async def answer(self, acct: str) -> tuple[bytes, str] | None:
        """The verdict on that handle as it is served, and its entity tag."""
        row = of_spelling(acct, await self._connection.rows(_ANSWERS, acct.lower()))
        return (row[2], row[3]) if row else None

    async def of_order(self, order_id: str) -> StoredVerdict | None:
        return await self._get(
            StoredVerdict,
            f"SELECT {columns(StoredVerdict)} FROM verdict WHERE order_id = $1 AND current = 1",
            order_id,
        )

    async def withdrawal(self, order_id: str) -> StoredVerdict | None:
        """The last version that withdrew the attestation of that order; an end of its time that came later is none."""
        return await self._get(
            StoredVerdict,
            f"SELECT {columns(StoredVerdict)} FROM verdict WHERE order_id = $1 AND status IN ($2, $3)"
            " ORDER BY version DESC LIMIT 1",
            order_id,
            Status.SUSPENDED,
            Status.REVOKED,
        )

    async def reasons(self, order_id: str) -> Sequence[Reason]:
        """All reasons for which the attestation of that order was ever withdrawn, in whatever version."""
        rows = await self._connection.rows(
            "SELECT DISTINCT reason FROM verdict WHERE order_id = $1 AND reason IS NOT NULL", order_id
        )
        return [Reason(row[0]) for row in rows]


class VerdictWrites(VerdictReads):
    async def put(
        self,
        order_id: str,
        status: Status,
        reason: Reason | None,
        at: int,
        body: bytes,
        *,
        by: Initiator,
        cause: Cause | None = None,
    ) -> None:
        """A new version; the older ones stay. It is also what a lookup gets, if that order speaks for its handle.

        :param cause: what the service saw, if this is a withdrawal that follows from it
        """
        await self._connection.run("UPDATE verdict SET current = 0 WHERE order_id = $1 AND current = 1", order_id)
        version = await self._int("SELECT COALESCE(MAX(version), 0) + 1 FROM verdict WHERE order_id = $1", order_id)
        stored = StoredVerdict(order_id, version, status, reason, at, body, str(by), cause)
        await self._insert("verdict", stored, current=1)
        await self._connection.run(
            "INSERT INTO answer (handle, folding, etag, body)"
            " SELECT handle, folding, $2, $3 FROM account WHERE order_id = $1 AND current = 1"
            " ON CONFLICT (handle) DO UPDATE SET folding = excluded.folding, etag = $2, body = $3",
            order_id,
            entity_tag(body),
            body,
        )
        await self._note(order_id)

    async def drop_answer(self, acct: str) -> None:
        """Nothing answers any more for that very spelling."""
        await self._connection.run("DELETE FROM answer WHERE handle = $1", acct)
        await note(self._connection, Kind.HANDLE, acct)

    async def renew(self, order_id: str, at: int, body: bytes) -> None:
        """The same verdict, seen to be true again: no new version, or each day would add one for each account."""
        await self._connection.run(
            "UPDATE verdict SET at = $1, body = $2 WHERE order_id = $3 AND current = 1", at, body, order_id
        )
        await self._connection.run(
            "UPDATE answer SET etag = $1, body = $2"
            " WHERE handle = (SELECT handle FROM account WHERE order_id = $3 AND current = 1)",
            entity_tag(body),
            body,
            order_id,
        )
        await self._note(order_id)

    async def _note(self, order_id: str) -> None:
        for (acct,) in await self._connection.rows(
            "SELECT handle FROM account WHERE order_id = $1 AND current = 1", order_id
        ):
            await note(self._connection, Kind.HANDLE, acct)
