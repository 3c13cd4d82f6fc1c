"""``dns-01``: the domain names this service, and the token of its body, at ``_official-account.DOMAIN`` (T38, T40).

One record for all the accounts of a body, which stays: it is looked at again and again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.clock import to_rfc3339
from ...core.errors import OutsideError
from ...core.identifiers import Host
from ...core.models import End, Problem, Record, Subject
from ...core.strict_json import Json
from ...fetch import Secured
from ...fetch.dns import ALIAS
from ..domains.owner_policy import seen
from ..domains.owner_record import LABEL, Proof, Records, parse
from ..looking import Looking
from ..method import State, Tools

_QUOTES = ('"', "'", "“", "«", "\\")  # as a zone file, or a document, shows a record


@dataclass(frozen=True, slots=True)
class Dns01(Looking):
    """A TXT record of the body's domain. State: ``name``, ``value``, what to publish."""

    name: str = "dns-01"
    end: End = End.IDENTITY
    looks: bool = True

    def opens(self, subject: Subject, tools: Tools) -> State:
        name, value = record_of(*_asked(subject), tools.authority)
        return {"name": name, "value": value}

    def shows(self, state: State) -> Mapping[str, str]:
        return {name: state[name] for name in ("name", "value") if name in state}

    async def check(
        self, subject: Subject, _state: State, _answer: Mapping[str, Json], tools: Tools
    ) -> tuple[Record, State]:
        """Read the records of the domain, validated from the root of the DNS down."""
        evidence, problem = await look_up(*_asked(subject), tools)
        # The body's token may be another one since the order was opened: the page shows the one that was looked for.
        return Record.of(self.name, self.end, tools.clock.now(), problem, evidence), self.opens(subject, tools)


def record_of(domain: Host, token: str, authority: str) -> tuple[str, str]:
    """Name and value of the record to publish.

    :param authority: as :attr:`Tools.authority`
    """
    return f"{LABEL}.{domain}", f"{authority}; token={token}"


async def look_up(domain: Host, token: str, tools: Tools) -> tuple[dict[str, Json], Problem | None]:
    """What was seen at a domain, and why its record does not hold: ``dns-…``, ``owner-…``."""
    evidence: dict[str, Json] = {}
    try:
        await _look(domain, token, tools, evidence)
    except OutsideError as error:
        return evidence, Problem(error.code, error.values)
    return evidence, None


async def _look(domain: Host, token: str, tools: Tools, evidence: dict[str, Json]) -> None:
    evidence |= {"name": f"{LABEL}.{domain}", "servers": list(tools.dns.servers)}
    found = await tools.dns.texts(domain, LABEL)
    evidence |= seen(found)
    proof = _proof(found, tools.authority, token, tools.clock.now())
    if proof.until is not None:
        evidence["persistUntil"] = proof.until


def _proof(found: Secured, service: str, token: str, now: int) -> Proof:
    """The record that proves, alone of its kind.

    :raises OutsideError: why there is none
    """
    name = found.name
    if found.security == "bogus":
        raise OutsideError("dns-bogus", name=name, why=found.why or "")
    if found.why and found.why.startswith(ALIAS):
        raise OutsideError("dns-alias", name=name, target=found.why.removeprefix(ALIAS))
    records = parse(found.texts, service)
    _check_owner(records, name, service)
    if records.malformed:
        raise OutsideError("dns-record-malformed", name=name, seen=records.malformed[0][:200])
    if not records.proofs and (near := _near(found.texts, service, token)) is not None:
        code = "dns-record-quoted" if near.startswith(_QUOTES) else "dns-record-near"
        raise OutsideError(code, name=name, seen=near[:200], expected=f"{service}; token={token}")
    if not records.proofs:
        raise OutsideError("dns-record-missing", name=name, service=service, count=len(found.texts))
    if len(records.proofs) > 1:
        raise OutsideError("dns-record-duplicate", name=name, service=service, count=len(records.proofs))
    proof = records.proofs[0]
    if proof.token != token:
        raise OutsideError("dns-record-other-token", name=name, seen=proof.token)
    if proof.until is not None and now >= proof.until:
        raise OutsideError("dns-record-expired", name=name, since=to_rfc3339(proof.until))
    return proof


def _near(texts: Sequence[str], service: str, token: str) -> str | None:
    """A record that was meant for this service, and does not begin with its name as it must."""
    return next((text for text in texts if token in text or service in text.lower()), None)


def _check_owner(records: Records, name: str, service: str) -> None:
    if records.policy_malformed:
        raise OutsideError("owner-policy-malformed", name=name)
    if records.policy is not None and not records.policy.allows(service):
        raise OutsideError("owner-forbids-issuer", name=name, service=service)


def _asked(subject: Subject) -> tuple[Host, str]:
    if subject.domain is None or subject.body_token is None:
        raise ValueError("dns-01 needs a domain and its token")
    return subject.domain, subject.body_token
