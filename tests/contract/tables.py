"""The tables of the documents that are made from the code: ``python -m tests.contract.tables`` writes them anew."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.contract import sentences
from tests.contract.openapi import ROOT
from tests.vectors import lookalikes
from verifier import words
from verifier.core import errors
from verifier.core.metrics import DECLARATIONS
from verifier.settings import Settings
from verifier.web import problems
from verifier.words.problems import PROBLEMS

_KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type)
    and issubclass(kind, errors.VerifierError)
    and name not in ("VerifierError", "ConfigError")
}


def codes() -> str:
    """A row for each problem: the HTTP statuses that it comes with, if any, and what it says."""
    statuses = _statuses()
    rows = ["| code | status | what it says |", "|---|---|---|"]
    for code in PROBLEMS:
        told = words.explain(code, {}, "en")
        seen = ", ".join(str(status) for status in sorted(statuses[code]))
        rows.append(f"| `{code}` | {seen} | {told.title.rstrip('.')}. {told.detail} |")
    return "\n".join(rows)


def settings() -> str:
    """A row for each setting, as the model has it."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if name == "database_url":  # as it is for whoever runs this
            shown = "`verifier.sqlite3` in `~/.local/state/verifier`"
        elif isinstance(default, bool):
            shown = "on" if default else "off"
        elif isinstance(default, tuple):
            shown = f"`{' '.join(map(str, default))}`" if default else ""
        else:
            shown = "" if default in (None, "", (), {}) else f"`{default}`"
        rows.append(f"| `VERIFIER_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def threats() -> str:
    """Threat after threat, the tests that are named after it."""
    named: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"def (test_t[0-9]+\w*)", path.read_text()):
            for threat in re.findall(r"(?<=_)t[0-9]{2}[a-j]?(?=_)", name):
                named[f"T{threat[1:]}"].add(name)
    rows = [
        f"| {threat} | {', '.join(f'`{name}`' for name in sorted(names))} |" for threat, names in sorted(named.items())
    ]
    return "\n".join(["| threat | tests |", "|---|---|", *rows])


def metrics() -> str:
    """A row for each metric, as it is declared."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for each in DECLARATIONS:
        labels = ", ".join(f"`{label}`" for label in each.labels)
        rows.append(f"| `{each.name}` | {each.kind} | {labels} | {each.meaning} |")
    return "\n".join(rows)


def lookalike_figures() -> str:
    """A row for each half of the corpus, and for each crowd that should not be named."""
    rows = ["| what | figure |", "|---|---|"]
    for half in lookalikes.HALVES:
        counted = lookalikes.figures(half)
        rows += [
            f"| {half}: found, with the right account | {counted.found} of {counted.others} |",
            f"| {half}: said to imitate, or to resemble, as the row has it | {counted.exact} of {counted.others} |",
            f"| {half}: innocents named | {counted.named} of {counted.innocents} |",
            f"| {half}: innocents told that they imitate | {counted.accused} of {counted.innocents} |",
        ]
    listed, people = lookalikes.many_bodies(), lookalikes.ordinary()
    for server in ("", *lookalikes.STRANGE):
        named = len(lookalikes.named_among_bodies(listed, server))
        where = f"at {server}" if server else "on their own servers"
        rows.append(f"| official names, {where}, named as look-alikes of another | {named} of {len(listed)} |")
    rows.append(f"| ordinary user names, named | {len(lookalikes.named_among_people(listed))} of {len(people):,} |")
    return "\n".join(rows)


TABLES: Mapping[str, tuple[Path, Callable[[], str]]] = {
    "codes": (ROOT / "docs" / "api.md", codes),
    "settings": (ROOT / "docs" / "operations.md", settings),
    "metrics": (ROOT / "docs" / "operations.md", metrics),
    "sentences": (ROOT / "docs" / "sentences.md", sentences.listed),
    "threats": (ROOT / "docs" / "threat-model.md", threats),
    "lookalikes": (ROOT / "docs" / "lookalikes.md", lookalike_figures),
}


def written(name: str) -> str:
    """What the page has between the marks of that table."""
    return _parts(name)[1].strip()


def _parts(name: str) -> tuple[str, str, str]:
    before, inside, after = TABLES[name][0].read_text().split(_mark(name))
    return before, inside, after


def _mark(name: str) -> str:
    return f"<!-- {name}: written by python -m tests.contract.tables -->"


def _statuses() -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for path in sorted((ROOT / "verifier").rglob("*.py")):
        if path.parent.name == "cli":
            continue  # a terminal has no HTTP status
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id in _KINDS:
                for code in _constants(node.args[0]):
                    found[code].add(_status(_KINDS[node.func.id], code))
    for path in (ROOT / "verifier" / "policy" / "policies").rglob("*.toml"):
        for code in re.findall(r'code = "([^"]+)"', path.read_text()):
            found[code].add(_status(errors.Refused, code))
    # 500 is for errors that never reach a door as they are: they become records, or the findings of an axis.
    return defaultdict(set, {code: seen - {500} for code, seen in found.items()}) | {"internal": {500}}


def _status(kind: type[Any], code: str) -> int:
    return problems.status_of(kind(code, retry_after=0) if kind is errors.TooMany else kind(code))


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _constants(value)
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Call):  # a mapping's get(), with its default
        for argument in node.args:
            yield from _constants(argument)


if __name__ == "__main__":
    for each, (page, made) in TABLES.items():
        before, _, after = _parts(each)
        page.write_text(f"{before}{_mark(each)}\n{made()}\n{_mark(each)}{after}")
