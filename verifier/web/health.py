"""What of this service does not work, as ``/readyz`` says it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import Unavailable

log = logging.getLogger(__name__)

PARTS = ("database", "signer", "resolver", "disk", "mail", "witnesses", "jobs", "clock")


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to one part.

    :param part: one of :data:`PARTS`
    :param every: seconds for which its answer is kept. 0: it costs nothing, and each request asks it
    :param works: whether the part does; an exception means that it does not, unless it is that of the store
    """

    part: str
    every: int
    works: Callable[[], Awaitable[bool]]


class Health:
    """Asks the probes, and remembers what they said."""

    def __init__(self, probes: Sequence[Probe], clock: Clock) -> None:
        self._probes = probes
        self._clock = clock
        self._until: dict[str, int] = {}
        self._ill: set[str] = set()

    async def impaired(self) -> tuple[str, ...]:
        """The parts that do not work; what is dear to ask, as :meth:`look` found it last."""
        for probe in self._probes:
            if not probe.every:
                await self._ask(probe)
        return self._named()

    async def look(self) -> tuple[str, ...]:
        """The same, after a question to each part whose answer is too old."""
        now = self._clock.now()
        for probe in self._probes:
            if self._until.get(probe.part, now) <= now:
                self._until[probe.part] = now + probe.every
                await self._ask(probe)
        return self._named()

    async def _ask(self, probe: Probe) -> None:
        try:
            works = await probe.works()
        except Exception as error:
            if isinstance(error, Unavailable) and error.code == "storage-unavailable":
                return  # what the store cannot tell is that part's fault alone: the last answer stands
            log.debug("%s does not work", probe.part, exc_info=True)
            works = False
        (self._ill.discard if works else self._ill.add)(probe.part)

    def _named(self) -> tuple[str, ...]:
        return tuple(part for part in PARTS if part in self._ill)
