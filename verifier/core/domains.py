"""What is known of a domain that somebody registered."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownDomain:
    """What was last seen of it; times in Unix seconds.

    :param name_servers: of its zone; empty: never seen
    :param registered_at: the latest that its registry ever said
    :param changed_at: when the registration was last changed, or transferred, as its registry says
    :param registrant: the registry's handle of whoever holds it, where that is shown
    :param read_at: when its registry last answered
    :param missing_since: the registry, which knew it, says from then on that there is no such domain
    :param bought_at: when it was seen to be registered anew
    :param problem: why its registry did not answer the last time
    :param told: when the operator was last told of what goes on for a while, by its name
    """

    domain: str
    name_servers: frozenset[str] = frozenset()
    registered_at: int | None = None
    expires_at: int | None = None
    changed_at: int | None = None
    registrant: str | None = None
    statuses: frozenset[str] = frozenset()
    read_at: int | None = None
    missing_since: int | None = None
    bought_at: int | None = None
    problem: str | None = None
    told: Mapping[str, int] = field(default_factory=dict)
