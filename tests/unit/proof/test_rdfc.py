"""The safe mode that pyld lacks (T43), and what must not reach it (T44)."""

import pytest

from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.proof import rdfc

from .documents import SITE, Issuer, unsigned

CONTEXTS = Issuer().contexts
V2 = "https://www.w3.org/ns/credentials/v2"
BROKEN = {"broken": {"@id": "urn:b", "@type": "https://x.example/a>b"}}  # of the data, no pointer leads there
INDEXED = {"m": {"@id": "urn:m", "@container": "@index"}}


@pytest.mark.parametrize(
    ("code", "pointer", "change"),
    (
        ("term-undefined", "/role", {"role": "minister"}),
        ("term-undefined", "/a~1b~0", {"a/b~": 1}),
        ("term-undefined", "/@role", {"@role": "minister"}),
        ("term-undefined", "/evidence/colour", {"evidence": {"id": "urn:x", "colour": "red"}}),
        ("term-undefined", "/evidence/1/domain", {"evidence": [{"id": "urn:x"}, {"id": "urn:y", "domain": "x.fr"}]}),
        ("type-undefined", "/type/1", {"type": ["VerifiableCredential", "Minister"]}),
        ("type-undefined", "/credentialSubject/type", {"credentialSubject": {"id": "urn:x", "type": "Minister"}}),
        ("iri-relative", "/id", {"id": "attestations/1"}),
        ("iri-relative", "/issuer", {"issuer": "me"}),
        ("iri-relative", "/evidence/1", {"evidence": ["urn:x", "y"]}),
        ("iri-relative", "/issuer", {"issuer": "https://x.example/<y>"}),
        ("member-dropped", "/name", {"name": None}),
        ("context-unknown", None, {"@context": [V2, "https://evil.example/v1"]}),
        ("json-ld-refused", None, {"@context": [V2, {"name": "https://evil.example/name"}]}),
        ("json-ld-refused", None, {"id": ["urn:a", "urn:b"]}),
        ("json-ld-refused", "/@context/2", {"@context": [V2, SITE.context, {"@import": V2}]}),
        ("json-ld-refused", None, {"@context": [V2, SITE.context, {"@vocab": None}]}),
        ("json-ld-refused", None, {"name": {"@value": "a", "@language": "no language"}}),
        ("iri-relative", "/evidence/id", {"evidence": {"id": "_:b0"}}),
        ("iri-relative", "/issuer", {"issuer": "_:b0"}),
        ("member-dropped", "/evidence/@index", {"evidence": {"id": "urn:x", "@index": "x"}}),
        ("member-dropped", "/m", {"@context": [V2, SITE.context, INDEXED], "m": {"a": "b"}}),
        ("member-dropped", "/name", {"name": {"@language": "fr"}}),
        ("member-dropped", "/name/1/@value", {"name": ["a", {"@value": None}]}),
        ("member-dropped", None, {"@graph": ["text"]}),
        ("json-ld-refused", None, {"@context": [V2, SITE.context, BROKEN], "broken": "x"}),
    ),
)
def test_t43_what_would_not_be_signed_is_an_error(code: str, pointer: str | None, change: dict[str, Json]) -> None:
    with pytest.raises(ProofError) as caught:
        rdfc.canonicalize(unsigned() | change, CONTEXTS)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_an_unknown_context_is_named() -> None:
    with pytest.raises(ProofError) as caught:
        rdfc.canonicalize({"@context": "https://evil.example/v1"}, CONTEXTS)
    assert caught.value.values == {"url": "https://evil.example/v1"}


def test_strangers_contexts_do_not_pile_up() -> None:
    contexts = Issuer().contexts
    for number in range(600):
        rdfc.canonicalize({"@context": {f"term{number}": "urn:term"}, f"term{number}": "x"}, contexts)
    assert len(contexts.resolved) < 300


def test_the_direction_of_a_text_is_signed() -> None:
    name = {"@value": "شهادة", "@language": "ar", "@direction": "rtl"}
    assert b'"^^<https://www.w3.org/ns/i18n#ar_rtl>' in rdfc.canonicalize(unsigned() | {"name": name}, CONTEXTS)


def test_t42_deep_nesting_is_refused() -> None:
    deep: dict[str, Json] = {"id": "urn:x"}
    for _ in range(2_000):
        deep = {"id": "urn:x", "evidence": deep}
    with pytest.raises(ProofError) as caught:
        rdfc.canonicalize(unsigned() | {"evidence": deep}, CONTEXTS)
    assert (caught.value.code, caught.value.values) == ("json-ld-refused", {"reason": "nesting"})
