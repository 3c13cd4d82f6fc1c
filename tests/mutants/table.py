"""The mutants: what each replaces in a file of the service, the defence that this takes out, the tests that notice."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "tests" / "mutants"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One defence taken out.

    :param room: the stem of the table that it is in
    :param find: occurs once in the file
    :param tests: what pytest is given: files, or tests by their id
    :param equivalent: why no test can notice; empty if one does
    """

    room: str
    file: str
    removes: str
    find: str
    replace: str
    tests: tuple[str, ...]
    equivalent: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.removes}"

    def apply(self, text: str) -> str:
        """:raises ValueError: the snippet is not there once, or is replaced by itself"""
        if text.count(self.find) != 1 or self.find == self.replace:
            raise ValueError(f"{self.name}: its snippet occurs {text.count(self.find)} times")
        return text.replace(self.find, self.replace)


def mutants() -> Iterator[Mutant]:
    """Every mutant of every table, in order."""
    for path in sorted(TABLES.glob("*.toml")):
        for group in tomllib.loads(path.read_text())["file"]:
            for row in group["mutant"]:
                yield Mutant(
                    path.stem,
                    group["path"],
                    row["removes"],
                    row["find"],
                    row["replace"],
                    tuple(row.get("tests", group["tests"])),
                    row.get("equivalent", ""),
                )
