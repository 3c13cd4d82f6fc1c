"""Where things are: the glossary, the tables of the architecture and the lists for extensions name what exists."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.contract.openapi import ROOT
from verifier.settings import Settings
from verifier.validation import CHALLENGES, DECLARATIONS
from verifier.words import LANGUAGES

HOUSE = ROOT / "verifier"
DOCS = ROOT / "docs"
SOURCES = sorted(HOUSE.rglob("*.py"))
TEMPLATES = sorted((HOUSE / "words" / "templates").rglob("*.html"))

_FILE = re.compile(r"`([\w./-]+?(?:/|\.(?:py|html|json|po|sql|md|toml)))`")
_FOLDER = re.compile(r"`((?:docs|tests|schemas|keys)/[\w./-]+)`")
_ELSEWHERE = ("docs/", "tests/", "schemas/", "keys/", "pyproject.toml")


def place(name: str) -> Path:
    """The file or folder of that name: below ``verifier`` unless it says where."""
    return (ROOT if name.startswith(_ELSEWHERE) else HOUSE) / name


def section(page: str, heading: str) -> str:
    return (DOCS / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def named(text: str) -> set[str]:
    """The files and folders that a text names between backquotes, relative to where `place` looks."""
    return {name.rstrip("/") for name in [*_FILE.findall(text), *_FOLDER.findall(text)]}


def strings(path: Path) -> set[str]:
    """Whole string constants of a module, or what a template has between quotes."""
    if path.suffix == ".html":
        return set(re.findall(r"""["']([\w-]+)["']""", path.read_text()))
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@cache
def holding(*words: str) -> frozenset[str]:
    """The modules and templates with one of these constants."""
    return frozenset(
        str(path.relative_to(HOUSE)) for path in [*SOURCES, *TEMPLATES] if not strings(path).isdisjoint(words)
    )


def missing(found: Iterator[str] | frozenset[str], listed: set[str]) -> list[str]:
    """Those that neither stand in the list nor lie in a folder that does."""
    return sorted(name for name in found if not any(name == each or name.startswith(f"{each}/") for each in listed))


# ── files ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", ["architecture.md", "glossary.md", "extending.md"])
def test_every_place_named_exists(page: str) -> None:
    names = named((DOCS / page).read_text())
    assert len(names) > 20
    assert [name for name in sorted(names) if not place(name).exists()] == []


def test_the_floors_are_those_of_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = [re.findall(r"\w+", re.sub(r"\(\w+\)", "", layer)) for layer in contracts[0]["layers"]]
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", section("architecture.md", "The floors"), re.MULTILINE)
    assert [re.findall(r"`(\w+)`", rooms) for _, rooms in rows] == floors
    assert [int(number) for number, _ in rows] == list(range(1, len(floors) + 1))


def test_every_question_has_two_answers() -> None:
    rows = section("architecture.md", "Where is it decided?").strip().splitlines()[2:]
    assert len(rows) >= 10
    assert [row for row in rows if len(named(row)) != 2] == []


# ── glossary ───────────────────────────────────────────────────────────────────────────────────────

WORDS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^`|]+)` \|$", (DOCS / "glossary.md").read_text(), re.MULTILINE)


def test_each_word_of_the_glossary_stands_once_and_in_order() -> None:
    words = [word for word, _, _ in WORDS]
    assert len(words) > 80
    assert words == sorted(set(words), key=lambda word: word.replace("'", ""))
    rows = (DOCS / "glossary.md").read_text().count("\n| ")
    assert rows == len(words) + 1  # the heads


@pytest.mark.parametrize(("word", "where"), [(word, where) for word, _, where in WORDS], ids=lambda text: text)
def test_a_word_of_the_glossary_is_used_where_it_says(word: str, where: str) -> None:
    parts = re.split(r"[ -]", word.removesuffix("s").removesuffix("y"))  # its plural, too
    spelled = re.compile(r"[\W_]*".join(map(re.escape, parts)), re.IGNORECASE)
    assert spelled.search(f"{where}\n{place(where).read_text()}")


# ── what a new thing touches ───────────────────────────────────────────────────────────────────────


def test_a_challenge_touches_what_the_list_says() -> None:
    listed = named(section("extending.md", "A challenge"))
    found = holding(*DECLARATIONS)
    assert missing(found, listed) == []
    # and every room that it lists knows some challenge by its name: no step is there for nothing.
    modules = {name for name in listed if name.endswith((".py", ".html")) and not name.startswith(_ELSEWHERE)}
    assert sorted(modules - found - {"web/openapi.py"}) == []


def test_a_challenge_is_described() -> None:
    pages = set(re.findall(r"\]\(([a-z-]+\.md)\)", section("extending.md", "A challenge")))
    assert {"api.md", "practice-statement.md"} <= pages
    for method in CHALLENGES:
        assert all(f"`{method}`" in (DOCS / page).read_text() for page in ("api.md", "practice-statement.md")), method


def test_a_page_touches_what_the_list_says() -> None:
    listed = named(section("extending.md", "A page"))
    templates = {path.name for path in TEMPLATES if "sandbox" not in path.parts} - {"base.html", "parts.html"}
    assert len(templates) > 8
    contexts = section("words.md", "Contexts")
    for template in templates:
        shown = [name for name in holding(template) if name.startswith(("web/", "words/pages.py"))]
        assert shown, template
        assert missing(frozenset(shown), listed) == [], template
        assert f"`{template}`" in contexts


def test_a_language_touches_what_the_list_says() -> None:
    # The folder of a policy is named after a country, and the command line speaks English.
    found = frozenset(
        name for name in holding(*LANGUAGES) if name != "policy/policy.py" and not name.startswith("cli/")
    )
    assert missing(found, named(section("extending.md", "A language"))) == []


def jobs() -> Iterator[tuple[str, str, str]]:
    """Where a job is declared, its name, and the seconds between two runs."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Job":
                name, every = (ast.literal_eval(each) for each in node.args[:2])
                yield str(path.relative_to(HOUSE)), name, f"{every} s" if every else "always"


def test_every_job_has_its_row() -> None:
    text = section("extending.md", "A job")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert rows == {name: every for _, name, every in jobs()}
    assert missing(frozenset(path for path, _, _ in jobs()), named(text)) == []


def test_every_setting_is_read_where_the_list_says() -> None:
    listed = [name for name in named(section("extending.md", "A setting")) if name.startswith("app/")]
    text = "\n".join(place(name).read_text() for name in listed)
    read = {re.sub("^limit_.*", "rates", name) for name in Settings.model_fields}  # the limits are read as one table
    assert [name for name in sorted(read) if not re.search(rf"settings\.{name}\b", text)] == []
