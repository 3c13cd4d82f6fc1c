"""The record by which a domain names this service and the token of its body (T38, T40): what it is, what was seen."""

from collections.abc import Sequence

from ...core.clock import to_rfc3339
from ...core.errors import OutsideError
from ...core.identifiers import Host
from ...core.models import Problem
from ...core.strict_json import Json
from ...fetch import Secured
from ...fetch.dns import ALIAS
from ..tools import Tools
from .owner_policy import as_evidence
from .owner_record import LABEL, Proof, Records, parse

_QUOTES = ('"', "'", "“", "«", "\\")  # as a zone file, or a document, shows a record


def record_of(domain: Host, token: str, authority: str) -> tuple[str, str]:
    """Name and value of the record to publish.

    :param authority: of this service, :attr:`.Site.authority`
    """
    return f"{LABEL}.{domain}", f"{authority}; token={token}"


async def check_record(
    domain: Host, token: str, authority: str, tools: Tools
) -> tuple[dict[str, Json], Problem | None]:
    """What was seen at a domain, and why its record does not hold: ``dns-…``, ``owner-…``."""
    evidence: dict[str, Json] = {}
    try:
        await _check(domain, token, authority, tools, evidence)
    except OutsideError as error:
        return evidence, Problem(error.code, error.values)
    return evidence, None


async def _check(domain: Host, token: str, authority: str, tools: Tools, evidence: dict[str, Json]) -> None:
    evidence |= {"name": f"{LABEL}.{domain}", "servers": list(tools.dns.servers)}
    answer = await tools.dns.texts(domain, LABEL)
    evidence |= as_evidence(answer)
    proof = _proof(answer, authority, token, tools.clock.now())
    if proof.until is not None:
        evidence["persistUntil"] = proof.until


def _proof(answer: Secured, service: str, token: str, now: int) -> Proof:
    """The record that proves, alone of its kind.

    :raises OutsideError: why there is none
    """
    name = answer.name
    if answer.security == "bogus":
        raise OutsideError("dns-bogus", name=name, why=answer.why or "")
    if answer.why and answer.why.startswith(ALIAS):
        raise OutsideError("dns-alias", name=name, target=answer.why.removeprefix(ALIAS))
    records = parse(answer.texts, service)
    _check_owner(records, name, service)
    if records.malformed:
        raise OutsideError("dns-record-malformed", name=name, seen=records.malformed[0][:200])
    if not records.proofs and (near := _near(answer.texts, service, token)) is not None:
        code = "dns-record-quoted" if near.startswith(_QUOTES) else "dns-record-near"
        raise OutsideError(code, name=name, seen=near[:200], expected=f"{service}; token={token}")
    if not records.proofs:
        raise OutsideError("dns-record-missing", name=name, service=service, count=len(answer.texts))
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
