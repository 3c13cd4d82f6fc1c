"""The published test vectors: made again byte for byte, and verified."""

import struct
from collections.abc import Mapping

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from verifier.core.errors import ProofError
from verifier.core.strict_json import Json, loads
from verifier.proof import bitstring, jcs, rdfc
from verifier.proof.did import resolve_did_key
from verifier.proof.suites import SUITES, prove, to_sign, verify_proof
from verifier.signer.signers import MemorySigner, signer_of

from .documents import vectors
from .published import CONTEXTS

SIGNED: list[Mapping[str, Json]] = [
    vector
    for name in ("eddsa", "ecdsa")
    for vector in vectors(f"w3c/vc-di-{name}.json")["vectors"]
    if vector["cryptosuite"] in SUITES and "p384" not in vector["name"]
]


def signer(vector: Mapping[str, Json]) -> MemorySigner:
    key = vector["key"]
    raw = base58.b58decode((key.get("privateKeyMultibase") or key["secretKeyMultibase"])[1:])[2:]
    if SUITES[vector["cryptosuite"]].algorithm == "ed25519":
        return signer_of(ed25519.Ed25519PrivateKey.from_private_bytes(raw))
    return signer_of(ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1()))


def ids(vector: Mapping[str, Json]) -> str:
    return f"{vector['name']} {vector['cryptosuite']}"


def test_all_the_vectors_are_there() -> None:
    assert [vector["cryptosuite"] for vector in SIGNED] == [
        "eddsa-rdfc-2022", "eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-rdfc-2019",
    ]  # fmt: skip


@pytest.mark.parametrize("vector", SIGNED, ids=ids)
async def test_w3c_proofs_are_made_byte_for_byte(vector: Mapping[str, Json]) -> None:
    config = vector["proofConfig"]
    key = signer(vector)
    assert key.public_key_multibase == vector["key"]["publicKeyMultibase"]
    form = rdfc.canonicalize(vector["unsigned"], CONTEXTS) if "rdfc" in vector["cryptosuite"] else None
    assert (form or jcs.canonicalize(vector["unsigned"])).decode() == vector["canonicalDocument"]
    assert to_sign(vector["unsigned"], config, CONTEXTS).hex() == vector["combinedHashHex"]
    proof = await prove(
        vector["unsigned"],
        signer=key,
        suite=vector["cryptosuite"],
        method=config["verificationMethod"],
        created=config["created"],
        contexts=CONTEXTS,
    )
    assert {**vector["unsigned"], "proof": proof} == vector["signed"]


@pytest.mark.parametrize("vector", SIGNED, ids=ids)
def test_w3c_proofs_verify_and_a_changed_byte_does_not(vector: Mapping[str, Json]) -> None:
    signed = vector["signed"]
    proof = signed["proof"]
    key = resolve_did_key(proof["verificationMethod"])
    verify_proof(signed, proof, key, CONTEXTS)
    for document, changed in (
        ({**signed, "validFrom": "2023-01-01T00:00:01Z"}, proof),
        (signed, {**proof, "created": "2023-02-24T23:36:39Z"}),
        (signed, {**proof, "proofValue": proof["proofValue"][:-1] + ("2" if proof["proofValue"][-1] != "2" else "3")}),
    ):
        with pytest.raises(ProofError, match="signature-wrong"):
            verify_proof(document, changed, key, CONTEXTS)


@pytest.mark.parametrize("case", vectors("jcs-rfc8785.json")["cases"], ids=lambda case: str(case["name"]))
def test_jcs_documents(case: Mapping[str, str]) -> None:
    assert jcs.canonicalize(loads(case["input"].encode())).hex() == case["outputHex"]


def test_jcs_numbers(subtests: pytest.Subtests) -> None:
    for bits, text in vectors("jcs-rfc8785.json")["numbers"]["rows"]:
        with subtests.test(bits):
            (number,) = struct.unpack(">d", bytes.fromhex(bits))
            if text is None:
                with pytest.raises(ProofError, match="jcs-refused"):
                    jcs.canonicalize(number)
            else:
                assert jcs.canonicalize(number).decode() == text


@pytest.mark.parametrize("value", ("\ud800", {"\udfff": 1}, 2**53, {"a": {1, 2}}, {1: "a"}))
def test_t46_jcs_refuses_what_two_readers_read_differently(value: Json) -> None:
    with pytest.raises(ProofError, match="jcs-refused"):
        jcs.canonicalize(value)


DECODED = [
    example for example in vectors("w3c/bitstring-status-list-examples.json")["examples"] if "decoded" in example
]


@pytest.mark.parametrize("example", DECODED, ids=lambda example: str(example["title"]))
def test_bitstring_examples(example: Mapping[str, Json]) -> None:
    bits = bitstring.decode(example["json"]["credentialSubject"]["encodedList"])
    assert len(bits) == example["decoded"]["bytes"]
    assert sum(byte.bit_count() for byte in bits) == example["decoded"]["setBits"]
