"""What an instance, or somebody on it, may answer to a check: each ends in a record, and the next check is served.

T25 redirects, T30 names that lead on, T36 words planted by others, T42 JSON with two readings.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import ACTIVITY, Instance, Person, property_value
from tests.doubles.tools import METHODS, tools, why
from verifier.core.identifiers import Handle
from verifier.core.models import Record, Subject
from verifier.core.strict_json import dumps
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Tools
from verifier.validation.checks import check_webfinger

PAGE = "https://verifier.example/v/abcdefghij234567"
ANCHOR = f'<a rel="me" href="{PAGE}">{PAGE}</a>'
LINK = f'<link rel="me" href="{PAGE}">'
MARIANNE = Handle.parse("@marianne@social.example")
FINGER = "/.well-known/webfinger"


@pytest.fixture
async def ways_out(http: HttpDouble) -> AsyncIterator[Tools]:
    hosts = http.overrides("social.example", "names.example", "evil.example", "one.example", "two.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


async def check(ways_out: Tools, handle: Handle = MARIANNE) -> Record:
    subject = Subject(order_id="o", handle=handle, page=PAGE, mailbox=None, domain=None, locale="fr")
    record, _ = await METHODS["rel-me-01"].check(subject, {}, {}, ways_out)
    return record


# ── redirects (T25) ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://social.example/users/marianne", "https://127.0.0.1/users/marianne", "https://[::1]/", "https://2130706433/",
        "https://evil.example/users/marianne", "https://social.example:8443/users/marianne", "//evil.example/",
        "https://social.example@evil.example/", "https://u:p@social.example/", "https://social.example/\tx",
        "https://social.example\\@evil.example/", "/users/marianne#x", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/users/marianne", "/@marianne"], ids=["actor", "profile"])
async def test_t25_an_actor_or_a_profile_redirects_nowhere_but_on_its_host(
    http: HttpDouble, person: Person, ways_out: Tools, path: str, location: str, status: int
) -> None:
    person.head = LINK
    http.redirect("social.example", path, location, status=status)
    assert why(await check(ways_out)) == "fetch-redirect-refused"
    assert {asked.partition("/")[0] for asked in http.asked()} == {"social.example"}


@pytest.mark.parametrize("hops", [4, 11])
async def test_t25_more_than_three_hops_are_not_walked(
    http: HttpDouble, person: Person, ways_out: Tools, hops: int
) -> None:
    person.head = LINK
    for hop in range(hops):
        http.redirect("social.example", f"/{hop}" if hop else "/@marianne", f"/{hop + 1}")
    assert why(await check(ways_out)) == "fetch-redirect"
    assert len(http.requests) == 2 + 4


async def test_t25_a_loop_ends(http: HttpDouble, person: Person, ways_out: Tools) -> None:
    person.head = LINK
    http.redirect("social.example", "/@marianne", "/loop")
    http.redirect("social.example", "/loop", "/@marianne")
    assert why(await check(ways_out)) == "fetch-redirect"


# ── names that lead on (T30) ───────────────────────────────────────────────────────────────────────


def lead_on(http: HttpDouble, *hosts: str) -> None:
    """WebFinger of each host redirects to that of the next."""
    for host, onward in pairwise(hosts):
        http.redirect(host, FINGER, f"https://{onward}{FINGER}?resource=acct:marianne@{hosts[0]}")


async def test_t30_a_name_in_two_steps_is_that_of_the_account_if_it_says_so(
    http: HttpDouble, person: Person, ways_out: Tools
) -> None:
    lead_on(http, "names.example", "one.example", "two.example", "social.example")
    person.jrd["subject"] = "acct:marianne@names.example"
    instance = Instance(http)
    instance.people |= {"acct:marianne@names.example": person, "acct:marianne@social.example": person}
    answer = await check_webfinger(Handle.parse("@marianne@names.example"), ways_out)
    assert (answer["accepted"], answer["handle"]) == (True, "@marianne@names.example")


async def test_t30_a_name_in_two_steps_that_the_account_does_not_know_is_not_its_name(
    http: HttpDouble, person: Person, ways_out: Tools
) -> None:
    lead_on(http, "evil.example", "one.example", "social.example")
    instance = Instance(http)
    instance.people |= {"acct:marianne@evil.example": person, "acct:marianne@social.example": person}
    person.actor["attachment"] = [property_value(ANCHOR)]
    assert why(await check(ways_out, Handle.parse("@marianne@evil.example"))) == "handle-not-canonical"
    assert (await check(ways_out)).valid


async def test_t30_more_steps_are_not_walked(http: HttpDouble, person: Person, ways_out: Tools) -> None:
    lead_on(http, "evil.example", "one.example", "two.example", "names.example", "social.example")
    answer = await check_webfinger(Handle.parse("@marianne@evil.example"), ways_out)
    assert answer["why"] is not None
    assert answer["why"]["code"] == "fetch-redirect"


# ── words planted by others (T36) ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["rel-me-01", "profile-token-01"])
async def test_t36_a_note_that_was_boosted_or_answered_proves_nothing(
    http: HttpDouble, person: Person, ways_out: Tools, method: str
) -> None:
    subject = Subject(order_id="o", handle=MARIANNE, page=PAGE, mailbox=None, domain=None, locale="fr")
    state = await METHODS[method].prepare(subject, METHODS[method].initial_state(subject), ways_out)
    word = METHODS[method].instructions(state).get("token", ANCHOR)
    note = {"id": "https://evil.example/notes/1", "type": "Note", "content": word, "attachment": [property_value(word)]}
    boost = {"id": f"{person.id}/boosts/1", "type": "Announce", "actor": person.id, "object": note}
    collection = {"type": "OrderedCollection", "totalItems": 1, "orderedItems": [boost, note]}
    for place in ("outbox", "featured", "liked", "replies"):
        path = f"/users/marianne/{place}"
        http.put("social.example", path, dumps({"id": f"{person.id}/{place}", **collection}), content_type=ACTIVITY)
        person.actor[place] = f"{person.id}/{place}"
    person.actor |= {"pinned": collection, "tag": [note], "object": note, "orderedItems": [boost]}
    person.actor["attachment"] = [note, boost, {"type": "Document", "name": word, "url": PAGE}]
    person.actor["summary"] = f"<!-- {word} --><p>{word}</p>"
    person.actor["name"] = word
    record, _ = await METHODS[method].check(subject, state, {}, ways_out)
    assert why(record) in ("backlink-missing", "token-missing")
    assert {asked.partition("?")[0] for asked in http.asked()} <= {
        "social.example/.well-known/webfinger", "social.example/users/marianne", "social.example/@marianne"
    }  # fmt: skip


# ── JSON with two readings (T42) ───────────────────────────────────────────────────────────────────

HOSTILE: Sequence[bytes] = [
    b"", b"{", b"[]", b"null", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"id":"a","id":"b"}',
    b'{"a":NaN}', b'{"a":-Infinity}',
    b'{"a":1e400}', b'{"a":9007199254740993}', b'{"a":"\\ud800"}', b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 100_000,
    b'{"a":' * 40_000, b'{"a":"' + b"\\" * 99_999, b"1" * 100_000, b'{"a":"\x00"}', b"{}{}",
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:16]))
@pytest.mark.parametrize("place", ["jrd", "actor"])
async def test_t42_hostile_json_is_a_record_and_the_next_check_is_served(
    person: Person, ways_out: Tools, place: str, body: bytes
) -> None:
    person.actor["attachment"] = [property_value(ANCHOR)]
    honest = getattr(person, place)
    setattr(person, place, body)
    assert why(await check(ways_out)) == {"jrd": "webfinger-malformed", "actor": "actor-not-json"}[place]
    setattr(person, place, honest)
    assert (await check(ways_out)).valid
