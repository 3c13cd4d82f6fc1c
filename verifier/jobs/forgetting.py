"""Orders that led to no attestation are deleted, with all their records; so is the oldest news of what changed."""

from dataclasses import dataclass

from ..core.clock import DAY, Clock
from ..storage import Storage

KEPT = 30 * DAY  # seconds from the end of an order


@dataclass(frozen=True, slots=True)
class Forgetting:
    """The deletion of what is old. One per process."""

    storage: Storage
    clock: Clock

    async def run(self, limit: int = 100) -> None:
        """Delete some of the orders whose time is over: not all at once, so that nobody waits long for the store."""
        async with self.storage.write.transaction() as tx:
            await tx.orders.drop_ended(self.clock.now() - KEPT, limit)
            await tx.changes.forget()
