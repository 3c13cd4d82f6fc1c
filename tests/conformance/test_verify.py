"""Every line of "must accept" and "must reject" at verify, for credentials."""

from collections.abc import Awaitable, Callable, Mapping

import base58
import pytest

from verifier.core.strict_json import Json

from .conftest import Client
from .signing import CONTEXTS, DATA_INTEGRITY, NAME, V1, V2, Stranger, credential, credential_1_1, jcs_of

STRANGER = Stranger()
OTHER = Stranger()
FIRST = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"
SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
Case = Callable[[], Awaitable[dict[str, Json]]]


async def signed(suite: str = "eddsa-rdfc-2022", **more: Json) -> dict[str, Json]:
    return await STRANGER.sign(credential(STRANGER.id), suite, **more)


async def chain(previous: Json, suite: str = "eddsa-rdfc-2022", **more: Json) -> dict[str, Json]:
    document = credential(STRANGER.id)
    first = await STRANGER.prove(document, suite, id=FIRST)
    second = await OTHER.prove(document, suite, previous=[first], previousProof=previous, **more)
    return {**document, "proof": [first, second]}


async def with_proof(**changes: Json) -> dict[str, Json]:
    """A member changed after signing; `...` takes it out."""
    document = await signed()
    document["proof"] = {name: value for name, value in {**document["proof"], **changes}.items() if value is not ...}
    return document


async def proof_set() -> dict[str, Json]:
    document = credential(STRANGER.id)
    return {**document, "proof": [await STRANGER.prove(document, suite) for suite in SUITES]}


async def set_with_another() -> dict[str, Json]:
    document = credential(STRANGER.id)
    return {**document, "proof": [await OTHER.prove(document), await STRANGER.prove(document)]}


async def vc_1_1() -> dict[str, Json]:
    return await STRANGER.sign(credential_1_1(STRANGER.id) | {"@context": [V1, NAME, DATA_INTEGRITY]})


async def more_contexts() -> dict[str, Json]:
    """vc-di-eddsa 3.3.2, step 4: contexts may be added behind those that the jcs proof names, if none changes it."""
    document = await signed("eddsa-jcs-2022")
    return document | {"@context": [V2, "https://www.w3.org/ns/credentials/undefined-terms/v2"]}


ACCEPTED: Mapping[str, Case] = {
    **{f"a proof of {suite}": lambda suite=suite: signed(suite) for suite in SUITES},  # type: ignore[misc]
    "a proof set": proof_set,
    "a proof set with somebody else": set_with_another,
    "previousProof as string": lambda: chain(FIRST),
    "previousProof as array": lambda: chain([FIRST]),
    "previousProof in jcs": lambda: chain([FIRST], "eddsa-jcs-2022"),
    "VC 1.1": vc_1_1,
    "issuer as an object": lambda: STRANGER.sign(credential({"id": STRANGER.id, "name": "Préfecture"})),
    "proof without created": lambda: signed(created=None),
    "created with milliseconds": lambda: signed(created="2026-01-01T00:00:00.123Z"),
    "created without offset, which is UTC": lambda: signed(created="2026-01-01T00:00:00"),
    "expires to come": lambda: signed(expires="2090-01-01T00:00:00Z"),
    "a context added behind those signed by jcs": more_contexts,
}


async def prefixless() -> dict[str, Json]:
    return await with_proof(proofValue=(await signed())["proof"]["proofValue"][1:])


async def too_long() -> dict[str, Json]:
    raw = base58.b58decode((await signed())["proof"]["proofValue"][1:])
    return await with_proof(proofValue="z" + base58.b58encode(raw + bytes(32)).decode())


async def base_removed() -> dict[str, Json]:
    document = credential(STRANGER.id, type=["VerifiableCredential", "UndefinedCredential"])
    document["@context"] = [V2, {"@base": "https://invalid.example.com/"}]
    return await STRANGER.sign_anyhow(document) | {"@context": [V2]}


async def earlier_fails() -> dict[str, Json]:
    document = await chain(FIRST)
    document["proof"][0]["proofValue"] = document["proof"][1]["proofValue"]
    return document


async def earlier_stripped() -> dict[str, Json]:
    document = await chain(FIRST)
    return document | {"proof": document["proof"][1]}


async def earlier_renamed() -> dict[str, Json]:
    document = await chain(FIRST)
    document["proof"][0]["id"] = "urn:uuid:38329423-2179-4b2e-88cb-a7c7d9dc4544"
    return document


async def earlier_not_signed() -> dict[str, Json]:
    """The second proof names the first, but was made over the document alone."""
    document = credential(STRANGER.id)
    first = await STRANGER.prove(document, id=FIRST)
    return {**document, "proof": [first, await OTHER.prove(document, previousProof=FIRST)]}


def subject(**more: Json) -> dict[str, Json]:
    return {"credentialSubject": {"id": "did:example:subject", **more}}


def undefined(**more: Json) -> Case:
    return lambda: STRANGER.sign_anyhow(credential(STRANGER.id, **more))


def added(suite: str, **more: Json) -> Case:
    async def case() -> dict[str, Json]:
        return await signed(suite) | more

    return case


async def with_no_proof() -> dict[str, Json]:
    return credential(STRANGER.id)


async def no_credential() -> dict[str, Json]:
    return {"type": ["NonconformingDocument"]}


async def timed(**more: Json) -> dict[str, Json]:
    return await STRANGER.sign(credential(STRANGER.id, **more))


async def one_fails() -> dict[str, Json]:
    document = await set_with_another()
    document["proof"][0]["proofValue"] = document["proof"][1]["proofValue"]
    return document


async def without_a_context() -> dict[str, Json]:
    contexts = [V2, "https://www.w3.org/ns/credentials/undefined-terms/v2"]
    document = await STRANGER.sign(credential(STRANGER.id, **{"@context": contexts}), "eddsa-jcs-2022")
    return document | {"@context": [V2]}


async def signed_by_jcs(**more: Json) -> dict[str, Json]:
    return await STRANGER.sign(credential(STRANGER.id, **more), "eddsa-jcs-2022")


async def signed_anyhow(**more: Json) -> dict[str, Json]:
    return await STRANGER.sign_anyhow(credential(STRANGER.id), **more)


TYPES = {"type": ["VerifiableCredential", "UndefinedType"]}
TERM = subject(undefinedTerm="IfDroppedWillVerify")
REFUSED: Mapping[str, tuple[str, Case]] = {
    "proof absent": ("proof-missing", with_no_proof),
    "proof null": ("proof-missing", added("eddsa-rdfc-2022", proof=None)),
    "proofs empty": ("proof-missing", added("eddsa-rdfc-2022", proof=[])),
    "proof that is a string": ("proof-not-object", added("eddsa-rdfc-2022", proof="proof")),
    "proof that is a number": ("proof-not-object", added("eddsa-rdfc-2022", proof=1)),
    "a proof of a set that is a string": ("proof-not-object", added("eddsa-rdfc-2022", proof=["proof"])),
    "proof without type": ("suite-unknown", lambda: with_proof(type=...)),
    "proof without verificationMethod": ("proof-malformed", lambda: with_proof(verificationMethod=...)),
    "proof without proofPurpose": ("proof-malformed", lambda: with_proof(proofPurpose=...)),
    "proof without proofValue": ("proof-malformed", lambda: with_proof(proofValue=...)),
    "proofValue null": ("proof-malformed", lambda: with_proof(proofValue=None)),
    "proofValue without multibase header": ("proof-value", prefixless),
    "proofValue of another length": ("proof-value", too_long),
    "unknown proof type": ("suite-unknown", lambda: signed_anyhow(type="UnknownProofType")),
    "unknown cryptosuite": ("suite-unknown", lambda: signed_anyhow(cryptosuite="UnknownCryptosuite")),
    "cryptosuite that is an array": ("suite-unknown", lambda: with_proof(cryptosuite=["eddsa-rdfc-2022"])),
    "cryptosuite of another key": ("suite-algorithm", lambda: with_proof(cryptosuite="ecdsa-rdfc-2019")),
    "another cryptosuite": ("signature-wrong", lambda: with_proof(cryptosuite="eddsa-jcs-2022")),
    "unknown purpose": ("proof-purpose", lambda: signed_anyhow(proofPurpose="invalidPurpose")),
    "purpose of a presentation": ("proof-purpose", lambda: signed(proofPurpose="authentication")),
    "method that is no key": ("method-unknown", lambda: signed(verificationMethod="did:key:invalidVm")),
    "method that is no key either": ("key-malformed", lambda: signed(verificationMethod="did:key:zz#zz")),
    "method that nobody resolves": ("method-unknown", lambda: signed(verificationMethod="did:example:1#key")),
    "method of another key": (
        "signature-wrong",
        lambda: signed(verificationMethod=OTHER.config()["verificationMethod"]),
    ),
    "created that is no time": ("time-malformed", lambda: signed_anyhow(created="invalidDate")),
    "expires that is no time": ("time-malformed", lambda: signed_anyhow(expires="invalidDate")),
    "expires in the past": ("proof-expired", lambda: signed(expires="2026-01-01T00:00:00Z")),
    "expires in the past, without offset": ("proof-expired", lambda: signed(expires="2026-01-01T00:00:00")),
    "proof id that is no URL": ("proof-malformed", lambda: with_proof(id="456321")),
    "undefined term at signing": ("term-undefined", undefined(**TERM)),
    "undefined type at signing": ("type-undefined", undefined(**TYPES)),
    "undefined term added later": ("term-undefined", added("eddsa-rdfc-2022", **TERM)),
    "undefined type added later": ("type-undefined", added("eddsa-rdfc-2022", **TYPES)),
    "undefined term added later, jcs": ("term-undefined", added("eddsa-jcs-2022", **TERM)),
    "undefined type added later, jcs": ("type-undefined", added("eddsa-jcs-2022", **TYPES)),
    "undefined term at signing, jcs": ("term-undefined", lambda: signed_by_jcs(**TERM)),
    "undefined type at signing, jcs": ("type-undefined", lambda: signed_by_jcs(**TYPES)),
    "signed under a context with @base that was then removed": ("type-undefined", base_removed),
    "a member added later, jcs": ("signature-wrong", added("eddsa-jcs-2022", name="Zoé")),
    "context of the jcs proof taken away": ("proof-context", without_a_context),
    "another canonical form": ("signature-wrong", lambda: signed_anyhow(canonical=jcs_of)),
    "another digest": ("signature-wrong", lambda: signed_anyhow(digest="sha512")),
    "a member changed": ("signature-wrong", added("eddsa-rdfc-2022", **subject(name="Zoé"))),
    "previousProof naming an absent id": ("proof-previous", lambda: chain("urn:uuid:absent")),
    "previousProof naming an absent id, in an array": ("proof-previous", lambda: chain([FIRST, "urn:uuid:absent"])),
    "previousProof that is a number": ("proof-malformed", lambda: chain(456321)),
    "a chain whose earlier proof fails": ("signature-wrong", earlier_fails),
    "a chain whose earlier proof was stripped": ("proof-previous", earlier_stripped),
    "a chain whose earlier proof was renamed": ("signature-wrong", earlier_renamed),
    "a chain that did not sign the earlier proof": ("signature-wrong", earlier_not_signed),
    "a set one of which fails": ("signature-wrong", one_fails),
    "a set without the issuer": ("issuer-unproved", lambda: OTHER.sign(credential(STRANGER.id))),
    "not valid any more": ("credential-expired", lambda: timed(validUntil="2020-01-01T00:00:00Z")),
    "not valid yet": ("credential-not-yet", lambda: timed(validFrom="2090-01-01T00:00:00Z")),
    "no VerifiableCredential": ("credential-context", no_credential),
}


async def test_accepted(client: Client, subtests: pytest.Subtests) -> None:
    for name in ACCEPTED:
        with subtests.test(name):
            document = await ACCEPTED[name]()
            assert await client.verify(document, checks=["proof"]) == (200, {"verified": True, "problemDetails": []})


async def test_refused(client: Client, subtests: pytest.Subtests) -> None:
    for name in REFUSED:
        with subtests.test(name):
            code, case = REFUSED[name]
            status, verdict = await client.verify(await case(), checks=["proof"])
            (problem,) = verdict["problemDetails"]
            assert (status, verdict["verified"], problem["title"]) == (422, False, code)
            assert problem["type"].startswith("https://")
            # Data Integrity 1.0, 4.4, step 2: what is no map in the place of a proof, or nothing at all.
            unread = code in ("proof-missing", "proof-not-object")
            assert problem["type"].endswith("#PARSING_ERROR") == unread, name


async def test_a_verifier_that_does_not_bind_the_issuer(client: Client) -> None:
    """The published vector of ECDSA names an issuer that is no controller of its key."""
    by_another = await OTHER.sign(credential("https://vc.example/issuers/5678"))
    for path, expected in (("/credentials/verify", 422), ("/proof/credentials/verify", 200)):
        assert (await client.post(path, {"verifiableCredential": by_another}))[0] == expected
    tampered = by_another | {"name": "Zoé"}
    assert (await client.post("/proof/credentials/verify", {"verifiableCredential": tampered}))[0] == 422


@pytest.mark.parametrize("value", ("eyJhbGciOiJFZERTQSJ9", None, [], 7))
async def test_credential_as_a_string(client: Client, value: Json) -> None:
    assert (await client.verify(value))[0] == 400


async def test_options_are_heeded(client: Client) -> None:
    document = await signed()
    for options, expected in (
        ({"expectedProofPurpose": "assertionMethod"}, 200),
        ({"expectedProofPurpose": "authentication"}, 422),
        ({"expectedProofPurpose": "somethingElse"}, 400),
        ({"domain": "domain.example"}, 422),
        ({"challenge": "1235abcd6789"}, 422),
        ({"domain": None, "challenge": None}, 200),
        ({"domain": 7}, 400),
        ({"challenge": ["a"]}, 400),
    ):
        assert (await client.verify(document, **options))[0] == expected, options
    bodies: list[Json] = [{}, {"options": None}, {"options": {}}]
    for body in bodies:
        assert (await client.post("/credentials/verify", {"verifiableCredential": document, **body}))[0] == 200


async def test_t44_a_poison_graph_is_refused(client: Client) -> None:
    """A clique of eight blank nodes, 1.2 kB; and a tree of twins, which needs no labels."""
    nodes = range(8)
    clique = [{"id": f"_:e{node}", "p": [{"id": f"_:e{other}"} for other in nodes if other != node]} for node in nodes]
    twins: Json = {"p": [{"p": [{} for _ in range(9)]} for _ in range(9)]}
    inline = {"@context": [V2, {"p": "https://example.org/p"}]}
    for node, code in (({"id": "urn:x", "p": clique}, "iri-relative"), (twins, "graph-too-complex")):
        document = credential(STRANGER.id, credentialSubject=node, **inline)
        status, verdict = await client.verify(document | {"proof": (await signed())["proof"]})
        assert (status, verdict["problemDetails"][0]["title"]) == (422, code)
    assert (await client.verify(await signed()))[0] == 200


async def test_t43_a_stranger_changes_no_context_for_others(client: Client) -> None:
    inline = {"@import": V2, "colour": "https://example.org/colour"}
    for context in ([V2, inline], [V2, {"@context": [inline]}], [V2, {"a": {"@id": "urn:a", "@context": inline}}]):
        document = credential(STRANGER.id, **{"@context": context})
        status, problem = await client.issue(document)
        assert (status, problem["title"]) == (422, "json-ld-refused")
    assert (await client.issue(credential(STRANGER.id, colour="red")))[0] == 422
    assert "colour" not in CONTEXTS.load(V2)["@context"]
