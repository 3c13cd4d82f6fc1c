"""The form of what the doors answer, as JSON Schema: for ``openapi.json``, and for the tests that hold the doors to it.

Readers must bear a member that they do not know: answers may gain some, and lose none.
"""

from collections.abc import Mapping

from ..core.likeness import Why
from ..core.models import ChallengeStatus, End, EventKind, OrderStatus, Reason, Status
from ..core.strict_json import Json
from .health import PARTS

Schema = dict[str, Json]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def record(members: Mapping[str, Schema], about: str = "") -> Schema:
    """An object; a member whose name ends in ``?`` may be absent."""
    schema: Schema = {
        "type": "object",
        "required": [name for name in members if not name.endswith("?")],
        "properties": {name.removesuffix("?"): member for name, member in members.items()},
    }
    return schema | ({"description": about} if about else {})


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
URL: Schema = {"type": "string", "format": "uri"}
TRUTH: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
OBJECT: Schema = {"type": "object"}
TIME: Schema = {"type": "string", "format": "date-time", "pattern": "^[0-9-]{10}T[0-9:]{8}Z$"}
HANDLE: Schema = {"type": "string", "pattern": "^@[^@\\s]+@[a-z0-9.-]+$"}
AXIS: Schema = one_of("ok", "failed", "unknown")
AXES = ("proof", "issuer", "validity", "status", "schema", "context")

_PROBLEM: dict[str, Schema] = {
    "type": {**URL, "description": "Ends in #CODE; the codes are in docs/api.md."},
    "title": TEXT,
    "status?": {"type": "integer"},
    "detail": TEXT,
    "pointer?": {**TEXT, "description": "JSON pointer (RFC 6901) to the member at fault, or /NAME of a query's."},
    "remedy?": TEXT,
}
_ORDER: dict[str, Schema] = {
    "id": TEXT,
    "status": one_of(*OrderStatus),
    "handle": HANDLE,
    "page": {**URL, "description": "What the profile must link to."},
    "expires": TIME,
    "listed": TRUTH,
    "affiliation": one_of("body", "state"),
    "authorizations": array(
        record(
            {
                "end": one_of(*End),
                "status": one_of(*ChallengeStatus),
                "needs": one_of("any", "all"),
                "challenges": array(ref("Challenge")),
            }
        )
    ),
    "attestation?": {**URL, "description": "Once issued."},
}

_LOOKALIKE = record(
    {"handle": HANDLE, "why": one_of(*Why)},
    "The listed account that the handle resembles. It imitates that account: confusable (letters or servers that are"
    " read for others), dressed (a body's name with words that claim to be official), body-name (the full name of a"
    " body, or its domain, as a user name). It only resembles it: case (other capital letters, where these make another"
    " account), same-user (a body's name on another server), similar (a slip away).",
)

_EXAMINED = or_null(one_of("class", "contact")) | {
    "description": "Why people look at its next request first: the policy asks it of such a domain or mailbox, or it is"
    " not known who acts for it, or somebody else does. Null: it is issued at once."
}
_LOOKED_AT = {**TIME, "description": "When the outside was asked: an answer is kept for some minutes."}
SCHEMAS: Mapping[str, Schema] = {
    "Problem": record(_PROBLEM, "RFC 9457: what happened, why, what to do."),
    "Verdict": {"oneOf": [ref("Attested"), ref("Hosted"), ref("NotAttested")]},
    "Attested": record(
        {
            "handle": HANDLE,
            "verified": {**TRUTH, "description": "True for verified and degraded only."},
            "status": one_of(*(each for each in Status if each not in (Status.NOT_ATTESTED, Status.HOSTED))),
            "asOf": {**TIME, "description": "When the stored verdict last changed or was checked, not now."},
            "since?": {**TIME, "description": "While degraded: since when a check does not pass."},
            "account": record(
                {
                    "acct": TEXT,
                    "actor": URL,
                    "profile": URL,
                    "caseSensitive?": {
                        "const": True,
                        "description": "Its server does not take other spellings of the name for the same.",
                    },
                }
            ),
            "accountRole": one_of("office", "agent", "mandate"),
            "affiliation": record({"domain": TEXT, "name": TEXT}),
            "checks": array(
                record(
                    {
                        "method": TEXT,
                        "result": one_of("valid", "invalid"),
                        "checkedAt": {**TIME, "description": "When it last passed."},
                        "since?": {**TIME, "description": "While invalid: since when it does not pass."},
                        "views": COUNT,
                        "class?": {**TEXT, "description": "What the policy says that a mailbox proves."},
                        "dnssec?": TRUTH,
                    }
                )
            ),
            "attestation": URL,
            "page": URL,
            "validUntil": TIME,
            "issuer": TEXT,
            "log": or_null(record({"index": COUNT, "proof": URL})),
            "otherAccounts": array(HANDLE),
            "reason": or_null(one_of(*Reason)),
            "lookalike": or_null(OBJECT),
        }
    ),
    "Hosted": record(
        {
            "handle": HANDLE,
            "verified": {"const": False},
            "status": {"const": Status.HOSTED.value},
            "asOf": TIME,
            "affiliation": record({"domain": TEXT, "name": TEXT}),
            "checks": array(OBJECT),
            "lookalike": {"type": "null"},
        },
        "No attestation of its own: its whole instance is run by a body, and closed to others.",
    ),
    "NotAttested": record(
        {
            "handle": or_null(HANDLE),
            "verified": {"const": False},
            "status": {"const": Status.NOT_ATTESTED.value},
            "asOf": TIME,
            "lookalike": or_null(_LOOKALIKE),
        },
        "Nothing attests the account, which does not make it false.",
    ),
    "Verdicts": record(
        {"results": array({"oneOf": [*(ref(each) for each in ("Attested", "Hosted", "NotAttested")), ref("Problem")]})}
    ),
    "Readiness": record({"impaired": array(one_of(*PARTS))}, "The parts that do not work; lookups may all the same."),
    "Events": record(
        {
            "events": array(
                record(
                    {
                        "seq": COUNT,
                        "at": TIME,
                        "kind": one_of(*EventKind),
                        "listed": TRUTH,
                        "handle?": HANDLE,
                        "attestation?": URL,
                        "reason?": or_null(one_of(*Reason)),
                    },
                    "An unlisted account's event names nothing.",
                )
            ),
            "next": {**COUNT, "description": "The `after` of the next request."},
        }
    ),
    "RelMeCheck": record(
        {"linked": TRUTH, "why": or_null(ref("Problem")), "evidence": array(OBJECT), "checkedAt": _LOOKED_AT}
    ),
    "WebFingerCheck": record(
        {
            "accepted": TRUTH,
            "handle": or_null(HANDLE),
            "actor": or_null(URL),
            "why": or_null(ref("Problem")),
            "evidence": array(OBJECT),
            "checkedAt": _LOOKED_AT,
        }
    ),
    "Appraisal": record(
        {
            "verified": {**TRUTH, "description": "True iff every axis is ok."},
            **dict.fromkeys(AXES, AXIS),
            "problems": array(record({"axis": one_of(*AXES), **_PROBLEM})),
        }
    ),
    "Order": record(_ORDER),
    "NewOrder": record({"id": TEXT, "token": {**TEXT, "description": "Bearer token, shown this once."}, **_ORDER}),
    "Challenge": record(
        {
            "type": TEXT,
            "url": URL,
            "status": one_of(*ChallengeStatus),
            "token?": {**TEXT, "description": "profile-token-01, once begun: what to put in the profile."},
            "authorize?": {**URL, "description": "oauth-01 and oidc-01, once begun: where the holder signs in."},
            "name?": {**TEXT, "description": "dns-01: the name of the TXT record to publish."},
            "value?": {**TEXT, "description": "dns-01: its value."},
            "optional?": {**TRUTH, "description": "It only adds evidence: the order can be published without it."},
            "record?": record(
                {
                    "method": TEXT,
                    "result": one_of("valid", "invalid"),
                    "checkedAt": TIME,
                    "view": TEXT,
                    "evidence": OBJECT,
                },
                "What the last check saw.",
            ),
            "problem?": ref("Problem"),
        }
    ),
    "Children": record({"children": array(record({"domain": TEXT, "name": TEXT, "examined": _EXAMINED}))}),
    "NamedChildren": record(
        {
            "children": array(
                record(
                    {
                        "domain": TEXT,
                        "name": TEXT,
                        "named": TIME,
                        "contact": {**TRUTH, "description": "It is known who acts for it. The mailbox is never told."},
                        "record": {**TRUTH, "description": "Its own DNS record proves it: it keeps what it has."},
                        "examined": _EXAMINED,
                        "accounts": {**array(HANDLE), "description": "Attested to it, and vouched for."},
                    }
                )
            )
        }
    ),
    "TakenBack": record(
        {"domain": TEXT, "suspended": {**COUNT, "description": "Attestations that this suspended; 0 the second time."}}
    ),
    "Instances": record(
        {
            "instances": array(
                record(
                    {
                        "host": TEXT,
                        "status": one_of("hosted", "failing", "ended"),
                        "checkedAt": {**TIME, "description": "When it was last seen to be so."},
                        "registration": {
                            **OBJECT,
                            "description": "What was closed then, by `api` and by `nodeinfo`; a place that says nothing"
                            " is absent.",
                        },
                        "views": {**COUNT, "description": "Views of the network that saw so."},
                        "since?": {**TIME, "description": "While failing: since when it cannot be seen."},
                        "endedAt?": TIME,
                        "reason?": one_of(*Reason),
                    }
                )
            )
        }
    ),
    "EndedInstance": record({"host": TEXT, "hosted": {"const": False}}),
    "Instance": record({"host": TEXT, "hosted": TRUTH, "record": OBJECT, "problem?": ref("Problem")}),
    "Finalized": record({"status": one_of(*OrderStatus), "attestation?": URL}),
    "Jrd": record(
        {
            "subject": TEXT,
            "aliases": array(URL),
            "properties?": OBJECT,
            "links": array(record({"rel": TEXT, "type": TEXT, "href": URL})),
        },
        "RFC 7033.",
    ),
    "Attestation": {**OBJECT, "description": "/schemas/fediverse-account-attestation-v1.json"},
    "StatusList": {**OBJECT, "description": "A W3C BitstringStatusListCredential."},
    "DidDocument": {**OBJECT, "description": "W3C DID core 1.0, with Multikey verification methods."},
}
