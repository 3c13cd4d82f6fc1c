"""The status list: its entry, its URL, and what a set bit does."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from verifier.proof import bitstring
from verifier.proof.did import resolve_did_key
from verifier.proof.suites import verify_proof

from .app import Conformance, conformance
from .conftest import Client
from .signing import CONTEXTS, V2, credential


async def test_the_entry_leads_to_the_list(client: Client) -> None:
    status, issued = await client.issue(credential(client.server.ed25519), "status")
    (entry,) = issued["credentialStatus"]
    assert status == 201
    assert set(entry) == {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"}
    assert (entry["type"], str(int(entry["statusListIndex"]))) == ("BitstringStatusListEntry", entry["statusListIndex"])
    assert entry["id"] != entry["statusListCredential"]
    assert entry["statusListCredential"].startswith(client.server.base)
    async with client.session.get(entry["statusListCredential"]) as response:
        assert (response.status, "json" in response.headers["Content-Type"]) == (200, True)
        document = await response.json()
    assert document["issuer"] == client.server.ed25519
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["id"] == entry["statusListCredential"]
    verify_proof(document, document["proof"], resolve_did_key(document["proof"]["verificationMethod"]), CONTEXTS)
    bits = bitstring.decode(document["credentialSubject"]["encodedList"])
    assert (len(bits) * 8, any(bits)) == (131_072, False)
    assert (await client.verify(document))[0] == 200


async def test_others_entries_are_kept(client: Client) -> None:
    own = {"type": "https://example.org/#Status"}
    _, issued = await client.issue(credential(client.server.ed25519, credentialStatus=own), "status")
    assert [entry["type"] for entry in issued["credentialStatus"]] == [own["type"], "BitstringStatusListEntry"]


@pytest.fixture
async def inside() -> AsyncIterator[tuple[TestClient, Conformance]]:  # type: ignore[type-arg]
    base = "https://conformance.example"
    async with conformance(base) as (application, doors), TestClient(TestServer(application)) as http:
        yield http, doors


async def test_a_set_bit_is_a_refusal(inside: tuple[TestClient, Conformance]) -> None:  # type: ignore[type-arg]
    http, doors = inside
    asked = {"credential": credential(doors.issuer("ed25519"), **{"@context": [V2]})}
    async with http.post("/status/credentials/issue", json=asked) as response:
        issued = await response.json()
    async with http.post("/credentials/verify", json=issued) as response:
        assert response.status == 200
    (entry,) = issued["verifiableCredential"]["credentialStatus"]
    doors.status_list.revoked.add(int(entry["statusListIndex"]))
    async with http.post("/credentials/verify", json=issued) as response:
        assert response.status == 422
        (problem,) = (await response.json())["problemDetails"]
        assert problem["type"] == "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
