"""``make bench``: the figures of docs/benchmarks.md, as ratios in one run.

The service and the yardstick are loaded in turn, several times; the median of each is compared, so that what else
the machine does weighs on both. ``--quick`` shortens the rounds, ``--only SECTION`` measures one section alone.
"""

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.ports import free_port
from verifier.core.site import Site

from . import checks, lists, lookalikes, proofs, rechecks
from .seed import seed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
SECTIONS = ("lookups", "lookalikes", "checks", "rechecks", "proofs", "lists")
POPULAR = 100
SIZES = (1_000, 100_000)


@dataclass(frozen=True)
class Server:
    """A process that answers on a port."""

    process: subprocess.Popen[str]
    port: int

    def memory(self) -> int:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


@contextmanager
def started(command: list[str], port: int, **environment: str) -> Iterator[Server]:
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            sys.exit(f"{command} did not start")
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(10)


def load(server: Server, spread: int, seconds: int) -> float:
    """Requests a second that wrk gets over 32 connections."""
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(ROOT / "tests/load/handles.lua")]
    out = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}"],
        env=os.environ | {"SPREAD": str(spread)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]


def service(folder: Path, port: int, count: int) -> tuple[list[str], dict[str, str]]:
    """The command and settings of a service whose store holds `count` accounts."""
    path = folder / f"{count}.sqlite3"
    environment = {
        "VERIFIER_SANDBOX": "1",
        "VERIFIER_PORT": str(port),
        "VERIFIER_DATABASE_URL": f"sqlite:///{path}",
        "VERIFIER_RATE_LIMITS": "off",
    }
    command = [str(Path(sys.executable).parent / "verifier"), "serve"]
    if not path.exists():
        with started(command, port, **environment):
            pass
        seed(path, Site(f"http://localhost:{port}"), count)
    return command, environment


def measure(seconds: int, rounds: int) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        uniform: dict[int, float] = {}
        for count in SIZES:
            port, bare_port = free_port(), free_port()
            command, environment = service(folder, port, count)
            began = time.monotonic()
            with started(command, port, **environment) as ours:
                start, memory = time.monotonic() - began, ours.memory()
                body = folder / "body.json"
                url = f"http://127.0.0.1:{port}/api/v1/lookup?handle=@user7@host7.example"
                body.write_bytes(urllib.request.urlopen(url).read())
                with started([sys.executable, "-m", "tests.load.bare", str(bare_port), str(body)], bare_port) as bare:
                    figures: dict[str, list[float]] = {"bare": [], "popular": [], "uniform": []}
                    for _ in range(rounds):
                        figures["bare"].append(load(bare, POPULAR, seconds))
                        figures["popular"].append(load(ours, POPULAR, seconds))
                        figures["uniform"].append(load(ours, count, seconds))
                middle = {what: statistics.median(values) for what, values in figures.items()}
                uniform[count] = middle["uniform"]
                rows += [
                    (f"{count:,} accounts: bare aiohttp handler, same bytes", f"{middle['bare']:,.0f}/s"),
                    (
                        f"{count:,} accounts: lookup, {POPULAR} popular handles",
                        _ratio(middle["popular"], middle["bare"]),
                    ),
                    (f"{count:,} accounts: lookup, uniform handles", _ratio(middle["uniform"], middle["bare"])),
                    (f"{count:,} accounts: start to first answer; resident memory", f"{start:.2f} s; {memory} MB"),
                ]
        small, large = (uniform[count] for count in SIZES)
        rows.append((f"uniform lookups, {SIZES[1]:,} accounts against {SIZES[0]:,}", f"{large / small:.2f}"))
    return rows


def _ratio(ours: float, bare: float) -> str:
    return f"**{ours / bare:.2f}** ({ours:,.0f}/s)"


def write(section: str, rows: list[tuple[str, str]], *figures: str) -> None:
    """Between the marks of that section; `figures` are the heads of the columns."""
    mark = f"<!-- {section}: written by make bench -->"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Linux, Python {platform.python_version()}"
    heads = ["what", *figures]
    lines = [
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(f"| {what} | {figure} |" for what, figure in rows),
    ]
    table = "\n".join(lines)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    text = PAGE.read_text()
    head, _, rest = text.partition(mark)
    _, _, tail = rest.partition(mark)
    PAGE.write_text(f"{head}{mark}\n`make bench`, {day}; {machine}.\n\n{table}\n{mark}{tail}")
    print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=SECTIONS)
    asked = parser.parse_args()
    quick, wanted = asked.quick, (asked.only,) if asked.only else SECTIONS
    if "proofs" in wanted:
        write("proofs", proofs.measure(100 if quick else 500, 3 if quick else 9), "a second of a core", "by the clock")
    if "lookalikes" in wanted:
        write("lookalikes", lookalikes.measure(), "figure")
    if "checks" in wanted:
        write("checks", checks.measure(1_000 if quick else 4_000), "figure")
    if "rechecks" in wanted:
        write("rechecks", rechecks.measure(1_500, 1_000) if quick else rechecks.measure(), "figure")
    if "lists" in wanted:
        write("lists", lists.measure(), "figure")
    if "lookups" in wanted:
        find_wrk()
        write("lookups", measure(2 if quick else 8, 2 if quick else 5), "figure")


def find_wrk() -> None:
    if not shutil.which("wrk"):
        if os.geteuid() != 0:
            sys.exit("make bench needs wrk: install it (Debian: apt-get install wrk), or run make bench as root.")
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "wrk"], check=True)


if __name__ == "__main__":
    main()
