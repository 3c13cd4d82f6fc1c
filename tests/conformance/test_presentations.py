"""Presentations: purpose, challenge, domain, and what they hold."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from verifier.core.strict_json import Json

from .conftest import Client
from .signing import V2, Stranger, credential, presentation

HOLDER = Stranger()
ISSUER = Stranger()
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CHALLENGE = {"challenge": "uT3sT", "domain": "domain.example"}
ENVELOPED = {
    "@context": V2,
    "id": "data:application/vc-ld+jwt;base64url,eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
    "type": "EnvelopedVerifiableCredential",
}
Case = Callable[[], Awaitable[dict[str, Json]]]


async def signed(*credentials: Json, proof: Json = None, **more: Json) -> dict[str, Json]:
    document = presentation(*credentials, **more)
    return await HOLDER.sign(document, **{"proofPurpose": "authentication", **(proof or {})})


async def of(*credentials: dict[str, Json]) -> dict[str, Json]:
    return await signed(*[await ISSUER.sign(document) for document in credentials])


def mapped(**more: Json) -> dict[str, Json]:
    return {"@context": [V2, {"Mapped": "https://example.org/#Mapped"}], **more}


async def one() -> dict[str, Json]:
    return await signed(verifiableCredential=await ISSUER.sign(credential(ISSUER.id)))


ACCEPTED: Mapping[str, Case] = {
    "empty": signed,
    "no verifiableCredential": lambda: signed(verifiableCredential=None),
    "one that is not in an array": one,
    "with an id": lambda: signed(id="urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"),
    "another type": lambda: signed(**mapped(type=["VerifiablePresentation", "Mapped"])),
    "several context URLs": lambda: signed(**{"@context": [V2, EXAMPLES]}),
    "objects in the context": lambda: signed(**mapped()),
    "a credential": lambda: of(credential(ISSUER.id)),
    "several credentials without ids": lambda: of(
        credential(ISSUER.id, validFrom="2023-02-27T05:15:42Z"),
        credential(ISSUER.id, validFrom="2023-02-27T05:15:57Z"),
        credential(ISSUER.id, credentialSubject={"id": "did:example:other"}),
    ),
    "the holder": lambda: signed(holder=HOLDER.id),
    "the holder as an object": lambda: signed(holder={"id": HOLDER.id}),
    "with challenge and domain, not asked": lambda: signed(proof=CHALLENGE),
}


async def changed(**changes: Json) -> dict[str, Json]:
    return await signed() | changes


async def without_context() -> dict[str, Json]:
    return {name: value for name, value in (await signed()).items() if name != "@context"}


async def tampered() -> dict[str, Json]:
    document = await of(credential(ISSUER.id))
    document["proof"]["proofValue"] = "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"
    return document


async def unproved() -> dict[str, Json]:
    return presentation()


async def inner(code_of: Json) -> dict[str, Json]:
    return await signed_anyhow(presentation(code_of))


async def signed_anyhow(document: dict[str, Json]) -> dict[str, Json]:
    return await HOLDER.sign_anyhow(document, proofPurpose="authentication")


async def inner_by_another() -> dict[str, Json]:
    return await signed(await HOLDER.sign(credential(ISSUER.id)))


async def inner_changed() -> dict[str, Json]:
    return await signed(await ISSUER.sign(credential(ISSUER.id)) | {"name": "Zoé"})


async def nonconforming() -> dict[str, Json]:
    return {"type": ["NonconformingDocument"]}


REFUSED: Mapping[str, tuple[str, Case]] = {
    "without context": ("credential-context", without_context),
    "in wrong order": ("credential-context", lambda: changed(**{"@context": [EXAMPLES, V2]})),
    "signed in wrong order": (
        "credential-context",
        lambda: signed_anyhow(presentation(**{"@context": [EXAMPLES, V2]})),
    ),
    "without the base context": ("credential-context", lambda: changed(**{"@context": [EXAMPLES]})),
    "without type": ("credential-type", lambda: changed(type=[])),
    "of wrong type": ("credential-type", lambda: changed(type=["VerifiableCredential"])),
    "tampered proof": ("signature-wrong", tampered),
    "tampered": ("signature-wrong", lambda: changed(id="urn:x")),
    "extra context that leads nowhere": (
        "context-unknown",
        lambda: changed(**{"@context": [V2, "https://example.com"]}),
    ),
    "extra context that is no URL": (
        "credential-context",
        lambda: changed(**{"@context": [V2, "https ://not-a-url/contexts/example/v1"]}),
    ),
    "extra context that is a number": ("credential-context", lambda: changed(**{"@context": [V2, 123192875]})),
    "not proved": ("proof-missing", unproved),
    "of another purpose": ("proof-purpose", lambda: signed(proof={"proofPurpose": "assertionMethod"})),
    "a credential as a string": (
        "credential-malformed",
        lambda: changed(verifiableCredential=["eyJhbGciOiJFUzI1NiJ9"]),
    ),
    "a credential without type": ("credential-type", lambda: inner(credential(ISSUER.id, type=None))),
    "a credential that is not proved": ("proof-missing", lambda: signed(credential(ISSUER.id))),
    "a credential by another": ("issuer-unproved", inner_by_another),
    "a credential that was changed": ("signature-wrong", inner_changed),
    "another holder": ("holder-unproved", lambda: signed(holder=ISSUER.id)),
    "a holder that is no URL": ("credential-id", lambda: changed(holder="me")),
    "id that is no URL": ("credential-id", lambda: changed(id="me")),
    "an envelope without data": (
        "credential-id",
        lambda: inner(ENVELOPED | {"id": "https://example.org/credential"}),
    ),
    "an envelope without context": ("credential-context", lambda: inner(ENVELOPED | {"@context": EXAMPLES})),
    "no presentation": ("credential-context", nonconforming),
}


async def test_accepted(client: Client, subtests: pytest.Subtests) -> None:
    for name in ACCEPTED:
        with subtests.test(name):
            status, verdict = await client.verify_presentation(await ACCEPTED[name](), checks=["proof"])
            assert (status, verdict) == (200, {"verified": True, "problemDetails": [], "unopened": []})


async def test_refused(client: Client, subtests: pytest.Subtests) -> None:
    for name in REFUSED:
        with subtests.test(name):
            code, case = REFUSED[name]
            status, verdict = await client.verify_presentation(await case())
            (problem,) = verdict["problemDetails"]
            assert (status, verdict["verified"], problem["title"]) == (422, False, code)


async def test_challenge_and_domain(client: Client) -> None:
    document = await signed(proof=CHALLENGE | {"domain": ["a.example", "b.example"]})
    for options, expected in (
        ({}, 200),
        ({"challenge": "uT3sT"}, 200),
        ({"challenge": "other"}, 422),
        ({"domain": ["b.example", "a.example"]}, 200),
        ({"domain": "a.example"}, 422),
        ({"domain": ["a.example", "b.example", "c.example"]}, 422),
    ):
        assert (await client.verify_presentation(document, **options))[0] == expected, options
    alone = await signed(proof=CHALLENGE)
    for domain, expected in (("domain.example", 200), (["domain.example"], 200), ("other.example", 422)):
        assert (await client.verify_presentation(alone, domain=domain))[0] == expected


async def test_an_envelope_is_told_not_opened(client: Client) -> None:
    status, verdict = await client.verify_presentation(await signed(ENVELOPED))
    assert (status, verdict["unopened"]) == (200, ["/verifiableCredential/0"])


@pytest.mark.parametrize("value", ("eyJhbGciOiJFZERTQSJ9", None, [], 7))
async def test_what_is_no_presentation(client: Client, value: Json) -> None:
    assert (await client.verify_presentation(value))[0] == 400
