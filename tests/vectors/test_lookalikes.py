"""Our own corpus of look-alikes and innocents, and hundreds of official names against each other (T32)."""

import pytest

from tests.vectors import lookalikes
from tests.vectors.lookalikes import HALVES, STRANGE, Row
from verifier.core.likeness import Why
from verifier.publication.differences import differences

FOUND, ALARMS = 0.95, 0.02  # at least, at most


def test_the_corpus_is_large_and_its_halves_are_apart() -> None:
    halves = [{row.handle for row in lookalikes.rows(half)} for half in HALVES]
    assert sum(map(len, halves)) >= 200
    assert not halves[0] & halves[1]
    assert {row.verdict for half in HALVES for row in lookalikes.rows(half)} == {"imitates", "resembles", "nothing"}


@pytest.mark.parametrize("half", HALVES)
def test_t32_the_others_are_found_and_innocents_are_not_named(half: str, capsys: pytest.CaptureFixture[str]) -> None:
    counted = lookalikes.figures(half)
    with capsys.disabled():
        print(f"\nlook-alikes, {half}: {counted}")
    assert counted.found >= FOUND * counted.others
    assert counted.exact >= FOUND * counted.others
    assert counted.named <= ALARMS * counted.innocents
    assert counted.accused == 0


@pytest.mark.parametrize("server", ["", *STRANGE])
def test_bodies_do_not_accuse_each_other(server: str) -> None:
    listed = lookalikes.many_bodies()
    assert len(listed) >= 500
    assert len(lookalikes.named_among_bodies(listed, server)) <= ALARMS * len(listed)


def test_people_are_not_named() -> None:
    people = lookalikes.ordinary()
    assert len(people) >= 4_000
    assert len(lookalikes.named_among_people(lookalikes.many_bodies())) <= ALARMS / 4 * len(people)


@pytest.mark.parametrize("row", [row for half in HALVES for row in lookalikes.rows(half) if row.verdict != "nothing"])
def test_what_differs_is_said_of_every_row(row: Row) -> None:
    found = lookalikes.officials().find(row.handle)
    assert found is not None
    official = lookalikes.parsed(found["handle"])
    assert differences(row.handle, official, Why(found["why"]), "numerique.gouv.fr")
