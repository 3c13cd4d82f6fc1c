"""Hosts of others are treated by all processes of a machine as by one (T27, T65)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.unit.keeping import kept
from verifier.core.errors import OutsideError, Unavailable
from verifier.core.shared import Line
from verifier.fetch import Breakers, Limits, Pace, Response, Shared, SharedPace, Taken
from verifier.fetch.breaker import Breaker, breaker
from verifier.fetch.limits import Turns

HOST = "social.example"


class Time:
    at = 1_000.0

    def __call__(self) -> float:
        return self.at


class Machine:
    """Two processes, and the supervisor."""

    def __init__(self, lines: list[Line], time: Time, taken: Taken) -> None:
        self.lines = lines
        self.time = time
        self.taken = taken

    def limits(self, number: int, limits: Limits | None = None) -> Limits:
        return replace(limits or Limits(), shared=Shared(self.lines[number], "direct"))


@pytest.fixture
def machine() -> Iterator[Machine]:
    time, taken = Time(), Taken()
    breakers = Breakers(Limits())
    breakers._named.default_factory = lambda: Breaker(Limits(), time)
    with kept({"pace": Pace(1, time).take, **taken.acts(), **breakers.acts()}) as lend:
        yield Machine([Line(lend(), 1), Line(lend(), 2)], time, taken)


def answer(status: int, **headers: str) -> Response:
    return Response(f"https://{HOST}/", status, "", headers, b"", truncated=False, address="192.0.2.1")


def rests(breaker: Breaker) -> int:
    try:
        breaker.check(HOST)
    except OutsideError as error:
        return int(error.values["minutes"])
    return 0


def test_t27_failures_in_a_row_are_those_of_all(machine: Machine) -> None:
    first, second = (breaker(machine.limits(number), "own") for number in (0, 1))
    public = breaker(machine.limits(0), "public")
    for each in (first, second, first, second):
        each.failed(HOST)
    assert rests(first) == rests(second) == 0
    first.failed(HOST)
    assert rests(first) == rests(second) == 1
    assert rests(public) == 0, "what strangers ask for has a count of its own"
    machine.time.at += 61
    second.answered(HOST, answer(200))
    first.failed(HOST)
    assert rests(second) == 0, "it was forgiven"


def test_t27_a_429_is_heeded_by_all(machine: Machine) -> None:
    first, second = (breaker(machine.limits(number), "own") for number in (0, 1))
    first.answered(HOST, answer(429, **{"retry-after": "600"}))
    assert rests(first) == rests(second) == 10


async def test_t65_a_host_is_asked_once_a_second_by_all(machine: Machine) -> None:
    paces = [SharedPace(1, line) for line in machine.lines]
    assert [paces[number].take(HOST) for number in (0, 1, 0)] == [0.0, 1.0, 2.0]
    assert paces[1].take("other.example") == 0.0


async def test_t65_a_host_is_asked_by_one_process_at_a_time(machine: Machine) -> None:
    first, second = (Turns(machine.limits(number, Limits(turn=0.2))) for number in (0, 1))
    async with first.take(HOST):
        async with second.take("other.example"):
            pass
        with pytest.raises(Unavailable, match="fetch-busy"):
            async with second.take(HOST):
                pytest.fail("two at a time")
    async with second.take(HOST):
        pass


async def test_t65_the_turn_of_a_killed_process_is_over(machine: Machine) -> None:
    first, second = (Turns(machine.limits(number)) for number in (0, 1))
    async with first.take(HOST):
        waiting = asyncio.create_task(second.take(HOST).__aenter__())
        machine.taken.leave(1)
        await waiting
