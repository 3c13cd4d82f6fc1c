"""Jobs with leases: of several processes on one database, one runs each job, and a crash only delays it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..core import metrics
from ..core.clock import Chance, Clock
from ..core.errors import Unavailable
from ..storage import Lease, Storage

log = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks at the table
LEASE = 300  # seconds that a job may take before another process may think it dead


def is_cancelled() -> bool:
    """Whether this task was asked to end, even if nothing in it heard of it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@dataclass(frozen=True, slots=True)
class Job:
    """What is repeated.

    :param every: seconds between two runs
    :param lane: jobs of one lane run one after another, and do not wait for those of another
    :param shared: every process runs it: the job itself claims what it works on, row by row
    :param wake: set when there is work: the lane does not wait for its next look
    """

    name: str
    every: int
    run: Callable[[], Awaitable[None]]
    lane: str = ""
    shared: bool = False
    wake: asyncio.Event | None = None


class Clockwork:
    """Runs jobs. One per process."""

    def __init__(self, *, storage: Storage, jobs: Sequence[Job], clock: Clock, chance: Chance) -> None:
        self._storage = storage
        self._jobs = jobs
        self._clock = clock
        self._chance = chance

    async def run(self) -> None:
        """Until cancelled: run whatever is due, pause, repeat; each lane for itself."""
        async with asyncio.TaskGroup() as lanes:
            for lane in {job.lane for job in self._jobs}:
                lanes.create_task(self._run_lane(lane))

    async def _run_lane(self, lane: str) -> None:
        wake = next((job.wake for job in self._jobs if job.lane == lane and job.wake), None) or asyncio.Event()
        # A library may lose the cancellation: `wait_for` of Python 3.11 does, if what it waits for ends in that turn.
        while not is_cancelled():
            wake.clear()
            try:
                await self.run_due(lane)
            except Unavailable:
                pass  # the store is full or out of order: `impaired` says so once a minute, not each lane each second
            except Exception:
                # If the clockwork ended, the status lists would go stale.
                log.exception("the jobs could not be looked at; tried again in a moment")
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await wake.wait()

    async def run_due(self, lane: str | None = None) -> None:
        """Whatever is due now, once, in that lane or in all. A job that fails is logged and tried at its next time."""
        for job in self._jobs:
            if lane not in (None, job.lane):
                continue
            if job.shared:
                await self._do(job)
                continue
            now = self._clock.now()
            if not await self._storage.read.jobs.is_due(job.name, now):
                continue
            lease = Lease(self._chance.identifier(), now + LEASE)
            async with self._storage.write.transaction() as tx:
                claimed = await tx.jobs.claim(job.name, now, lease)
            if not claimed:
                continue
            failed = not await self._do(job)
            async with self._storage.write.transaction() as tx:
                held = await tx.jobs.finish(job.name, lease, self._clock.now() + job.every, failed=failed)
            if not held:
                log.warning("job %s took longer than its lease, and another process took it", job.name)

    async def _do(self, job: Job) -> bool:
        try:
            await job.run()
        except Unavailable as error:
            log.error("job %s: %s", job.name, error)  # noqa: TRY400 - what is missing is known: no trace says more
            return False
        except Exception:
            log.exception("job %s failed", job.name)
            metrics.JOB_RUNS.labels(job.name, "failed").inc()
            return False
        metrics.JOB_RUNS.labels(job.name, "done").inc()
        return True
