"""How often one client may ask for what costs us or somebody else."""

import ipaddress
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

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
MAIL_DOMAINS = RateLimitItemPerHour(1000, 1, "mail-domains")  # to all mailboxes of one registered domain (T09)


@dataclass(frozen=True, slots=True)
class Shared:
    """A limit that all clients use up together, and how much of it `one` may: none empties it for the others (T09)."""

    all: RateLimitItem
    one: RateLimitItem


MAILS = Shared(RateLimitItemPerHour(10, 1, "mails"), RateLimitItemPerHour(4, 1, "mails-by-one"))  # to one mailbox
TARGETS = Shared(  # requests to one host that anybody may have us contact (T65)
    RateLimitItemPerMinute(20, 1, "targets"), RateLimitItemPerMinute(8, 1, "targets-by-one")
)
TAKINGS = Shared(RateLimitItemPerMinute(10, 1, "takings"), RateLimitItemPerMinute(4, 1, "takings-by-one"))  # of a host

AT_ONCE = 4
"""Checks, and answers to challenges, of one client under way: each may hold one of ``fetch.Limits.pool`` (T27)."""
CHECKS_AT_ONCE = 32
"""Checks of all clients under way: half of that pool is left to those who register."""

_SOON = 10  # seconds: the time that one fetch has
_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Limiter:
    """Counts in this process's memory: a restart forgives, which is no harm.

    :param trusted_proxies: how many reverse proxies of ours append to ``X-Forwarded-For``
    """

    enabled: bool
    trusted_proxies: int
    _storage: MemoryStorage
    _window: SlidingWindowCounterRateLimiter
    _running: Counter[str] = field(default_factory=Counter)

    @classmethod
    def make(cls, *, enabled: bool, trusted_proxies: int) -> "Limiter":
        storage = MemoryStorage()
        return cls(enabled, trusted_proxies, storage, SlidingWindowCounterRateLimiter(storage))

    def client(self, request: web.Request, limit: RateLimitItem) -> None:
        """Count one request of that client.

        :raises TooMany: over the limit
        """
        network = self.network(request)
        if not self._hit(limit, network):
            opens = self._window.get_window_stats(limit, network).reset_time
            raise TooMany("rate-limited", retry_after=max(1, math.ceil(opens) - Clock().now()))

    def share(self, limit: Shared, client: str, key: str) -> None:
        """Count one use of `key` by that client; which of the two limits was met is not told.

        :param client: its :meth:`network`
        :raises TooMany: over its share, or over the whole
        """
        self.count(limit.one, f"{client} {key}")
        self.count(limit.all, key)

    def count(self, limit: RateLimitItem, key: str) -> None:
        """Count one use of `key`.

        :raises TooMany: over the limit
        """
        if not self._hit(limit, key):
            # The whole window: a shorter time would tell when others asked (T63).
            raise TooMany("rate-limited", retry_after=limit.get_expiry())

    @contextmanager
    def at_once(self, most: int, key: str) -> Iterator[None]:
        """One more under way of what `key` names.

        :raises TooMany: `most` are
        """
        if self.enabled and self._running[key] >= most:
            raise TooMany("rate-limited", retry_after=_SOON)
        self._running[key] += 1
        try:
            yield
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]

    def _hit(self, limit: RateLimitItem, key: str) -> bool:
        if len(self._storage.storage) >= _KEYS:
            self._storage.reset()  # as a restart does: who has so many addresses has as many limits
        return not self.enabled or self._window.hit(limit, key)

    def network(self, request: web.Request) -> str:
        """Who one client is: an IPv4 address, or an IPv6 /64."""
        # Only what our own proxies appended is true; what stands before it, the client wrote.
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        known = self.trusted_proxies and len(hops) >= self.trusted_proxies
        text = hops[-self.trusted_proxies] if known else request.remote or ""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return "unknown"
        if address.version == 6 and address.ipv4_mapped:
            address = address.ipv4_mapped  # what a socket of both calls IPv4: one /64 would hold all its clients
        # One subscriber owns a whole /64 of IPv6 (T63).
        return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
