"""Proof sets, as this service makes and accepts them: each suite once, nothing in a proof but what it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..core.attestation import DataIntegrityProof, parse_proof
from ..core.errors import BadInput, ProofError
from ..core.strict_json import Json
from ..signer import Algorithm, Signer
from .contexts import Contexts
from .suites import SUITES, Document, SuiteName, prove, verify_proof

# (verification method, created) → the public key, or a ProofError that says why that key does not count
ResolveKey = Callable[[str, str], str]

BOTH: tuple[SuiteName, ...] = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
SUITES_OF: Mapping[Algorithm, tuple[SuiteName, ...]] = {"ed25519": BOTH, "p256": ("ecdsa-rdfc-2019",)}


@dataclass(frozen=True, slots=True)
class By:
    """Who signs with which suite: `method` is the DID URL of the signer's key."""

    suite: SuiteName
    signer: Signer
    method: str


# Unix seconds → who signs at that moment
SignersAt = Callable[[int], Sequence[By]]


async def prove_set(document: Document, by: Sequence[By], *, created: str, contexts: Contexts) -> dict[str, Json]:
    """`document` with one independent proof of each.

    :raises ProofError: as :func:`verifier.proof.suites.prove`
    """
    proofs = [
        await prove(
            document, signer=each.signer, suite=each.suite, method=each.method, created=created, contexts=contexts
        )
        for each in by
    ]
    return {**document, "proof": proofs}


def verify_set(
    document: Document, resolve_key: ResolveKey, contexts: Contexts, *, suites: Sequence[SuiteName] = BOTH
) -> dict[str, Json]:
    """The document that the proofs cover, without them: use this object, not the one that was brought (T45).

    Every suite of `suites` must be there (T53), another may be; each once, and every proof must hold.
    The document must be of a shape that the caller has checked (T44).

    :raises ProofError: ``proof-missing``, ``proof-not-object``, ``proof-suite-missing``, ``proof-suite-repeated``,
        ``proof-purpose``, ``proof-context``, a ``schema-member-…`` of a proof's own members, what `resolve_key`
        says, or as :func:`verifier.proof.suites.verify_proof`; at the proof
    """
    for pointer, proof in read_set(document, suites):
        check_one(document, proof, pointer, resolve_key, contexts)
    return {name: value for name, value in document.items() if name != "proof"}


def read_set(document: Document, suites: Sequence[SuiteName] = BOTH) -> list[tuple[str, DataIntegrityProof]]:
    """The proofs of a set with their pointers, each well formed, the expected suites once each; none checked yet.

    :raises ProofError: as :func:`verify_set`
    """
    value = document.get("proof")
    if value is None or value == []:
        raise ProofError("proof-missing", pointer="/proof")
    alone = not isinstance(value, list)
    found: dict[str, tuple[str, DataIntegrityProof]] = {}
    for at, item in enumerate([value] if alone else value):
        pointer = "/proof" if alone else f"/proof/{at}"
        proof = _read(item, pointer)
        if proof.cryptosuite in found:
            raise ProofError("proof-suite-repeated", pointer=pointer, suite=proof.cryptosuite)
        found[proof.cryptosuite] = pointer, proof
    for suite in suites:
        if suite not in found:
            raise ProofError("proof-suite-missing", pointer="/proof", suite=suite)
    return list(found.values())


def check_one(
    document: Document, proof: DataIntegrityProof, pointer: str, resolve_key: ResolveKey, contexts: Contexts
) -> None:
    """:raises ProofError: as :func:`verify_set`"""
    # One context for all who read: those of the document, in full, where the suite signs them (T43).
    expected = document.get("@context") if SUITES[proof.cryptosuite].form == "jcs" else None
    if (None if proof.context is None else list(proof.context)) != expected:
        raise ProofError("proof-context", pointer=f"{pointer}/@context")
    try:
        key = resolve_key(proof.verification_method, proof.created)
        verify_proof(document, proof.model_dump(mode="json", exclude_none=True), key, contexts)
    except ProofError as error:
        if error.pointer is not None:
            raise
        raise error.at(pointer) from None


def _read(value: Json, pointer: str) -> DataIntegrityProof:
    if not isinstance(value, dict):
        raise ProofError("proof-not-object", pointer=pointer)
    if value.get("proofPurpose", "assertionMethod") != "assertionMethod":
        raise ProofError("proof-purpose", pointer=f"{pointer}/proofPurpose")
    try:
        return parse_proof(value, pointer)
    except BadInput as error:
        raise ProofError(error.code, pointer=error.pointer, **error.values) from None
