"""How much of a stranger's answer we take, and for how long we wait (T26, T27)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

from ..core.errors import Unavailable
from ..core.shared import Act, Line
from .allowance import waiting

_HOSTS = 10_000
_LOOK_AGAIN = 0.05  # seconds between two looks whether another process is done with a host


class Pace:
    """So many seconds from one request to a host to the next, for work that nobody waits for.

    :param now: seconds of a clock that never goes back; the event loop's unless a test gives one
    :param pause: waits so many seconds
    """

    def __init__(
        self,
        seconds: float,
        now: Callable[[], float] | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._pause = pause
        self._free: dict[str, float] = {}

    async def keep(self, host: str) -> None:
        """Returns when it is time for a request to `host`."""
        wait = self.take(host)
        if wait > 0:
            await self._pause(wait)

    def take(self, host: str) -> float:
        """Take the next moment for a request to `host`; returns in how many seconds it is."""
        now = self._now()
        if len(self._free) >= _HOSTS:
            self._free = {known: free for known, free in self._free.items() if free > now}
        moment = max(now, self._free.get(host, now))
        self._free[host] = moment + self._seconds
        return moment - now


class SharedPace(Pace):
    """The same, kept by the supervisor for all processes of the machine."""

    def __init__(self, seconds: float, line: Line) -> None:
        super().__init__(seconds)
        self._line = line

    def take(self, host: str) -> float:
        try:
            return cast("float", self._line.ask("pace", host))
        except LookupError:
            return super().take(host)


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds.

    :param total: for all exchanges of one fetch, redirects included: a drip of bytes must end
    :param connect: for one address, TLS included: a fediverse server that is up answers in one
    :param turn: waiting for a turn; beyond, we say that we are busy rather than queue without end
    :param pool: requests under way at once: each may hold its body in memory
    :param addresses: how many addresses of one name are tried
    :param headers: bytes of the head of one answer
    :param wire: bytes of one answer as sent: interim answers, framing and body
    :param failures: in a row, after which a host is left alone
    :param rest: for how long at first; each further failure doubles it, up to `longest_rest`
    :param pace: kept to each host, redirects and second attempts included; None: as fast as it answers
    :param shared: keeps turns and rests for all processes of the machine; None: each for itself
    """

    total: float = 10.0
    connect: float = 3.0
    turn: float = 10.0
    pool: int = 64
    addresses: int = 3
    headers: int = 65_536
    wire: int = 4_194_304
    failures: int = 5
    rest: float = 60.0
    longest_rest: float = 900.0
    pace: Pace | None = None
    shared: "Shared | None" = None


@dataclass(frozen=True, slots=True)
class Shared:
    """The line to the supervisor.

    :param view: the name of the fetcher, the same in each process
    """

    line: Line
    view: str


class Taken:
    """Which process asks a host now, kept for all processes of the machine."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, place: str, process: int) -> bool:
        """Become the only one who asks there; False if another is."""
        return self._taken.setdefault(place, process) == process

    def give_back(self, place: str, process: int) -> None:
        if self._taken.get(place) == process:
            del self._taken[place]

    def leave(self, process: int) -> None:
        """That process has ended."""
        for place in [place for place, of in self._taken.items() if of == process]:
            del self._taken[place]

    def acts(self) -> dict[str, Act]:
        """What other processes may ask."""
        return {"take": self.take, "give-back": self.give_back}


@dataclass(slots=True)
class _Place:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Turns:
    """One request at a time to a host, and `Limits.pool` in all."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = asyncio.Semaphore(limits.pool)
        self._places: dict[str, _Place] = {}

    @asynccontextmanager
    async def take(self, host: str) -> AsyncIterator[None]:
        """:raises Unavailable: ``fetch-busy``"""
        place = self._places.setdefault(host, _Place())
        place.waiting += 1
        try:
            async with AsyncExitStack() as held:
                try:
                    async with waiting(), asyncio.timeout(self._limits.turn):
                        # The host first: those who wait for a slow host must not hold the pool.
                        await held.enter_async_context(place.lock)
                        await held.enter_async_context(self._alone(host))
                        if self._limits.pace is not None:
                            await self._limits.pace.keep(host)
                        await held.enter_async_context(self._pool)
                except TimeoutError:
                    raise Unavailable("fetch-busy", host=host) from None
                yield
        finally:
            place.waiting -= 1
            if not place.waiting:
                del self._places[host]

    @asynccontextmanager
    async def _alone(self, host: str) -> AsyncIterator[None]:
        """No other process of the machine asks that host through this view."""
        shared = self._limits.shared
        if shared is None:
            yield
            return
        place, line = f"{shared.view} {host}", shared.line
        try:
            while not line.ask("take", place, line.number):  # noqa: ASYNC110 - it is an event of another process
                await asyncio.sleep(_LOOK_AGAIN)
        except LookupError:  # the supervisor is gone, and this process ends
            yield
            return
        try:
            yield
        finally:
            with suppress(LookupError):
                line.ask("give-back", place, line.number)
