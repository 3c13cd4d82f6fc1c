"""How often one client may ask for what costs us or somebody else. Every limit has a name, and its number here."""

import ipaddress
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from aiohttp import web

from ..core import metrics
from ..core.clock import HOUR, Clock
from ..core.errors import TooMany
from .distinct import Distinct
from .headers import list_header
from .load import Load

MINUTE = 60
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Limit(StrEnum):
    """A limit, by its name."""

    # Of one client, counted for each request by the table of doors.
    ORDERS = "orders"
    ANSWERS = "answers"
    CHECKS = "checks"
    APPRAISALS = "appraisals"
    BATCHES = "batches"
    # Of what the request names, whoever asks; and how much of it one client may use up.
    MAILS = "mails"
    MAILS_BY_ONE = "mails-by-one"
    MAIL_DOMAINS = "mail-domains"
    TARGETS = "targets"
    TARGETS_BY_ONE = "targets-by-one"
    TAKINGS = "takings"
    TAKINGS_BY_ONE = "takings-by-one"
    PUBLICATIONS = "publications"
    # Different ones of one client.
    LOOKUPS = "lookups"
    # At the same time.
    CONNECTIONS = "connections"
    READS_AT_ONCE = "reads-at-once"
    WRITES_AT_ONCE = "writes-at-once"
    ANSWERS_AT_ONCE = "answers-at-once"
    CHECKS_AT_ONCE = "checks-at-once"
    CHECKS_AT_ONCE_BY_ONE = "checks-at-once-by-one"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `seconds`; no seconds: at the same time."""

    amount: int
    seconds: int = 0


RATES: dict[Limit, Rate] = {
    Limit.ORDERS: Rate(20, HOUR),
    Limit.ANSWERS: Rate(30, MINUTE),
    Limit.CHECKS: Rate(30, MINUTE),
    Limit.APPRAISALS: Rate(60, MINUTE),
    Limit.BATCHES: Rate(60, MINUTE),
    Limit.MAILS: Rate(10, HOUR),  # to one mailbox (T09)
    Limit.MAILS_BY_ONE: Rate(4, HOUR),
    Limit.MAIL_DOMAINS: Rate(1000, HOUR),  # to all mailboxes of one registered domain (T09)
    Limit.TARGETS: Rate(20, MINUTE),  # requests to one host that anybody may have us contact (T65)
    Limit.TARGETS_BY_ONE: Rate(8, MINUTE),
    Limit.TAKINGS: Rate(10, MINUTE),  # of one instance
    Limit.TAKINGS_BY_ONE: Rate(4, MINUTE),
    Limit.PUBLICATIONS: Rate(10, MINUTE),  # requests to publish one order
    Limit.LOOKUPS: Rate(3000, HOUR),  # different handles, or URLs (T63)
    # Of all clients; and who hangs on while writing holds up no lookup.
    Limit.CONNECTIONS: Rate(2000),
    Limit.READS_AT_ONCE: Rate(1000),
    Limit.WRITES_AT_ONCE: Rate(250),
    # Each check, and each answer to a challenge, may hold one of ``fetch.Limits.pool`` (T27): the checks of all hold
    # half of it, the other half is left to those who register.
    Limit.ANSWERS_AT_ONCE: Rate(4),  # of one client
    Limit.CHECKS_AT_ONCE: Rate(32),
    Limit.CHECKS_AT_ONCE_BY_ONE: Rate(4),
}

_SHARES: Mapping[Limit, Limit] = {
    Limit.MAILS: Limit.MAILS_BY_ONE,
    Limit.TARGETS: Limit.TARGETS_BY_ONE,
    Limit.TAKINGS: Limit.TAKINGS_BY_ONE,
}
_SOON = 10  # seconds: the time that one fetch has
_KEYS = 50_000
_NETWORKS = 4_096
_FORWARDED = 200  # characters: longer ones are read each time


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # What a socket of both calls IPv4: one /64 would hold all its clients.
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


@lru_cache(maxsize=1024)
def _client(address: Address) -> str:
    # One subscriber owns a whole /64 of IPv6 (T63).
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


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


class Limiter:
    """Counts in this process's memory: a restart forgives, which is no harm.

    :param trusted_networks: of reverse proxies, which append whom they speak for to ``X-Forwarded-For``
    :param rates: those that are not as in :data:`RATES`
    """

    def __init__(
        self, *, enabled: bool, trusted_networks: Sequence[Network], clock: Clock, rates: Mapping[Limit, Rate] = RATES
    ) -> None:
        self._enabled = enabled
        self._trusted = trusted_networks
        self._clock = clock
        self._rates = {**RATES, **rates}
        self._windows = {limit: SlidingWindow(rate) for limit, rate in self._rates.items() if rate.seconds}
        lookups = self._rates[Limit.LOOKUPS]
        self._lookups = Distinct(lookups.amount, lookups.seconds)
        self._running: Counter[str] = Counter()
        # Connections ask many times, and reading addresses takes as long as the rest of a lookup.
        self._networks: dict[tuple[str, str | None], str] = {}

    def client(self, request: web.Request, limit: Limit) -> None:
        """Count one request of that client.

        :raises TooMany: over the limit
        """
        if wait := self._use(limit, self.network(request)):
            raise TooMany("rate-limited", retry_after=wait)

    def lookup(self, request: web.Request, name: str) -> None:
        """Count what that client asks about; the same name again is free, and so is one that many ask about (T63).

        :raises TooMany: too many different ones
        """
        if self._enabled and (wait := self._lookups.use(self.network(request), name, self._clock.now())):
            metrics.LIMITS.labels(Limit.LOOKUPS).inc()
            raise TooMany("rate-limited", retry_after=wait)

    def share(self, limit: Limit, client: str, key: str) -> None:
        """Count one use of `key` by that client: none uses it up for the others (T09).

        Which was met, the share of one or the whole, is not told.

        :param client: its :meth:`network`
        :raises TooMany: over its share, or over the whole
        """
        self.count(_SHARES[limit], f"{client} {key}")
        self.count(limit, key)

    def count(self, limit: Limit, key: str) -> None:
        """Count one use of `key`.

        :raises TooMany: over the limit
        """
        if self._use(limit, key):
            # The whole window: a shorter time would tell when others asked (T63).
            raise TooMany("rate-limited", retry_after=self._rates[limit].seconds)

    @contextmanager
    def at_once(self, limit: Limit, client: str = "") -> Iterator[None]:
        """One more under way: of that client, or of all.

        :param client: its :meth:`network`
        :raises TooMany: as many are as may be
        """
        key = f"{limit} {client}"
        if self._enabled and self._running[key] >= self._rates[limit].amount:
            metrics.LIMITS.labels(limit).inc()
            raise TooMany("rate-limited", retry_after=_SOON)
        self._running[key] += 1
        try:
            yield
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]

    def load(self, limit: Limit) -> Load:
        """As many requests of all clients may be under way; never off, as it keeps the process alive."""
        return Load(self._rates[limit].amount)

    def network(self, request: web.Request) -> str:
        """Who one client is: an IPv4 address, or an IPv6 /64."""
        known = request.remote or "", list_header(request, "X-Forwarded-For") if self._trusted else None
        network = self._networks.get(known)
        if network is None:
            network = self._network(*known)
            if len(self._networks) >= _NETWORKS:
                self._networks.clear()
            if len(known[1] or "") <= _FORWARDED:
                self._networks[known] = network
        return network

    def _network(self, remote: str, forwarded: str | None) -> str:
        address = _address(remote)
        if self._is_trusted(address):
            # Each of our proxies appended whom it speaks for. What stands before the first that is none of them,
            # anybody may have written.
            for hop in reversed([hop.strip() for hop in (forwarded or "").split(",") if hop.strip()]):
                address = _address(hop)
                if not self._is_trusted(address):
                    break
        return _client(address) if address is not None else "unknown"

    def _is_trusted(self, address: Address | None) -> bool:
        return any(address in network for network in self._trusted) if address is not None else False

    def _use(self, limit: Limit, key: str) -> int:
        wait = self._windows[limit].use(key, self._clock.now()) if self._enabled else 0
        if wait:
            metrics.LIMITS.labels(limit).inc()
        return wait
