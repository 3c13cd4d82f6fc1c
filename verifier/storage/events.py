"""The events that followers read."""

from collections.abc import Sequence

from ..core.initiator import Initiator
from ..core.models import EventKind, Reason
from .outbox import enqueue
from .part import Part
from .rows import Event
from .sql import columns


class EventReads(Part):
    async def last(self) -> int:
        """The number of the last event; 0 before the first."""
        return await self._int("SELECT COALESCE(MAX(seq), 0) FROM event")

    async def after(self, seq: int, limit: int) -> Sequence[Event]:
        """Those that followed the event of that number, in order."""
        return await self._list(
            Event, f"SELECT {columns(Event)} FROM event WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit
        )


class EventWrites(EventReads):
    async def add(
        self,
        kind: EventKind,
        attestation_id: str,
        acct: str,
        at: int,
        *,
        by: Initiator,
        listed: bool,
        reason: Reason | None = None,
    ) -> None:
        """What followers read, and the delivery that tells them, in the transaction of the change itself."""
        seq = await self.last() + 1
        await self._insert("event", Event(seq, at, kind, attestation_id, acct, listed, reason, str(by)))
        await enqueue(self._connection, "event", {"seq": seq}, at)
