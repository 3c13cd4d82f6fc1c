"""Fetching from servers on loopback: answers, headers, redirects, caps."""

import asyncio
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import TypeVar

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.hostile import BOMBS, WEB
from tests.doubles.http import HttpDouble, raw_server, says
from verifier.core.errors import BadInput, OutsideError
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Fetcher, Limits, Resolver

HOST = "social.example"
JSON = "application/json"
Result = TypeVar("Result")


def url(path: str = "/", host: str = HOST) -> HttpsUrl:
    return HttpsUrl.parse(f"https://{host}{path}")


def fetcher(overrides: Mapping[str, str], *, limits: Limits | None = None, own_origin: str | None = None) -> Fetcher:
    """Without DNS: only the hosts of `overrides` exist."""
    return Fetcher(Resolver(()), user_agent="verifier-test", overrides=overrides, limits=limits, own_origin=own_origin)


@pytest.fixture
async def http() -> AsyncIterator[HttpDouble]:
    async with HttpDouble.running() as double:
        yield double


async def refusal(out: Fetcher, target: HttpsUrl, **options: bool | int) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await out.get(target, accept="*/*", **options)  # type: ignore[arg-type]
    return caught.value


async def growing(work: Awaitable[Result]) -> tuple[Result, int]:
    """The result, and by how many bytes memory grew at most meanwhile."""
    tracemalloc.start()
    try:
        return await work, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# ── answers ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_and_its_evidence(http: HttpDouble) -> None:
    http.put(HOST, "/a", b"{}", content_type="application/activity+json; charset=utf-8", headers={"X-One": "1"})
    async with fetcher(http.overrides()) as out:
        response = await out.get(url("/a?b=%40c"), accept=JSON)
    assert (response.url, response.status, response.body) == ("https://social.example/a?b=%40c", 200, b"{}")
    assert response.content_type == "application/activity+json; charset=utf-8"
    assert response.headers["x-one"] == "1"
    assert (response.address, response.redirects, response.truncated) == ("127.0.0.1", (), False)


async def test_only_the_headers_that_a_request_needs_are_sent(http: HttpDouble) -> None:
    http.put(HOST, "/a", headers={"Set-Cookie": "a=b"})
    async with fetcher(http.overrides()) as out:
        await out.get(url("/a?b=%40c"), accept=JSON)
        await out.get(url("/a"), accept=JSON)
    assert http.asked() == ["social.example/a?b=%40c", "social.example/a"]
    assert dict(http.requests[1].headers) == {
        "Host": HOST,
        "Accept": JSON,
        "Accept-Encoding": "identity",
        "User-Agent": "verifier-test",
        "Connection": "close",
    }


TARGETS = st.text("aZ0/%2Ff.~!$&'()*+,;=:@-?", max_size=40) | st.sampled_from(
    ["//evil.example/", "/@x", "/?//a@b", "/%2e%2e/"]
)


@given(st.lists(TARGETS, min_size=1, max_size=20))
@settings(max_examples=25)
def test_t22_what_is_sent_is_what_was_parsed(texts: list[str]) -> None:
    parsed = []
    for text in texts:
        try:
            parsed.append(url(f"/{text}"))
        except BadInput:
            continue

    async def fetch_all() -> list[str]:
        async with HttpDouble.running() as http, fetcher(http.overrides(HOST)) as out:
            for target in parsed:
                await out.get(target, accept="*/*")
            return http.asked()

    assert asyncio.run(fetch_all()) == [f"{HOST}{target.target}" for target in parsed]


async def test_signed_headers_are_added_where_asked(http: HttpDouble) -> None:
    http.put(HOST, "/a")

    def sign(method: str, target: HttpsUrl) -> Mapping[str, str]:
        return {"Signature": f"{method} {target}"}

    async with Fetcher(Resolver(()), user_agent="t", overrides=http.overrides(), sign=(sign,)) as out:
        await out.get(url("/a"), accept=JSON)
        await out.get(url("/a"), accept=JSON, signed=True)
    assert [request.headers.get("Signature") for request in http.requests] == [None, "GET https://social.example/a"]


@pytest.mark.parametrize("status", [201, 204, 300, 304, 401, 404, 410, 500, 503])
async def test_every_final_status_is_an_answer(http: HttpDouble, status: int) -> None:
    http.put(HOST, "/", status=status)
    async with fetcher(http.overrides()) as out:
        assert (await out.get(url(), accept="*/*")).status == status


async def test_head_shows_where_a_redirect_leads(http: HttpDouble) -> None:
    http.redirect(HOST, "/", "http://127.0.0.1/@dinum")
    async with fetcher(http.overrides()) as out:
        response = await out.get(url(), accept="*/*", head=True)
    assert (response.status, response.headers["location"]) == (302, "http://127.0.0.1/@dinum")
    assert http.requests[0].method == "HEAD"


async def test_the_first_of_repeated_headers_counts() -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}) as out:
        assert (await out.get(url(), accept="*/*")).headers["x-a"] == "1"


async def test_t42_a_header_that_is_not_ascii_can_be_written_as_json() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/\xff\xc3\xa9\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}) as out:
        response = await out.get(url(), accept="*/*")
    assert response.content_type == response.headers["content-type"] == "text/\ufffd\ufffd\ufffd"


# ── redirects (T25) ────────────────────────────────────────────────────────────────────────────────


async def test_redirects_are_followed_as_far_as_asked(http: HttpDouble) -> None:
    http.redirect(HOST, "/1", "https://social.example/2", status=301)
    http.redirect(HOST, "/2", "/3?x=1", status=308)
    http.put(HOST, "/3", b"there")
    async with fetcher(http.overrides()) as out:
        response = await out.get(url("/1"), accept="*/*", redirects=2)
        error = await refusal(out, url("/1"), redirects=1)
        none = await refusal(out, url("/1"))
    assert (response.url, response.body) == ("https://social.example/3?x=1", b"there")
    assert response.redirects == ("https://social.example/1", "https://social.example/2")
    assert (error.code, none.code) == ("fetch-redirect", "fetch-redirect")


@pytest.mark.parametrize(
    "location",
    [
        "http://social.example/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://2130706433/", "https://0x7f.1/", "https://social.example:8443/", "https://social.example:443/",
        "https://u:p@social.example/", "https://social.example@127.0.0.1/", "//social.example/", "///social.example/",
        "/\\social.example/", "https:/social.example/", "https:social.example", "?next", "next", "", "../up",
        "https://social.example/\tx", "https://social.exa\tmple/", "https://social.example/ x", "/a b",
        "https://social.example/#fragment", "ftp://social.example/", "file:///etc/passwd", "javascript:alert(1)",
        "https://social.example/%", "https://social.example/é", "https://ⓢocial.example/",
        "https://other.example/", "https://sub.social.example/",
    ],
)  # fmt: skip
async def test_t25_a_location_that_is_not_exactly_ours_is_refused(location: str) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}) as out:
        error = await refusal(out, url(), redirects=3)
    assert (error.code, error.values) == ("fetch-redirect-refused", {"host": HOST})


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (b"Location: https://social.example/\r\r\nSet-Cookie: a=b\r\n", "fetch-malformed"),
        (b"Location: https://social.example/\x00\r\n", "fetch-malformed"),
        (
            b"Location: https://social.example/1\r\nLocation: https://social.example/2\r\n",
            "fetch-redirect-refused",
        ),
        (b"Location: https://social.example/\r\n /folded\r\n", "fetch-redirect-refused"),
        (b"Location: https://social.example/\xff\r\n", "fetch-redirect-refused"),
        (b"Location: https://social.example/\xc3\xa9\r\n", "fetch-redirect-refused"),
        (b"", "fetch-redirect-refused"),
    ],
    ids=["crlf", "nul", "two", "folded", "raw", "utf-8", "none"],
)
async def test_t25_a_broken_location_is_refused(headers: bytes, code: str) -> None:
    answer = b"HTTP/1.1 302 Found\r\n" + headers + b"Content-Length: 0\r\n\r\n"
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}) as out:
        error = await refusal(out, url(), redirects=3)
    assert error.code == code


async def test_t25_a_loop_and_a_long_way_end(http: HttpDouble) -> None:
    http.redirect(HOST, "/loop", "/loop")
    for hop in range(11):
        http.redirect(HOST, f"/{hop}", f"/{hop + 1}")
    async with fetcher(http.overrides()) as out:
        assert (await refusal(out, url("/loop"), redirects=3)).code == "fetch-redirect"
        assert len(http.requests) == 4
        assert (await refusal(out, url("/0"), redirects=10)).code == "fetch-redirect"


async def test_t25_another_host_only_if_asked(http: HttpDouble) -> None:
    http.redirect(HOST, "/", "https://www.social.example/")
    http.put("www.social.example", "/", b"www")
    async with fetcher(http.overrides()) as out:
        assert (await refusal(out, url(), redirects=3)).code == "fetch-redirect-refused"
        response = await out.get(url(), accept="*/*", redirects=1, same_host=False)
    assert response.body == b"www"
    assert [request.host for request in http.requests] == [HOST, HOST, "www.social.example"]


async def test_t25_redirects_share_one_time(http: HttpDouble) -> None:
    async def slowly(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return web.Response(status=302, headers={"Location": "/"})

    http.handle(HOST, "/", slowly)
    async with fetcher(http.overrides(), limits=Limits(total=0.5)) as out:
        assert (await refusal(out, url(), redirects=50)).code == "fetch-timeout"
    assert len(http.requests) <= 3


# ── caps (T26) ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_body_at_the_cap_passes_and_one_byte_more_does_not(http: HttpDouble) -> None:
    http.put(HOST, "/", b"x" * 1000)
    async with fetcher(http.overrides()) as out:
        assert len((await out.get(url(), accept="*/*", max_bytes=1000)).body) == 1000
        whole = await out.get(url(), accept="*/*", max_bytes=1000, cut=True)
        part = await out.get(url(), accept="*/*", max_bytes=999, cut=True)
        error = await refusal(out, url(), max_bytes=999)
    assert (whole.truncated, part.truncated, len(part.body)) == (False, True, 999)
    assert (error.code, error.values) == ("fetch-too-large", {"host": HOST})


async def test_a_body_shorter_than_announced_is_no_answer() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}) as out:
        assert (await refusal(out, url())).code == "fetch-malformed"


@pytest.mark.parametrize("name", BOMBS)
async def test_t26_an_encoded_body_is_refused_unread(http: HttpDouble, name: str) -> None:
    bomb, coding = BOMBS[name]
    http.put(HOST, "/", bomb(), headers={"Content-Encoding": coding})
    async with fetcher(http.overrides()) as out:
        error, growth = await growing(refusal(out, url(), max_bytes=1 << 20))
    assert error.code == "fetch-encoded"
    assert growth < 5_000_000


async def test_t26_an_encoded_transfer_is_refused() -> None:
    packed = zlib.compress(b"{}")
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}) as out:
        assert (await refusal(out, url())).code == "fetch-encoded"


@pytest.mark.parametrize("cut", [False, True])
async def test_t26_an_endless_body_costs_its_cap(*, cut: bool) -> None:
    async with raw_server(WEB["endless-chunks"]) as origin, fetcher({HOST: origin}) as out:
        if cut:
            response, growth = await growing(out.get(url(), accept="*/*", max_bytes=1 << 20, cut=True))
            assert (response.truncated, len(response.body)) == (True, 1 << 20)
        else:
            error, growth = await growing(refusal(out, url()))
            assert error.code == "fetch-too-large"
    assert growth < 5_000_000


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n",
    ],
    ids=["long", "many", "status"],
)
async def test_t26_a_flood_of_headers_is_refused(head: bytes) -> None:
    async with raw_server(says(head)) as origin, fetcher({HOST: origin}) as out:
        error, growth = await growing(refusal(out, url()))
    assert error.code == "fetch-headers"
    assert growth < 5_000_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "fetch-malformed"),
        (b"HTTP/1.1 banana\r\n\r\n", "fetch-malformed"),
        (b"", "fetch-unreachable"),
    ],
)
async def test_what_is_not_http_is_no_answer(text: bytes, code: str) -> None:
    async with raw_server(says(text)) as origin, fetcher({HOST: origin}) as out:
        assert (await refusal(out, url())).code == code
