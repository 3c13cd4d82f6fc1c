"""What the owner of a domain, or of a domain above it, says of attestations: the CAA of accounts (RFC 8659, 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.identifiers import Host
from ...core.models import Problem
from ...core.strict_json import Json
from ...fetch import Resolver, Secured
from .owner_record import LABEL, NOTHING, Policy, parse

_ALL = Policy()
_SEEN = 20  # records kept as evidence
_CUT = 300  # characters of each


@dataclass(frozen=True, slots=True)
class Decided:
    """The policy in force.

    :param policy: allows nothing if there is a problem, everything if no policy is published
    :param at: the domain whose record decides; None: none does
    :param problem: why the policy cannot be known, or None
    :param evidence: what was seen at each name, the nearest first, down to the one that decides
    """

    policy: Policy
    at: Host | None
    problem: Problem | None
    evidence: tuple[Mapping[str, Json], ...]


async def owner_policy(host: Host, stop: Host, resolver: Resolver, *, authority: str) -> Decided:
    """Climbs from `host` to `stop`, both included: the nearest name that has a policy decides.

    An alias is no policy: whoever answers at its end is not known to be the owner (T38).

    :param stop: the accepted suffix that `host` is within
    :param authority: of this service's base URL
    :raises OutsideError: ``dns-unreachable``, ``dns-failed``, ``dns-name-too-long``, ``dns-too-many``,
        ``check-too-long``: nothing is decided
    :raises Unavailable: the fault is ours
    """
    evidence: list[Mapping[str, Json]] = []
    # One after another: what was learned of the zones above is not asked again, nor what stands above an answer.
    for name in host.ancestry:
        if not name.is_within(stop):
            break
        answer = await resolver.texts(name, LABEL)
        evidence.append(as_evidence(answer))
        if answer.security == "bogus":
            problem = Problem("dns-bogus", {"name": answer.name, "why": answer.why or ""})
            return Decided(NOTHING, name, problem, tuple(evidence))
        records = parse(answer.texts, authority)
        if records.policy_malformed:
            return Decided(NOTHING, name, Problem("owner-policy-malformed", {"name": answer.name}), tuple(evidence))
        if records.policy is not None:
            return Decided(records.policy, name, None, tuple(evidence))
    return Decided(_ALL, None, None, tuple(evidence))


def as_evidence(answer: Secured) -> dict[str, Json]:
    """What stands at a name, as evidence: every record, also those of others (T40), cut to a sane length."""
    item: dict[str, Json] = {
        "name": answer.name,
        "security": answer.security,
        "records": [text if len(text) <= _CUT else f"{text[:_CUT]}…" for text in answer.texts[:_SEEN]],
        "count": len(answer.texts),
    }
    return item | ({"why": answer.why} if answer.why else {})
