"""Rules of the tests themselves: what is named after what, and what they share."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
DOUBLES = TESTS / "doubles"


def modules() -> Iterator[Path]:
    """Every module of the tests; what npm and pip put beside them is not ours."""
    yield from (path for path in TESTS.rglob("*.py") if "stranger" not in path.relative_to(TESTS).parts[:1])


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_nothing_is_imported_from_a_file_of_tests() -> None:
    """What two files share is in a module with a name of its own: whoever changes a test sees who else needs it."""
    files = {path.stem for path in modules() if path.stem.startswith("test_")}
    assert len(files) > 100
    borrowed = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules()
        for name in imported(path)
        if {*name.split(".")} & files
    ]
    assert borrowed == []


def test_unit_tests_are_named_after_their_room() -> None:
    rooms = {path.stem for path in (ROOT / "verifier").iterdir()}
    unit = TESTS / "unit"
    strays = [
        str(path.relative_to(unit))
        for path in unit.rglob("test_*.py")
        if not any(
            path.parent.name == room or path.stem == f"test_{room}" or path.stem.startswith(f"test_{room}_")
            for room in rooms
        )
    ]
    assert strays == []


def test_every_double_has_its_line() -> None:
    lines = re.findall(r"^\| `(\w+)\.py` \|", (DOUBLES / "README.md").read_text(), re.MULTILINE)
    assert lines == sorted(path.stem for path in DOUBLES.glob("*.py") if path.stem != "__init__")
