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
from ..method import Tools
from .rdap import Registration, Registries, Silence

_STALE = 7 * DAY  # so old may be what a registry's cache said
_SOON = 14 * DAY  # before the end of a registration
_REMIND = 30 * DAY  # between two words on what goes on for a while
_ENDING = frozenset({"redemption period", "pending delete"})


class Sign(StrEnum):
    """What is seen that must be told."""

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
class Sight:
    """What one look saw.

    :param name_servers: empty: none to be had
    """

    name_servers: frozenset[str]
    registration: Registration | Silence | None


@dataclass(frozen=True, slots=True)
class Judged:
    """:param known: what is known from now on"""

    known: KnownDomain
    signs: tuple[Sign, ...]


async def look(domain: Host, registries: Registries | None, tools: Tools) -> Sight:
    """A domain as it is now.

    :param registries: None: they are not asked
    """
    servers = await tools.dns.name_servers(domain)
    return Sight(servers, await registries.ask(domain) if registries is not None else None)


def judge(known: KnownDomain, seen: Sight, at: int) -> Judged:
    """What a look means, by what was known before."""
    signs = list[Sign]()
    if known.name_servers and seen.name_servers and known.name_servers.isdisjoint(seen.name_servers):
        signs.append(Sign.SERVERS)
    now = replace(known, name_servers=seen.name_servers or known.name_servers)
    said = seen.registration
    if isinstance(said, Registration):
        now = _registered(now, said, at, signs)
    elif said is not None:
        since = (known.missing_since or at) if said is Silence.NOT_FOUND and known.read_at else known.missing_since
        now = replace(now, missing_since=since, problem=said.value)
        # Believed the second time: a registry that is out of order says "not found" too.
        if said is Silence.NOT_FOUND and since is not None and since + DAY <= at:
            signs.append(Sign.MISSING)
    return _told(now, signs, at)


def _registered(known: KnownDomain, said: Registration, at: int, signs: list[Sign]) -> KnownDomain:
    registered, bought_at = said.registered_at, known.bought_at
    before = known.registered_at
    if before is not None and (registered is None or registered <= before + DAY):
        registered = before  # the latest that was ever said, within a day: a time zone is no new registration
    elif registered is not None and before is not None:
        bought = registered >= (known.read_at or 0) - _STALE
        signs.append(Sign.BOUGHT if bought else Sign.RESTATED)
        bought_at = at if bought else bought_at
    if known.registrant is not None and said.registrant not in (None, known.registrant):
        signs.append(Sign.REGISTRANT)
    if said.statuses & _ENDING:
        signs.append(Sign.ENDING)
    if said.expires_at is not None and said.expires_at <= at + _SOON:
        signs.append(Sign.EXPIRING)
    return replace(
        known,
        registered_at=registered,
        expires_at=said.expires_at,
        changed_at=said.changed_at,
        registrant=said.registrant or known.registrant,
        statuses=said.statuses,
        read_at=at,
        missing_since=None,
        bought_at=bought_at,
        problem=None,
    )


_LASTING = frozenset({Sign.ENDING, Sign.MISSING, Sign.EXPIRING})


def _told(known: KnownDomain, signs: list[Sign], at: int) -> Judged:
    """What goes on for a while is told once a month; what has happened, when it is seen."""
    due = tuple(sign for sign in signs if sign not in _LASTING or at >= known.told.get(sign.value, -_REMIND) + _REMIND)
    told: Mapping[str, int] = {**known.told, **{sign.value: at for sign in due if sign in _LASTING}}
    return Judged(replace(known, told=told), due)
