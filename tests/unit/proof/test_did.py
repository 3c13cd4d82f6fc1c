"""The DID document, and the keys that a verification method leads to."""

import pytest

from verifier.core.clock import Chance, to_rfc3339
from verifier.core.errors import ProofError
from verifier.core.models import Purpose
from verifier.proof.did import did_document, did_key, method_of, registry_keys, resolve_did_key
from verifier.signer import Registry, throwaway

from .documents import NOW, Issuer

CHANCE = Chance()
DID = "did:web:comptes.example.gouv.fr"


def test_t00h_the_did_document_shows_the_issuing_keys_alone() -> None:
    registry = Issuer().registry
    issuing, status = (method_of(DID, key.id) for key in registry.keys)
    for purpose in (Purpose.LOG, Purpose.HTTP):
        other = throwaway("ed25519", CHANCE).public_key_multibase
        registry = registry.with_key(
            registry.keys[0].model_copy(update={"public_key_multibase": other, "purpose": purpose})
        )
    document = did_document(DID, registry, NOW)
    assert document["assertionMethod"] == [issuing] == [each["id"] for each in document["verificationMethod"]]
    before = did_document(DID, registry, NOW, (Purpose.ISSUING, Purpose.STATUS))
    assert before["assertionMethod"] == [issuing, status]
    assert document["verificationMethod"][0] == {
        "id": issuing,
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": registry.keys[0].id,
    }


def test_t49_t50_a_retired_key_stays_until_its_last_document_ends_and_a_distrusted_one_leaves() -> None:
    key = Issuer().registry.keys[0]
    retired = Registry(keys=(key.model_copy(update={"retired": to_rfc3339(NOW)}),))
    assert did_document(DID, retired, NOW + 90 * 86_400)["assertionMethod"]
    assert not did_document(DID, retired, NOW + 90 * 86_400 + 1)["assertionMethod"]
    distrusted = Registry(keys=(key.model_copy(update={"distrusted_after": to_rfc3339(NOW)}),))
    assert not did_document(DID, distrusted, NOW)["verificationMethod"]


def test_what_a_retired_key_signed_before_stays_good() -> None:
    key = Issuer().registry.keys[0].model_copy(update={"retired": to_rfc3339(NOW)})
    resolve = registry_keys(DID, Registry(keys=(key,)), Purpose.ISSUING)
    assert resolve(method_of(DID, key.id), to_rfc3339(NOW)) == key.id
    with pytest.raises(ProofError, match="key-retired"):
        resolve(method_of(DID, key.id), to_rfc3339(NOW + 1))


def test_t49_a_distrusted_key_counts_for_what_the_service_recorded_in_time() -> None:
    key = Issuer().registry.keys[0].model_copy(update={"distrusted_after": to_rfc3339(NOW)})
    method = method_of(DID, key.id)
    for recorded, created in ((NOW, NOW), (NOW - 1, NOW - 1)):
        resolve = registry_keys(DID, Registry(keys=(key,)), Purpose.ISSUING, recorded=recorded)
        assert resolve(method, to_rfc3339(created)) == key.id
    # The last is a forgery dated back: nobody but its signer knows when it was made.
    for unrecorded, created in ((NOW + 1, NOW), (NOW, NOW + 1), (None, NOW - 1)):
        resolve = registry_keys(DID, Registry(keys=(key,)), Purpose.ISSUING, recorded=unrecorded)
        with pytest.raises(ProofError, match="key-distrusted"):
            resolve(method, to_rfc3339(created))


def test_did_key() -> None:
    key = throwaway("p256", CHANCE).public_key_multibase
    assert resolve_did_key(f"{did_key(key)}#{key}") == key
    for method in (did_key(key), f"{did_key(key)}#other", f"did:web:x#{key}", ""):
        with pytest.raises(ProofError, match="method-unknown"):
            resolve_did_key(method)
