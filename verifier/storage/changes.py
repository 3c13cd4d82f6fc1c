"""What changed for lookups, in order, for whoever keeps answers."""

from collections.abc import Sequence

from .part import Part
from .rows import Change

KEPT = 100_000  # rows; who is further behind drops all
_PAGE = 1000


class ChangeReads(Part):
    async def last(self) -> int:
        """The number of the last change; 0 before the first."""
        return await self._int("SELECT COALESCE(MAX(seq), 0) FROM changed")

    async def after(self, seq: int) -> Sequence[Change] | None:
        """The next changes behind that number, in order; None: some of them are forgotten."""
        if await self.last() == seq:
            return ()
        changes = await self._list(
            Change, "SELECT seq, kind, key FROM changed WHERE seq > $1 ORDER BY seq LIMIT $2", seq, _PAGE
        )
        # None where the last is before `seq`, too: another database was put in the place of ours.
        return changes if changes and changes[0].seq == seq + 1 else None


class ChangeWrites(ChangeReads):
    async def forget(self) -> None:
        """All but the last :data:`KEPT`."""
        await self._connection.run("DELETE FROM changed WHERE seq <= $1", await self.last() - KEPT)
