"""Orders that came to nothing are forgotten, with all that was seen for them."""

from dataclasses import dataclass

from ..core.clock import DAY, Clock
from ..storage import Storage

KEPT = 30 * DAY  # seconds from the end of an order


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Forgets. One per process."""

    storage: Storage
    clock: Clock

    async def run(self, limit: int = 100) -> None:
        """Those whose time is over; some at a time, so that nobody waits long for the store."""
        async with self.storage.write.transaction() as tx:
            await tx.orders.drop_ended(self.clock.now() - KEPT, limit)
