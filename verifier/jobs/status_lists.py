"""The signed status lists follow the rows, the clock and the keys: at once, or when the signer returns."""

import asyncio
import logging

from ..core.clock import Clock
from ..core.errors import Unavailable
from ..publication.status_lists import StatusLists, due_lists, waiting_since
from ..signer import KeyRing
from ..storage import Storage
from ..words import deployed

log = logging.getLogger(__name__)

KEYS_VERSION = "keys_version"  # the fact: the highest version of the key registry that this store has seen in force
RETRY = 5  # seconds until a signer that failed is asked again
LATE = 300  # seconds that a list may wait, until the operator gets a letter
_TELL_EVERY = 60  # seconds between two lines of the log about the same outage
_TOLD = "late_lists_told"  # the fact: since when the lists were late of which the operator was told; empty: none


class StatusListJobs:
    """One per process."""

    def __init__(self, storage: Storage, lists: StatusLists, ring: KeyRing, clock: Clock) -> None:
        self._storage = storage
        self._lists = lists
        self._ring = ring
        self._clock = clock
        self._waiting_from: int | None = None  # the first look that found a list waiting, since none did
        self._again_at = self._told_at = 0

    async def sign_due(self) -> None:
        """Sign what is due, each list outside of any transaction.

        Every process does: of two that sign one list, the store keeps the newer, and no lease of a dead process delays
        a withdrawal.
        """
        now = self._clock.now()
        if now < self._again_at:
            return
        if self._ring.is_waiting:
            self._again_at = now + RETRY
            await asyncio.to_thread(self._ring.reopen)
        due = await due_lists(self._storage.read, now)
        if not due:
            return
        self._again_at = now + RETRY
        try:
            for each in due:
                await self._lists.sign(each.purpose, each.number)
        except Unavailable:
            if self._told_at + _TELL_EVERY <= now:
                self._told_at = now
                log.error("the signer does not answer: %d status lists wait for it", len(due))  # noqa: TRY400
        else:
            self._again_at = 0

    async def make_room(self) -> None:
        """The next pair of lists is there before it is needed."""
        await self._lists.with_room()

    async def follow_keys(self) -> None:
        """After each change of the keys: no list stays signed by one that has left, and no start goes back (T49)."""
        version = self._ring.version
        if int(await self._storage.read.facts.get(KEYS_VERSION) or 0) >= version:
            return
        async with self._storage.write.transaction() as tx:
            await tx.facts.set(KEYS_VERSION, str(version))
            await tx.status_lists.sign_all_again(self._clock.now())
            tx.afterwards(self._lists.changed.set)

    async def tell_late(self) -> None:
        """Tell the operator, once, that lists have waited for too long: their readers do not see what was withdrawn."""
        now, read = self._clock.now(), self._storage.read
        since = await waiting_since(read, now)
        # From the first look on: what grew old while the service was stopped has waited for nobody's signature.
        self._waiting_from = None if since is None else self._waiting_from or now
        # Another process may have had the looks at the outage before this one, and seen its end.
        late = since is not None and max(self._waiting_from or now, since) + LATE <= now
        told = bool(await read.facts.get(_TOLD))
        if told if late else not told or since is not None:
            return
        async with self._storage.write.transaction() as tx:
            await tx.facts.set(_TOLD, str(since) if late else "")
            if late and since is not None:
                log.error("ALERT the status lists have not been signed since %d: does the signer answer?", since)
                await tx.letters.add(None, "lists-late", deployed().locale, {"since": since}, now)
