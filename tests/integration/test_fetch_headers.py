"""Answers that are strange, from hosts that are up: told as what they are, and no outage (T26, T27)."""

import pytest

from tests.doubles.hostile import SLOW_WEB
from tests.doubles.http import HttpDouble, raw_server, says
from verifier.core.errors import OutsideError
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Fetcher, Limits, Resolver

HOST = "social.example"
URL = HttpsUrl.parse(f"https://{HOST}/")
END = b"Content-Length: 2\r\n\r\n{}"


def fetcher(overrides: dict[str, str], limits: Limits | None = None) -> Fetcher:
    return Fetcher(Resolver(()), user_agent="verifier-test", overrides=overrides, limits=limits)


def head(*lines: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + b"".join(line + b"\r\n" for line in lines)


LONG = head(b"X-Long: " + b"x" * 60_000)
MANY = head(*[b"X-%d: x" % number for number in range(3_000)])


@pytest.mark.parametrize("given", [LONG, MANY], ids=["long", "many"])
async def test_t26_64_kb_of_headers_are_taken(given: bytes) -> None:
    async with raw_server(says(given + END)) as origin, fetcher({HOST: origin}) as out:
        assert (await out.get(URL, accept="*/*")).body == b"{}"


@pytest.mark.parametrize(
    "given",
    [
        head(b"X-Long: " + b"x" * 66_000),
        head(*[b"X-%d: %s" % (number, b"x" * 1_000) for number in range(66)]),
        head(*[b"X: x"] * 30_000),
        head() + b"X-Long: " + b"x" * 200_000,
    ],
    ids=["long", "wide", "many", "endless"],
)
async def test_t26_more_headers_are_told_as_that(given: bytes) -> None:
    async with raw_server(says(given + END)) as origin, fetcher({HOST: origin}) as out:
        with pytest.raises(OutsideError, match="fetch-headers") as caught:
            await out.get(URL, accept="*/*")
    assert caught.value.values == {"host": HOST}


STRANGE = {
    "headers": (head(b"X-Long: " + b"x" * 66_000) + END, "fetch-headers"),
    "trailers": (head(b"Transfer-Encoding: chunked") + b"\r\n0\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "fetch-headers"),
    "interim": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5_000 + head() + END, "fetch-too-large"),
    "large": (head(b"Content-Length: 9999999") + b"\r\n", "fetch-too-large"),
    "encoded": (head(b"Content-Encoding: gzip") + END, "fetch-encoded"),
    "cut": (head(b"Content-Length: 10") + b"\r\nshort", "fetch-malformed"),
    "chunks": (head(b"Transfer-Encoding: chunked") + b"\r\nno chunk\r\n", "fetch-malformed"),
    "not HTTP": (b"SSH-2.0-OpenSSH_9\r\n", "fetch-malformed"),
    "status": (b"HTTP/1.1 banana\r\n\r\n", "fetch-malformed"),
    "header": (head(b"no header") + END, "fetch-malformed"),
}


@pytest.mark.parametrize("name", STRANGE)
async def test_t27_a_strange_answer_is_no_outage(name: str) -> None:
    answer, code = STRANGE[name]
    async with raw_server(says(answer)) as origin, fetcher({HOST: origin}, Limits(failures=1)) as out:
        for _ in range(3):
            with pytest.raises(OutsideError) as caught:
                await out.get(URL, accept="*/*")
            assert (caught.value.code, caught.value.values) == (code, {"host": HOST})


async def test_t27_a_body_that_never_ends_is_no_outage() -> None:
    """It is one page: those of others on that host may be quick."""
    async with raw_server(SLOW_WEB["drip"]) as slow, fetcher({HOST: slow}, Limits(total=0.3, failures=1)) as out:
        for _ in range(2):
            with pytest.raises(OutsideError, match="fetch-timeout"):
                await out.get(URL, accept="*/*")


async def test_t27_too_many_requests_on_a_page_of_a_public_check_rests_nobody_elses() -> None:
    async with HttpDouble.running() as http:
        http.put(HOST, "/picked", status=429, headers={"Retry-After": "900"})
        http.put(HOST, "/", b"{}")
        async with fetcher(http.overrides()) as out:
            public = out.counted(lambda _: None)
            assert (await public.get(HttpsUrl.parse(f"https://{HOST}/picked"), accept="*/*")).status == 429
            assert (await out.get(URL, accept="*/*")).status == 200
            with pytest.raises(OutsideError, match="fetch-resting"):
                await out.counted(lambda _: None).get(URL, accept="*/*")
