import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.core.attestation import json_schema, parse
from verifier.core.errors import BadInput
from verifier.core.strict_json import Json
from verifier.proof import rdfc
from verifier.proof.schemas import exports

from .proof.documents import SITE, Issuer, unsigned

ROOT = Path(__file__).parents[2]
ROLES = ("office", "agent", "mandate")


def changed(pointer: str, value: Json, role: str = "office") -> dict[str, Json]:
    """The document with another value at `pointer`; ``...`` removes the member."""
    document = copy.deepcopy(unsigned(role))
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    *path, last = [int(part) if part.isdigit() else part for part in parts]
    node: Any = document
    for part in path:
        node = node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return document


@pytest.mark.parametrize("role", ROLES)
def test_what_is_parsed_is_written_back_in_the_same_order(role: str) -> None:
    document = unsigned(role)
    assert json.dumps(parse(document).document()) == json.dumps(document)


@pytest.mark.parametrize("role", ROLES)
async def test_the_signed_document_is_of_the_schema_too(role: str) -> None:
    signed = await Issuer().sign(unsigned(role))
    assert parse(signed).document() == signed
    jsonschema.validate(signed, json_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("code", "pointer", "value"),
    (
        ("schema-member-missing", "/issuer", ...),
        ("schema-member-missing", "/credentialSubject/handle", ...),
        ("schema-member-missing", "/evidence/1/class", ...),
        ("schema-member-missing", "/evidence/1/type", ...),
        ("schema-member-unknown", "/extra", 1),
        ("schema-member-unknown", "/@graph", []),
        ("schema-member-unknown", "/credentialSubject/@type", "FediverseAccount"),
        ("schema-member-unknown", "/credentialSubject/a~1b", "x"),
        ("schema-member-unknown", "/evidence/0/class", "institution"),
        ("schema-member-unknown", "/valid_from", "2026-11-23T10:00:00Z"),
        ("schema-member-wrong", "/@context/1", "https://comptes.example.gouv.fr/other"),
        ("schema-member-wrong", "/type/1", "VerifiableCredential"),
        ("schema-member-wrong", "/type", "FediverseAccountAttestation"),
        ("schema-member-wrong", "/id", "https://comptes.example.gouv.fr/attestations/a/b"),
        ("schema-member-wrong", "/validFrom", "2026-11-23T10:00:00.0Z"),
        ("schema-member-wrong", "/validFrom", "2026-11-23T11:00:00+01:00"),
        ("schema-member-wrong", "/validFrom", "2026-02-30T10:00:00Z"),
        ("schema-member-wrong", "/validUntil", "2026-11-23T10:00:00Z"),
        ("schema-member-wrong", "/credentialSubject/id", "http://social.example/users/a"),
        (
            "schema-member-wrong",
            "/credentialSubject/id",
            "https://comptes.example.gouv.fr/affiliations/numerique.gouv.fr",
        ),
        ("schema-member-wrong", "/credentialSubject/handle", "acct:dinum@Social.numerique.gouv.fr"),
        ("schema-member-wrong", "/credentialSubject/profile", "https://SOCIAL.example/@a"),
        ("schema-member-wrong", "/credentialSubject/actorKeyDigest", "zQm"),
        ("schema-member-wrong", "/credentialSubject/accountRole", "admin"),
        ("schema-member-wrong", "/credentialSubject/name", "a person, of an office"),
        ("schema-member-wrong", "/credentialSubject/name", None),
        ("schema-member-wrong", "/credentialSubject/affiliation/name", "d\u202egalitic"),
        ("schema-member-wrong", "/credentialSubject/affiliation/name", "e\u0301cole"),
        ("schema-member-wrong", "/credentialSubject/affiliation/name", "two\nlines"),
        (
            "schema-member-wrong",
            "/credentialSubject/affiliation/id",
            "https://comptes.example.gouv.fr/affiliations/x.fr",
        ),
        ("schema-member-wrong", "/evidence/0/id", "https://comptes.example.gouv.fr/attestations/other#account"),
        ("schema-member-wrong", "/evidence/1/dnssec", "true"),
        ("schema-member-wrong", "/evidence/1/dnssec", 1),
        ("schema-member-wrong", "/evidence/1/type", "Other"),
        ("schema-member-wrong", "/credentialStatus/0/statusPurpose", "suspension"),
        ("schema-member-wrong", "/credentialStatus/0/statusListIndex", "094567"),
        ("schema-member-wrong", "/credentialStatus/0/statusListIndex", 94567),
        ("schema-member-wrong", "/credentialStatus/0/id", "https://comptes.example.gouv.fr/status/revocation/1#1"),
        (
            "schema-member-wrong",
            "/credentialStatus/0/statusListCredential",
            "https://comptes.example.gouv.fr/status/revocation/01",
        ),
        ("schema-member-wrong", "/credentialSchema/id", "https://evil.example/schemas/x.json"),
    ),
)
def test_anything_else_is_refused_at_its_place(code: str, pointer: str, value: Json) -> None:
    with pytest.raises(BadInput) as caught:
        parse(changed(pointer, value))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert caught.value.values == {"member": pointer.rpartition("/")[2]}


def test_a_mandate_is_there_iff_the_role_says_so() -> None:
    for role, value in (("mandate", ...), ("office", unsigned("mandate")["credentialSubject"]["mandate"])):
        with pytest.raises(BadInput, match="/credentialSubject/mandate"):
            parse(changed("/credentialSubject/mandate", value, role))


def test_more_identity_evidence_has_numbered_ids() -> None:
    document = unsigned()
    more = document["evidence"][1] | {"method": "email-01", "id": f"{document['id']}#identity-2"}
    assert len(parse(document | {"evidence": [*document["evidence"], more]}).evidence) == 3


@pytest.mark.parametrize("path", exports())
def test_exported_files_are_what_the_code_says(path: str) -> None:
    assert (ROOT / path).read_bytes() == exports()[path], "run: verifier schemas export"


@pytest.mark.parametrize("role", ROLES)
async def test_t43_only_the_proofs_are_blank_nodes_and_no_member_is_dropped(role: str) -> None:
    issuer = Issuer()
    document = unsigned(role)
    quads = rdfc.canonicalize(document, issuer.contexts).decode()
    assert "_:" not in quads
    assert all(quads.count(json.dumps(text, ensure_ascii=False)) or f"<{text}>" in quads for text in leaves(document))
    signed = rdfc.canonicalize(await issuer.sign(document), issuer.contexts).decode()
    blank = {word for line in signed.splitlines() for word in line.split() if word.startswith("_:")}
    assert len(blank) == 4  # each proof, and the graph that holds it


def leaves(value: Json) -> list[str]:
    """The texts of a document that RDF keeps as they are: neither types nor contexts."""
    if isinstance(value, dict):
        return [text for name, item in value.items() if name not in ("@context", "type") for text in leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in leaves(item)]
    return [value] if isinstance(value, str) else []


@given(st.text(min_size=1, max_size=60))
def test_any_name_that_is_accepted_is_in_the_signed_text(name: str) -> None:
    document = changed("/credentialSubject/affiliation/name", name)
    try:
        attestation = parse(document)
    except BadInput as error:
        assert error.pointer == "/credentialSubject/affiliation/name"  # noqa: PT017 - a refusal is right too
        return
    assert attestation.document() == document
    quads = rdfc.canonicalize(document, CONTEXTS).decode()
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    assert f'<https://schema.org/name> "{escaped}" .\n' in quads


CONTEXTS = Issuer(SITE).contexts
