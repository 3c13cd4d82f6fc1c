"""The table of problem codes of docs/api.md, made from the code: ``python -m tests.contract.codes`` writes it anew."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.contract.openapi import ROOT
from verifier import words
from verifier.core import errors
from verifier.web import problems
from verifier.words.problems import PROBLEMS

PAGE = ROOT / "docs" / "api.md"
MARK = "<!-- codes: written by python -m tests.contract.codes -->"

_KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.VerifierError) and name not in ("VerifierError", "ConfigError")
}


def table() -> str:
    """A row for each code: the HTTP statuses that it comes with, if any, and what it says."""
    statuses = _statuses()
    rows = ["| code | status | what it says |", "|---|---|---|"]
    for code in PROBLEMS:
        told = words.explain(code, {}, "en")
        seen = ", ".join(str(status) for status in sorted(statuses[code]))
        rows.append(f"| `{code}` | {seen} | {told.title.rstrip('.')}. {told.detail} |")
    return "\n".join(rows)


def _statuses() -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for path in sorted((ROOT / "verifier").rglob("*.py")):
        if path.parent.name == "cli":
            continue  # a terminal has no HTTP status
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                kind = _KINDS.get(node.func.id if isinstance(node.func, ast.Name) else "")
                for code in _constants(node.args[0]) if kind else ():
                    found[code].add(problems.status_of(kind(code)) if kind is not errors.TooMany else 429)  # type: ignore[misc]
    for path in (ROOT / "verifier" / "registration" / "policies").rglob("*.toml"):
        for code in re.findall(r'code = "([^"]+)"', path.read_text()):
            found[code].add(problems.STATUSES[errors.Refused])
    for code, status in problems._OF_CODE.items():
        found[code] = {status}
    found["internal"].add(500)
    # 500 is for errors that never reach a door as they are: they become records, or the findings of an axis.
    return defaultdict(set, {code: seen - {500} if code != "internal" else seen for code, seen in found.items()})


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


def written() -> str:
    """What the page has between its marks."""
    _, inside, _ = PAGE.read_text().split(MARK)
    return inside.strip()


if __name__ == "__main__":
    before, _, after = PAGE.read_text().split(MARK)
    PAGE.write_text(f"{before}{MARK}\n{table()}\n{MARK}{after}")
