"""Hosts that fail are left alone for a while: for their sake, and for those who wait behind them (T27)."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ..core.errors import OutsideError
from ..core.shared import Act, Line
from .limits import Limits
from .response import Response

FAILURES = frozenset({"fetch-timeout", "fetch-tls", "fetch-unreachable"})
"""What counts: nobody answered. An answer of any kind does not, since anybody may have us ask for a strange page."""

_HOSTS = 10_000


@dataclass(slots=True)
class _Host:
    failures: int = 0
    until: float = -math.inf


class Breaker:
    """Per host: closed, open after so many failures in a row, then half open.

    Half open needs no state of its own: hosts are asked one request at a time, so that the first one after the rest
    is the trial, and those behind it read what became of it.

    :param now: seconds of a clock that never goes back; the event loop's unless a test gives one
    """

    def __init__(self, limits: Limits, now: Callable[[], float] | None = None) -> None:
        self._limits = limits
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._hosts: dict[str, _Host] = {}

    def check(self, host: str) -> None:
        """:raises OutsideError: ``fetch-resting``: `host` is left alone, so many `minutes` more"""
        if minutes := self.minutes(host):
            raise OutsideError("fetch-resting", host=host, minutes=minutes)

    def minutes(self, host: str) -> int:
        """For how many it is left alone; 0: it may be asked."""
        left = self._hosts.get(host, _Host()).until - self._now()
        return math.ceil(left / 60) if left > 0 else 0

    def failed(self, host: str) -> None:
        """Nobody answered there. Each failure after the last that is borne doubles the rest."""
        known = self._know(host)
        known.failures += 1
        beyond = known.failures - self._limits.failures
        if beyond >= 0:
            self._rest(known, self._limits.rest * 2 ** min(beyond, 16))

    def answered(self, host: str, response: Response) -> None:
        """Somebody did. "Too many requests" (RFC 6585, 4) is about us, and is obeyed as long as it says."""
        if response.status != 429:
            self.heard(host)
            return
        asked = response.headers.get("retry-after", "")
        short = asked.isascii() and asked.isdigit() and len(asked) < 9
        self.rest(host, int(asked) if short else self._limits.rest)

    def heard(self, host: str) -> None:
        """It answers: whatever failed before is forgotten."""
        self._hosts.pop(host, None)

    def rest(self, host: str, seconds: float) -> None:
        """It asked to be left alone."""
        self._rest(self._know(host), seconds)

    def _rest(self, known: _Host, seconds: float) -> None:
        known.until = self._now() + min(seconds, self._limits.longest_rest)

    def _know(self, host: str) -> _Host:
        # The one heard of longest ago is forgotten: who invents hosts fills no memory.
        known = self._hosts.pop(host, None) or _Host()
        if len(self._hosts) >= _HOSTS:
            del self._hosts[next(iter(self._hosts))]
        self._hosts[host] = known
        return known


class SharedBreaker(Breaker):
    """The same, kept by the supervisor for all processes of the machine: what one of them saw, all heed.

    :param name: of the breaker, the same in each process
    """

    def __init__(self, limits: Limits, line: Line, name: str) -> None:
        super().__init__(limits)
        self._line = line
        self._name = name

    def minutes(self, host: str) -> int:
        try:
            return cast("int", self._line.ask("resting", self._name, host))
        except LookupError:
            return super().minutes(host)

    def failed(self, host: str) -> None:
        try:
            self._line.ask("failed", self._name, host)
        except LookupError:
            super().failed(host)

    def heard(self, host: str) -> None:
        try:
            self._line.ask("heard", self._name, host)
        except LookupError:
            super().heard(host)

    def rest(self, host: str, seconds: float) -> None:
        try:
            self._line.ask("rest", self._name, host, seconds)
        except LookupError:
            super().rest(host, seconds)


class Breakers:
    """Those of each view, kept for all processes of the machine."""

    def __init__(self, limits: Limits) -> None:
        self._named = defaultdict[str, Breaker](lambda: Breaker(limits))

    def acts(self) -> dict[str, Act]:
        """What other processes may ask."""
        named = self._named
        return {
            "resting": lambda name, host: named[name].minutes(host),
            "failed": lambda name, host: named[name].failed(host),
            "heard": lambda name, host: named[name].heard(host),
            "rest": lambda name, host, seconds: named[name].rest(host, seconds),
        }


def breaker(limits: Limits, name: str) -> Breaker:
    """One of this process alone, or of all of the machine.

    :param name: what it is for, of those of one view
    """
    shared = limits.shared
    return Breaker(limits) if shared is None else SharedBreaker(limits, shared.line, f"{shared.view} {name}")
