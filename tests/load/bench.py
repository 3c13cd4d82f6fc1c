"""``make bench``: the figures of docs/benchmarks.md, as ratios in one run.

The service and the yardstick are loaded in turn, several times; the median of each is compared, so that what else
the machine does weighs on both. ``--quick`` shortens the rounds, ``--only SECTION`` measures one section alone.
"""

import argparse
import json
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from tests.ports import free_port
from verifier.core.site import Site

from . import checks, lists, lookalikes, proofs, rechecks
from .seed import seed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
SECTIONS = ("lookups", "lookalikes", "checks", "rechecks", "proofs", "lists")
POPULAR = 100
SIZES = (1_000, 100_000)
WARMED_A_SECOND = 2_500  # at least, on a slow machine


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
        process.communicate(timeout=10)


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


@dataclass(frozen=True)
class Deployment:
    """A service on a store of its own, as it is deployed: behind a proxy, with its limits on.

    :param url: of its database
    :param count: accounts in it
    """

    url: str
    port: int
    count: int

    def settings(self, **more: str) -> dict[str, str]:
        return {
            "VERIFIER_SANDBOX": "1",
            "VERIFIER_PORT": str(self.port),
            "VERIFIER_DATABASE_URL": self.url,
            # The one client of this benchmark asks for more than a client may; it is counted all the same.
            "VERIFIER_LIMIT_LOOKUPS": "1000000",
            "VERIFIER_TRUSTED_NETWORKS": "127.0.0.1/32",
        } | more

    @contextmanager
    def started(self, **more: str) -> Iterator[Server]:
        with started(
            [str(Path(sys.executable).parent / "verifier"), "serve"], self.port, **self.settings(**more)
        ) as it:
            yield it

    def fill(self) -> None:
        """Make its keys and its database, and put the accounts into it."""
        with self.started():
            pass
        uvloop.run(seed(self.url, Site(f"http://localhost:{self.port}"), self.count))

    def warm(self, server: Server) -> None:
        """Ask for each account once."""
        load(server, self.count, max(2, self.count // WARMED_A_SECOND))

    def changing(self, seconds: int) -> subprocess.Popen[str]:
        """Fifty verdicts change each second, for so long."""
        command = [sys.executable, "-m", "tests.load.changing", self.url, f"http://localhost:{self.port}", str(seconds)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def measure(seconds: int, rounds: int, database: str) -> list[tuple[str, str]]:
    """:param database: a URL in which ``{count}`` stands for the number of accounts; empty: SQLite, in a folder"""
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        uniform: dict[int, float] = {}
        for count in SIZES:
            (folder / str(count)).mkdir()
            url = (database or f"sqlite:///{folder}/{{count}}/v.sqlite3").replace("{count}", str(count))
            deployed = Deployment(url, free_port(), count)
            deployed.fill()
            body = folder / "body.json"
            found, ratio = _lookups(deployed, body, seconds, rounds)
            uniform[count] = ratio
            rows += found
        small, large = (uniform[count] for count in SIZES)
        rows.append((f"uniform lookups, {SIZES[1]:,} accounts against {SIZES[0]:,}", f"{large / small:.2f}"))
        rows += _others(deployed, body, seconds, rounds)
    return rows


@contextmanager
def _bare(body: Path) -> Iterator[Server]:
    port = free_port()
    with started([sys.executable, "-m", "tests.load.bare", str(port), str(body)], port) as bare:
        yield bare


def _lookups(deployed: Deployment, body: Path, seconds: int, rounds: int) -> tuple[list[tuple[str, str]], float]:
    """The figures that have a goal, and the ratio of uniform lookups."""
    began, count = time.monotonic(), deployed.count
    with deployed.started() as ours:
        start, memory = time.monotonic() - began, ours.memory()
        url = f"http://127.0.0.1:{deployed.port}/api/v1/lookup?handle=@user7@host7.example"
        body.write_bytes(urllib.request.urlopen(url).read())
        deployed.warm(ours)
        warm = ours.memory()
        with _bare(body) as bare:
            rates = _in_turn(
                rounds,
                bare=lambda: load(bare, POPULAR, seconds),
                popular=lambda: load(ours, POPULAR, seconds),
                uniform=lambda: load(ours, count, seconds),
            )
    return [
        (f"{count:,} accounts: bare aiohttp handler, same bytes", f"{rates['bare']:,.0f}/s"),
        (f"{count:,} accounts: lookup, {POPULAR} popular handles", _ratio(rates["popular"], rates["bare"])),
        (f"{count:,} accounts: lookup, uniform handles, memory warm", _ratio(rates["uniform"], rates["bare"])),
        (f"{count:,} accounts: start to first answer; resident memory", f"{start:.2f} s; {memory} MB"),
        (f"{count:,} accounts: resident memory, all answers kept", f"{warm} MB"),
    ], rates["uniform"] / rates["bare"]


def _others(deployed: Deployment, body: Path, seconds: int, rounds: int) -> list[tuple[str, str]]:
    """The figures that have no goal."""
    count, rows = deployed.count, []
    with _bare(body) as bare, deployed.started(VERIFIER_ANSWERS_MB="0") as ours:
        rates = _in_turn(rounds, bare=lambda: load(bare, POPULAR, seconds), cold=lambda: load(ours, count, seconds))
        rows.append((f"{count:,} accounts: each answer read anew", _ratio(rates["cold"], rates["bare"])))
    with _bare(body) as bare, deployed.started(VERIFIER_RATE_LIMITS="off") as ours:
        deployed.warm(ours)
        rates = _in_turn(
            rounds, bare=lambda: load(bare, POPULAR, seconds), popular=lambda: load(ours, POPULAR, seconds)
        )
        rows.append((f"{count:,} accounts: popular handles, without limits", _ratio(rates["popular"], rates["bare"])))
    with _bare(body) as bare, deployed.started() as ours:
        deployed.warm(ours)
        changing = deployed.changing(3 * seconds * rounds + 1)
        rates = _in_turn(
            rounds,
            bare=lambda: load(bare, POPULAR, seconds),
            popular=lambda: load(ours, POPULAR, seconds),
            uniform=lambda: load(ours, count, seconds),
        )
        seen = json.loads(changing.communicate()[0])
        rows += [
            ("50 verdicts change a second: popular handles", _ratio(rates["popular"], rates["bare"])),
            ("50 verdicts change a second: uniform handles", _ratio(rates["uniform"], rates["bare"])),
            (f"{seen['changes']:,} changes: oldest answer seen after its commit", f"{seen['oldest'] * 1000:.0f} ms"),
        ]
    return rows


def _in_turn(rounds: int, **loads: Callable[[], float]) -> dict[str, float]:
    """The median of each, in alternate rounds."""
    figures: dict[str, list[float]] = {what: [] for what in loads}
    for _ in range(rounds):
        for what, run in loads.items():
            figures[what].append(run())
    return {what: statistics.median(values) for what, values in figures.items()}


def _ratio(ours: float, bare: float) -> str:
    return f"**{ours / bare:.2f}** ({ours:,.0f}/s)"


def write(section: str, rows: list[tuple[str, str]], *figures: str, page: Path = PAGE, by: str = "make bench") -> None:
    """Between the marks of that section; `figures` are the heads of the columns."""
    mark = f"<!-- {section}: written by {by} -->"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Linux, Python {platform.python_version()}"
    heads = ["what", *figures]
    lines = [
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(f"| {what} | {figure} |" for what, figure in rows),
    ]
    table = "\n".join(lines)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    text = page.read_text()
    head, _, rest = text.partition(mark)
    _, _, tail = rest.partition(mark)
    page.write_text(f"{head}{mark}\n`{by}`, {day}; {machine}.\n\n{table}\n{mark}{tail}")
    print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=SECTIONS)
    parser.add_argument("--database", default="", help="of the lookups: a URL with {count} in it; by default SQLite")
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
        write("lookups", measure(2 if quick else 8, 2 if quick else 5, asked.database), "figure")


def find_wrk() -> None:
    if not shutil.which("wrk"):
        if os.geteuid() != 0:
            sys.exit("make bench needs wrk: install it (Debian: apt-get install wrk), or run make bench as root.")
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "wrk"], check=True)


if __name__ == "__main__":
    main()
