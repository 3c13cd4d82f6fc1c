"""What is seen of a registered domain, and what that means. It decides nothing else (T34).

A body moves its DNS, a registry is out of order or corrects its dates: only a registration that is newer than our last
look at the older one is believed to be a new one (T68).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ...core.clock import DAY
from ...core.domains import KnownDomain
from ...core.identifiers import Host
from ..tools import Tools
from .rdap import Registration, Registries, Silence

_STALE = 7 * DAY  # so old may be what a registry's cache said
_SOON = 14 * DAY  # before the end of a registration
_REMIND = 30 * DAY  # between two words on what goes on for a while
_ENDING = frozenset({"redemption period", "pending delete"})


class Anomaly(StrEnum):
    """What is seen that people must be told of."""

    BOUGHT = "bought"
    """It lapsed, and was registered anew."""
    RESTATED = "restated"
    """Its registry now gives a later date, but one from before our last look: most likely a correction."""
    SERVERS = "servers"
    """No name server is as before."""
    REGISTRANT = "registrant"
    ENDING = "ending"
    """It has lapsed, and is being deleted."""
    MISSING = "missing"
    """Its registry, which knew it, has not for a day."""
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look saw.

    :param name_servers: empty: none to be had
    """

    name_servers: frozenset[str]
    registration: Registration | Silence | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """:param known: what is known from now on"""

    known: KnownDomain
    anomalies: tuple[Anomaly, ...]


async def observe(domain: Host, registries: Registries | None, tools: Tools) -> Observation:
    """A domain as it is now.

    :param registries: None: they are not asked
    """
    servers = await tools.dns.name_servers(domain)
    return Observation(servers, await registries.ask(domain) if registries is not None else None)


def assess(known: KnownDomain, observation: Observation, at: int) -> Assessment:
    """What an observation means, by what was known before."""
    anomalies = list[Anomaly]()
    if known.name_servers and observation.name_servers and known.name_servers.isdisjoint(observation.name_servers):
        anomalies.append(Anomaly.SERVERS)
    now = replace(known, name_servers=observation.name_servers or known.name_servers)
    registration = observation.registration
    if isinstance(registration, Registration):
        now = _registered(now, registration, at, anomalies)
    elif registration is not None:
        since = (
            (known.missing_since or at) if registration is Silence.NOT_FOUND and known.read_at else known.missing_since
        )
        now = replace(now, missing_since=since, problem=registration.value)
        # Believed the second time: a registry that is out of order says "not found" too.
        if registration is Silence.NOT_FOUND and since is not None and since + DAY <= at:
            anomalies.append(Anomaly.MISSING)
    return _due(now, anomalies, at)


def _registered(known: KnownDomain, registration: Registration, at: int, anomalies: list[Anomaly]) -> KnownDomain:
    registered, bought_at = registration.registered_at, known.bought_at
    before = known.registered_at
    if before is not None and (registered is None or registered <= before + DAY):
        registered = before  # the latest that was ever said, within a day: a time zone is no new registration
    elif registered is not None and before is not None:
        bought = registered >= (known.read_at or 0) - _STALE
        anomalies.append(Anomaly.BOUGHT if bought else Anomaly.RESTATED)
        bought_at = at if bought else bought_at
    if known.registrant is not None and registration.registrant not in (None, known.registrant):
        anomalies.append(Anomaly.REGISTRANT)
    if registration.statuses & _ENDING:
        anomalies.append(Anomaly.ENDING)
    if registration.expires_at is not None and registration.expires_at <= at + _SOON:
        anomalies.append(Anomaly.EXPIRING)
    return replace(
        known,
        registered_at=registered,
        expires_at=registration.expires_at,
        changed_at=registration.changed_at,
        registrant=registration.registrant or known.registrant,
        statuses=registration.statuses,
        read_at=at,
        missing_since=None,
        bought_at=bought_at,
        problem=None,
    )


_LASTING = frozenset({Anomaly.ENDING, Anomaly.MISSING, Anomaly.EXPIRING})


def _due(known: KnownDomain, anomalies: list[Anomaly], at: int) -> Assessment:
    """What goes on for a while is told once a month; what has happened, when it is seen."""
    due = tuple(
        each for each in anomalies if each not in _LASTING or at >= known.told.get(each.value, -_REMIND) + _REMIND
    )
    told: Mapping[str, int] = {**known.told, **{each.value: at for each in due if each in _LASTING}}
    return Assessment(replace(known, told=told), due)
