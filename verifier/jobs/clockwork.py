"""Jobs with leases: of several processes on one database, one does each, and a crash only delays it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..core.clock import HOUR, Clock
from ..publication.status_lists import StatusLists
from ..registration.instances import Instances
from ..registration.orders import Registrar
from ..registration.policy_effects import PolicyEffects
from ..registration.publishing import Publisher
from ..storage import Storage

log = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks at the table
KEYS_VERSION = "keys_version"  # the fact: the version of the key registry that this store has seen in force
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
        self,
        *,
        storage: Storage,
        registrar: Registrar,
        publisher: Publisher,
        lists: StatusLists,
        effects: PolicyEffects,
        instances: Instances,
        keys_version: Callable[[], int],
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._lists = lists
        self._keys_version = keys_version
        self._clock = clock
        self._jobs = (
            Job("resume", 5, registrar.resume),
            Job("expire", 10, publisher.expire),
            Job("status-lists", 60, self._sign_lists),
            Job("keys", 5, self._follow_keys),
            Job("policy", 60, effects.apply),
            Job("instances", 60, instances.look_again),
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
            due = await tx.status_lists_signed_before(now - HOUR)
        for purpose, number in due:
            # One transaction each: a withdrawal waits for one list, not for all of them.
            async with self._storage.write.transaction() as tx:
                await self._lists.sign_again(tx, purpose, number, self._clock.now())

    async def _follow_keys(self) -> None:
        """After each change of the keys: no list stays signed by one that has left, and no start goes back (T49)."""
        version = self._keys_version()
        if int(await self._storage.read.fact(KEYS_VERSION) or 0) >= version:
            return
        for purpose, number in await self._storage.read.status_lists_signed_before(self._clock.now()):
            async with self._storage.write.transaction() as tx:
                await self._lists.sign_again(tx, purpose, number, self._clock.now())
        async with self._storage.write.transaction() as tx:
            await tx.set_fact(KEYS_VERSION, str(version))
