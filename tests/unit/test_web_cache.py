"""Answers that are kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from verifier.core.errors import TooMany
from verifier.core.strict_json import Json
from verifier.web import cache
from verifier.web.cache import Remembered


def asks(answers: list[Any]) -> Callable[[], Awaitable[Json]]:
    async def ask() -> Json:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


async def test_an_answer_is_asked_for_once() -> None:
    kept, answers = Remembered(lambda _: 60), [1, 2, 3]
    assert await asyncio.gather(*(kept.get("a", asks(answers)) for _ in range(5))) == [1] * 5
    assert await kept.get("a", asks(answers)) == 1
    assert await kept.get("b", asks(answers)) == 2


async def test_an_answer_that_is_too_old_is_asked_for_again() -> None:
    kept = Remembered(lambda _: 0)
    assert [await kept.get("a", asks([n])) for n in range(3)] == [0, 1, 2]


async def test_each_answer_says_how_long_it_is_kept() -> None:
    kept = Remembered(lambda seconds: seconds)
    assert [await kept.get("long", asks([n])) for n in (60, 61)] == [60, 60]
    assert [await kept.get("short", asks([n])) for n in (0, 1, 2)] == [0, 1, 1]


async def test_a_failure_of_ours_is_not_kept() -> None:
    kept = Remembered(lambda _: 60)
    answers = [TooMany("rate-limited", retry_after=1), 1]
    with pytest.raises(TooMany):
        await kept.get("a", asks(answers))
    assert await kept.get("a", asks(answers)) == 1


async def test_a_caller_who_leaves_takes_nothing_from_the_others() -> None:
    kept, go_on = Remembered(lambda _: 60), asyncio.Event()

    async def ask() -> Json:
        await go_on.wait()
        return 1

    leaves, stays = (asyncio.create_task(kept.get("a", ask)) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    go_on.set()
    assert await stays == 1
    assert await kept.get("a", asks([2])) == 1


async def test_t09_who_waited_for_an_answer_asks_anew_where_the_limit_was_anothers() -> None:
    kept = Remembered(lambda _: 60)
    refused = TooMany("rate-limited", retry_after=1)
    first = kept.get("a", asks([refused]))
    found = await asyncio.gather(first, kept.get("a", asks([1])), kept.get("a", asks([2])), return_exceptions=True)
    assert [*found] == [refused, 1, 1]


async def test_t65_no_more_is_kept_than_memory_is_given() -> None:
    kept = Remembered(lambda _: 60)
    for n in range(300):
        await kept.get(str(n), asks(["\U0001f600" * 16_320]))  # eight fields of 2,040
        assert kept._size == sum(cache._size(key, body) for key, (_, body) in kept._kept.items()) <= cache.MOST
    assert len(kept._kept) > 250
    assert await kept.get("299", asks([])) != await kept.get("0", asks(["anew"])) == "anew"
    small = Remembered(lambda _: 60, most=10_000)
    for n in range(100):
        await small.get(str(n), asks([n]))
        assert len(small._kept) * 512 < 10_000
    assert await small.get("x", asks(["x" * 10_000])) == "x" * 10_000
    assert not small._kept


async def test_t65_what_is_over_leaves_memory_with_the_next_answer() -> None:
    kept = Remembered(lambda _: 0)
    for n in range(10):
        await kept.get(str(n), asks([n]))
    assert (len(kept._kept), kept._size, kept._asking) == (0, 0, {})
