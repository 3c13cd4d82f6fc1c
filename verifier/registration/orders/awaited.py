"""The DNS records that open orders wait for: looked for again and again, until one is seen or the order ends."""

import logging

from ...core.clock import HOUR, Clock
from ...core.errors import VerifierError
from ...storage import Storage
from ..bodies import BODY_CHALLENGE
from .registrar import Registrar

log = logging.getLogger(__name__)

_SHORTEST = 300  # seconds between two looks for one record
_LONGEST = 3 * HOUR


class AwaitedRecords:
    """Looks for them. One per process."""

    def __init__(self, *, storage: Storage, registrar: Registrar, clock: Clock) -> None:
        self._storage = storage
        self._registrar = registrar
        self._clock = clock

    async def look(self, limit: int = 10) -> None:
        """Look for those that are due; the proof of one that is seen is kept, and a letter says so.

        Only for whoever has proved the mailbox: nobody else can have us ask a domain's DNS for days, or have a mailbox
        written to (T10). The older an order, the rarer the looks.
        """
        for order in await self._storage.read.orders.awaiting_record(self._clock.now(), limit):
            now = self._clock.now()
            pause = min(max((now - order.created_at) // 5, _SHORTEST), _LONGEST)
            async with self._storage.write.transaction() as tx:
                # Before the look: one that crashes each time is not tried each minute.
                await tx.challenges.look_next(order.id, BODY_CHALLENGE, now + pause)
            try:
                await self._registrar.respond(order, BODY_CHALLENGE, {}, unasked=True)
            except VerifierError as error:
                log.warning("order %s: its record is looked for later: %s", order.id, error.code)
            except Exception:  # one order must not keep the others from being looked at
                log.exception("order %s: its record could not be looked for; tried again", order.id)
