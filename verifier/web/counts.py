"""How often each limit was used: in the memory of one process, or of the one that counts for all of a machine."""

from array import array
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from ..core.shared import Act, Line
from .distinct import Distinct

_KEYS = 50_000
_KNOWN = 50_000  # pairs of a client and a name, and names, that need not be counted again
_TO_ALL = 60  # seconds for which a popular name is taken to be popular still

LOOKUPS = "lookups"

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `seconds`; no seconds: at the same time."""

    amount: int
    seconds: int = 0


class SlidingWindow:
    """The times of the last uses of each key: the last `amount` of them within `seconds` leave room for no other.

    It holds :data:`_KEYS` keys at most, each with `amount` times of 8 bytes at most: beyond, the one that was not asked
    for since longest is forgotten, as a restart does (T63).
    """

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._times: OrderedDict[str, array[int]] = OrderedDict()

    def use(self, key: str, now: int) -> int:
        """Count one use of `key`, and return 0; or count nothing, and return in how many seconds there is room."""
        times = self._times.setdefault(key, array("q"))
        self._times.move_to_end(key)
        if len(times) == self._rate.amount:
            wait = times[0] + self._rate.seconds - now
            if wait > 0:
                return wait
            times.pop(0)
        times.append(now)
        self._forget(now)
        return 0

    def _forget(self, now: int) -> None:
        while len(self._times) > 1:
            oldest, times = next(iter(self._times.items()))
            if len(self._times) <= _KEYS and times[-1] + self._rate.seconds > now:
                break
            del self._times[oldest]


class Counts:
    """In this process's memory: a restart forgives, which is no harm.

    :param rates: of every limit, by its name
    """

    def __init__(self, rates: Mapping[Name, Rate]) -> None:
        self._rates = {str(limit): rate for limit, rate in rates.items()}
        self._windows = {limit: SlidingWindow(rate) for limit, rate in self._rates.items() if rate.seconds}
        lookups = self._rates[LOOKUPS]
        self._lookups = Distinct(lookups.amount, lookups.seconds)
        self._running: Counter[str] = Counter()
        self._of: defaultdict[int, Counter[str]] = defaultdict(Counter)  # what runs in each process

    def use(self, limit: str, key: str, now: int) -> int:
        """Count one use of `key`; returns in how many seconds there is room, 0 if there was."""
        return self._windows[limit].use(key, now)

    def look_up(self, client: str, name: str, now: int) -> int:
        """Count what that client asks about, as :class:`Distinct`."""
        return self._lookups.use(client, name, now)

    def begin(self, limit: str, key: str, process: int = 0) -> bool:
        """One more under way in that process; False, and nothing is counted, if as many are as may be."""
        name = f"{limit} {key}"
        if self._running[name] >= self._rates[limit].amount:
            return False
        self._running[name] += 1
        self._of[process][name] += 1
        return True

    def end(self, limit: str, key: str, process: int = 0) -> None:
        """It is no longer under way."""
        self._drop(process, f"{limit} {key}", 1)

    def leave(self, process: int) -> None:
        """That process has ended, and with it all that was under way there."""
        for name, count in list(self._of[process].items()):
            self._drop(process, name, count)
        del self._of[process]

    def acts(self) -> Mapping[str, Act]:
        """What other processes may ask."""
        return {"use": self.use, "look-up": self._look_up_for_long, "begin": self.begin, "end": self._end}

    def _look_up_for_long(self, client: str, name: str, now: int) -> list[int]:
        """As :meth:`look_up`; and until when the same need not be counted again: of that client, of all clients."""
        wait = self._lookups.use(client, name, now)
        if wait:
            return [wait, 0, 0]
        until, popular = self._lookups.free_until(client, name)
        return [0, until, min(until, now + _TO_ALL) if popular else 0]

    def _end(self, limit: str, key: str, process: int) -> None:
        self.end(limit, key, process)

    def _drop(self, process: int, name: str, count: int) -> None:
        count = min(count, self._of[process][name])  # it may have begun where somebody else counted
        for counted in (self._running, self._of[process]):
            counted[name] -= count
            if not counted[name]:
                del counted[name]


class SharedCounts(Counts):
    """Counted by the supervisor for all processes of the machine; by this one alone once that is gone.

    What was counted for a client a moment ago is free, and is not asked again: a popular lookup pays a look at a
    dictionary.
    """

    def __init__(self, rates: Mapping[Name, Rate], line: Line) -> None:
        super().__init__(rates)
        self._line = line
        self._known: dict[int, int] = {}  # until when a name, or a name of one client, is free

    def use(self, limit: str, key: str, now: int) -> int:
        try:
            return cast("int", self._line.ask("use", limit, key, now))
        except LookupError:
            return super().use(limit, key, now)

    def look_up(self, client: str, name: str, now: int) -> int:
        by_all, by_one = hash(name), hash((client, name))
        if self._known.get(by_all, 0) > now or self._known.get(by_one, 0) > now:
            return 0
        try:
            wait, one, everybody = cast("list[int]", self._line.ask("look-up", client, name, now))
        except LookupError:
            return super().look_up(client, name, now)
        if len(self._known) >= _KNOWN:
            self._known.clear()
        if everybody:
            self._known[by_all] = everybody
        elif one:
            self._known[by_one] = one
        return wait

    def begin(self, limit: str, key: str, process: int = 0) -> bool:
        try:
            return bool(self._line.ask("begin", limit, key, self._line.number))
        except LookupError:
            return super().begin(limit, key, process)

    def end(self, limit: str, key: str, process: int = 0) -> None:
        try:
            self._line.ask("end", limit, key, self._line.number)
        except LookupError:
            super().end(limit, key, process)
