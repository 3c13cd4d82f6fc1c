"""Hosts that fail are left alone, tried again, and forgiven (T27)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.doubles.http import HttpDouble, raw_server
from verifier.core.errors import OutsideError
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Fetcher, Limits, Resolver, Response
from verifier.fetch.breaker import _HOSTS, Breaker

URL = HttpsUrl.parse("https://down.example/")


class Time:
    at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> Breaker:
    return Breaker(Limits(failures=3, rest=60, longest_rest=900), time)


def answer(status: int = 200, **headers: str) -> Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response("https://down.example/", status, "", given, b"", truncated=False, address="192.0.2.1")


def minutes(breaker: Breaker, host: str = "down.example") -> int:
    """For how long `host` is left alone."""
    try:
        breaker.check(host)
    except OutsideError as error:
        return int(error.values["minutes"])
    return 0


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed("down.example")


def test_t27_opens_after_failures_in_a_row_for_that_host_alone(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert minutes(breaker) == 0
    fail(breaker, 1)
    assert minutes(breaker) == 1
    with pytest.raises(OutsideError, match="fetch-resting") as caught:
        breaker.check("down.example")
    assert caught.value.values == {"host": "down.example", "minutes": 1}
    assert minutes(breaker, "up.example") == 0


def test_an_answer_forgives(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.answered("down.example", answer(500))
    fail(breaker, 2)
    assert minutes(breaker) == 0


def test_half_open_one_trial_decides(breaker: Breaker, time: Time) -> None:
    fail(breaker, 3)
    time.at += 60
    assert minutes(breaker) == 0
    fail(breaker, 1)
    assert minutes(breaker) == 2  # at once, and twice as long
    time.at += 120
    breaker.answered("down.example", answer())
    fail(breaker, 2)
    assert minutes(breaker) == 0


def test_the_rest_has_an_end(breaker: Breaker) -> None:
    fail(breaker, 2_000)
    assert minutes(breaker) == 15


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("120", 2),
        ("1", 1),
        ("0", 0),
        ("99999999", 15),
        ("9" * 30, 1),
        ("Mon, 23 Nov 2026 10:00:00 GMT", 1),
        ("-5", 1),
        ("²", 1),
    ],
)
def test_too_many_requests_is_obeyed(breaker: Breaker, asked: str, expected: int) -> None:
    breaker.answered("down.example", answer(429, retry_after=asked))
    assert minutes(breaker) == expected


def test_only_that_status_is_about_us(breaker: Breaker) -> None:
    breaker.answered("down.example", answer(503, retry_after="600"))
    assert minutes(breaker) == 0


def test_t27_who_invents_hosts_fills_no_memory(breaker: Breaker) -> None:
    fail(breaker, 3)
    for number in range(_HOSTS):
        breaker.failed(f"h{number}.example")
    assert len(breaker._hosts) == _HOSTS
    assert minutes(breaker) == 0


@asynccontextmanager
async def fetcher(overrides: dict[str, str], limits: Limits) -> AsyncIterator[Fetcher]:
    async with Fetcher(Resolver(()), user_agent="verifier-test", overrides=overrides, limits=limits) as out:
        yield out


async def codes(out: Fetcher, times: int, url: HttpsUrl = URL, redirects: int = 0) -> list[str]:
    found = []
    for _ in range(times):
        try:
            found.append(str((await out.get(url, accept="*/*", redirects=redirects, same_host=False)).status))
        except OutsideError as error:
            found.append(error.code)
    return found


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_t27_an_open_breaker_connects_to_nobody() -> None:
    connections = 0

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    async with raw_server(count) as down, fetcher({"down.example": down}, Limits(failures=3)) as out:
        assert await codes(out, 5) == ["fetch-unreachable"] * 3 + ["fetch-resting"] * 2
        assert connections == 3


async def test_t27_others_are_asked_meanwhile() -> None:
    async with raw_server(hang_up) as down, HttpDouble.running() as http:
        http.put("up.example", "/")
        async with fetcher({"down.example": down, **http.overrides()}, Limits(failures=1)) as out:
            assert await codes(out, 2) == ["fetch-unreachable", "fetch-resting"]
            assert await codes(out, 1, HttpsUrl.parse("https://up.example/")) == ["200"]


async def test_t27_those_who_wait_behind_the_trial_learn_what_became_of_it() -> None:
    async with raw_server(hang_up) as down, fetcher({"down.example": down}, Limits(failures=1)) as out:
        found = await asyncio.gather(*(codes(out, 1) for _ in range(4)))
    assert sorted(code for (code,) in found) == ["fetch-resting"] * 3 + ["fetch-unreachable"]


async def test_after_the_rest_the_host_is_tried_again() -> None:
    async with raw_server(hang_up) as down, fetcher({"down.example": down}, Limits(failures=1, rest=0)) as out:
        assert await codes(out, 3) == ["fetch-unreachable"] * 3


async def test_a_host_that_answers_errors_is_asked_again() -> None:
    async with HttpDouble.running() as http:
        http.put("down.example", "/", status=503)
        async with fetcher(http.overrides(), Limits(failures=1)) as out:
            assert await codes(out, 3) == ["503"] * 3


async def test_too_many_requests_over_the_wire() -> None:
    async with HttpDouble.running() as http:
        http.put("down.example", "/", status=429, headers={"Retry-After": "100"})
        async with fetcher(http.overrides(), Limits()) as out:
            assert await codes(out, 3) == ["429", "fetch-resting", "fetch-resting"]
        assert len(http.requests) == 1


async def test_t27_a_slow_redirect_cannot_discredit_the_host_it_leads_to() -> None:
    async def slow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: https://down.example/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(slow) as evil, raw_server(mute) as victim:
        overrides = {"evil.example": evil, "down.example": victim}
        async with fetcher(overrides, Limits(total=0.5, failures=1)) as out:
            assert await codes(out, 2, HttpsUrl.parse("https://evil.example/"), redirects=1) == ["fetch-timeout"] * 2
            out._breaker.check("down.example")
