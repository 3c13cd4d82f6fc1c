"""Whole instances of a body: attested by one act, looked at again each day, ended when no longer true."""

from ..core.clock import DAY, HOUR, Clock
from ..core.errors import Conflict
from ..core.identifiers import Host
from ..core.models import Reason, Record
from ..storage import Instance, Storage
from ..validation import Tools
from ..validation.instance import check_instance
from ..validation.watching import RECORD_LOST
from .bodies import stands
from .consequences import GRACE

_RETRY = HOUR  # seconds between two looks at one that does not answer
_SAYS_NO = RECORD_LOST | {"instance-open"}


class Instances:
    """Takes them in, and keeps looking. One per process."""

    def __init__(self, *, storage: Storage, tools: Tools, clock: Clock) -> None:
        self._storage = storage
        self._tools = tools
        self._clock = clock

    async def host(self, domain: Host, host: Host) -> Record:
        """What the check of that instance saw; kept, and true from now on, if it is valid.

        :raises Conflict: ``body-not-proved``; ``instance-taken`` by another body
        """
        body = await self._storage.read.body(str(domain))
        if body is None or not stands(body, self._clock.now()):
            raise Conflict("body-not-proved", domain=str(domain))
        known = await self._storage.read.instance(str(host))
        if known is not None and known.ended_at is None and known.body_id != body.id:
            raise Conflict("instance-taken", host=str(host))
        record = await check_instance(host, domain, body.token or "", self._tools)
        if record.valid:
            async with self._storage.write.transaction() as tx:
                await tx.put_instance(str(host), body.id, record)
        return record

    async def unhost(self, host: Host, reason: Reason) -> bool:
        """End it; False when it was not attested."""
        async with self._storage.write.transaction() as tx:
            return await tx.end_instance(str(host), reason, self._clock.now())

    async def look_again(self, limit: int = 20) -> None:
        """Those whose day has passed: a plain no ends it at once, silence after three days (T68)."""
        now = self._clock.now()
        for instance in await self._storage.read.instances_to_check(now - DAY, now - _RETRY, limit):
            await self._look_at(instance)

    async def _look_at(self, instance: Instance) -> None:
        body = await self._storage.read.body_of_id(instance.body_id)
        if body is None:
            return
        record = await check_instance(Host.parse(instance.host), Host.parse(body.domain), body.token or "", self._tools)
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            if record.valid:
                await tx.put_instance(instance.host, body.id, record)
            elif record.problem is not None and record.problem.code in _SAYS_NO:
                await tx.end_instance(instance.host, Reason.IDENTITY_LOST, now)
            elif (instance.failing_since or now) + GRACE <= now:
                await tx.end_instance(instance.host, Reason.UNREACHABLE, now)
            else:
                await tx.fail_instance(instance.host, now)
