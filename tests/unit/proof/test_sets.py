"""Proof sets: stripped, repeated, wrapped, of another purpose, by another key (T45, T51, T53)."""

import copy
from typing import Any

import pytest

from verifier.core.clock import Chance, to_rfc3339
from verifier.core.errors import ProofError
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.proof.did import document_keys, method_of, registry_keys
from verifier.proof.sets import BOTH, By, prove_set, verify_set
from verifier.signer import Key, throwaway

from .documents import NOW, SITE, Issuer, unsigned

ISSUER = Issuer()


def refused(document: dict[str, Json], code: str, pointer: str | None, issuer: Issuer = ISSUER) -> None:
    with pytest.raises(ProofError) as caught:
        verify_set(document, issuer.resolve_key, issuer.contexts)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


async def test_the_document_that_the_proofs_cover_is_returned() -> None:
    signed = await ISSUER.sign(unsigned())
    assert verify_set(signed, ISSUER.resolve_key, ISSUER.contexts) == unsigned()
    assert verify_set(signed, document_keys(ISSUER.did_document), ISSUER.contexts) == unsigned()


async def test_a_proof_has_the_members_that_it_needs_and_no_other() -> None:
    rdfc, jcs = (await ISSUER.sign(unsigned()))["proof"]
    members = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
    assert (set(rdfc), set(jcs)) == (members, members | {"@context"})
    assert rdfc["created"] == to_rfc3339(NOW)


async def test_the_same_document_has_the_same_proofs() -> None:
    assert await ISSUER.sign(unsigned()) == await ISSUER.sign(unsigned())


@pytest.mark.parametrize("value", (None, []))
async def test_t45_no_proof(value: Json) -> None:
    refused(unsigned(), "proof-missing", "/proof")
    refused({**unsigned(), "proof": value}, "proof-missing", "/proof")


@pytest.mark.parametrize("value", ("proof", 1, True, ["proof"]))
async def test_t45_a_proof_that_is_no_object(value: Json) -> None:
    refused({**unsigned(), "proof": value}, "proof-not-object", "/proof/0" if isinstance(value, list) else "/proof")


@pytest.mark.parametrize("kept", (0, 1))
async def test_t53_a_proof_stripped(kept: int) -> None:
    signed = await ISSUER.sign(unsigned())
    for proof in (signed["proof"][kept], [signed["proof"][kept]]):
        refused({**signed, "proof": proof}, "proof-suite-missing", "/proof")


@pytest.mark.parametrize("bad", (0, 1))
async def test_t45_one_of_two_is_bad(bad: int) -> None:
    signed = await ISSUER.sign(unsigned())
    other = await ISSUER.sign(unsigned("agent"))
    signed["proof"][bad] = other["proof"][bad]
    refused(signed, "signature-wrong", f"/proof/{bad}")


async def test_t45_a_suite_twice() -> None:
    signed = await ISSUER.sign(unsigned())
    signed["proof"] = [*signed["proof"], signed["proof"][1]]
    refused(signed, "proof-suite-repeated", "/proof/2")


@pytest.mark.parametrize(
    ("code", "member", "value"),
    (
        ("proof-purpose", "proofPurpose", "authentication"),
        ("schema-member-unknown", "expires", "2027-01-01T00:00:00Z"),
        ("schema-member-unknown", "id", "urn:proof"),
        ("schema-member-wrong", "cryptosuite", "eddsa-2022"),
        ("schema-member-wrong", "type", "Ed25519Signature2020"),
        ("schema-member-wrong", "created", "2026-11-23T10:00:00.000Z"),
        ("schema-member-wrong", "proofValue", "uAAAA"),
        ("schema-member-wrong", "proofValue", None),
        ("proof-context", "@context", ["https://www.w3.org/ns/credentials/v2"]),
    ),
)
@pytest.mark.parametrize("place", (0, 1))
async def test_t45_members_of_a_proof(code: str, member: str, value: Json, place: int) -> None:
    signed = await ISSUER.sign(unsigned())
    signed["proof"][place][member] = value
    refused(signed, code, f"/proof/{place}/{member}")


async def test_t43_the_jcs_proof_names_the_context() -> None:
    signed = await ISSUER.sign(unsigned())
    del signed["proof"][1]["@context"]
    refused(signed, "proof-context", "/proof/1/@context")


async def test_t45_a_method_of_another_issuer() -> None:
    stranger = Issuer()
    refused(await stranger.sign(unsigned()), "method-unknown", "/proof/0")
    signed: Any = await ISSUER.sign(unsigned())
    for proof in signed["proof"]:
        proof["verificationMethod"] = proof["verificationMethod"].replace(SITE.did, "did:web:evil.example")
    refused(signed, "method-unknown", "/proof/0")


async def test_t51_the_status_key_vouches_for_no_account() -> None:
    refused(await ISSUER.sign(unsigned(), signer=ISSUER.status), "method-unknown", "/proof/0")


async def test_t51_a_key_of_the_other_algorithm() -> None:
    signed: Any = await ISSUER.sign(unsigned())
    signed["proof"][0]["cryptosuite"] = "ecdsa-rdfc-2019"
    refused(signed, "proof-suite-missing", "/proof")
    with pytest.raises(ProofError, match="suite-algorithm"):
        verify_set(signed, ISSUER.resolve_key, ISSUER.contexts, suites=("eddsa-jcs-2022",))


async def test_a_proof_made_before_the_key_was() -> None:
    refused(await ISSUER.sign(unsigned(), created=NOW - 10 * 86_400), "key-not-yet", "/proof/0")


async def test_t43_every_change_is_seen_by_each_suite() -> None:
    """A byte changed is refused by both: the one that is stripped never hides the other's verdict."""
    signed = await ISSUER.sign(unsigned())
    changed = copy.deepcopy(signed)
    changed["credentialSubject"]["handle"] = "acct:dinum@social.numerique.gouv.xx"
    for place, suite in enumerate(BOTH):
        alone = {**changed, "proof": [changed["proof"][place]]}
        with pytest.raises(ProofError, match="signature-wrong"):
            verify_set(alone, ISSUER.resolve_key, ISSUER.contexts, suites=(suite,))


async def test_a_third_proof_by_p256_is_checked_too() -> None:
    p256 = throwaway("p256", Chance())
    key = Key(
        public_key_multibase=p256.public_key_multibase,
        algorithm="p256",
        purpose=Purpose.ISSUING,
        created=to_rfc3339(NOW),
        sandbox=True,
    )
    registry = ISSUER.registry.with_key(key)
    by = [By(suite, ISSUER.issuing, method_of(SITE.did, ISSUER.issuing.public_key_multibase)) for suite in BOTH]
    by.append(By("ecdsa-rdfc-2019", p256, method_of(SITE.did, key.id)))
    signed = await prove_set(unsigned(), by, created=to_rfc3339(NOW), contexts=ISSUER.contexts)
    resolve = registry_keys(SITE.did, registry, Purpose.ISSUING)
    assert verify_set(signed, resolve, ISSUER.contexts) == unsigned()
    signed["proof"][2]["proofValue"] = signed["proof"][0]["proofValue"]
    with pytest.raises(ProofError, match="signature-wrong"):
        verify_set(signed, resolve, ISSUER.contexts)


async def test_t51_a_suite_takes_no_signer_of_another_algorithm() -> None:
    by = By("eddsa-jcs-2022", throwaway("p256", Chance()), "did:web:a.example#key")
    with pytest.raises(ProofError, match="suite-algorithm"):
        await prove_set(unsigned(), [by], created=to_rfc3339(NOW), contexts=ISSUER.contexts)
