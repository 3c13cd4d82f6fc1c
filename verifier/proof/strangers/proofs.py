"""Data Integrity proofs of any credential: alone, in sets, in chains (Data Integrity 1.0, 4.4 and 4.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ...core.errors import ProofError
from ...core.strict_json import Json
from ..contexts import Contexts
from ..sets import ResolveKey
from ..suites import SUITES, Document, verify_proof
from . import times
from .forms import is_url, listed

Purpose = Literal["assertionMethod", "authentication"]
_MOST_PROOFS = 16


@dataclass(frozen=True, slots=True)
class Expected:
    """What the verifier asks of every proof.

    :param domain: the proof is meant for one of these, and for no other set; none: it is not looked at
    :param challenge: what the verifier drew for this presentation
    """

    purpose: Purpose
    domain: frozenset[str] | None = None
    challenge: str | None = None


def verify_proofs(
    document: Document, expected: Expected, resolve_key: ResolveKey, contexts: Contexts, now: datetime
) -> frozenset[str]:
    """The verification methods of the proofs of `document`, every one of which holds.

    :raises ProofError: ``proof-missing``, ``proof-not-object``, ``proof-malformed``, ``suite-unknown``,
        ``proof-purpose``, ``proof-domain``, ``proof-challenge``, ``proof-expired``, ``proof-previous``, what
        `resolve_key` says, or as :func:`verifier.proof.suites.verify_proof`; at the proof
    """
    value = document.get("proof")
    proofs = listed(value)
    if value is None or not proofs:
        raise ProofError("proof-missing", pointer="/proof")
    if len(proofs) > _MOST_PROOFS:
        raise ProofError("proof-malformed", pointer="/proof")
    pointers = [f"/proof/{place}" for place in range(len(proofs))] if isinstance(value, list) else ["/proof"]
    for proof, pointer in zip(proofs, pointers, strict=True):
        _check_form(proof, pointer)
        _check_expected(proof, pointer, expected, now)
    named: dict[str, Mapping[str, Json]] = {proof["id"]: proof for proof in proofs if "id" in proof}
    if len(named) != sum("id" in proof for proof in proofs):
        raise ProofError("proof-previous", pointer="/proof")  # which one would a chain mean?
    for proof, pointer in zip(proofs, pointers, strict=True):
        previous = _previous(proof, pointer, named)
        try:
            key = resolve_key(proof["verificationMethod"], proof.get("created", ""))
            verify_proof(document, proof, key, contexts, previous=previous)
        except ProofError as error:
            if error.pointer is not None:
                raise
            raise error.at(pointer) from None
    return frozenset(proof["verificationMethod"] for proof in proofs)


def _previous(
    proof: Mapping[str, Json], pointer: str, named: Mapping[str, Mapping[str, Json]]
) -> Sequence[Mapping[str, Json]]:
    wanted = listed(proof.get("previousProof", []))
    if any(id_ not in named or named[id_] is proof for id_ in wanted):
        raise ProofError("proof-previous", pointer=f"{pointer}/previousProof")
    return [named[id_] for id_ in wanted]


def _check_form(proof: Json, pointer: str) -> None:
    if not isinstance(proof, dict):
        raise ProofError("proof-not-object", pointer=pointer)
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") not in [*SUITES]:
        raise ProofError("suite-unknown", pointer=pointer, suite=str(proof.get("cryptosuite"))[:80])
    for name in ("verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str):
            raise ProofError("proof-malformed", pointer=f"{pointer}/{name}")
    for name in ("challenge", "nonce"):
        if not isinstance(proof.get(name, ""), str):
            raise ProofError("proof-malformed", pointer=f"{pointer}/{name}")
    for name in ("domain", "previousProof"):
        if not all(isinstance(item, str) for item in listed(proof.get(name, []))):
            raise ProofError("proof-malformed", pointer=f"{pointer}/{name}")
    if "id" in proof and not is_url(proof["id"]):
        raise ProofError("proof-malformed", pointer=f"{pointer}/id")


def _check_expected(proof: Mapping[str, Json], pointer: str, expected: Expected, now: datetime) -> None:
    if proof["proofPurpose"] != expected.purpose:
        raise ProofError("proof-purpose", pointer=f"{pointer}/proofPurpose")
    if "created" in proof:
        times.parse(proof["created"], f"{pointer}/created", zone=False)
    if "expires" in proof and now >= times.parse(proof["expires"], f"{pointer}/expires", zone=False):
        raise ProofError("proof-expired", pointer=f"{pointer}/expires")
    if expected.domain is not None and frozenset(listed(proof.get("domain", []))) != expected.domain:
        raise ProofError("proof-domain", pointer=f"{pointer}/domain")
    if expected.challenge is not None and proof.get("challenge") != expected.challenge:
        raise ProofError("proof-challenge", pointer=f"{pointer}/challenge")
