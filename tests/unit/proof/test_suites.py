"""One proof: of a suite that is known, written in one way, under the contexts that were signed (T43, T45)."""

from collections.abc import Callable

import pytest

from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.proof.did import document_keys, method_of
from verifier.proof.suites import signed, to_sign, verify_proof

from .documents import SITE, Issuer, unsigned

ISSUER = Issuer()
V2 = "https://www.w3.org/ns/credentials/v2"


async def proof_of(document: dict[str, Json], change: dict[str, Json]) -> tuple[dict[str, Json], str]:
    """The JCS proof of a document with other members, truly signed, and its key."""
    config: dict[str, Json] = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": method_of(SITE.did, ISSUER.issuing.public_key_multibase),
        "proofPurpose": "assertionMethod",
    } | change
    signature = await ISSUER.issuing.sign(to_sign(document, config, ISSUER.contexts))
    return signed(config, signature), ISSUER.issuing.public_key_multibase


async def test_a_proof_is_of_a_type_that_is_known() -> None:
    """What another type means, and leaves unsigned, is not known here."""
    for kind, accepted in (("DataIntegrityProof", True), ("Ed25519Signature2020", False)):
        proof, key = await proof_of(unsigned(), {"type": kind})
        if accepted:
            verify_proof(unsigned(), proof, key, ISSUER.contexts)
            continue
        with pytest.raises(ProofError, match="suite-unknown"):
            verify_proof(unsigned(), proof, key, ISSUER.contexts)


async def test_t43_contexts_that_were_signed_come_first() -> None:
    """In another order they may give the members another meaning, and the proof holds over its own order."""
    proof, key = await proof_of(unsigned(), {"@context": [V2, SITE.context]})
    verify_proof(unsigned() | {"@context": [V2, SITE.context, "https://later.example/v1"]}, proof, key, ISSUER.contexts)
    for others in ([SITE.context, V2], [V2], ["https://evil.example/v1", V2, SITE.context]):
        with pytest.raises(ProofError, match="proof-context"):
            verify_proof(unsigned() | {"@context": others}, proof, key, ISSUER.contexts)


@pytest.mark.parametrize(
    "other",
    [
        lambda value: "y" + value[1:],
        lambda value: value[1:],
        lambda value: value + " ",
        lambda value: value + "\n",
        lambda _: "z" + "1" * 100,
        lambda value: [value],
        lambda _: None,
    ],
    ids=["base", "no base", "blank", "newline", "length", "list", "none"],
)
async def test_t45_a_proof_value_is_written_in_one_way(other: Callable[[str], Json]) -> None:
    proof, key = await proof_of(unsigned(), {})
    verify_proof(unsigned(), proof, key, ISSUER.contexts)
    with pytest.raises(ProofError, match="proof-value"):
        verify_proof(unsigned(), proof | {"proofValue": other(proof["proofValue"])}, key, ISSUER.contexts)


def test_t45_a_key_of_a_did_document_asserts_only_where_it_says_so() -> None:
    document = ISSUER.did_document
    (method,) = document["assertionMethod"]
    assert document_keys(document)(method, "")
    with pytest.raises(ProofError, match="method-unknown"):
        document_keys(document | {"assertionMethod": []})(method, "")
