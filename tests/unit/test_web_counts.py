"""One count for all processes of a machine."""

from collections.abc import Iterator

import pytest

from tests.unit.keeping import kept
from verifier.core.shared import Act, Line
from verifier.web import counts as module
from verifier.web.counts import Counts, Rate, SharedCounts
from verifier.web.distinct import POPULAR
from verifier.web.limits import RATES, Limit

FEW = RATES | {Limit.ORDERS: Rate(3, 60), Limit.LOOKUPS: Rate(3, 3600), Limit.CHECKS_AT_ONCE: Rate(2)}


class Asked(Counts):
    """Counts how often it was asked."""

    asked = 0

    def acts(self) -> dict[str, Act]:
        def noted(act: Act) -> Act:
            def call(*about: object) -> object:
                self.asked += 1
                return act(*about)

            return call

        return {name: noted(act) for name, act in super().acts().items()}


@pytest.fixture
def counts() -> Asked:
    return Asked(FEW)


@pytest.fixture
def two(counts: Asked) -> Iterator[tuple[SharedCounts, SharedCounts]]:
    with kept(counts.acts()) as lend:
        yield SharedCounts(FEW, Line(lend(), 1)), SharedCounts(FEW, Line(lend(), 2))


def test_t63_uses_are_counted_together(two: tuple[SharedCounts, SharedCounts]) -> None:
    first, second = two
    told = [each.use("orders", "client", 100 + turn) for turn, each in enumerate((first, second, first, second))]
    assert told == [0, 0, 0, 57]
    assert second.use("orders", "other", 100) == 0


def test_t63_different_names_are_counted_together(two: tuple[SharedCounts, SharedCounts]) -> None:
    first, second = two
    assert [first.look_up("client", name, 100) for name in "abca"] == [0, 0, 0, 0]
    assert [second.look_up("client", name, 200) for name in "abd"] == [0, 0, 3500]
    assert second.look_up("client", "d", 3_700) == 0, "the first ones are over"


def test_what_was_counted_is_not_asked_again(two: tuple[SharedCounts, SharedCounts], counts: Asked) -> None:
    first, _ = two
    for now in range(100, 200):
        assert first.look_up("client", "a", now) == 0
    assert counts.asked == 1
    assert first.look_up("client", "a", 100 + 3600) == 0
    assert counts.asked == 2, "it was free for an hour"


def test_a_popular_name_is_asked_for_once_a_minute(two: tuple[SharedCounts, SharedCounts], counts: Asked) -> None:
    first, second = two
    for number in range(POPULAR + 1):
        assert first.look_up(f"client {number}", "famous", 100) == 0
    before = counts.asked
    for number in range(200):
        assert first.look_up(f"other {number}", "famous", 101 + number // 4) == 0
    assert counts.asked == before
    assert second.look_up("greedy", "famous", 100) == 0
    assert [second.look_up("greedy", name, 100) for name in "abcd"] == [0, 0, 0, 3600], "it used up nothing"
    assert first.look_up("late", "famous", 161) == 0
    assert counts.asked == before + 6


def test_t63_what_need_not_be_asked_again_fills_no_memory(
    two: tuple[SharedCounts, SharedCounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KNOWN", 10)
    for number in range(50):
        two[0].look_up(f"client {number}", f"name {number}", 100)
        assert len(two[0]._known) <= 10


def test_t27_so_many_at_once_in_all_processes(two: tuple[SharedCounts, SharedCounts], counts: Asked) -> None:
    first, second = two
    limit = "checks-at-once"
    assert [first.begin(limit, ""), second.begin(limit, ""), first.begin(limit, "")] == [True, True, False]
    second.end(limit, "")
    assert [first.begin(limit, ""), second.begin(limit, "")] == [True, False]
    counts.leave(1)  # it was killed with two under way
    assert [second.begin(limit, ""), second.begin(limit, ""), second.begin(limit, "")] == [True, True, False]
    assert counts._running == {f"{limit} ": 2}


def test_without_its_supervisor_a_process_counts_alone() -> None:
    with kept(Counts(FEW).acts()) as lend:
        alone = SharedCounts(FEW, Line(lend(), 1))
        assert alone.use("orders", "client", 100) == 0
        assert alone.begin("checks-at-once", "")
    assert [alone.use("orders", "client", 100) for _ in range(4)] == [0, 0, 0, 60]
    assert [alone.look_up("client", name, 100) for name in "abcd"] == [0, 0, 0, 3600]
    alone.end("checks-at-once", "")  # begun where somebody else counted
    assert [alone.begin("checks-at-once", "") for _ in range(3)] == [True, True, False]
