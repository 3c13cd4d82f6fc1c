"""Proof sets and chains (Data Integrity 1.0, 4.3 and 4.5): the published vectors, made again and verified."""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.proof.did import resolve_did_key
from verifier.proof.strangers.proofs import Expected, verify_proofs
from verifier.proof.suites import signed, to_sign
from verifier.signer.signers import MemorySigner, signer_of

from .documents import vectors
from .published import CONTEXTS

FILES: Mapping[str, Json] = vectors("w3c/vc-di-eddsa-proof-set-chain.json")["files"]
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ASSERTION = Expected("assertionMethod")
SIGNED = ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"]


def signer(method: str) -> MemorySigner:
    pair = next(pair for pair in FILES["multiKeyPairs"].values() if method.endswith(pair["publicKeyMultibase"]))
    secret = pair.get("privateKeyMultibase") or pair["secretKeyMultibase"]
    return signer_of(ed25519.Ed25519PrivateKey.from_private_bytes(base58.b58decode(secret[1:])[2:]))


def proofs(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    return document["proof"] if isinstance(document["proof"], list) else [document["proof"]]


def verify(document: Mapping[str, Json]) -> frozenset[str]:
    return verify_proofs(document, ASSERTION, resolve_did_key, CONTEXTS, NOW)


@pytest.mark.parametrize("name", SIGNED)
async def test_w3c_sets_and_chains_are_made_byte_for_byte(name: str) -> None:
    document = FILES[name]
    by_id = {proof["id"]: proof for proof in proofs(document) if "id" in proof}
    for proof in proofs(document):
        config = {member: value for member, value in proof.items() if member != "proofValue"}
        wanted = proof.get("previousProof", [])
        previous = [by_id[id_] for id_ in (wanted if isinstance(wanted, list) else [wanted])]
        signature = await signer(proof["verificationMethod"]).sign(
            to_sign(FILES["unsigned"], config, CONTEXTS, previous=previous)
        )
        assert signed(config, signature) == proof


@pytest.mark.parametrize("name", SIGNED)
def test_w3c_sets_and_chains_verify(name: str) -> None:
    assert verify(FILES[name]) == {proof["verificationMethod"] for proof in proofs(FILES[name])}


@pytest.mark.parametrize("name", SIGNED)
def test_each_proof_counts(name: str) -> None:
    for place in range(len(proofs(FILES[name]))):
        document = copy.deepcopy(FILES[name])
        proofs(document)[place]["created"] = "2023-01-01T00:00:00Z"
        with pytest.raises(ProofError, match="signature-wrong"):
            verify(document)


@pytest.mark.parametrize("name", ("signedProofChain1", "signedProofChain2"))
def test_t45_a_link_of_a_chain_cannot_be_taken_out(name: str) -> None:
    wanted = [proof.get("previousProof", []) for proof in proofs(FILES[name])]
    named = {id_ for ids in wanted for id_ in (ids if isinstance(ids, list) else [ids])}
    assert named
    for id_ in named:
        document = copy.deepcopy(FILES[name])
        document["proof"] = [proof for proof in document["proof"] if proof.get("id") != id_]
        with pytest.raises(ProofError, match="proof-previous"):
            verify(document)


def test_a_proof_that_names_itself_or_a_name_that_is_there_twice() -> None:
    document = copy.deepcopy(FILES["signedProofSet2"])
    first, second = document["proof"]
    first["previousProof"] = first["id"]
    with pytest.raises(ProofError, match="proof-previous"):
        verify(document)
    second["id"] = first["id"]
    del first["previousProof"]
    with pytest.raises(ProofError, match="proof-previous"):
        verify(document)


def test_more_proofs_than_anybody_needs() -> None:
    proof = FILES["signedProofSet1"]["proof"]
    with pytest.raises(ProofError, match="proof-malformed"):
        verify({**FILES["unsigned"], "proof": [proof] * 17})


@pytest.mark.parametrize("value", [None, []])
def test_t45_a_document_without_a_proof_is_not_proved(value: Json) -> None:
    """No proof that fails is not a proof that holds."""
    with pytest.raises(ProofError, match="proof-missing"):
        verify({**FILES["unsigned"], "proof": value})
