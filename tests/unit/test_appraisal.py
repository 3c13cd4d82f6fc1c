"""The verdict on what somebody brings, axis by axis (T43, T44, T45, T47, T48, T53)."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from verifier.appraisal import Appraisal, appraise
from verifier.core.attestation import CREDENTIALS_V2
from verifier.core.clock import DAY
from verifier.core.errors import Refused
from verifier.core.models import StatusBit
from verifier.core.site import Site
from verifier.core.strict_json import Json
from verifier.proof import rdfc

from .proof.documents import NOW, SITE, Issuer, unsigned

ISSUER = Issuer()
AXES = ["proof", "issuer", "validity", "status", "schema", "context"]


async def appraised(
    document: Mapping[str, Json], *, bits: Mapping[str, StatusBit] | None = None, now: int = NOW
) -> Appraisal:
    async def status_of(purpose: str, list_number: int, index: int) -> StatusBit:
        assert (list_number, index) == {"revocation": (1, 94567), "suspension": (1, 3)}[purpose]
        return (bits or {}).get(purpose, "clear")

    return await appraise(
        document,
        site=SITE,
        contexts=ISSUER.contexts,
        resolve_key=ISSUER.resolve_key,
        status_of=status_of,
        now=now,
    )


def told(appraisal: Appraisal) -> dict[str, tuple[str, str, str | None]]:
    """What is not ok."""
    return {
        name: (axis.result, axis.problem.code, axis.problem.pointer)
        for name, axis in appraisal.axes.items()
        if axis.problem is not None
    }


@pytest.mark.parametrize("role", ("office", "agent", "mandate"))
async def test_ours_is_verified(role: str) -> None:
    appraisal = await appraised(await ISSUER.sign(unsigned(role)))
    assert appraisal.verified
    assert appraisal.document() == {
        "verified": True,
        "axes": {name: {"result": "ok", "problem": None} for name in AXES},
    }


async def test_t47_a_copy_after_the_end_or_before_the_start() -> None:
    signed = await ISSUER.sign(unsigned())
    assert told(await appraised(signed, now=NOW + 90 * DAY)) == {"validity": ("failed", "expired", "/validUntil")}
    assert (await appraised(signed, now=NOW + 90 * DAY - 1)).verified
    assert told(await appraised(signed, now=NOW - 1)) == {"validity": ("failed", "not-yet-valid", "/validFrom")}


@pytest.mark.parametrize(
    ("bits", "expected"),
    (
        ({"revocation": "set"}, ("failed", "status-revocation", "/credentialStatus/0")),
        ({"suspension": "set"}, ("failed", "status-suspension", "/credentialStatus/1")),
        ({"revocation": "unknown", "suspension": "set"}, ("failed", "status-suspension", "/credentialStatus/1")),
        ({"suspension": "unknown"}, ("unknown", "status-unknown", "/credentialStatus/1")),
    ),
)
async def test_t47_t48_withdrawn_or_not_to_be_learned(
    bits: Mapping[str, StatusBit], expected: tuple[str, str, str]
) -> None:
    appraisal = await appraised(await ISSUER.sign(unsigned()), bits=bits)
    assert not appraisal.verified
    assert told(appraisal) == {"status": expected}


async def test_t47_for_another_handle() -> None:
    signed = await ISSUER.sign(unsigned())
    signed["credentialSubject"]["handle"] = "acct:d1num@evil.example"
    assert told(await appraised(signed)) == {"proof": ("failed", "signature-wrong", "/proof/0")}


async def test_t45_t53_proofs_removed() -> None:
    signed = await ISSUER.sign(unsigned())
    assert told(await appraised(unsigned())) == {"proof": ("failed", "proof-missing", "/proof")}
    for kept in signed["proof"]:
        changed = {**signed, "proof": [kept]}
        assert told(await appraised(changed)) == {"proof": ("failed", "proof-suite-missing", "/proof")}


async def test_t45_proof_over_an_inner_object() -> None:
    signed = await ISSUER.sign(unsigned())
    wrapped = {**unsigned(), "credentialSubject": signed, "proof": signed["proof"]}
    problems = told(await appraised(wrapped))
    assert problems["schema"][0] == "failed"
    assert problems["proof"] == ("failed", "signature-wrong", "/proof/1")


async def test_signed_by_somebody_else() -> None:
    stranger = Issuer()
    assert told(await appraised(await stranger.sign(unsigned()))) == {"proof": ("failed", "method-unknown", "/proof/0")}


async def test_of_another_service_in_good_faith() -> None:
    site = Site("https://konten.example.de")
    other = Issuer(site)
    assert told(await appraised(await other.sign(unsigned(site=site)))) == {
        "proof": ("failed", "method-unknown", "/proof/1"),
        "issuer": ("failed", "issuer-not-us", "/issuer"),
        "status": ("unknown", "status-not-ours", "/credentialStatus"),
        "context": ("failed", "context-not-ours", "/@context"),
    }


EVIL = {"handle": "https://evil.example/handle"}


Change = Callable[[dict[str, Any]], object]


def add(at: str, name: str, value: Json) -> Change:
    def change(document: dict[str, Any]) -> None:
        (document[at] if at else document)[name] = value

    return change


def rename_type(document: dict[str, Any]) -> None:
    document["credentialSubject"]["@type"] = document["credentialSubject"].pop("type")


MEMBER = "schema-member-unknown"


@pytest.mark.parametrize(
    ("change", "context", "schema"),
    (
        (add("", "@context", [CREDENTIALS_V2, "https://evil.example/v1"]), "context-not-ours", None),
        (add("", "@context", [CREDENTIALS_V2, SITE.context, EVIL]), "context-not-ours", None),
        (add("", "@context", [SITE.context, CREDENTIALS_V2]), "context-not-ours", None),
        (add("", "@context", {"@vocab": "https://evil.example/"}), "context-not-ours", None),
        (lambda document: document.pop("@context"), "context-not-ours", None),
        (add("", "@graph", [{"id": "urn:x"}]), "context-keyword", MEMBER),
        (add("", "@included", [{"id": "urn:x"}]), "context-keyword", MEMBER),
        (add("", "@reverse", {}), "context-keyword", MEMBER),
        (add("credentialSubject", "@context", EVIL), "context-keyword", MEMBER),
        (add("credentialSubject", "@id", "https://evil.example/"), "context-keyword", MEMBER),
        (rename_type, "context-keyword", "schema-member-missing"),
        (add("credentialSubject", "role", "minister"), None, MEMBER),
        (add("", "name", "Minister"), None, MEMBER),
        (add("", "evidence", []), None, "schema-member-wrong"),
        (add("", "validFrom", None), None, "schema-member-wrong"),
    ),
)
async def test_t43_the_same_members_with_another_meaning(
    change: Change, context: str | None, schema: str | None
) -> None:
    signed = copy.deepcopy(await ISSUER.sign(unsigned()))
    change(signed)
    axes = (await appraised(signed)).axes
    codes = {name: axis.problem and axis.problem.code for name, axis in axes.items()}
    assert (codes["context"], codes["schema"]) == (context, schema)
    assert axes["proof"].result == "failed"


def clique(size: int) -> dict[str, Json]:
    """Blank nodes that all point at all: canonicalising it takes minutes."""
    nodes = [{"id": f"_:b{one}", "to": [f"_:b{two}" for two in range(size)]} for one in range(size)]
    return {"@context": {"to": {"@id": "urn:to", "@type": "@id"}, "id": "@id"}, "@graph": nodes}


async def test_t44_a_strangers_graph_is_never_canonicalised(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = await ISSUER.sign(unsigned())
    monkeypatch.setattr(rdfc, "canonicalize", None)
    with pytest.raises(Refused, match="not-an-attestation"):
        await appraised(clique(9))
    for document in (signed | clique(9), signed | {"evidence": clique(9)}, clique(9) | {"type": unsigned()["type"]}):
        appraisal = await appraised(document)
        assert not appraisal.verified
        assert appraisal.axes["proof"].result == "failed"


async def test_t44_a_large_document_is_not_looked_at_any_closer() -> None:
    signed = await ISSUER.sign(unsigned())
    for extra in ([0] * 501, [{"@id": [[0] * 30]}] * 30, {str(number): 0 for number in range(501)}):
        assert told(await appraised({**signed, "extra": extra})) == {
            "proof": ("unknown", "proof-not-checked", "/proof"),
            "status": ("unknown", "status-not-ours", "/credentialStatus"),
            "schema": ("failed", "schema-too-large", ""),
        }


@pytest.mark.parametrize("type_", (None, "VerifiableCredential", [], ["VerifiableCredential"], {"a": 1}, 1, [[]]))
async def test_what_does_not_say_that_it_is_one(type_: Json) -> None:
    with pytest.raises(Refused, match="not-an-attestation"):
        await appraised({**unsigned(), "type": type_})


async def test_a_shape_that_we_might_have_signed_is_unknown_rather_than_good() -> None:
    """Our key over a document that is not of the schema: the jcs proof holds, and yet nothing is vouched for."""
    document = {**unsigned(), "name": "later version"}
    appraisal = await appraised(await ISSUER.sign(document))
    assert told(appraisal) == {
        "proof": ("unknown", "proof-not-checked", "/proof"),
        "status": ("unknown", "status-not-ours", "/credentialStatus"),
        "schema": ("failed", MEMBER, "/name"),
    }
