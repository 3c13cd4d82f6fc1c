"""``rel-me-01``: the page of this order, in a place that nobody else can write (T00b, T36, T37, T44, T68)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person, property_value, quirky
from tests.doubles.tools import METHODS, NOW, slow_pages, tools, why
from verifier.core.identifiers import Handle
from verifier.core.models import End, Record, Subject
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Tools

PAGE = "https://verifier.example/v/abcdefghij234567"
OTHER = "https://verifier.example/v/zzzzzzzzzzzzzzzz"
MARIANNE = Handle.parse("@marianne@social.example")
LINK = f'<link rel="me" href="{PAGE}">'
ANCHOR = f'<a rel="me" href="{PAGE}">{PAGE}</a>'


@pytest.fixture
async def ways_out(http: HttpDouble) -> AsyncIterator[Tools]:
    hosts = http.overrides("social.example", "names.example", "evil.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


async def check(ways_out: Tools, handle: Handle = MARIANNE, page: str = PAGE) -> Record:
    subject = Subject(order_id="o", handle=handle, page=page, mailbox=None, domain=None, locale="fr")
    record, state = await METHODS["rel-me-01"].check(subject, {}, {}, ways_out)
    assert state == {}
    return record


@pytest.mark.parametrize("software", quirky(PAGE))
async def test_a_field_as_each_software_writes_it(person: Person, ways_out: Tools, software: str) -> None:
    person.actor["attachment"] = quirky(PAGE)[software]
    record = await check(ways_out)
    assert record.valid, record.problem
    assert (record.method, record.end, record.checked_at) == ("rel-me-01", End.ACCOUNT, NOW)
    assert record.evidence["found"]["in"] == "attachment"
    assert record.account is not None
    assert record.account.handle == MARIANNE


async def test_a_link_in_the_head_of_the_profile(person: Person, ways_out: Tools) -> None:
    del person.actor["attachment"]  # Pixelfed
    person.head = LINK
    record = await check(ways_out)
    assert record.valid, record.problem
    assert record.evidence["found"] == {"in": "head", "url": person.url}
    assert [item["url"] for item in record.evidence["trail"]][-1] == person.url


async def test_the_page_is_not_asked_when_the_actor_says_it(person: Person, http: HttpDouble, ways_out: Tools) -> None:
    person.actor["attachment"] = [property_value(ANCHOR)]
    await check(ways_out)
    assert "social.example/@marianne" not in http.asked()


@pytest.mark.parametrize(
    "field",
    [
        property_value(f"{PAGE} (officiel)"),
        property_value(f'<a href="https://elsewhere.example/">{PAGE}</a>'),
        property_value(f"<!-- {ANCHOR} -->"),
        property_value(f"<textarea>{ANCHOR}</textarea>"),
        property_value(f"<svg>{ANCHOR}</svg>"),
        property_value("<b>" * 450 + ANCHOR),
        property_value("x" * 2_000 + ANCHOR),
        property_value(ANCHOR.replace(PAGE, f" {PAGE}")),
        {"type": "Note", "name": "x", "value": ANCHOR},
        {"type": "Image", "href": PAGE, "url": PAGE},
    ],
)
async def test_a_link_that_does_not_stand_alone(person: Person, ways_out: Tools, field: Json) -> None:
    person.actor["attachment"] = [field]
    assert why(await check(ways_out)) == "backlink-not-alone"


@pytest.mark.parametrize(
    "seen",
    ["https://verifier.example/", PAGE[:-3], PAGE.replace("/v/", "/en/v/"), PAGE.replace("/v/", "/demander/")],
)
async def test_a_link_that_was_cut_or_leads_elsewhere_here_is_shown(person: Person, ways_out: Tools, seen: str) -> None:
    person.actor["attachment"] = [property_value(seen)]
    record = await check(ways_out)
    assert record.problem is not None
    assert (record.problem.code, record.problem.values["seen"]) == ("backlink-near", seen)


@pytest.mark.parametrize(
    "field",
    [
        property_value("https://elsewhere.example/"),
        {"type": "PropertyValue", "name": PAGE, "value": "x"},
        {"type": "PropertyValue", "value": [ANCHOR]},
        PAGE,
        None,
    ],
)
async def test_what_is_no_link_to_the_page(person: Person, ways_out: Tools, field: Json) -> None:
    person.actor["attachment"] = [field]
    assert why(await check(ways_out)) == "backlink-missing"


async def test_the_fifty_first_field_is_not_read(person: Person, ways_out: Tools) -> None:
    person.actor["attachment"] = [property_value("x")] * 50 + [property_value(ANCHOR)]
    record = await check(ways_out)
    assert why(record) == "backlink-missing"
    assert record.problem is not None
    assert record.problem.values == {"page": PAGE, "fields": 50, "links": 0, "read": "–"}


@pytest.mark.parametrize("member", ["name", "summary", "content", "tag", "icon", "endpoints"])
async def test_t36_other_members_prove_nothing(person: Person, ways_out: Tools, member: str) -> None:
    person.actor[member] = ANCHOR
    assert why(await check(ways_out)) == "backlink-missing"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", ANCHOR),
        ("", LINK),
        ("", f"<div>{LINK}</div>"),
        (f"<template>{LINK}</template>", ""),
        (f"<noscript>{LINK}</noscript>", ""),
        (f"<!-- {LINK} -->", ""),
        (f"<title>{LINK}</title>", ""),
        (f"<script>'{LINK}'</script>", ""),
        (f"<style>{LINK}</style>", ""),
        (f"<p>{LINK}", ""),
        (ANCHOR, ""),
        (f'<link rel="notme" href="{PAGE}">', ""),
        (f'<link rel="me\u00a0x" href="{PAGE}">', ""),
        (f'<link rel="alternate" href="{PAGE}">', ""),
        ('<base href="https://verifier.example/"><link rel="me" href="v/abcdefghij234567">', ""),
        ("", f"<textarea>{LINK}</textarea>"),
        ("", f"<svg>{LINK}</svg>"),
    ],
)
async def test_t37_only_a_link_in_the_head_counts(person: Person, ways_out: Tools, head: str, body: str) -> None:
    person.head, person.body = head, body
    assert why(await check(ways_out)) == "backlink-missing"


@pytest.mark.parametrize("page_type", ["text/plain", "application/xhtml+xml", "application/octet-stream", ""])
async def test_t29_what_is_not_html_is_not_read_as_html(person: Person, ways_out: Tools, page_type: str) -> None:
    person.head, person.page_type = LINK, page_type
    assert why(await check(ways_out)) == "backlink-missing"


async def test_t37_the_page_of_another_host_is_not_read(person: Person, http: HttpDouble, ways_out: Tools) -> None:
    person.actor["url"] = "https://evil.example/@marianne"
    http.put("evil.example", "/@marianne", f"<head>{LINK}</head>".encode())
    assert why(await check(ways_out)) == "backlink-missing"
    assert not any(asked.startswith("evil.example") for asked in http.asked())


async def test_t37_a_profile_that_redirects_to_another_host_is_not_read(
    person: Person, http: HttpDouble, ways_out: Tools
) -> None:
    http.redirect("social.example", "/@marianne", "https://evil.example/@marianne")
    http.put("evil.example", "/@marianne", f"<head>{LINK}</head>".encode())
    assert person.url == "https://social.example/@marianne"
    assert why(await check(ways_out)) == "fetch-redirect-refused"


@pytest.mark.parametrize(
    "seen",
    [f"{PAGE}/", PAGE.replace("https", "http"), PAGE.upper().replace("HTTPS", "https"), f"{PAGE}?x", f"{PAGE}#x"],
)
async def test_a_near_miss_is_named(person: Person, ways_out: Tools, seen: str) -> None:
    for field in (property_value(f'<a href="{seen}">{seen}</a>'), property_value(seen), {"type": "Link", "href": seen}):
        person.actor["attachment"] = [field]
        record = await check(ways_out)
        assert why(record) == "backlink-near"
        assert record.problem is not None
        assert record.problem.values == {"page": PAGE, "seen": seen}


@pytest.mark.parametrize("where", ["attachment", "head"])
async def test_t00b_the_link_to_another_order_proves_nothing(person: Person, ways_out: Tools, where: str) -> None:
    person.head = LINK.replace(PAGE, OTHER) if where == "head" else ""
    person.actor["attachment"] = [property_value(ANCHOR.replace(PAGE, OTHER))] if where == "attachment" else []
    record = await check(ways_out)
    assert why(record) == "backlink-other-order"
    assert record.problem is not None
    assert record.problem.values["seen"] == OTHER
    assert (await check(ways_out, page=OTHER)).valid


async def test_t30_the_handle_typed_must_be_the_canonical_one(http: HttpDouble, ways_out: Tools) -> None:
    Instance(http, names="names.example").person("marianne", property_value(ANCHOR))
    record = await check(ways_out)
    assert why(record) == "handle-not-canonical"
    assert record.problem is not None
    assert record.problem.values == {"handle": str(MARIANNE), "canonical": "@marianne@names.example"}
    assert (await check(ways_out, Handle.parse("@marianne@names.example"))).valid


async def test_t68_an_outage_is_not_a_missing_link(person: Person, http: HttpDouble, ways_out: Tools) -> None:
    http.put("social.example", "/@marianne", status=502)
    record = await check(ways_out)
    assert why(record) == "instance-error"
    assert record.account is not None
    person.status = 503
    record = await check(ways_out)
    assert why(record) == "instance-error"
    assert [item["status"] for item in record.evidence["trail"]] == [200, 503]
    assert record.account is None


async def test_t26_t68_fields_made_to_exhaust_the_parser_are_no_missing_link(
    person: Person, ways_out: Tools, tmp_path: Path
) -> None:
    # The worst that fifty fields hold takes about the second that the parser has: a fast machine reads them.
    person.actor["attachment"] = [property_value(PAGE + "<i>" * 330 + "<a>" * 330)] * 50
    slow = replace(ways_out, pages=slow_pages(tmp_path))
    assert why(await check(slow)) == "fields-unreadable"
    person.actor["attachment"] = [property_value(PAGE + "<i>" * 101)]
    assert why(await check(slow)) == "backlink-not-alone"


async def test_the_link_is_found_among_many_rich_fields(person: Person, ways_out: Tools) -> None:
    rich = property_value(f"See {PAGE} " + "<p>" * 101)
    person.actor["attachment"] = [{"type": "Link", "href": OTHER}, rich, property_value("x"), property_value(ANCHOR)]
    record = await check(ways_out)
    assert record.evidence["found"] == {"in": "attachment", "number": 3, "as": "a"}


async def test_a_page_made_to_exhaust_the_parser_ends_in_a_record(person: Person, ways_out: Tools) -> None:
    person.head, person.body = LINK, "<div>" * 200_000
    assert why(await check(ways_out)) == "page-unreadable"
