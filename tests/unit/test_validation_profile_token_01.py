"""``profile-token-01``: a word of one order, alone in a field of the profile (T30, T36, T42, T68)."""

from collections.abc import AsyncIterator

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person, property_value
from tests.doubles.tools import METHODS, NOW, tools, why
from verifier.core.identifiers import Handle
from verifier.core.models import End, Record, Subject
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation import State, Tools
from verifier.validation.methods import profile_token_01 as profile_token

METHOD = METHODS["profile-token-01"]
WORD = "k3v92m7qk3v92m7qk3v92m7qk4"
STATE: State = {"token": WORD}
MARIANNE = Handle.parse("@marianne@social.example")


@pytest.fixture
async def ways_out(http: HttpDouble) -> AsyncIterator[Tools]:
    hosts = http.overrides("social.example", "names.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


def subject(handle: Handle = MARIANNE) -> Subject:
    page = "https://verifier.example/v/abcdefghij234567"
    return Subject(order_id="o", handle=handle, page=page, mailbox=None, domain=None, locale="fr")


async def check(ways_out: Tools, state: State = STATE, handle: Handle = MARIANNE) -> Record:
    record, kept = await METHOD.check(subject(handle), state, {}, ways_out)
    assert kept == state
    return record


async def test_the_first_request_gives_a_word_of_128_bits_and_the_next_ones_look_for_it(ways_out: Tools) -> None:
    assert METHOD.is_preparation({}, {})
    state = await METHOD.prepare(subject(), {}, ways_out)
    assert not METHOD.is_preparation(state, {})
    word = profile_token.token(state)
    assert word is not None
    assert len(word) * 5 >= 128
    assert word.isalnum()
    assert word == word.lower()
    assert word != profile_token.token(await METHOD.prepare(subject(), {}, ways_out))
    assert profile_token.token({}) is None


@pytest.mark.parametrize(
    "attachment",
    [
        [property_value(WORD)],
        property_value(WORD),
        [property_value(f"<p>{WORD}</p>\n")],
        [property_value(f"  {WORD}<br>")],
        [{"type": ["PropertyValue"], "value": WORD}],
        [property_value("x")] * 49 + [property_value(WORD)],
    ],
    ids=["text", "an object", "a paragraph", "with space", "a list of types", "the fiftieth"],
)
async def test_a_field_as_software_writes_it(person: Person, ways_out: Tools, attachment: Json) -> None:
    person.actor["attachment"] = attachment
    record = await check(ways_out)
    assert record.valid, record.problem
    assert (record.method, record.end, record.checked_at) == ("profile-token-01", End.ACCOUNT, NOW)
    assert record.evidence["found"]["in"] == "attachment"
    assert record.evidence["found"]["profilePage"] == 200
    assert record.account is not None
    assert record.account.handle == MARIANNE


async def test_t68_a_page_that_does_not_answer_stops_no_proof(person: Person, ways_out: Tools) -> None:
    person.actor["attachment"] = [property_value(WORD)]
    for status, seen in ((404, 404), (410, 410), (403, 403), (503, None), (429, None)):
        person.page_status = status
        record = await check(ways_out)
        assert record.valid, record.problem
        assert record.evidence["found"].get("profilePage") == seen


@pytest.mark.parametrize(
    "member", ["name", "summary", "content", "tag", "url", "icon", "endpoints", "preferredUsername2"]
)
async def test_t36_other_members_prove_nothing(person: Person, ways_out: Tools, member: str) -> None:
    person.actor[member] = f"<!-- {WORD} -->" if member == "summary" else WORD
    record = await check(ways_out)
    assert why(record) == "token-missing"
    assert record.problem is not None
    assert record.problem.values == {"token": WORD, "fields": 0}


async def test_t36_the_page_of_the_profile_is_not_read(person: Person, http: HttpDouble, ways_out: Tools) -> None:
    person.head, person.body = f'<meta name="x" content="{WORD}">', f"<p>{WORD}</p>"
    assert why(await check(ways_out)) == "token-missing"
    assert "social.example/@marianne" not in http.asked()


@pytest.mark.parametrize(
    "field",
    [
        {"type": "Note", "name": "x", "value": WORD},
        {"type": "PropertyValue", "name": WORD, "value": "x"},
        {"type": "PropertyValue", "value": [WORD]},
        {"type": "Link", "href": WORD},
        property_value(WORD.upper()),
        property_value(WORD[:-1]),
        WORD,
        None,
    ],
)
async def test_what_is_not_the_word_in_a_field(person: Person, ways_out: Tools, field: Json) -> None:
    person.actor["attachment"] = [field]
    assert why(await check(ways_out)) == "token-missing"


@pytest.mark.parametrize(
    "html",
    [
        f"{WORD} (officiel)",
        f"<!-- {WORD} -->",
        f'<a href="https://elsewhere.example/{WORD}">x</a>',
        f'<a href="https://elsewhere.example/">{WORD}</a>',
        f"<blockquote>{WORD}</blockquote>",
        f"<textarea>{WORD}</textarea>",
        f"<template>{WORD}</template>",
        f'<span title="{WORD}">x</span>',
        f"{WORD}{WORD}",
        "<p>" * 1_000 + WORD,
    ],
)
async def test_the_word_stands_alone_or_proves_nothing(person: Person, ways_out: Tools, html: str) -> None:
    person.actor["attachment"] = [property_value(html)]
    record = await check(ways_out)
    assert why(record) == "token-not-alone"
    assert record.problem is not None
    assert record.problem.values == {"token": WORD}


async def test_t00b_the_word_of_another_order_proves_nothing(person: Person, ways_out: Tools) -> None:
    person.actor["attachment"] = [property_value(WORD)]
    other = await METHOD.prepare(subject(), {}, ways_out)
    assert why(await check(ways_out, other)) == "token-missing"


async def test_t30_the_handle_typed_must_be_the_canonical_one(http: HttpDouble, ways_out: Tools) -> None:
    Instance(http, names="names.example").person("marianne", property_value(WORD))
    assert why(await check(ways_out)) == "handle-not-canonical"
    assert (await check(ways_out, handle=Handle.parse("@marianne@names.example"))).valid


async def test_t68_an_outage_is_not_a_missing_word(person: Person, ways_out: Tools) -> None:
    person.actor["attachment"] = [property_value(WORD)]
    person.status = 503
    record = await check(ways_out)
    assert why(record) == "instance-error"
    assert [item["status"] for item in record.evidence["trail"]] == [200, 503]
