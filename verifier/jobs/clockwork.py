"""Jobs with leases: of several processes on one database, one does each, and a crash only delays it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..core.clock import HOUR, Clock
from ..publication.status_lists import StatusLists
from ..registration.orders import Registrar
from ..registration.publishing import Publisher
from ..storage import Storage

log = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks at the table
LEASE = 300  # seconds that a job may take before another process may think it dead


@dataclass(frozen=True, slots=True)
class Job:
    """:param every: seconds between two runs"""

    name: str
    every: int
    run: Callable[[], Awaitable[None]]


class Clockwork:
    """Runs the jobs until it is cancelled. One per process."""

    def __init__(
        self, *, storage: Storage, registrar: Registrar, publisher: Publisher, lists: StatusLists, clock: Clock
    ) -> None:
        self._storage = storage
        self._lists = lists
        self._clock = clock
        self._jobs = (
            Job("resume", 5, registrar.resume),
            Job("expire", 10, publisher.expire),
            Job("status-lists", 60, self._sign_lists),
        )

    async def run(self) -> None:
        """For ever: whatever is due, then a pause."""
        while True:
            try:
                await self.run_due()
            except Exception:
                # A store that is busy or full for a moment: without the clockwork, the status lists would go stale.
                log.exception("the jobs could not be looked at; tried again in a moment")
            await asyncio.sleep(TICK)

    async def run_due(self) -> None:
        """Whatever is due now, once. A job that fails is told and tried again at its next time."""
        for job in self._jobs:
            now = self._clock.now()
            if not await self._storage.read.job_is_due(job.name, now):
                continue
            async with self._storage.write.transaction() as tx:
                claimed = await tx.claim_job(job.name, now, now + LEASE)
            if not claimed:
                continue
            failed = False
            try:
                await job.run()
            except Exception:
                failed = True
                log.exception("job %s failed", job.name)
            async with self._storage.write.transaction() as tx:
                await tx.finish_job(job.name, self._clock.now() + job.every, failed=failed)

    async def _sign_lists(self) -> None:
        """A list is valid for a day and signed again each hour, so that a stale copy shows (T48)."""
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            await self._lists.ensure(tx, now)
            for purpose, number in await tx.status_lists_signed_before(now - HOUR):
                await self._lists.sign_again(tx, purpose, number, now)
