"""Documents at fixed addresses: attestations, status lists, keys, WebFinger, contexts; events; and verify."""

import copy
import json
from pathlib import Path

import pytest

from tests.integration.conftest import Town
from tests.integration.house import ALICE, VC, House
from verifier.core.site import CONTEXT_PATH, SCHEMA_PATH
from verifier.core.strict_json import Json
from verifier.proof import bitstring
from verifier.proof.sets import BOTH
from verifier.words.phrases import say

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEMAS = Path(__file__).parents[2] / "schemas"
HTML = "text/html; charset=utf-8"
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
AXES = ("proof", "issuer", "validity", "status", "schema", "context")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    (
        (None, VC),
        ("*/*", VC),
        ("", VC),
        (VC, VC),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        (CHROMIUM, "text/html; charset=utf-8"),
        ("text/html;q=0.2, application/json;q=0.9", "application/json"),
        ("application/json, application/vc", VC),
        ("text/html;q=0, */*", VC),
        ("text/html;q=0", VC),
        ("text/html;q=nonsense", VC),
        ("text/html;q=nan, application/json;q=0.1", "application/json"),
        ("text/html;q=, text/html;q=0.9.9, ;;;,=", VC),
        ("image/png", VC),
    ),
)
async def test_an_attestation_in_the_form_that_is_asked(town: Town, accept: str | None, content_type: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = await town.house.ask("GET", town.listed.order["attestation"], headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if content_type.startswith("text/html"):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert ALICE in answer.text
    else:
        assert answer.body == await stored(town)


async def stored(town: Town) -> bytes:
    row = await town.house.service.storage.read.attestations.get(town.listed.order["attestation"].rpartition("/")[2])
    assert row is not None
    assert row.body is not None
    return row.body


async def test_the_signed_bytes_with_a_suffix(town: Town) -> None:
    answer = await town.house.ask("GET", town.listed.order["attestation"] + ".json", headers={"Accept": CHROMIUM})
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, VC, await stored(town))


@pytest.mark.asyncio(loop_scope="function")
async def test_an_attestation_that_was_erased(house: House) -> None:
    holder = await house.attest()
    async with house.service.storage.write.transaction() as tx:
        await tx.facts._connection.run("UPDATE attestation SET body = NULL")
    url = holder.order["attestation"]
    for path, accept in ((url, VC), (url + ".json", CHROMIUM)):
        answer = await house.get(path, Accept=accept)
        assert (answer.status, answer.code, answer.headers["Cache-Control"]) == (410, "attestation-erased", "no-store")
    page = await house.get(url, Accept=CHROMIUM)
    assert (page.status, page.headers["Cache-Control"]) == (410, "no-store")
    assert say("fr", "This attestation was erased") in page.text


@pytest.mark.parametrize(("language", "home"), [("en-GB", "/en/"), ("fr", "/")])
async def test_a_browser_gets_a_page_where_there_is_no_attestation(town: Town, language: str, home: str) -> None:
    answer = await town.house.get("/attestations/nope", Accept=CHROMIUM, Accept_Language=language)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Accept, Accept-Language")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert f'class="button" href="{home}"' in answer.text
    assert (await town.house.get("/attestations/nope", Accept=VC)).code == "attestation-not-found"


async def test_an_attestation_in_the_language_of_the_reader(town: Town) -> None:
    url = town.listed.order["attestation"]
    for accepted, lang in (("en-GB,en;q=0.9", "en"), ("fr-FR", "fr")):
        answer = await town.house.get(url, Accept=CHROMIUM, Accept_Language=accepted)
        assert f'<html lang="{lang}">' in answer.text
        assert "Accept-Language" in answer.headers["Vary"]
        # The language that somebody chooses stands before that of the browser; what the page leads to is in it too.
        other = await town.house.get(f"{url}?lang=en", Accept=CHROMIUM, Accept_Language=accepted)
        path = url.removeprefix(town.house.base)
        assert '<html lang="en">' in other.text
        assert f'class="lang" href="{path}?lang=fr"' in other.text
        assert f"/en/v/{town.listed.id}" in other.text


async def test_the_members_of_an_attestation(town: Town) -> None:
    signed = json.loads(await stored(town))
    base, id_ = town.house.base, town.listed.order["attestation"]
    did = (await town.house.lookup(ALICE))["issuer"]
    revocation, suspension = (entry["statusListIndex"] for entry in signed["credentialStatus"])
    digest = signed["credentialSubject"]["actorKeyDigest"]
    assert digest.startswith("zQm")
    assert {name: value for name, value in signed.items() if name != "proof"} == {
        "@context": ["https://www.w3.org/ns/credentials/v2", f"{base}{CONTEXT_PATH}"],
        "id": id_,
        "type": ["VerifiableCredential", "FediverseAccountAttestation"],
        "issuer": did,
        "validFrom": "2026-11-23T10:00:00Z",
        "validUntil": "2027-02-21T10:00:00Z",
        "credentialSubject": {
            "id": "https://social.example/users/alice",
            "type": "FediverseAccount",
            "handle": "acct:alice@social.example",
            "profile": "https://social.example/@alice",
            "actorKeyDigest": digest,
            "accountRole": "agent",
            "affiliation": {
                "id": f"{base}/affiliations/numerique.gouv.fr",
                "type": "PublicBody",
                "domain": "numerique.gouv.fr",
                "name": "Direction interministérielle du numérique",
            },
        },
        "evidence": [
            {
                "id": f"{id_}#account",
                "type": "AccountControlCheck",
                "method": "rel-me-01",
                "checkedAt": "2026-11-23T10:00:00Z",
            },
            {
                "id": f"{id_}#identity",
                "type": "IdentityCheck",
                "method": "email-01",
                "class": "state",
                "checkedAt": "2026-11-23T10:00:00Z",
            },
        ],
        "credentialStatus": [
            {
                "id": f"{base}/status/{purpose}/1#{index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": index,
                "statusListCredential": f"{base}/status/{purpose}/1",
            }
            for purpose, index in (("revocation", revocation), ("suspension", suspension))
        ],
        "credentialSchema": {"id": f"{base}{SCHEMA_PATH}", "type": "JsonSchema"},
    }
    assert [proof["cryptosuite"] for proof in signed["proof"]] == list(BOTH)
    rdfc, jcs = signed["proof"]
    # T43: the suite that does not expand the document binds its context in the proof.
    assert jcs.pop("@context") == signed["@context"]
    for proof in (rdfc, jcs):
        assert proof.keys() == {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
        assert proof["created"] == "2026-11-23T10:00:00Z"
        assert proof["verificationMethod"].startswith(f"{did}#")


@pytest.mark.parametrize("purpose", ("revocation", "suspension"))
async def test_a_status_list(town: Town, purpose: str) -> None:
    answer = await town.house.get(f"/status/{purpose}/1")
    document = answer.json
    assert answer.headers["Content-Type"] == VC
    assert document["id"] == f"{town.house.base}/status/{purpose}/1"
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["credentialSubject"]["statusPurpose"] == purpose
    assert (document["validFrom"], document["validUntil"]) == ("2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z")
    bits = bitstring.decode(document["credentialSubject"]["encodedList"])
    assert len(bits) * 8 == 131_072
    assert not any(bits)
    assert [proof["cryptosuite"] for proof in document["proof"]] == list(BOTH)


async def test_t00h_the_did_document_names_the_issuing_keys_alone(town: Town) -> None:
    answer = await town.house.get("/.well-known/did.json")
    document = answer.json
    did = (await town.house.lookup(ALICE))["issuer"]
    assert document["id"] == did
    methods = {method["id"]: method for method in document["verificationMethod"]}
    signed = json.loads(await stored(town))
    statuses = (await town.house.get("/status/revocation/1")).json
    for proof in signed["proof"] + statuses["proof"]:
        method = methods[proof["verificationMethod"]]
        assert method["controller"] == did
        assert method["id"] == f"{did}#{method['publicKeyMultibase']}"
        assert proof["verificationMethod"] in document["assertionMethod"]
    # T51: one key, one purpose.
    assert {p["verificationMethod"] for p in signed["proof"] + statuses["proof"]} == set(document["assertionMethod"])
    assert set(methods) == set(document["assertionMethod"])
    asked = await town.house.get("/.well-known/did.json", Accept="application/did+json")
    assert (asked.headers["Content-Type"], asked.body) == ("application/did+json", answer.body)
    assert asked.headers["Vary"] == answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    "resource", ("acct:alice@social.example", "https://social.example/@alice", "https://social.example/users/alice")
)
async def test_webfinger_of_an_attested_account(town: Town, resource: str) -> None:
    answer = await town.house.get(f"/.well-known/webfinger?resource={resource}")
    term = "https://w3id.org/fediverse-account#"
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/jrd+json")
    assert answer.json == {
        "subject": "acct:alice@social.example",
        "aliases": ["https://social.example/@alice", "https://social.example/users/alice"],
        "properties": {f"{term}status": "verified"},
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": "https://social.example/users/alice"},
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://social.example/@alice"},
            {"rel": "me", "type": "text/html", "href": f"{town.house.base}/v/{town.listed.id}"},
            {"rel": f"{term}attestation", "type": VC, "href": town.listed.order["attestation"]},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "file"),
    ((CONTEXT_PATH, "context/fediverse-account-v1.jsonld"), (SCHEMA_PATH, "fediverse-account-attestation-v1.json")),
)
async def test_frozen_files_are_those_of_the_repository(town: Town, path: str, file: str) -> None:
    assert (await town.house.get(path)).body == (SCHEMAS / file).read_bytes()


async def test_verify_a_good_attestation(town: Town) -> None:
    answer = await town.house.post("/api/v1/verify", {"attestation": json.loads(await stored(town))})
    assert answer.status == 200
    assert answer.json == {"verified": True} | dict.fromkeys(AXES, "ok") | {"problems": []}


def set_(document: Json, path: str, value: Json) -> Json:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = document
    for part in parents:
        place = place[part]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "axes"),
    (
        ("credentialSubject/affiliation/name", "Présidence de la République", {"proof"}),
        ("credentialSubject/handle", "acct:mallory@social.example", {"proof"}),
        ("credentialSubject/accountRole", "office", {"proof"}),
        ("validUntil", "2036-11-23T10:00:00Z", {"proof"}),
        ("validFrom", "2026-11-23T10:00:01Z", {"proof", "validity"}),
        ("validUntil", "2026-11-23T10:00:00Z", {"proof", "validity"}),
        ("validUntil", "tomorrow", {"proof", "validity", "schema", "status"}),
        ("issuer", "did:web:evil.example", {"proof", "issuer"}),
        ("@context/1", "https://evil.example/context", {"proof", "context"}),
        ("proof", [], {"proof"}),
        ("proof/0/proofPurpose", "authentication", {"proof"}),
        ("proof/1/created", "2026-11-23T10:00:01Z", {"proof"}),
        ("minister", True, {"proof", "schema", "status"}),
        ("credentialStatus", [], {"proof", "schema", "status"}),
    ),
)
async def test_verify_a_changed_attestation(town: Town, path: str, value: Json, axes: set[str]) -> None:
    changed = set_(json.loads(await stored(town)), path, value)
    answer = await town.house.post("/api/v1/verify", {"attestation": changed})
    assert answer.status == 200
    assert answer.json["verified"] is False
    assert answer.json["proof"] == "failed"
    wrong = {name for name in AXES if answer.json[name] != "ok"}
    assert axes <= wrong
    assert {problem["axis"] for problem in answer.json["problems"]} == wrong
    for problem in answer.json["problems"]:
        assert problem["pointer"].startswith("/attestation/")
        assert {"type", "title", "detail", "remedy"} <= problem.keys()


async def test_t45_an_attestation_with_one_proof_left(town: Town) -> None:
    signed = json.loads(await stored(town))
    for kept in signed["proof"]:
        answer = await town.house.post("/api/v1/verify", {"attestation": copy.deepcopy(signed) | {"proof": [kept]}})
        assert (answer.json["verified"], answer.json["proof"]) == (False, "failed")


async def test_t51_a_status_list_is_no_attestation(town: Town) -> None:
    document = (await town.house.get("/status/revocation/1")).json
    assert (await town.house.post("/api/v1/verify", {"attestation": document})).status == 422
    dressed = document | {"type": ["VerifiableCredential", "FediverseAccountAttestation"]}
    assert (await town.house.post("/api/v1/verify", {"attestation": dressed})).json["verified"] is False


@pytest.mark.asyncio(loop_scope="function")
async def test_events_page_by_page(house: House) -> None:
    holders = [await house.attest(f"@u{n}@social.example", f"u.n{n}@numerique.gouv.fr", listed=True) for n in range(3)]
    first = (await house.get("/api/v1/events?limit=2")).json
    assert [(event["seq"], event["kind"], event["handle"]) for event in first["events"]] == [
        (1, "issued", "@u0@social.example"),
        (2, "issued", "@u1@social.example"),
    ]
    assert first["events"][0] == {
        "seq": 1,
        "at": "2026-11-23T10:00:00Z",
        "kind": "issued",
        "listed": True,
        "handle": "@u0@social.example",
        "attestation": holders[0].order["attestation"],
        "reason": None,
    }
    assert first["next"] == 2
    second = (await house.get(f"/api/v1/events?after={first['next']}&limit=2")).json
    assert ([event["seq"] for event in second["events"]], second["next"]) == ([3], 3)
    end = await house.get("/api/v1/events?after=3")
    assert end.json == {"events": [], "next": 3}
    assert (await house.get("/api/v1/events?after=3", If_None_Match=end.headers["ETag"])).status == 304
    house.time.pass_(60)
    (await house.attest("@late@social.example", "late.r@numerique.gouv.fr"))
    assert (await house.get("/api/v1/events?after=3")).json["events"] == [
        {"seq": 4, "at": "2026-11-23T10:01:00Z", "kind": "issued", "listed": False}
    ]
    changed = await house.get("/api/v1/events?after=3", If_None_Match=end.headers["ETag"])
    assert (changed.status, changed.json["next"]) == (200, 4)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_follower_that_is_ahead_of_us_is_told(house: House) -> None:
    assert (await house.get("/api/v1/events?after=0")).json == {"events": [], "next": 0}
    await house.attest(listed=True)
    assert (await house.get("/api/v1/events?after=1")).status == 200
    ahead = await house.get("/api/v1/events?after=2")
    assert (ahead.status, ahead.code, ahead.json["pointer"]) == (409, "events-beyond", "/after")
    assert "has the number 1." in ahead.json["detail"]
    assert "after=0" in ahead.json["remedy"]


LD = "application/ld+json"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", VC),
        ("", VC),
        ("application/*", VC),
        ("APPLICATION/LD+JSON", LD),
        ("application/ld+json;q=0.4, application/json;q=0.6", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/*", HTML),
        ("text/html;q=0, */*", VC),
        ("application/vc;q=0, application/*;q=0.5", LD),
        ("text/html;level=1;q=0.2 , application/ld+json ; Q=0.3", LD),
        ("text/html;q=1.5, application/json;q=0.1", "application/json"),
        ("image/png", VC),
        (CHROMIUM, HTML),
    ],
)
async def test_the_type_that_a_client_would_rather_have(town: Town, accept: str, content_type: str) -> None:
    answer = await town.house.get(town.listed.order["attestation"], Accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("Application/DID+json", "application/did+json"),
        ("application/did+json;q=0, application/json", "application/json"),
        ("application/did+json;q=0.9, */*;q=0.1", "application/did+json"),
    ],
)
async def test_the_type_of_the_keys(town: Town, accept: str, content_type: str) -> None:
    answer = await town.house.get("/.well-known/did.json", Accept=accept)
    assert answer.headers["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("en;q=0.1, fr", "fr"),
        ("de, fr;q=0.8, en;q=0.9", "en"),
        ("FR-ca", "fr"),
        ("frr", "en"),
        ("de", "en"),
        ("de, *;q=0.1", "fr"),
        ("en;q=0, fr;q=0.2", "fr"),
        ("de, fr;q=0", "en"),
        ("fr;q=0", "en"),
        ("", "fr"),
    ],
)
async def test_the_language_that_a_reader_would_rather_have(town: Town, accepted: str, lang: str) -> None:
    answer = await town.house.get(town.listed.order["attestation"], Accept=CHROMIUM, Accept_Language=accepted)
    assert f'<html lang="{lang}">' in answer.text


@pytest.mark.parametrize("path", ["/openapi.json", CONTEXT_PATH, SCHEMA_PATH, "/mentions-legales", "/en/developpeurs"])
async def test_what_a_client_has_already_is_not_sent_again(town: Town, path: str) -> None:
    tag = (await town.house.get(path)).headers["ETag"]
    for method in ("GET", "HEAD"):
        again = await town.house.ask(method, path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
