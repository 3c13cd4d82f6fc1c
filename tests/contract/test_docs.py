"""The documents say what the code has: settings, doors, commands, problems, threats; their links lead somewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.contract import tables
from tests.contract.openapi import ROOT
from verifier.cli import group
from verifier.web import openapi
from verifier.web.counts import Rate
from verifier.web.limits import RATES

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "keys").glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)
API = (ROOT / "docs" / "api.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
THREATS = (ROOT / "docs" / "threat-model.md").read_text()
EXAMPLES = openapi.examples()
UNITS = {"an hour": 3_600, "a minute": 60, "at once": 0}

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text())


# ── tables made from the code ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["codes", "metrics", "settings"])
def test_the_table_is_what_the_code_says(name: str) -> None:
    assert tables.written(name) == tables.TABLES[name][1](), "run .venv/bin/python -m tests.contract.tables"


# ── doors ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_door_has_its_place_in_the_api(subtests: pytest.Subtests) -> None:
    for path in sorted({openapi.plain_path(door.path)[0] for door in openapi.described_doors()}):
        with subtests.test(path):
            assert re.search(rf"[` ]{re.escape(path)}[`?,]", API)


def shown() -> Iterator[tuple[str, str]]:
    yield from re.findall(r"<!-- example: ([a-z-]+) -->\n```json\n(.*?)\n```", API, re.DOTALL)


def test_an_example_is_that_of_the_description(subtests: pytest.Subtests) -> None:
    for name, text in shown():
        with subtests.test(name):
            assert json.loads(text) == EXAMPLES[name]


def test_every_json_block_is_an_example() -> None:
    assert len(list(shown())) == API.count("```json") > 10


# ── limits ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_limit_is_told_with_its_number() -> None:
    section = API.partition("\n## Limits\n")[2].partition("\n## ")[0]
    told: dict[str, Rate] = {}
    for names, numbers in re.findall(r"^\| (`.*?`) \| (.*?) \|", section, re.MULTILINE):
        seconds = next(seconds for word, seconds in UNITS.items() if word in numbers)
        amounts = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", numbers)]
        told |= {
            name: Rate(amount, seconds) for name, amount in zip(re.findall(r"`(.*?)`", names), amounts, strict=True)
        }
    assert told == RATES


# ── commands ───────────────────────────────────────────────────────────────────────────────────────


def commands(command: click.Command, *names: str) -> Iterator[tuple[str, ...]]:
    yield names
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, *names, name)


COMMANDS = list(commands(group))
LEAVES = [names for names in COMMANDS if not any(other[: len(names)] == names != other for other in COMMANDS)]


def test_every_command_says_what_it_does(subtests: pytest.Subtests) -> None:
    for names in COMMANDS:
        with subtests.test(" ".join(names)):
            for flag in ("--help", "-h"):
                answer = CliRunner().invoke(group, [*names, flag], prog_name="verifier")
                assert answer.exit_code == 0
                usage, _, rest = answer.output.partition("\n")
                assert usage.startswith(" ".join(("Usage: verifier", *names)))
                assert rest.strip().partition("\n")[0].strip() != "Options:"


def test_every_command_has_its_place_in_operations(subtests: pytest.Subtests) -> None:
    for names in LEAVES:
        with subtests.test(" ".join(names)):
            assert re.search(rf"`(verifier )?{re.escape(' '.join(names))}[` ]", OPERATIONS)


def test_the_documents_name_no_command_that_is_not() -> None:
    groups = {names[0] for names in COMMANDS if names} - {names[0] for names in LEAVES if len(names) == 1}
    for page in PAGES:
        named = re.findall(r"\bverifier\"?(?: --sandbox)? ([a-z]+)(?: ([a-z]+))?", prose(page))
        for first, second in named:
            if first in groups and second:
                assert (first, second) in COMMANDS, page


# ── threats ────────────────────────────────────────────────────────────────────────────────────────


def test_every_test_named_in_the_threat_model_exists() -> None:
    named = set(re.findall(r"`(test_t\w+)`", THREATS))
    assert named
    assert named <= set(re.findall(r"`(test_t\w+)`", tables.threats()))


def test_a_threat_is_held_iff_a_test_says_so() -> None:
    rows = dict(re.findall(r"^\| (T[0-9]{2}[a-j]?) [^|]*\| (held|part|later) \|", THREATS, re.MULTILINE))
    tested = set(re.findall(r"^\| (T[0-9]{2}[a-j]?) \|", tables.threats(), re.MULTILINE))
    assert {threat for threat, state in rows.items() if state == "held"} <= tested
    assert tested <= {threat for threat, state in rows.items() if state != "later"}


# ── links ──────────────────────────────────────────────────────────────────────────────────────────


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere(subtests: pytest.Subtests) -> None:
    for page in PAGES:
        with subtests.test(str(page.relative_to(ROOT))):
            for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                found = (page.parent / path).resolve() if path else page
                assert found.exists(), target
                assert not anchor or anchor in anchors(found), target


def test_every_file_named_exists(subtests: pytest.Subtests) -> None:
    """Paths of the repository between backquotes."""
    for page in PAGES:
        with subtests.test(str(page.relative_to(ROOT))):
            for name in re.findall(r"`((?:docs|tests|verifier|schemas|keys)/[\w./-]+)`", prose(page)):
                assert (ROOT / name).exists(), name


def test_the_decisions_are_numbered_without_a_gap() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert all(page.read_text().startswith(f"# {int(page.name[:4])}. ") for page in pages)
