"""Different things that each client asks for (T63)."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.web import distinct
from verifier.web.distinct import Distinct

asks = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("uvwxyz"), st.integers(0, 4)), max_size=80)


@given(asks, st.integers(1, 4), st.integers(1, 12))
def test_t63_a_client_has_room_for_so_many_different_things(
    steps: list[tuple[str, str, int]], amount: int, seconds: int
) -> None:
    """Against the definition: free if it was counted in the `seconds` before, else there is room for `amount`."""
    counter, now = Distinct(amount, seconds), 1_000
    past: dict[str, dict[str, int]] = defaultdict(dict)
    for client, key, pause in steps:
        now += pause
        within = {each: at for each, at in past[client].items() if at > now - seconds}
        free = key in within or len(within) < amount
        assert counter.use(client, key, now) == (0 if free else min(within.values()) + seconds - now)
        if free:
            within.setdefault(key, now)
        past[client] = within


def asked_by(counter: Distinct, key: str, clients: int, now: int) -> None:
    for number in range(clients):
        assert counter.use(f"client {number}", key, now) == 0


def test_t63_what_twenty_clients_ask_for_is_free_to_all_for_an_hour() -> None:
    counter = Distinct(2, 3600)
    asked_by(counter, "famous", 20, 0)
    asked_by(counter, "known", 19, 0)
    assert [counter.use("one", key, 10) for key in ("a", "b")] == [0, 0]
    assert [counter.use("one", key, 20) for key in ("famous", "known", "c", "famous", "a")] == [0, 3590, 3590, 0, 0]
    assert counter.use("one", "famous", 3_600) == 0  # it asked for it itself, ten seconds after the twenty
    assert [counter.use("other", key, 3_601) for key in ("a", "b", "famous")] == [0, 0, 3600]


def test_t63_what_is_refused_makes_nothing_popular() -> None:
    counter = Distinct(1, 3600)
    for number in range(30):
        assert counter.use(f"client {number}", f"own {number}", 0) == 0
        assert counter.use(f"client {number}", "famous", 0) == 3600
    assert counter.use("new", "a", 0) == 0
    assert counter.use("new", "famous", 0) == 3600


def test_what_is_popular_uses_up_nothing() -> None:
    counter = Distinct(1, 3600)
    asked_by(counter, "famous", 20, 0)
    assert [counter.use("one", key, 0) for key in ("famous", "a", "b")] == [0, 0, 3600]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=200))
def test_t63_invented_clients_fill_no_memory(steps: list[tuple[int, int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "_MOST", 10)
        patch.setattr(distinct, "POPULAR", 3)
        counter, now = Distinct(3, 20), 0
        for client, key, pause in steps:
            now += pause
            counter.use(str(client), str(key), now)
            kept = [mark for asked in counter._clients.values() for mark in (*asked.counted, *asked.popular)]
            assert len(kept) == counter._size <= 11
            assert sorted(counter._askers.elements()) == sorted(kept)
            assert all(asked.last > now - 20 for asked in counter._clients.values())


def test_t63_who_invents_clients_pushes_out_nobody_who_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_MOST", 10)
    counter = Distinct(1, 60)
    assert counter.use("greedy", "a", 0) == 0
    for number in range(100):
        assert counter.use(str(number), "x", 0) == 0
        assert counter.use("greedy", "b", 0) == 60
