"""The tables of mutants are about the code as it is (docs/mutants.md)."""

import ast
from collections import Counter

import pytest

from tests.mutants.table import ROOT, mutants

MUTANTS = list(mutants())


def test_each_mutant_changes_one_place(subtests: pytest.Subtests) -> None:
    for mutant in MUTANTS:
        with subtests.test(mutant.name):
            ast.parse(mutant.apply((ROOT / mutant.file).read_text()))


def test_each_mutant_names_tests_that_are_there() -> None:
    asked = {test for mutant in MUTANTS for test in mutant.tests}
    missing = []
    for test in asked:
        path, _, name = test.partition("::")
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text()):
            missing.append(test)
    assert missing == []
    assert [mutant.name for mutant in MUTANTS if not mutant.tests] == []


def test_no_two_mutants_have_one_name() -> None:
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


def test_each_survivor_is_explained() -> None:
    page = (ROOT / "docs" / "mutants.md").read_text()
    assert [mutant.name for mutant in MUTANTS if mutant.equivalent and mutant.removes not in page] == []


def test_every_room_that_decides_has_mutants() -> None:
    rooms = ("fetch", "issuance", "policy", "proof", "registration", "signer", "storage", "validation", "web")
    assert {mutant.file.split("/")[1].removesuffix(".py") for mutant in MUTANTS} >= {*rooms}
