"""The table of our own quads gives the bytes of the JSON-LD processor, or nothing."""

import copy
import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.proof.documents import SITE, Issuer, unsigned
from verifier.core import attestation
from verifier.core.attestation import CREDENTIALS_V2, parse
from verifier.core.clock import to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.identifiers import Digest
from verifier.core.strict_json import Json
from verifier.proof import fixed_shape, known_answer, rdfc
from verifier.proof.contexts import Contexts
from verifier.proof.sets import BOTH, By, prove_set
from verifier.proof.suites import to_sign

ISSUER = Issuer()
CONTEXTS = ISSUER.contexts

# A gate has time for so many; `--hypothesis-profile long` for more.
many = settings(max_examples=max(150, settings().max_examples), suppress_health_check=[HealthCheck.too_slow])

# What breaks writers and sorters of N-Quads: its own marks, escapes of escapes, both sides of the surrogates, marks
# that combine, and what sorts before a space.
_HOSTILE = st.sampled_from(
    (
        *('"', "\\", '\\"', "\\u0041", '" .', '"@fr', '"^^<x>', "<", ">", "_:c14n0", " ", "!"),
        *(
            "\xa0",
            "é",
            "e\u0301",
            "ﬁ",
            "~\xff",
            "\ud7ff",
            "\ue000",
            "\uffee",
            "\U00010000",
            "\U0010ffff",
            "🙂",
            "\u200d",
            "#",
            "%",
            "{",
            "@id",
        ),
    )
)
TEXT = st.lists(st.one_of(_HOSTILE, st.characters(codec="utf-8")), min_size=1, max_size=12).map("".join)


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


LABEL = TEXT.map(_tidy).filter(lambda text: text and attestation._is_plain(text))
TIME = st.integers(0, 4_000_000_000).map(to_rfc3339)
WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
PATH = st.from_regex(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]{0,9}){0,3}", fullmatch=True).filter(
    lambda path: not any(part in (".", "..") for part in path.split("/"))
)
QUERY = st.sampled_from(["", "?a=b&c"])
ADDRESS = st.builds(lambda host, path, query: f"https://{host}.example{path or '/'}{query}", WORD, PATH, QUERY)
METHOD = st.sampled_from(["rel-me-01", "dns-01", "email-01", "profile-token-01"])


@st.composite
def attestations(draw: st.DrawFn) -> dict[str, Any]:
    """What the strict model accepts, with every member that may be absent there or not."""
    role = draw(st.sampled_from(["office", "agent", "mandate"]))
    document: dict[str, Any] = unsigned(role, now=draw(st.integers(0, 4_000_000_000)))
    id_, subject = document["id"], document["credentialSubject"]
    user = draw(WORD)
    subject |= {
        "id": draw(ADDRESS),
        "profile": draw(ADDRESS),
        "handle": f"acct:{user}@{draw(WORD)}.example",
        "actorKeyDigest": str(Digest.of(user.encode())),
    }
    subject["affiliation"]["name"] = draw(LABEL)
    subject.pop("name", None)
    if role != "office" and draw(st.booleans()):
        subject["name"] = draw(LABEL)
    if role == "mandate":
        subject["mandate"] |= {"title": draw(LABEL), "startsAt": draw(TIME)}
        if draw(st.booleans()):
            subject["mandate"]["endsAt"] = draw(TIME)
    checks = draw(st.lists(st.tuples(METHOD, WORD, st.sampled_from([None, True, False]), TIME), min_size=1, max_size=7))
    document["evidence"][1:] = [
        {"id": f"{id_}#identity" + (f"-{place}" if place > 1 else ""), "type": "IdentityCheck", "method": method}
        | {"class": class_, "checkedAt": at}
        | ({} if dnssec is None else {"dnssec": dnssec})
        for place, (method, class_, dnssec, at) in enumerate(checks, start=1)
    ]
    return document


@st.composite
def lists(draw: st.DrawFn) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(known_answer.DOCUMENTS["status list"])
    encoded = draw(TEXT.filter(str.isprintable))
    document["credentialSubject"] |= {"encodedList": encoded, "ttl": draw(st.integers(0, 2**53 - 1))}
    return document | {"id": draw(ADDRESS), "validFrom": draw(TIME)}


@st.composite
def proofs(draw: st.DrawFn) -> dict[str, Any]:
    context = draw(st.sampled_from([[CREDENTIALS_V2], [CREDENTIALS_V2, SITE.context]]))
    changed = {"created": draw(TIME), "cryptosuite": draw(st.sampled_from(BOTH))}
    return {**known_answer.DOCUMENTS["proof"], "@context": context, **changed}


@many
@given(attestations())
def test_every_attestation_has_the_bytes_of_the_processor(document: dict[str, Any]) -> None:
    parse(document)
    assert fixed_shape.canonicalize(document, CONTEXTS) == rdfc.canonicalize(document, CONTEXTS)


@many
@given(st.one_of(lists(), proofs()))
def test_so_has_every_status_list_and_every_proof(document: dict[str, Any]) -> None:
    assert fixed_shape.canonicalize(document, CONTEXTS) == rdfc.canonicalize(document, CONTEXTS)


def _places(value: Json) -> Iterator[tuple[Any, Any]]:
    """Each object or array at or below `value`, with a name or index in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in list(items):
        yield value, name
        yield from _places(item)


NAMES = st.sampled_from(
    (
        *("id", "type", "name", "description", "minister", "mandate", "dnssec", "ttl", "proof", "evidence"),
        *("@context", "@graph", "@id", "@type", "@reverse", "@included", "@language", "https://x.example/y"),
    )
)
IRI_LIKE = st.one_of(
    st.from_regex(fixed_shape._IRI, fullmatch=True),
    st.sampled_from(["", "_:b0", "_:c14n0", "#x", "/x", "acct:", "https://", "https://[", "did:web:", "http:x", "@id"]),
    st.sampled_from(
        ["https://x.example/a b", "https://x.example/é", "https://x.example/<", "urn:x:y", "VerifiableCredential"]
    ),
)
VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    IRI_LIKE,
    st.sampled_from(["\n", "\t", "\x00", "\x7f", "\x85", "\u2028", [], {}, [[]], ["x"], [None], {"id": "urn:x"}]),
    st.sampled_from([{"@value": "x"}, {"@id": "urn:x"}, {"@list": ["x"]}, {"@set": []}, {"@value": True}]),
)


@st.composite
def strange(draw: st.DrawFn) -> dict[str, Any]:
    """Something near one of our documents."""
    document: dict[str, Any] = copy.deepcopy(draw(st.one_of(attestations(), lists(), proofs())))
    for _ in range(draw(st.integers(1, 2))):
        places = list(_places(document))
        (holder, name), (other, place) = draw(st.sampled_from(places)), draw(st.sampled_from(places))
        new = copy.deepcopy(draw(st.one_of(VALUE, st.just(other[place]), st.just([holder[name]]))))
        act = draw(st.sampled_from(["replace", "drop", "add"]))
        if act == "replace":
            holder[name] = new
        elif act == "drop":
            del holder[name]
        elif isinstance(holder, list):
            holder.append(new)
        else:
            holder[draw(NAMES)] = new
    return document


@many
@given(strange())
def test_t43_nothing_else_ever_has_other_bytes(document: dict[str, Any]) -> None:
    found = fixed_shape.canonicalize(document, CONTEXTS)
    if found is not None:
        assert found == rdfc.canonicalize(document, CONTEXTS)


@many
@given(attestations(), IRI_LIKE, st.sampled_from(["id", "profile", "handle"]))
def test_an_address_that_the_processor_refuses_is_not_ours(document: dict[str, Any], iri: str, name: str) -> None:
    document["credentialSubject"][name] = iri
    found = fixed_shape.canonicalize(document, CONTEXTS)
    if found is not None:
        assert found == rdfc.canonicalize(document, CONTEXTS)


def test_two_nodes_of_one_id_are_one_node() -> None:
    document: dict[str, Any] = unsigned()
    document["credentialStatus"][1] = document["credentialStatus"][0] | {"statusPurpose": "refresh"}
    document["evidence"].append(document["evidence"][1])
    found = fixed_shape.canonicalize(document, CONTEXTS)
    assert found is not None
    assert found == rdfc.canonicalize(document, CONTEXTS)


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.pop(name)


@pytest.mark.parametrize(
    "change",
    (
        *(_without(name) for name in unsigned()),
        lambda document: document.update(minister=True),
        lambda document: document.update(proof=[]),
        lambda document: document["type"].append("Minister"),
        lambda document: document["type"].reverse(),
        lambda document: document.update(issuer={"id": SITE.did}),
        lambda document: document.update(id="_:b0"),
        lambda document: document["credentialSubject"].update(name=None),
        lambda document: document["credentialSubject"].update(name="a\nb"),
        lambda document: document["credentialSubject"].update(name="\ud800"),
        lambda document: document["credentialSubject"].update(mandate={}),
        lambda document: document["evidence"].clear(),
        lambda document: document["evidence"].reverse(),
        lambda document: document["evidence"][1].update(dnssec="true"),
        lambda document: document["evidence"][1].update(dnssec=1),
        lambda document: document["credentialStatus"].pop(),
        lambda document: document.update(credentialSchema=[document["credentialSchema"]]),
        lambda document: document.update({"@context": CREDENTIALS_V2}),
        lambda document: document["@context"].reverse(),
        lambda document: document["@context"].append({"name": "https://evil.example/name"}),
        lambda document: document["@context"].append("https://evil.example/v1"),
    ),
)
def test_t43_what_is_not_exactly_ours_is_nothing(change: Callable[[dict[str, Any]], object]) -> None:
    document = unsigned()
    change(document)
    assert fixed_shape.canonicalize(document, CONTEXTS) is None


def test_t43_the_table_stands_for_the_pinned_bytes_of_the_contexts_alone() -> None:
    changed = {CREDENTIALS_V2: b"{}", SITE.context: b"{}"}
    assert fixed_shape.canonicalize(unsigned(), Contexts(changed)) is None
    assert fixed_shape.canonicalize(unsigned(), CONTEXTS.through_pyld()) is None


@pytest.mark.parametrize("role", ("office", "agent", "mandate"))
async def test_both_ways_make_the_same_proofs(role: str) -> None:
    by = [By(suite, ISSUER.issuing, f"{SITE.did}#key") for suite in BOTH]
    short, long = [
        await prove_set(unsigned(role), by, created="2026-11-23T10:00:00Z", contexts=contexts)
        for contexts in (CONTEXTS, CONTEXTS.through_pyld())
    ]
    assert short == long


def test_what_signs_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdfc, "canonicalize", None)
    for name in ("attestation", "status list"):
        document = known_answer.DOCUMENTS[name]
        to_sign(document, known_answer.DOCUMENTS["proof"], CONTEXTS)


@pytest.mark.parametrize("name", known_answer.DOCUMENTS)
def test_the_pinned_answers_are_those_of_the_processor(name: str) -> None:
    data = rdfc.canonicalize(known_answer.DOCUMENTS[name], CONTEXTS)
    assert hashlib.sha256(data).hexdigest() == known_answer.ANSWERS[name]


@pytest.mark.parametrize("way", (fixed_shape, rdfc))
def test_a_start_with_other_answers_is_refused(monkeypatch: pytest.MonkeyPatch, way: Any) -> None:  # noqa: ANN401
    known_answer.check()
    right = way.canonicalize
    monkeypatch.setattr(way, "canonicalize", lambda document, contexts: right(document, contexts) + b"\n")
    with pytest.raises(ConfigError, match="known attestation gives other bytes"):
        known_answer.check()
