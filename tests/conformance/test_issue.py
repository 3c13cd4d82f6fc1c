"""Every line of "must accept" and "must reject" at issue, on every issuing route."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from verifier.core.strict_json import Json

from . import pinned
from .app import ISSUERS
from .conftest import Client, Server
from .signing import DATA_INTEGRITY, NAME, V1, V2, credential, credential_1_1

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
SUBJECT = {"id": "did:example:subject"}
OWN = "the issuer's own id"  # stands for it in the tables
INDEX = {entry["url"]: entry for entry in json.loads((pinned.CONTEXTS / "index.json").read_bytes()).values()}
REVISIONS = [
    entry for entry in json.loads((pinned.CONTEXTS / "index.json").read_bytes()).values() if entry["url"] == V2
]
V2_DIGESTS = REVISIONS[0]


def typed(name: str, **more: Json) -> dict[str, Json]:
    """A member of a type that an inline context maps."""
    term = f"Example{name[0].upper()}{name[1:]}"
    value = {"id": f"https://example.org/{name}/1", "type": term, **more}
    return {"@context": [V2, {term: f"https://example.org/#{term}"}], name: value}


def related(**members: Json) -> dict[str, Json]:
    return {"relatedResource": {"id": V2, **members}}


def text(value: Json) -> dict[str, Json]:
    return {"name": value, "description": value}


ACCEPTED: Mapping[str, dict[str, Json]] = {
    "the smallest": {},
    "with an id": {"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"},
    "unknown status": typed("credentialStatus"),
    "unknown status without id": {
        "@context": [V2, {"ExampleStatus": "https://example.org/#ExampleStatus"}],
        "credentialStatus": {"type": "ExampleStatus"},
    },
    "unknown schema": typed("credentialSchema"),
    "unknown schemas": {
        "credentialSchema": [
            {"id": f"did:example:schemas/{number}", "type": "https://example.org/#ExampleSchema"} for number in (1, 2)
        ]
    },
    "JSON Schema that is not known": {"credentialSchema": {"id": "https://example.org/none", "type": "JsonSchema"}},
    "JSON Schema that it fits": {
        "credentialSchema": {"id": next(iter(pinned.SCHEMAS)), "type": "JsonSchema"},
        "credentialSubject": {**SUBJECT, "name": "Zoé"},
    },
    "termsOfUse": typed("termsOfUse"),
    "evidence": typed("evidence"),
    "several of evidence": {
        "evidence": [{"id": f"urn:x:{number}", "type": "https://example.org/#Seen"} for number in (1, 2)]
    },
    "refresh": typed("refreshService"),
    "types as URLs": {"type": ["https://example.org/#A", "VerifiableCredential", "https://example.org/#B"]},
    "type mapped by an inline context": {
        "@context": [V2, {"Diploma": "https://example.org/#Diploma"}],
        "type": ["VerifiableCredential", "Diploma"],
    },
    "several context URLs": {"@context": [V2, EXAMPLES], "type": ["VerifiableCredential", "Anything"]},
    "nested context": {"@context": [V2, {"@context": {"alumniOf": "https://example.org/alumniOf"}}]},
    "subjects as array": {"credentialSubject": [SUBJECT, {"id": "did:example:other"}]},
    "subject without id": {"credentialSubject": {"name": "Zoé"}},
    "validUntil in the past": {"validUntil": "2020-01-01T00:00:00Z"},
    "validFrom in the future": {"validFrom": "2090-01-01T00:00:00Z"},
    "validFrom with milliseconds": {"validFrom": "2023-06-21T18:45:00.123Z"},
    "validFrom with an offset": {"validFrom": "2023-06-21T18:45:00-05:00"},
    "validUntil the same as validFrom": {
        "validFrom": "2023-06-21T18:45:00Z",
        "validUntil": "2023-06-21T20:45:00+02:00",
    },
    "issuer as an object": {"issuer": {"id": OWN}},
    "issuer with name and description": {"issuer": {"id": OWN, **text("Préfecture")}},
    "issuer with language-valued name and description": {
        "issuer": {"id": OWN, **text({"@value": "Préfecture", "@language": "fr"})}
    },
    "language-valued name and description": text({"@value": "Diploma", "@language": "en"}),
    "name and description with a direction": text({"@value": "شهادة", "@language": "ar", "@direction": "rtl"}),
    "name and description in several languages": text(
        [{"@value": "Diplôme", "@language": "fr"}, {"@value": "Diploma", "@language": "en"}]
    ),
    "related resource with digestSRI": related(digestSRI=V2_DIGESTS["digestSRI"]),
    "related resource, the other revision": related(digestSRI=REVISIONS[1]["digestSRI"]),
    "related resource with digestMultibase": related(digestMultibase=V2_DIGESTS["digestMultibase"]),
    "related resource, no multihash header": related(digestMultibase=V2_DIGESTS["rawDigestMultibaseAsInSuite"]),
    "related resource, both digests": related(
        digestSRI=REVISIONS[1]["digestSRI"], digestMultibase=REVISIONS[1]["rawDigestMultibaseAsInSuite"]
    ),
    "related resource with mediaType": related(digestSRI=V2_DIGESTS["digestSRI"], mediaType="application/ld+json"),
    "related resources": {
        "relatedResource": [{"id": url, "digestSRI": INDEX[url]["digestSRI"]} for url in (EXAMPLES, DATA_INTEGRITY)]
    },
    "related resource that is not known": {
        "relatedResource": {
            "id": "https://example.org/image.png",
            "digestSRI": "sha256-" + base64.b64encode(hashlib.sha256(b"image").digest()).decode(),
        }
    },
}

# With the code of the refusal: none is refused for what another case is about.
REFUSED: Mapping[str, tuple[str, dict[str, Json]]] = {
    "no context": ("credential-context", {"@context": None}),
    "empty context": ("credential-context", {"@context": []}),
    "no base context": ("credential-context", {"@context": [EXAMPLES]}),
    "misplaced base context": ("credential-context", {"@context": [EXAMPLES, V2]}),
    "bad context URL": ("credential-context", {"@context": [V2, "https ://not-a-url/contexts/example/v1"]}),
    "context URL that leads nowhere": ("context-unknown", {"@context": [V2, "https://example.com"]}),
    "a number in @context": ("credential-context", {"@context": [V2, 123192875]}),
    "no type": ("credential-type", {"type": None}),
    "empty type": ("credential-type", {"type": []}),
    "no VerifiableCredential": ("credential-type", {"@context": [V2, EXAMPLES], "type": ["Anything"]}),
    "a type that is a number": ("credential-type", {"type": ["VerifiableCredential", 2]}),
    "unmapped type": ("type-undefined", {"type": ["VerifiableCredential", "Anything"]}),
    "unmapped type under @vocab: null": (
        "json-ld-refused",
        {
            "@context": [V2, {"@vocab": None}],
            "type": ["VerifiableCredential", "Anything"],
        },
    ),
    "type mapped to an invalid IRI": (
        "json-ld-refused",
        {
            "@context": [V2, {"Anything": "https ://not-a-url#Anything"}],
            "type": ["VerifiableCredential", "Anything"],
        },
    ),
    "base term redefined": (
        "json-ld-refused",
        {"@context": [V2, {"VerifiableCredential": "https://example.org/#Other"}]},
    ),
    "protected term redefined": (
        "json-ld-refused",
        {
            "@context": [
                V2,
                {"@protected": True, "Anything": "https://example.org/#A"},
                {"Anything": "https://example.org/#B"},
            ],
            "type": ["VerifiableCredential", "Anything"],
        },
    ),
    "id null": ("credential-id", {"id": ...}),
    "id array": ("credential-id", {"id": ["did:example:1", "did:example:2"]}),
    "id no URL": ("credential-id", {"id": "not-a-url"}),
    "id with a space": ("credential-id", {"id": "https ://not-a-url"}),
    "id that is a blank node": ("credential-id", {"id": "_:b0"}),
    "subject missing": ("credential-member", {"credentialSubject": None}),
    "subject null": ("credential-malformed", {"credentialSubject": ...}),
    "subject empty": ("credential-member", {"credentialSubject": {}}),
    "no subject in the array": ("credential-member", {"credentialSubject": []}),
    "subject with array id": ("credential-id", {"credentialSubject": {"id": ["did:example:1", "did:example:2"]}}),
    "subject that is a string": ("credential-malformed", {"credentialSubject": "did:example:subject"}),
    "one empty among many subjects": ("credential-member", {"credentialSubject": [SUBJECT, {}]}),
    "issuer missing": ("credential-id", {"issuer": None}),
    "issuer null": ("credential-id", {"issuer": ...}),
    "issuer with id null": ("credential-id", {"issuer": {"id": ...}}),
    "issuer without id": ("credential-id", {"issuer": {"name": "Préfecture"}}),
    "issuer no URL": ("credential-id", {"issuer": "not-a-url"}),
    "issuer with id no URL": ("credential-id", {"issuer": {"id": "not-a-url"}}),
    "issuer array": ("credential-id", {"issuer": [OWN, OWN]}),
    "value object with an extra key in name": (
        "credential-member",
        {"name": {"@value": "a", "@language": "en", "url": "did:example:1"}},
    ),
    "value object with an extra key in description": (
        "credential-member",
        {"description": {"@value": "a", "@language": "en", "url": "did:example:1"}},
    ),
    "value object with an extra key in the issuer's name": (
        "credential-member",
        {"issuer": {"id": OWN, "name": {"@value": "a", "@language": "en", "url": "did:example:1"}}},
    ),
    "value object with an extra key in the issuer's description": (
        "credential-member",
        {"issuer": {"id": OWN, "description": {"@value": "a", "@language": "en", "url": "did:example:1"}}},
    ),
    "language that is none": ("json-ld-refused", {"name": {"@value": "a", "@language": "no language"}}),
    "validFrom that is no dateTimeStamp": ("time-malformed", {"validFrom": "September 27, 2012 18:45:00"}),
    "validFrom without offset": ("time-malformed", {"validFrom": "2023-06-21T18:45:00"}),
    "validFrom on 30 February": ("time-malformed", {"validFrom": "2023-02-30T18:45:00Z"}),
    "validUntil that is no dateTimeStamp": ("time-malformed", {"validUntil": "2023-06-21"}),
    "validUntil that is a number": ("time-malformed", {"validUntil": 1700000000}),
    "validUntil before validFrom": (
        "credential-period",
        {"validFrom": "2028-01-01T00:00:00Z", "validUntil": "2024-01-01T00:00:00Z"},
    ),
    "credentialStatus without type": ("credential-type", typed("credentialStatus", type=None)),
    "credentialStatus with a type that is a number": ("credential-type", typed("credentialStatus", type=2)),
    "credentialStatus with two ids": (
        "credential-id",
        typed("credentialStatus", id=["https://a.example", "https://b.example"]),
    ),
    "credentialStatus with an id that is no URL": (
        "credential-id",
        typed("credentialStatus", id="https ://not-a-url/status/4"),
    ),
    "status entry with an index that is no string": (
        "credential-member",
        {
            "credentialStatus": {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": 7,
                "statusListCredential": "https://example.org/status/1",
            }
        },
    ),
    "unknown member with a malformed status entry": (
        "term-undefined",
        {"statusEntry": {"type": "BitstringStatusListEntry", "statusListIndex": True}},
    ),
    "termsOfUse without type": ("credential-type", typed("termsOfUse", type=None)),
    "evidence without type": ("credential-type", typed("evidence", type=None)),
    "evidence that is a string": ("credential-malformed", {"evidence": "did:example:evidence"}),
    "refreshService without type": ("credential-type", typed("refreshService", type=None)),
    "refreshService with an id that is no URL": ("credential-id", typed("refreshService", id="//not-a-url/8e96ee84")),
    "credentialSchema without type": ("credential-type", typed("credentialSchema", type=None)),
    "credentialSchema without id": ("credential-id", typed("credentialSchema", id=None)),
    "credentialSchema with an id that is no URL": ("credential-id", typed("credentialSchema", id="not-a-url")),
    "JSON Schema that it does not fit": (
        "credential-schema",
        {"credentialSchema": {"id": next(iter(pinned.SCHEMAS)), "type": "JsonSchema"}},
    ),
    "relatedResource as a string": ("resource-malformed", {"relatedResource": V2}),
    "relatedResource as strings": ("resource-malformed", {"relatedResource": [V2, EXAMPLES]}),
    "relatedResource without id": ("resource-malformed", related(id=None, digestSRI=V2_DIGESTS["digestSRI"])),
    "relatedResource with a duplicate id": (
        "resource-repeated",
        {"relatedResource": [{"id": V2, "digestSRI": V2_DIGESTS["digestSRI"]}] * 2},
    ),
    "relatedResource without digest": ("resource-malformed", related()),
    "relatedResource with a wrong digestSRI": ("resource-digest", related(digestSRI=INDEX[EXAMPLES]["digestSRI"])),
    "relatedResource with a wrong digestMultibase": (
        "resource-digest",
        related(digestMultibase=INDEX[EXAMPLES]["digestMultibase"]),
    ),
    "relatedResource with a digestSRI of another length": (
        "resource-malformed",
        related(digestSRI=V2_DIGESTS["digestSRI"].replace("sha384", "sha256")),
    ),
    "relatedResource with a digest that is none": ("resource-malformed", related(digestMultibase="no digest")),
    "undefined term": ("term-undefined", {"colour": "red"}),
    "undefined term in the subject": ("term-undefined", {"credentialSubject": {**SUBJECT, "colour": "red"}}),
    "undefined type in the subject": ("type-undefined", {"credentialSubject": {**SUBJECT, "type": "Minister"}}),
    "relative IRI": ("type-undefined", {"credentialSubject": {**SUBJECT, "type": "https:relative but not quite"}}),
    "a null that RDF would drop": ("credential-member", {"name": ...}),
}


def made(change: Mapping[str, Json], issuer: str) -> Json:
    """The credential of a case: `None` leaves a member out, `...` is null, OWN is the issuer."""

    def filled(value: Any) -> Json:  # noqa: ANN401
        if isinstance(value, dict):
            return {name: filled(item) for name, item in value.items() if item is not None or name == "@vocab"}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return None if value is ... else issuer if value == OWN else value

    return filled(credential(issuer, **change))


def issuer_of(server: Server, path: str) -> str:
    return server.p256 if path.startswith("ecdsa") else server.ed25519


async def test_accepted(client: Client, subtests: pytest.Subtests) -> None:
    for name in ACCEPTED:
        with subtests.test(name):
            in_time = name not in {
                "validUntil in the past",
                "validFrom in the future",
                "validUntil the same as validFrom",
            }
            for path in ISSUERS:
                asked = made(ACCEPTED[name], issuer_of(client.server, path))
                status, issued = await client.issue(asked, path)
                assert status == 201, issued
                added = {"credentialStatus"} if path == "status" else set()
                assert {name: issued[name] for name in set(asked) - added} == {
                    name: asked[name] for name in set(asked) - added
                }
                status, verdict = await client.verify(issued)
                assert status == (200 if in_time else 422), verdict


async def test_refused(client: Client, subtests: pytest.Subtests) -> None:
    for name in REFUSED:
        with subtests.test(name):
            code, change = REFUSED[name]
            for path in ISSUERS:
                status, problem = await client.issue(made(change, issuer_of(client.server, path)), path)
                assert (status, problem["title"]) == (422, code)


@pytest.mark.parametrize("path", [path for path in ISSUERS if path != "status"])
async def test_vc_1_1_is_issued_with_the_context_of_its_proof(client: Client, path: str) -> None:
    status, issued = await client.issue(credential_1_1(issuer_of(client.server, path)), path)
    assert (status, issued["@context"]) == (201, [V1, NAME, DATA_INTEGRITY])
    assert (await client.verify(issued))[0] == 200
    without_date = credential_1_1(issuer_of(client.server, path), issuanceDate=None)
    assert (await client.issue(without_date, path))[0] == 422


@pytest.mark.parametrize("body", (None, [], "x", {}, {"credential": None}, {"credential": "x"}, {"credential": []}))
async def test_what_is_no_credential(client: Client, body: Json) -> None:
    for path in ISSUERS:
        assert (await client.post(f"/{path}/credentials/issue", body))[0] == 400


async def test_options_may_be_absent(client: Client) -> None:
    body = {"credential": credential(client.server.ed25519)}
    assert (await client.post("/eddsa-rdfc-2022/credentials/issue", body))[0] == 201
