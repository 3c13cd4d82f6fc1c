"""The status lists, signed again before a copy grows stale and after each change of the keys."""

from collections.abc import Callable
from dataclasses import dataclass

from ..core.clock import HOUR, Clock
from ..publication.status_lists import StatusLists
from ..storage import Storage

KEYS_VERSION = "keys_version"  # the fact: the highest version of the key registry that this store has seen in force


@dataclass(frozen=True, slots=True)
class StatusListJobs:
    """:param keys_version: of the key registry now in force"""

    storage: Storage
    lists: StatusLists
    keys_version: Callable[[], int]
    clock: Clock

    async def sign_hourly(self) -> None:
        """A list is valid for a day and signed again each hour, so that a stale copy shows (T48)."""
        now = self.clock.now()
        async with self.storage.write.transaction() as tx:
            await self.lists.with_room(tx, now)
        await self._sign_older_than(now - HOUR)

    async def follow_keys(self) -> None:
        """After each change of the keys: no list stays signed by one that has left, and no start goes back (T49)."""
        version = self.keys_version()
        if int(await self.storage.read.facts.get(KEYS_VERSION) or 0) >= version:
            return
        await self._sign_older_than(self.clock.now())
        async with self.storage.write.transaction() as tx:
            await tx.facts.set(KEYS_VERSION, str(version))

    async def _sign_older_than(self, moment: int) -> None:
        for purpose, number in await self.storage.read.status_lists.signed_before(moment):
            # One transaction each: a withdrawal waits for one list, not for all of them.
            async with self.storage.write.transaction() as tx:
                await self.lists.sign_again(tx, purpose, number, self.clock.now())
