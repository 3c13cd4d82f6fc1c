"""``python -m tests.mutants [WORD...]``: runs the mutants whose room or name holds one of the words; all without any.

Each is made in a copy of the tree, where the tests that its table names run until the first that fails. Before, these
tests run once on the tree as it is: a test that fails there notices nothing. Ends with 1 unless every mutant was
noticed, or is one that the table calls equivalent.
"""

import importlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from .table import ROOT, Mutant, mutants

COPIES = 2
SECONDS = 120  # of one mutant: what makes a test wait for ever is noticed
_LINKED = (".venv", "tests/stranger/node_modules", "tests/stranger/.venv", "tests/stranger/.go")
_OURS = ("tests", "verifier")
_ages = itertools.count(int(time.time()) - 10**8)


@dataclass(frozen=True, slots=True)
class Run:
    """The tests of a mutant, under way in a process group of their own."""

    mutant: Mutant
    place: int
    text: str
    started: float


def copy(place: Path) -> Path:
    """The tree as it is, what is not committed too."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, subprocess.check_output(command, cwd=ROOT).decode().split("\0")):
        if (ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    for name in _LINKED:
        if (ROOT / name).exists():
            (place / name).symlink_to(ROOT / name)
    return place


def options(tests: Sequence[str]) -> list[str]:
    # Hypothesis is imported before pytest could rewrite it.
    return ["-q", "-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning", *tests]


def environment(place: Path) -> dict[str, str]:
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place.parent / "compiled")}
    return {**os.environ, **compiled, "PYTHONPATH": str(place)}


def write(path: Path, text: str) -> None:
    """A file with an age of its own: by its age and size Python knows whether what it compiled still holds."""
    path.write_text(text)
    age = next(_ages)
    os.utime(path, (age, age))


def start(tests: Sequence[str], place: Path, worker: int) -> int:
    """Run tests in a process that has our libraries already; returns its id."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silence, stream)
    os.chdir(place)
    # Two runs at once take ports apart, as two workers do.
    os.environ |= environment(place) | {"PYTEST_XDIST_WORKER": f"gw{worker}"}
    sys.path[0] = str(place)
    os._exit(pytest.main(options(tests)))


def load(compiled: Path) -> None:
    """Import what our modules import, and forget our modules, so that each run begins with the libraries.

    :param compiled: where Python keeps what it compiles
    """
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(compiled)
    for name in ("verifier.cli", "verifier.sandbox.mailbox", "hypothesis"):
        importlib.import_module(name)
    for name in [*sys.modules]:
        if name.partition(".")[0] in _OURS:
            del sys.modules[name]


def run_all(chosen: Sequence[Mutant], places: Sequence[Path]) -> dict[Mutant, str]:
    """What became of each: noticed, survives, or broken where its tests could not be run."""
    found, free, runs, waiting = dict[Mutant, str](), [*range(len(places))], dict[int, Run](), [*reversed(chosen)]
    while waiting or runs:
        while waiting and free:
            mutant, place = waiting.pop(), free.pop()
            path = places[place] / mutant.file
            text = path.read_text()
            write(path, mutant.apply(text))
            runs[start(mutant.tests, places[place], place)] = Run(mutant, place, text, time.monotonic())
        for child, run in [*runs.items()]:
            seconds = time.monotonic() - run.started
            done, status = os.waitpid(child, os.WNOHANG)
            if not done and seconds < SECONDS:
                continue
            if not done:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
            del runs[child]
            what = {0: "survives", 1: "noticed"}.get(os.waitstatus_to_exitcode(status), "broken") if done else "noticed"
            write(places[run.place] / run.mutant.file, run.text)
            free.append(run.place)
            found[run.mutant] = what
            print(f"{what:8} {seconds:5.1f} s  {run.mutant.room}: {run.mutant.name}", flush=True)
        time.sleep(0.05)
    return found


def main(words: Sequence[str]) -> int:
    chosen = [
        mutant for mutant in mutants() if not words or any(word in f"{mutant.room} {mutant.name}" for word in words)
    ]
    with tempfile.TemporaryDirectory() as folder:
        places = [copy(Path(folder, str(number))) for number in range(COPIES)]
        named = sorted({name for mutant in chosen for name in mutant.tests})
        command = (sys.executable, "-m", "pytest", "-n", str(COPIES), *options(named))
        if subprocess.run(command, cwd=places[0], env=environment(places[0]), check=False).returncode:
            print("these tests fail without any mutant")
            return 1
        load(Path(folder, "compiled"))
        return tell(run_all(chosen, places))


def tell(found: dict[Mutant, str]) -> int:
    """Prints the table of docs/mutants.md, then what contradicts the tables here; returns the exit status."""
    rooms = defaultdict[str, list[Mutant]](list)
    for mutant in found:
        rooms[mutant.room].append(mutant)
    print("\n| room | mutants | noticed | equivalent |\n|---|---|---|---|")
    for room, its in [*sorted(rooms.items()), ("all", list(found))]:
        noticed = sum(found[mutant] == "noticed" for mutant in its)
        print(f"| {room} | {len(its)} | {noticed} | {sum(bool(mutant.equivalent) for mutant in its)} |")
    strays = [mutant for mutant, what in found.items() if (what == "noticed") == bool(mutant.equivalent)]
    for mutant in strays:
        print(f"{found[mutant]}: {mutant.name}")
    return 1 if strays else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
