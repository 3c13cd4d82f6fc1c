"""Hosts that fail are left alone for a while: for their sake, and for those who wait behind them (T27)."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from ..core.errors import OutsideError
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
        left = self._hosts.get(host, _Host()).until - self._now()
        if left > 0:
            raise OutsideError("fetch-resting", host=host, minutes=math.ceil(left / 60))

    def failed(self, host: str) -> None:
        """Nobody answered there. Each failure after the last that is borne doubles the rest."""
        known = self._know(host)
        known.failures += 1
        beyond = known.failures - self._limits.failures
        if beyond >= 0:
            self._rest(known, self._limits.rest * 2 ** min(beyond, 16))

    def answered(self, host: str, response: Response) -> None:
        """Somebody did. "Too many requests" (RFC 6585, 4) is about us, and is obeyed as long as it says."""
        if response.status == 429:
            asked = response.headers.get("retry-after", "")
            short = asked.isascii() and asked.isdigit() and len(asked) < 9
            self._rest(self._know(host), int(asked) if short else self._limits.rest)
        else:
            self._hosts.pop(host, None)

    def _rest(self, known: _Host, seconds: float) -> None:
        known.until = self._now() + min(seconds, self._limits.longest_rest)

    def _know(self, host: str) -> _Host:
        # The one heard of longest ago is forgotten: who invents hosts fills no memory.
        known = self._hosts.pop(host, None) or _Host()
        if len(self._hosts) >= _HOSTS:
            del self._hosts[next(iter(self._hosts))]
        self._hosts[host] = known
        return known
