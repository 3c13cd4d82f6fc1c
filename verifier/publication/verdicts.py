"""Verdict bodies: made once, when something changes, and served as they are."""

from collections.abc import Collection, Mapping

from ..core import strict_json
from ..core.clock import to_rfc3339
from ..core.identifiers import Handle
from ..core.models import AccountPin, Reason, Status, agreeing
from ..core.strict_json import Json
from .lookalikes import Lookalike

INSTANCE_METHOD = "instance-01"
"""As ``validation`` declares it, which stands on the same floor (tests/contract/test_methods.py)."""


def verdict_body(
    attestation: Mapping[str, Json],
    *,
    page: str,
    status: Status,
    reason: Reason | None,
    at: int,
    views: Mapping[str, int],
) -> bytes:
    """The verdict on the account of a published attestation.

    :param attestation: the signed document
    :param page: absolute URL of the account's page
    :param at: when this verdict came to be, in Unix seconds
    :param views: method → how many views of the network saw the same
    """
    subject = attestation["credentialSubject"]
    affiliation = subject["affiliation"]
    return strict_json.dumps(
        {
            "handle": "@" + subject["handle"].removeprefix("acct:"),
            "verified": status.vouches,
            "status": status,
            "asOf": to_rfc3339(at),
            "account": {"acct": subject["handle"], "actor": subject["id"], "profile": subject["profile"]},
            "accountRole": subject["accountRole"],
            "affiliation": {"domain": affiliation["domain"], "name": affiliation["name"]},
            "checks": [_check(evidence, views) for evidence in attestation["evidence"]],
            "attestation": attestation["id"],
            "page": page,
            "validUntil": attestation["validUntil"],
            "issuer": attestation["issuer"],
            "log": None,
            "otherAccounts": [],
            "reason": reason,
            "lookalike": None,
        }
    )


def respelled_body(verdict: bytes, pin: AccountPin) -> bytes:
    """The verdict, naming the account as it is pinned; documents signed before spellings were kept say lower case."""
    body = strict_json.loads_object(verdict)
    account = {name: value for name, value in body["account"].items() if name != "caseSensitive"}
    account |= {"acct": pin.handle.acct} | ({"caseSensitive": True} if pin.is_exact else {})
    return strict_json.dumps(body | {"handle": str(pin.handle), "account": account})


def recheck_body(
    verdict: bytes, *, status: Status, at: int, methods: Collection[str] = (), failing: Mapping[str, int] | None = None
) -> bytes:
    """The verdict after another look. All else in it stays, and so does the signed document.

    :param at: when this look was
    :param methods: the checks that passed again
    :param failing: check → since when it does not pass; the verdict's own ``since`` is the first of them
    """
    body = strict_json.loads_object(verdict)
    moment, failing = to_rfc3339(at), failing or {}
    checks = [_recheck(check, moment if check["method"] in methods else None, failing) for check in body["checks"]]
    body |= {"verified": status.vouches, "status": status, "asOf": moment, "checks": checks}
    body.pop("since", None)
    return strict_json.dumps(body | ({"since": to_rfc3339(min(failing.values()))} if failing else {}))


def _recheck(check: Mapping[str, Json], passed_at: str | None, failing: Mapping[str, int]) -> dict[str, Json]:
    since = failing.get(check["method"])
    result = {name: value for name, value in check.items() if name != "since"}
    result |= {"result": "valid" if since is None else "invalid"} | ({"checkedAt": passed_at} if passed_at else {})
    return result | ({"since": to_rfc3339(since)} if since is not None else {})


def hosted_body(handle: Handle, domain: str, name: str, at: int, evidence: Mapping[str, Json]) -> bytes:
    """The verdict on an account without attestation, of an instance that a body runs.

    :param at: when that was last seen, in Unix seconds
    :param evidence: what was seen
    """
    check = {"method": INSTANCE_METHOD, "result": "valid", "checkedAt": to_rfc3339(at), "views": agreeing(evidence)}
    return strict_json.dumps(
        {
            "handle": str(handle),
            "verified": False,
            "status": Status.HOSTED,
            "asOf": to_rfc3339(at),
            "affiliation": {"domain": domain, "name": name},
            "checks": [check],
            "lookalike": None,
        }
    )


def not_attested_body(handle: Handle | None, at: int, lookalike: Lookalike | None = None) -> bytes:
    """The verdict on an account that nothing attests; `at` is the minute in which we looked."""
    return strict_json.dumps(
        {
            "handle": str(handle) if handle else None,
            "verified": False,
            "status": Status.NOT_ATTESTED,
            "asOf": to_rfc3339(at),
            "lookalike": lookalike,
        }
    )


def _check(evidence: Mapping[str, Json], views: Mapping[str, int]) -> dict[str, Json]:
    details = {name: evidence[name] for name in ("class", "dnssec") if name in evidence}
    return {
        "method": evidence["method"],
        "result": "valid",
        "checkedAt": evidence["checkedAt"],
        "views": views.get(evidence["method"], 1),
    } | details
