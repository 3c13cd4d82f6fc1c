"""RDF Dataset Canonicalization: the published tests, all of them, and the bound on work (T44)."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.proof import rdfc
from verifier.proof.dataset import MOST_WORK, Quad, canonicalize

from .documents import Issuer, unsigned, vectors
from .nquads import parse

TESTS: list[Mapping[str, Any]] = vectors("w3c/rdfc10.json")["tests"]
CONTEXTS = Issuer().contexts


def ids(test: Mapping[str, Any]) -> str:
    return f"{test['id'][1:]} {test['name']}"


def of(kind: str) -> list[Mapping[str, Any]]:
    return [test for test in TESTS if test["type"] == kind]


def test_all_the_published_tests_are_there() -> None:
    counts = Counter((test["type"], test["hash"]) for test in TESTS)
    assert counts == {
        ("RDFC10EvalTest", "SHA256"): 63,
        ("RDFC10EvalTest", "SHA384"): 1,
        ("RDFC10MapTest", "SHA256"): 20,
        ("RDFC10MapTest", "SHA384"): 1,
        ("RDFC10NegativeEvalTest", "SHA256"): 1,
    }
    assert {test["id"] for test in TESTS if test["hash"] == "SHA384"} == {"#test075c", "#test075m"}


def test_w3c_canonical_forms(subtests: pytest.Subtests) -> None:
    for test in of("RDFC10EvalTest"):
        with subtests.test(ids(test)):
            assert canonicalize(parse(test["action"]), algorithm=test["hash"].lower())[0] == test["result"]


def test_w3c_names_of_blank_nodes(subtests: pytest.Subtests) -> None:
    for test in of("RDFC10MapTest"):
        with subtests.test(ids(test)):
            _, names = canonicalize(parse(test["action"]), algorithm=test["hash"].lower())
            expected = json.loads(test["result"]) if isinstance(test["result"], str) else test["result"]
            assert {old.removeprefix("_:"): new.removeprefix("_:") for old, new in names.items()} == expected


@pytest.mark.parametrize("test", of("RDFC10NegativeEvalTest"), ids=ids)
def test_t44_w3c_poison(test: Mapping[str, Any]) -> None:
    with pytest.raises(ProofError, match="graph-too-complex"):
        canonicalize(parse(test["action"]))


def clique(size: int) -> list[Quad]:
    return [Quad(f"_:e{a}", "<urn:p>", f"_:e{b}", "") for a in range(size) for b in range(size) if a != b]


@pytest.mark.parametrize("size", (7, 8, 30))
def test_t44_a_clique_costs_what_the_bound_allows(size: int) -> None:
    with pytest.raises(ProofError, match="graph-too-complex") as caught:
        canonicalize(clique(size))
    assert caught.value.values == {"limit": MOST_WORK}


def test_a_small_clique_is_no_poison() -> None:
    text, names = canonicalize(clique(4))
    assert (text.count("\n"), sorted(names.values())) == (12, [f"_:c14n{number}" for number in range(4)])


def test_a_quad_that_is_there_twice_is_one() -> None:
    assert canonicalize(parse("<urn:a> <urn:b> <urn:c> .\n") * 2)[0] == "<urn:a> <urn:b> <urn:c> .\n"


def by_pyld(document: dict[str, Json]) -> bytes:
    def load(url: str, _: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS.load(url), "tag": "static"}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    return str(jsonld.normalize(document, options)).encode()


@pytest.mark.parametrize("role", ("office", "agent", "mandate"))
async def test_attestations_and_their_proofs_are_as_pyld_has_them(role: str) -> None:
    signed = await Issuer().sign(unsigned(role))
    assert rdfc.canonicalize(signed, CONTEXTS) == by_pyld(signed)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\b\f\x7f", min_codepoint=0x20)))
def test_texts_are_as_pyld_has_them(name: str) -> None:
    document = unsigned() | {"name": name + '\t\n\r"\\'}
    assert rdfc.canonicalize(document, CONTEXTS) == by_pyld(document)


def test_controls_are_escaped_as_the_specification_says() -> None:
    """RDF 1.2 N-Quads, 3; pyld leaves them as they are, and two readers would disagree."""
    quads = rdfc.canonicalize(unsigned() | {"name": "\b\f\x00\x1f\x7f\x80"}, CONTEXTS)
    assert '"\\b\\f\\u0000\\u001F\\u007F\x80"'.encode() in quads
