"""How often one client may ask for what costs us or somebody else."""

import ipaddress
import math
from dataclasses import dataclass

from aiohttp import web
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ..core.clock import Clock
from ..core.errors import TooMany

ORDERS = RateLimitItemPerHour(20, 1, "orders")
ANSWERS = RateLimitItemPerMinute(30, 1, "answers")
CHECKS = RateLimitItemPerMinute(30, 1, "checks")
APPRAISALS = RateLimitItemPerMinute(60, 1, "appraisals")
BATCHES = RateLimitItemPerMinute(60, 1, "batches")
MAILS = RateLimitItemPerHour(10, 1, "mails")  # to one mailbox, whoever asks (T09)
TARGETS = RateLimitItemPerMinute(10, 1, "targets")  # to one host that others ask us to contact


@dataclass(frozen=True, slots=True)
class Limiter:
    """Counts in this process's memory: a restart forgives, which is no harm.

    :param trusted_proxies: how many reverse proxies of ours append to ``X-Forwarded-For``
    """

    enabled: bool
    trusted_proxies: int
    _window: SlidingWindowCounterRateLimiter

    @classmethod
    def make(cls, *, enabled: bool, trusted_proxies: int) -> "Limiter":
        return cls(enabled, trusted_proxies, SlidingWindowCounterRateLimiter(MemoryStorage()))

    def client(self, request: web.Request, limit: RateLimitItem) -> None:
        """Count one request of that client.

        :raises TooMany: over the limit
        """
        self.count(limit, self._network(request))

    def count(self, limit: RateLimitItem, key: str) -> None:
        """Count one use of `key`.

        :raises TooMany: over the limit
        """
        if self.enabled and not self._window.hit(limit, key):
            opens = self._window.get_window_stats(limit, key).reset_time
            raise TooMany("rate-limited", retry_after=max(1, math.ceil(opens) - Clock().now()))

    def _network(self, request: web.Request) -> str:
        # Only what our own proxies appended is true; what stands before it, the client wrote.
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        known = self.trusted_proxies and len(hops) >= self.trusted_proxies
        text = hops[-self.trusted_proxies] if known else request.remote or ""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return "unknown"
        # One subscriber owns a whole /64 of IPv6 (T63).
        return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
