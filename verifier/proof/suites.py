"""Data Integrity cryptosuites (W3C vc-data-integrity, vc-di-eddsa, vc-di-ecdsa): one proof, made or checked.

A proof config is the proof without ``proofValue``. What is signed is the SHA-256 of the canonical proof
config followed by the SHA-256 of the canonical document without its proofs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import base58

from ..core.errors import ProofError
from ..core.strict_json import Json
from ..signer import Algorithm, PublicKey, Signer
from . import fixed_shape, jcs, rdfc
from .contexts import Contexts

Document = Mapping[str, Json]
SuiteName = Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019"]


@dataclass(frozen=True, slots=True)
class Suite:
    algorithm: Algorithm
    form: Literal["rdfc", "jcs"]


SUITES: Mapping[str, Suite] = {
    "eddsa-rdfc-2022": Suite("ed25519", "rdfc"),
    "eddsa-jcs-2022": Suite("ed25519", "jcs"),
    "ecdsa-rdfc-2019": Suite("p256", "rdfc"),
}


async def prove(
    document: Document, *, signer: Signer, suite: SuiteName, method: str, created: str, contexts: Contexts
) -> dict[str, Json]:
    """A proof of `document`, whose own ``proof`` is left aside.

    :param method: the DID URL of the signer's key
    :param created: whole seconds, ``…Z``
    :raises ProofError: ``suite-algorithm``, or the canonical form's own
    """
    if SUITES[suite].algorithm != signer.algorithm:
        raise ProofError("suite-algorithm", suite=suite, algorithm=signer.algorithm)
    config: dict[str, Json] = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    if SUITES[suite].form == "jcs" and "@context" in document:
        config["@context"] = document["@context"]  # vc-di-eddsa 3.3.1, step 2
    return signed(config, await signer.sign(to_sign(document, config, contexts)))


def signed(config: Document, signature: bytes) -> dict[str, Json]:
    """The proof: its config, with the signature of :func:`to_sign`'s bytes."""
    return {**config, "proofValue": "z" + base58.b58encode(signature).decode()}


def verify_proof(
    document: Document,
    proof: Document,
    public_key_multibase: str,
    contexts: Contexts,
    *,
    previous: Sequence[Document] = (),
) -> None:
    """Whether `proof` is by that key over `document`, whose own ``proof`` is left aside.

    It says nothing about the right of that key to vouch for anything. Both values of s that ECDSA allows are
    accepted (T52): a vector of the W3C has the high one, and nothing here takes a signature for a name.

    :param previous: the proofs that ``previousProof`` names, which this one signs too
    :raises ProofError: ``suite-unknown``, ``suite-algorithm``, ``proof-context``, ``proof-value``,
        ``signature-wrong``, ``key-malformed``, or the canonical form's own
    """
    name = proof.get("cryptosuite")
    suite = SUITES.get(name) if isinstance(name, str) else None
    if suite is None or proof.get("type") != "DataIntegrityProof":
        raise ProofError("suite-unknown", suite=str(name)[:80])
    key = _public_key(public_key_multibase)
    if key.algorithm != suite.algorithm:
        raise ProofError("suite-algorithm", suite=str(name), algorithm=key.algorithm)
    if "@context" in proof:
        # vc-di-eddsa 3.3.2, step 4: the document may have gained contexts behind those that were signed
        named, found = _listed(proof["@context"]), _listed(document.get("@context"))
        if found[: len(named)] != named:
            raise ProofError("proof-context")
        if suite.form == "jcs":
            document = {**document, "@context": proof["@context"]}
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    key.verify(_signature(proof.get("proofValue")), to_sign(document, config, contexts, previous=previous))


def to_sign(document: Document, config: Document, contexts: Contexts, *, previous: Sequence[Document] = ()) -> bytes:
    """The 64 bytes that a suite signs: hash of the proof config, then hash of the document.

    :param previous: as for :func:`verify_proof`; they stand in the document in the place of its proofs
        (Data Integrity 4.3 and 4.5)
    :raises ProofError: the canonical form's own
    """
    bare = {name: value for name, value in document.items() if name != "proof"}
    if previous:
        bare["proof"] = list(previous)
    if SUITES[config["cryptosuite"]].form == "jcs":
        parts = jcs.canonicalize(config), jcs.canonicalize(bare)
    else:
        # the proof speaks the document's language: its terms are read under the document's context
        here = {**config, "@context": bare.get("@context", {})}
        parts = _canonical(here, contexts), _canonical(bare, contexts)
    return b"".join(hashlib.sha256(part).digest() for part in parts)


def _canonical(document: Document, contexts: Contexts) -> bytes:
    known = fixed_shape.canonicalize(document, contexts)
    return rdfc.canonicalize(document, contexts) if known is None else known


_public_key = lru_cache(maxsize=256)(PublicKey.parse)  # reading one costs a fifth of checking a signature with it


def _signature(value: Json) -> bytes:
    if not isinstance(value, str) or not value.startswith("z") or len(value) > 100:
        raise ProofError("proof-value")
    try:
        signature = base58.b58decode(value[1:])
    except ValueError:
        raise ProofError("proof-value") from None
    if base58.b58encode(signature).decode() != value[1:]:  # the library strips blanks: two texts would be one proof
        raise ProofError("proof-value")
    return bytes(signature)


def _listed(context: Json) -> list[Json]:
    return context if isinstance(context, list) else [context]
