"""Rules of the house that no linter knows (docs/adr/0001-floors.md, 0002-dependencies.md)."""

import ast
import importlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parent.parent.parent
HOUSE = ROOT / "verifier"
SOURCES = sorted(HOUSE.rglob("*.py"))

# Who may import what; a package that is not here is the whole house's.
ROOMS = {
    "aiosmtpd": {"sandbox"},
    "aiosmtplib": {"mail"},
    "aiosqlite": {"storage/sqlite.py"},
    "asyncpg": {"storage"},
    "babel": {"words"},
    "click": {"cli"},
    "dns": {"fetch", "sandbox"},  # the sandbox answers, with a toy server
    "jinja2": {"words"},
    "pkcs11": {"signer"},
    "prometheus_client": {"core/metrics.py"},
    "pydantic_settings": {"settings"},
    "pyld": {"proof"},
    "random": {"core/clock.py"},
    "rfc8785": {"proof"},
    "secrets": {"core/clock.py"},
    "selectolax": {"validation"},
    "tomlkit": {"policy"},
    "sqlite3": {
        "storage/sqlite.py",
        "storage/examination/file.py",
        "storage/moving/file.py",
        "storage/moving/table.py",
        "witness/state.py",
    },
    "time": {"core/clock.py"},
    "uvloop": {"app", "cli"},
    "aiohttp.ClientSession": {"fetch"},
    "cryptography.hazmat.primitives.serialization.load_pem_private_key": {"signer"},
}


def imported(tree: ast.AST) -> set[str]:
    """Dotted names of other packages that a module imports, or takes by attribute from one that it imports."""
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names = set(modules)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in modules:
            names.add(ast.unparse(node))
    return names


def room(path: Path) -> set[str]:
    inside = path.relative_to(HOUSE)
    return {inside.parts[0].removesuffix(".py"), str(inside)}


def test_outside_package_has_its_room(subtests: pytest.Subtests) -> None:
    for path in SOURCES:
        with subtests.test(str(path.relative_to(ROOT))):
            names = imported(ast.parse(path.read_bytes()))
            strays = [
                f"{package} belongs to {', '.join(rooms)}"
                for package, rooms in ROOMS.items()
                if not rooms & room(path) and any(f"{name}.".startswith(f"{package}.") for name in names)
            ]
            assert strays == []


def test_rooms_name_each_other_by_their_place(subtests: pytest.Subtests) -> None:
    for path in SOURCES:
        with subtests.test(str(path.relative_to(ROOT))):
            assert not [name for name in imported(ast.parse(path.read_bytes())) if f"{name}.".startswith("verifier.")]


def loose_patterns(source: bytes) -> Iterator[str]:
    """Calls of ``match``, and patterns that end with ``$``, which also matches before a last newline."""
    parse = importlib.import_module("re._parser").parse
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr == "match":
            yield f"line {call.lineno}: fullmatch"
        if ast.unparse(call.func.value) == "re" and call.args and isinstance(call.args[0], ast.Constant):
            places = str(parse(call.args[0].value)).replace("AT_END_STRING", "")
            if "AT_END" in places:
                yield f"line {call.lineno}: fullmatch, or \\Z"


def test_t03_patterns_match_the_whole_text(subtests: pytest.Subtests) -> None:
    for path in SOURCES:
        with subtests.test(str(path.relative_to(ROOT))):
            assert list(loose_patterns(path.read_bytes())) == []


def test_t03_loose_pattern_is_seen() -> None:
    source = b're.compile("a$")\nre.match("a", x)\nP.match(x)\nre.search(r"^a(?:b|c$)", x)\nre.compile(r"[a$]\\Z")'
    assert [line.partition(":")[0] for line in loose_patterns(source)] == ["line 1", "line 2", "line 3", "line 4"]


LOCKS = ["requirements.lock", "requirements-dev.lock", "tests/stranger/madblog.lock", "tests/stranger/build.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_t70_lock_has_digests_and_no_index_address(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    assert not re.search(r"^\s*--(?!hash=sha256:[0-9a-f]{64})", lock, re.MULTILINE)
    requirements = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert requirements
    assert [text.splitlines()[0] for text in requirements if "==" not in text or "--hash=sha256:" not in text] == []


def test_t70_npm_lock_has_digests_and_no_index_address() -> None:
    packages = json.loads((ROOT / "tests" / "stranger" / "package-lock.json").read_text())["packages"]
    locked = {name: entry for name, entry in packages.items() if name}
    assert locked
    assert [name for name, entry in locked.items() if "integrity" not in entry or "resolved" in entry] == []


def test_the_dev_lock_only_adds() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") < pins("requirements-dev.lock")


@pytest.mark.parametrize("name", LOCKS[:2])
def test_the_lock_is_within_the_bounds_of_the_project(name: str) -> None:
    """Bounds that no lock was made with since they were written are no bounds: T59, docs/adr/0019."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["sandbox"]]
    pins = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
    assert [str(each) for each in asked if not each.specifier.contains(pins[each.name])] == []


def test_the_minor_version_of_aiohttp_is_capped() -> None:
    (line,) = re.findall(r'"aiohttp(>=[^"]+)"', (ROOT / "pyproject.toml").read_text())
    (pin,) = re.findall(r"^aiohttp==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    major, minor = Version(pin).release[:2]
    assert not SpecifierSet(line).contains(f"{major}.{minor + 1}.0")


def test_every_dependency_is_explained() -> None:
    page = (ROOT / "docs" / "adr" / "0002-dependencies.md").read_text().lower()
    listed = re.findall(
        r'^    "([a-z0-9-]+)[><=]', (ROOT / "pyproject.toml").read_text().split("[project.scripts]")[0], re.MULTILINE
    )
    assert listed
    assert [name for name in listed if name not in page] == []
