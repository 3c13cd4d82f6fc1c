"""Jobs with leases: of several processes on one database, one does each, and a crash only delays it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..core.clock import HOUR, Clock
from ..publication.status_lists import StatusLists
from ..registration.orders.finalizing import Finisher
from ..registration.publishing import Publisher
from ..storage import Storage

log = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks at the table
KEYS_VERSION = "keys_version"  # the fact: the version of the key registry that this store has seen in force
LEASE = 300  # seconds that a job may take before another process may think it dead


@dataclass(frozen=True, slots=True)
class Job:
    """What is done again and again.

    :param every: seconds between two runs
    :param lane: jobs of one lane run one after another; those of another may take their time
    :param shared: every process takes part: the job itself claims what it works on, row by row
    """

    name: str
    every: int
    run: Callable[[], Awaitable[None]]
    lane: str = ""
    shared: bool = False


class Clockwork:
    """Runs the jobs until it is cancelled. One per process."""

    def __init__(
        self,
        *,
        storage: Storage,
        finisher: Finisher,
        publisher: Publisher,
        lists: StatusLists,
        keys_version: Callable[[], int],
        clock: Clock,
        others: Sequence[Job] = (),
    ) -> None:
        self._storage = storage
        self._lists = lists
        self._keys_version = keys_version
        self._clock = clock
        self._jobs = (
            Job("resume", 5, finisher.resume),
            Job("expire", 10, publisher.expire),
            Job("status-lists", 60, self._sign_lists),
            Job("keys", 5, self._follow_keys),
            *others,
        )

    async def run(self) -> None:
        """For ever: whatever is due, then a pause; a lane does not wait for another."""
        async with asyncio.TaskGroup() as lanes:
            for lane in {job.lane for job in self._jobs}:
                lanes.create_task(self._run_lane(lane))

    async def _run_lane(self, lane: str) -> None:
        while True:
            try:
                await self.run_due(lane)
            except Exception:
                # A store that is busy or full for a moment: without the clockwork, the status lists would go stale.
                log.exception("the jobs could not be looked at; tried again in a moment")
            await asyncio.sleep(TICK)

    async def run_due(self, lane: str | None = None) -> None:
        """Whatever is due now, once, in that lane or in all. A job that fails is told and tried at its next time."""
        for job in self._jobs:
            if lane not in (None, job.lane):
                continue
            if job.shared:
                await self._do(job)
                continue
            now = self._clock.now()
            if not await self._storage.read.jobs.is_due(job.name, now):
                continue
            async with self._storage.write.transaction() as tx:
                claimed = await tx.jobs.claim(job.name, now, now + LEASE)
            if not claimed:
                continue
            failed = not await self._do(job)
            async with self._storage.write.transaction() as tx:
                await tx.jobs.finish(job.name, self._clock.now() + job.every, failed=failed)

    async def _do(self, job: Job) -> bool:
        try:
            await job.run()
        except Exception:
            log.exception("job %s failed", job.name)
            return False
        return True

    async def _sign_lists(self) -> None:
        """A list is valid for a day and signed again each hour, so that a stale copy shows (T48)."""
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            await self._lists.ensure(tx, now)
            due = await tx.status_lists.signed_before(now - HOUR)
        for purpose, number in due:
            # One transaction each: a withdrawal waits for one list, not for all of them.
            async with self._storage.write.transaction() as tx:
                await self._lists.sign_again(tx, purpose, number, self._clock.now())

    async def _follow_keys(self) -> None:
        """After each change of the keys: no list stays signed by one that has left, and no start goes back (T49)."""
        version = self._keys_version()
        if int(await self._storage.read.facts.get(KEYS_VERSION) or 0) >= version:
            return
        for purpose, number in await self._storage.read.status_lists.signed_before(self._clock.now()):
            async with self._storage.write.transaction() as tx:
                await self._lists.sign_again(tx, purpose, number, self._clock.now())
        async with self._storage.write.transaction() as tx:
            await tx.facts.set(KEYS_VERSION, str(version))
