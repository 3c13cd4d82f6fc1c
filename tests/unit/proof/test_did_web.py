"""did:web of other issuers, over HTTP."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.doubles.http import HttpDouble
from verifier.core.clock import Chance
from verifier.core.errors import OutsideError, ProofError
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.proof.strangers.did_web import address, resolve
from verifier.signer import throwaway

DID = "did:web:issuer.example"
KEY = throwaway("ed25519", Chance()).public_key_multibase
METHOD = {"id": f"{DID}#key", "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY}


@pytest.fixture
async def fetcher(http: HttpDouble) -> AsyncIterator[Fetcher]:
    http.put("issuer.example", "/nothing")
    async with Fetcher(Resolver(()), user_agent="test", overrides=http.overrides()) as fetcher:
        yield fetcher


def document(**more: Json) -> dict[str, Json]:
    return {"id": DID, "verificationMethod": [METHOD], "assertionMethod": [f"{DID}#key"], **more}


def serve(http: HttpDouble, value: Json, path: str = "/.well-known/did.json") -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    http.put("issuer.example", path, body, content_type="application/did+json")


@pytest.mark.parametrize(
    ("did", "url"),
    (
        ("did:web:issuer.example", "https://issuer.example/.well-known/did.json"),
        ("did:web:issuer.example:a:b", "https://issuer.example/a/b/did.json"),
    ),
)
def test_where_the_document_is(did: str, url: str) -> None:
    assert str(address(did)) == url


@pytest.mark.parametrize(
    "did",
    (
        "did:key:z6Mk", "did:web:", "did:web::a", "did:web:issuer.example:", "did:web:issuer.example::a",
        "did:web:issuer.example%3A8443", "did:web:127.0.0.1", "did:web:issuer.example/a", "did:web:issuer.example:..",
        "did:web:issuer.example?a", "did:web:user@issuer.example", "did:web:issuer.example#key",
    ),
)  # fmt: skip
def test_what_leads_nowhere(did: str) -> None:
    with pytest.raises(ProofError, match="did-malformed"):
        address(did)


@pytest.mark.parametrize("asserted", (f"{DID}#key", METHOD))
async def test_a_key_that_the_document_asserts_with(http: HttpDouble, fetcher: Fetcher, asserted: Json) -> None:
    serve(http, document(assertionMethod=[asserted]))
    key = await resolve(DID, fetcher)
    assert key(f"{DID}#key", "") == KEY
    with pytest.raises(ProofError, match="method-unknown"):
        key(f"{DID}#other", "")


@pytest.mark.parametrize(
    "change",
    (
        {"assertionMethod": []},
        {"assertionMethod": None},
        {"assertionMethod": ["did:web:issuer.example#none"]},
        {"verificationMethod": [METHOD | {"controller": "did:web:evil.example"}]},
        {"verificationMethod": [METHOD | {"type": "JsonWebKey"}]},
        {"verificationMethod": [METHOD | {"id": "did:web:evil.example#key"}]},
    ),
)
async def test_t45_keys_that_do_not_speak_for_it(http: HttpDouble, fetcher: Fetcher, change: dict[str, Json]) -> None:
    serve(http, {name: value for name, value in document(**change).items() if value is not None})
    key = await resolve(DID, fetcher)
    with pytest.raises(ProofError, match="method-unknown"):
        key(f"{DID}#key", "")


@pytest.mark.parametrize(
    "value",
    (
        b"", b"[]", b"{", b'{"id":"a","id":"b"}', {}, document(id="did:web:evil.example"),
        document(verificationMethod=[7]), document(assertionMethod=[["a"]]),
    ),
)  # fmt: skip
async def test_what_is_no_document_of_its_own(http: HttpDouble, fetcher: Fetcher, value: Json) -> None:
    serve(http, value)
    with pytest.raises(ProofError, match="did-document"):
        await resolve(DID, fetcher)


async def test_a_key_that_is_none(http: HttpDouble, fetcher: Fetcher) -> None:
    serve(http, document(verificationMethod=[METHOD | {"publicKeyMultibase": "zzz"}]))
    key = await resolve(DID, fetcher)
    with pytest.raises(ProofError, match="key-malformed"):
        key(f"{DID}#key", "")


async def test_an_answer_that_is_not_200_or_leads_elsewhere(http: HttpDouble, fetcher: Fetcher) -> None:
    with pytest.raises(ProofError, match="did-document"):
        await resolve(DID, fetcher)
    http.redirect("issuer.example", "/.well-known/did.json", "https://issuer.example/did.json")
    with pytest.raises(OutsideError, match="fetch-redirect"):
        await resolve(DID, fetcher)


async def test_t45_a_document_vouches_for_no_key_under_the_name_of_another(http: HttpDouble, fetcher: Fetcher) -> None:
    """Its controller says that the key is theirs; its name belongs to somebody else."""
    named = METHOD | {"id": "did:web:evil.example#key"}
    serve(http, document(verificationMethod=[named], assertionMethod=[named]))
    key = await resolve(DID, fetcher)
    with pytest.raises(ProofError, match="method-unknown"):
        key("did:web:evil.example#key", "")
