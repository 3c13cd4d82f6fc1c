"""The bounded memory of answers: what it holds, what it drops, what goes first."""

import tracemalloc

import pytest

from verifier.web.memory import Kept, Memory
from verifier.web.responses import Answer

ALICE = "acct:alice@social.example"


def kept(name: str, *rests_on: str, body: bytes = b"{}") -> Kept:
    return Kept(name, Answer(body, "0" * 32), rests_on or (name,), None)


def target(name: str, way: str = "") -> str:
    return f"/api/v1/lookup?handle={way}{name}"


def filled(most: int, count: int) -> Memory:
    memory = Memory(most)
    for number in range(count):
        memory.keep(kept(f"acct:u{number}@social.example"))
    return memory


def test_an_answer_is_found_by_its_name_and_by_its_requests() -> None:
    memory = Memory(10_000)
    memory.keep(kept(ALICE))
    memory.add_target(target(ALICE), ALICE)
    assert memory.named(ALICE) is memory.at(target(ALICE))
    assert memory.named(ALICE) is not None
    assert memory.at(target("acct:bob@social.example")) is None


def test_a_request_for_what_is_not_kept_is_not_kept() -> None:
    memory = Memory(10_000)
    memory.add_target(target(ALICE), ALICE)
    assert (memory.at(target(ALICE)), memory.size) == (None, 0)


@pytest.mark.parametrize("key", (ALICE, "https://social.example/@alice", "social.example"))
def test_what_rests_on_a_key_is_dropped_with_all_its_requests(key: str) -> None:
    memory = Memory(10_000)
    memory.keep(kept(ALICE, ALICE, "https://social.example/@alice", "social.example"))
    memory.add_target(target(ALICE), ALICE)
    memory.keep(kept("acct:bob@b.example"))
    left = memory.size
    memory.drop("acct:carol@b.example")
    assert memory.size == left
    memory.drop(key)
    assert (memory.named(ALICE), memory.at(target(ALICE))) == (None, None)
    assert memory.named("acct:bob@b.example") is not None
    memory.drop("acct:bob@b.example")
    assert (len(memory), memory.size, memory._by_target, memory._resting) == (0, 0, {}, {})


def test_every_spelling_goes_with_the_folded_name() -> None:
    memory = Memory(10_000)
    memory.keep(kept(ALICE))
    memory.keep(kept("acct:Alice@social.example", ALICE))
    memory.drop(ALICE)
    assert len(memory) == 0


def test_a_newer_answer_takes_the_place_of_the_older() -> None:
    memory = Memory(10_000)
    for body in (b"1", b"22"):
        memory.keep(kept(ALICE, ALICE, "social.example", body=body))
        memory.add_target(target(ALICE), ALICE)
    newest = memory.at(target(ALICE))
    assert newest is not None
    assert newest.answer.body == b"22"
    memory.drop("social.example")
    assert (memory.size, len(memory)) == (0, 0)


def test_a_few_ways_to_ask_are_remembered_and_no_more() -> None:
    """Strangers write one request in as many ways as they like."""
    memory = Memory(10_000)
    memory.keep(kept(ALICE))
    for number in range(1000):
        memory.add_target(target(ALICE, f"?{number}&"), ALICE)
    assert len(memory._by_target) == 4
    assert memory.at(target(ALICE, "?999&")) is not None
    memory.drop(ALICE)
    assert (memory.size, memory._by_target) == (0, {})


def test_it_never_holds_more_than_it_may() -> None:
    memory = filled(20_000, 10)
    for number in range(500):
        memory.keep(kept(f"acct:v{number}@social.example", body=b"x" * (number * 30)))
        assert memory.size <= 20_000
    memory.keep(kept(ALICE, body=b"x" * 30_000))
    assert (len(memory), memory.size) == (0, 0), "too large for it"


def test_requests_count_too() -> None:
    memory = filled(20_000, 20)
    for number in range(20):
        for way in range(4):
            memory.add_target(f"{number} {way}" + "x" * 2000, f"acct:u{number}@social.example")
            assert memory.size <= 20_000


def test_with_no_memory_nothing_is_kept() -> None:
    assert len(filled(0, 3)) == 0


def test_who_walks_through_all_drives_out_nothing_that_is_asked_for() -> None:
    memory = Memory(50_000)
    memory.keep(kept(ALICE))
    for number in range(1000):
        memory.keep(kept(f"acct:u{number}@social.example"))
        if number % 20 == 0:
            assert memory.named(ALICE) is not None
    assert memory.named("acct:u999@social.example") is not None
    assert memory.named("acct:u1@social.example") is None


@pytest.mark.parametrize(
    "rests_on",
    [
        ("acct:user{n}@host{h}.example",),
        ("https://host{h}.example/@user{n}", "acct:user{n}@host{h}.example"),
        ("acct:user{n}@host{h}.example", "host{h}.example"),
    ],
    ids=["stored", "URL", "absent"],
)
def test_the_bytes_that_it_counts_are_those_that_it_takes(rests_on: tuple[str, ...]) -> None:
    memory, count = Memory(10**9), 20_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(count):
            keys = tuple(key.format(n=number, h=number % 300) for key in rests_on)
            name = keys[0].replace("user", "User")  # a text of its own, as a request has it
            memory.keep(kept(name, *keys, body=b"%d" % number + b"x" * 800))
            memory.add_target(target(name), name)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.9 < memory.size / taken < 1.4
