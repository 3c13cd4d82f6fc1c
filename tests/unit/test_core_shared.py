"""What the processes of a machine have in common: one keeps it, the others ask, and a dead one blocks nobody."""

import pytest

from tests.unit.keeping import kept
from verifier.core.shared import Line


def test_each_process_is_answered_over_its_own_line() -> None:
    with kept({"add": lambda one, other: one + other, "who": lambda: "keeper"}) as lend:
        first, second = Line(lend(), 1), Line(lend(), 2)
        assert [first.ask("add", 1, 2), second.ask("who"), first.ask("add", "é", "è")] == [3, "keeper", "éè"]


def test_whoever_is_asked_by_a_process_that_died_answers_the_others() -> None:
    with kept({"who": lambda: "keeper"}) as lend:
        dead = lend()
        dead.send(b'["who"]')
        dead.close()
        assert Line(lend(), 2).ask("who") == "keeper"


def test_a_keeper_that_is_gone_is_asked_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with kept({"who": lambda: "keeper"}) as lend:
        line = Line(lend(), 1)
        assert line.ask("who") == "keeper"
    for _ in range(2):
        with pytest.raises(LookupError):
            line.ask("who")
    assert [record.message for record in caplog.records] == [
        "the supervisor does not answer: this process counts alone until it ends"
    ]
