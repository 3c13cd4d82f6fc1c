"""Everything that can be wrong with a request, and the problem that says so (RFC 9457; T01, T31, T42)."""

import json
import zlib

import pytest

from tests.integration.conftest import Town
from tests.integration.house import ALICE, MAILBOX, Answer
from verifier.core.strict_json import Json
from verifier.web.payloads import MAX_BODY

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT = {"type": "agent", "email": MAILBOX}
ORDER = {"handle": ALICE, "identity": AGENT}
DOORS = ("/api/v1/orders", "/api/v1/lookup", "/api/v1/verify")


def check(answer: Answer, status: int, code: str, pointer: str | None = None) -> None:
    """The one shape of a problem."""
    assert (answer.status, answer.code) == (status, code), answer.text
    problem = answer.json
    assert list(problem) == [
        name for name in ("type", "title", "status", "detail", "pointer", "remedy") if name in problem
    ]
    assert {"type", "title", "status", "detail", "remedy"} <= problem.keys()
    assert problem["status"] == status
    assert problem.get("pointer") == pointer
    assert all(problem[name] for name in ("title", "detail", "remedy"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("body", "code"),
    (
        (b"{", "json-malformed"),
        (b"\xff\xfe{}", "json-encoding"),
        (b"\xef\xbb\xbf{}", "json-bom"),
        (b'{"handle":"a","handle":"b"}', "json-duplicate-name"),
        (b'{"a":NaN}', "json-number"),
        (b'{"a":-Infinity}', "json-number"),
        (b'{"a":1e400}', "json-number"),
        (b'{"a":9007199254740993}', "json-number"),
        (b'{"a":"\\ud800"}', "json-surrogate"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "json-depth"),
        (b"[" * 100_000, "json-depth"),
    ),
    ids=lambda value: value if isinstance(value, str) else repr(value[:20]),
)
async def test_t42_text_that_is_not_strict_json(town: Town, door: str, body: bytes, code: str) -> None:
    check(await town.house.ask("POST", door, body=body, headers={"Content-Type": "application/json"}), 400, code)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", (b"[]", b"null", b'"x"', b"1"))
async def test_json_that_is_no_object(town: Town, door: str, body: bytes) -> None:
    answer = await town.house.ask("POST", door, body=body, headers={"Content-Type": "application/json"})
    check(answer, 400, "json-not-object", "")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "content_type",
    ("application/x-www-form-urlencoded", "text/plain", "application/ld+json", "application/json5", "", "nonsense"),
)
async def test_another_media_type(town: Town, door: str, content_type: str) -> None:
    answer = await town.house.ask("POST", door, body=b"{}", headers={"Content-Type": content_type})
    check(answer, 415, "media-type")


async def test_a_charset_is_no_other_media_type(town: Town) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = await town.house.ask("POST", "/api/v1/lookup", body=b'{"handles":["a@b.example"]}', headers=headers)
    assert answer.status == 200


@pytest.mark.parametrize("door", DOORS)
async def test_no_body_at_all(town: Town, door: str) -> None:
    answer = await town.house.ask("POST", door)
    assert (answer.status, answer.code) == (400, "member-missing")


@pytest.mark.parametrize("door", DOORS)
async def test_a_body_that_is_too_large(town: Town, door: str) -> None:
    body = b'{"a":"' + b"x" * MAX_BODY + b'"}'
    check(await town.house.ask("POST", door, body=body, headers={"Content-Type": "application/json"}), 413, "too-large")


@pytest.mark.parametrize("door", DOORS)
async def test_t26_a_body_that_swells(town: Town, door: str) -> None:
    packed = zlib.compress(b'{"a":"' + b"x" * 50_000_000 + b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "deflate"}
    check(await town.house.ask("POST", door, body=packed, headers=headers), 413, "too-large")


@pytest.mark.parametrize("encoding", ("gzip", "deflate"))
async def test_a_body_that_is_not_packed_as_it_says(town: Town, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = await town.house.ask("POST", "/api/v1/lookup", body=b"not packed at all", headers=headers)
    assert (answer.status, answer.code) == (400, "bad-request")


@pytest.mark.parametrize(
    ("members", "code", "pointer"),
    (
        ({"identity": AGENT}, "member-missing", "/handle"),
        ({"handle": ALICE}, "member-missing", "/identity"),
        (ORDER | {"handle": None}, "member-type", "/handle"),
        (ORDER | {"handle": 7}, "member-type", "/handle"),
        (ORDER | {"handle": ["a"]}, "member-type", "/handle"),
        (ORDER | {"identity": None}, "member-type", "/identity"),
        (ORDER | {"identity": "agent"}, "member-type", "/identity"),
        (ORDER | {"identity": {"email": MAILBOX}}, "member-missing", "/identity/type"),
        (ORDER | {"identity": {"type": "agent"}}, "member-missing", "/identity/email"),
        (ORDER | {"identity": {"type": "agent", "email": None}}, "member-missing", "/identity/email"),
        (ORDER | {"identity": {"type": "agent", "email": 1}}, "member-type", "/identity/email"),
        (ORDER | {"identity": {"type": "robot", "email": MAILBOX}}, "identity-type", "/identity/type"),
        (ORDER | {"identity": AGENT | {"domain": "numerique.gouv.fr"}}, "member-unknown", "/identity/domain"),
        (ORDER | {"identity": AGENT | {"a/b~c": 1}}, "member-unknown", "/identity/a~1b~0c"),
        (ORDER | {"colour": "red"}, "member-unknown", "/colour"),
        (ORDER | {"listed": "yes"}, "member-type", "/listed"),
        (ORDER | {"listed": 1}, "member-type", "/listed"),
        (ORDER | {"affiliation": "ministry of silly walks"}, "member-type", "/affiliation"),
        (ORDER | {"locale": "de"}, "member-type", "/locale"),
        (ORDER | {"handle": ""}, "handle-malformed", "/handle"),
        (ORDER | {"handle": "@alice"}, "handle-malformed", "/handle"),
        (ORDER | {"handle": "https://social.example/@alice"}, "handle-malformed", "/handle"),
        (ORDER | {"handle": "@alice@social.example "}, "host-malformed", "/handle"),
        (ORDER | {"handle": "@alice@social.example\n"}, "host-malformed", "/handle"),
        (ORDER | {"handle": "@alice@127.0.0.1"}, "host-is-address", "/handle"),
        (ORDER | {"handle": "@al/ice@social.example"}, "handle-malformed", "/handle"),
        (ORDER | {"handle": "@аlice@social.example"}, "handle-international", "/handle"),
        (ORDER | {"identity": AGENT | {"email": "<a@evil.example>b@gouv.fr"}}, "email-malformed", "/identity/email"),
        (ORDER | {"identity": AGENT | {"email": "a@b@numerique.gouv.fr"}}, "email-malformed", "/identity/email"),
        (ORDER | {"identity": AGENT | {"email": "x@gouv.fr\r\nBcc: y@z.fr"}}, "email-malformed", "/identity/email"),
    ),
)  # fmt: skip
async def test_t01_an_order_that_is_not_of_the_form(town: Town, members: Json, code: str, pointer: str) -> None:
    house = town.house
    letters, orders = len(house.smtp.received), await house.service.storage.read.orders.newest(None, 1000)
    check(await house.post("/api/v1/orders", members), 400, code, pointer)
    assert len(house.smtp.received) == letters
    assert await house.service.storage.read.orders.newest(None, 1000) == orders


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    (
        ({}, "member-missing", "/handles"),
        ({"handles": "a@b.example"}, "member-type", "/handles"),
        ({"handles": []}, "batch-size", "/handles"),
        ({"handles": ["a@b.example"] * 101}, "batch-size", "/handles"),
        ({"handles": ["a@b.example", 1]}, "member-type", "/handles/1"),
        ({"handles": ["a@b.example"], "limit": 1}, "member-unknown", "/limit"),
    ),
)
async def test_a_batch_that_is_not_of_the_form(town: Town, value: Json, code: str, pointer: str) -> None:
    check(await town.house.post("/api/v1/lookup", value), 400, code, pointer)


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    (
        ({"attestation": []}, "member-type", "/attestation"),
        ({"attestation": "x"}, "member-type", "/attestation"),
        ({"credential": {}}, "member-missing", "/attestation"),
        ({"attestation": {}, "also": 1}, "member-unknown", "/also"),
    ),
)
async def test_a_document_to_verify_that_is_none(town: Town, value: Json, code: str, pointer: str) -> None:
    check(await town.house.post("/api/v1/verify", value), 400, code, pointer)


@pytest.mark.parametrize(
    "value", ({}, {"type": "VerifiableCredential"}, {"type": ["Diploma"]}, {"type": None}, {"type": {}})
)
async def test_a_credential_of_somebody_else_is_not_appraised(town: Town, value: Json) -> None:
    check(
        await town.house.post("/api/v1/verify", {"attestation": value}), 422, "not-an-attestation", "/attestation/type"
    )


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    (
        ({"code": 12345678}, "member-type", "/code"),
        ({"code": ""}, "code-missing", "/code"),
        ({"code": "A" * 65}, "member-type", "/code"),
        ({"kode": "ABCDEFGH"}, "member-unknown", "/kode"),
    ),
)
async def test_a_code_that_is_not_of_the_form(town: Town, value: Json, code: str, pointer: str) -> None:
    answer = await town.pending.challenge("email-01", value)
    check(answer, 400, code, pointer)
    assert (await town.pending.show()).json["authorizations"][1]["challenges"][0]["status"] == "pending"


async def test_a_finalize_that_says_something(town: Town) -> None:
    path = f"/api/v1/orders/{town.pending.id}/finalize"
    answer = await town.house.ask("POST", path, json={"force": True}, headers=town.pending.bearer)
    check(answer, 400, "member-unknown", "/force")


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    (
        ("", "handle-missing", "/handle"),
        ("?handle=", "handle-missing", "/handle"),
        ("?handle=a@b.example&handle=c@d.example", "handle-missing", "/handle"),
        ("?handel=a@b.example", "handle-missing", "/handle"),
        ("?handle=alice", "handle-malformed", "/handle"),
        ("?handle=a@b", "host-malformed", "/handle"),
        ("?handle=mastodon.so/cial", "handle-malformed", "/handle"),
        ("?handle=a@mastodon.so/cial", "host-malformed", "/handle"),
        ("?handle=a@%D0%B0.example", "host-international", "/handle"),
        ("?handle=a@gouv.fr%E2%80%8B", "host-malformed", "/handle"),
        ("?handle=%00", "handle-malformed", "/handle"),
        ("?handle=%ff@b.example", "handle-name", "/handle"),
        ("?handle=%ED%A0%80@b.example", "handle-name", "/handle"),
        ("?handle=a@127.0.0.1", "host-is-address", "/handle"),
        ("?handle=a@0x7f.1", "host-is-address", "/handle"),
        ("?handle=http://social.example/@alice", "url-not-https", "/handle"),
        ("?handle=javascript://social.example/@alice", "url-not-https", "/handle"),
        ("?handle=https://social.example:8443/@alice", "url-port", "/handle"),
        ("?handle=https://social.example@evil.example/@alice", "url-userinfo", "/handle"),
        ("?handle=https://social.example/%2e%2e/@alice", "url-malformed", "/handle"),
        (f"?handle={'a' * 5000}@b.example", "handle-name", "/handle"),
    ),
)
@pytest.mark.parametrize("door", ("/api/v1/lookup", "/api/v1/checks/webfinger"))
async def test_t31_a_handle_that_cannot_be_read(town: Town, door: str, query: str, code: str, pointer: str) -> None:
    if "webfinger" in door and "://" in query:
        code = "handle-malformed"  # a handle is asked there, and no URL
    check(await town.house.get(door + query), 400, code, pointer)


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    (
        ("after=-1", "number-malformed", "/after"),
        ("after=", "number-malformed", "/after"),
        ("after=1.0", "number-malformed", "/after"),
        ("after=%D9%A1", "number-malformed", "/after"),
        ("after=99999999999999999", "number-malformed", "/after"),
        ("after=1&after=2", "number-malformed", "/after"),
        ("limit=1001", "number-malformed", "/limit"),
        ("limit=0", "number-malformed", "/limit"),
        ("limit=x", "number-malformed", "/limit"),
    ),
)
async def test_numbers_of_the_event_feed(town: Town, query: str, code: str, pointer: str) -> None:
    check(await town.house.get(f"/api/v1/events?{query}"), 400, code, pointer)


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    (
        ("profile=https://a.example/", "member-missing", "/page"),
        ("page=https://a.example/", "member-missing", "/profile"),
        ("page=http://a.example/&profile=https://a.example/", "url-not-https", "/page"),
        ("page=https://10.0.0.1/&profile=https://a.example/", "host-is-address", "/page"),
        ("page=https://[::1]/&profile=https://a.example/", "host-is-address", "/page"),
        ("page=https://a.example:22/&profile=https://a.example/", "url-port", "/page"),
        ("page=https://a.example/&profile=ftp://a.example/", "url-not-https", "/profile"),
        ("page=https://a.example/&page=https://b.example/&profile=https://a.example/", "member-missing", "/page"),
    ),
)
async def test_t22_urls_of_a_check(town: Town, query: str, code: str, pointer: str) -> None:
    asked = len(town.house.http.requests), len(town.house.dns.asked)
    check(await town.house.get(f"/api/v1/checks/rel-me?{query}"), 400, code, pointer)
    assert (len(town.house.http.requests), len(town.house.dns.asked)) == asked


@pytest.mark.parametrize(
    ("query", "code"),
    (("", "member-missing"), ("?resource=", "handle-malformed"), ("?resource=a&resource=b", "member-missing"),
     ("?resource=mailto:a@b.example", "handle-malformed"), ("?resource=http://social.example/@alice", "url-not-https")),
)  # fmt: skip
async def test_a_resource_that_cannot_be_read(town: Town, query: str, code: str) -> None:
    check(await town.house.get(f"/.well-known/webfinger{query}"), 400, code, "/resource")


@pytest.mark.parametrize(
    ("handle", "code"),
    (
        ("alice", "handle-malformed"),
        ("a@b", "host-malformed"),
        ("@a@b.example@c.example", "handle-malformed"),
        ("%2f@b.example", "handle-malformed"),
        ("a@b.example%0a", "host-malformed"),
    ),
)
async def test_an_account_path_that_cannot_be_read(town: Town, handle: str, code: str) -> None:
    answer = await town.house.get(f"/api/v1/accounts/{handle}")
    assert (answer.status, answer.code) == (400, code)


async def test_t60_what_was_sent_is_not_sent_back(town: Town) -> None:
    """A problem names members, never values that somebody else may have chosen."""
    marker = "<script>alert(1)</script>"
    answers = [
        await town.house.post("/api/v1/orders", ORDER | {"handle": marker}),
        await town.house.post("/api/v1/orders", ORDER | {"identity": AGENT | {"email": marker}}),
        await town.house.post("/api/v1/lookup", {"handles": [marker]}),
        await town.house.get("/api/v1/lookup?handle=%3Cscript%3Ealert(1)%3C/script%3E"),
    ]
    assert not [answer.text for answer in answers if "alert" in answer.text]
    named = await town.house.post("/api/v1/orders", ORDER | {marker: 1})
    assert json.loads(named.body)["pointer"] == "/<script>alert(1)<~1script>"
    assert named.headers["Content-Type"] == "application/problem+json"
