"""``python -m tests.load.chaos``: processes are killed under mixed load, and what was acknowledged is asked for again.

Three workers on SQLite, or two services on one PostgreSQL (``--database postgresql://…``) behind nginx. One is killed
(SIGKILL) every five seconds; ``--restart COMMAND`` restarts the database half way. People register, are withdrawn, look
up and follow the events meanwhile, and accounts are looked at again. The results go into docs/reliability.md.
"""

import argparse
import asyncio
import os
import platform
import shlex
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.integration.crew import Crew, crew
from tests.integration.mixed import HOSTS, Mixed
from tests.integration.neighbours import Neighbours, neighbours
from tests.integration.nginx import configuration
from tests.integration.process import VERIFIER
from tests.parts import nginx
from tests.ports import free_port
from verifier.app import compose
from verifier.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
EVERY = 5.0  # seconds between two kills


@dataclass
class Result:
    """What is written."""

    kills: int = 0
    restarts: int = 0
    looked: int = 0


@dataclass
class Service:
    """A `verifier serve` that is started again as soon as it is killed, as systemd does."""

    variables: dict[str, str]
    folder: Path
    process: Process | None = None

    async def start(self) -> None:
        log = (self.folder / f"{self.variables['VERIFIER_PORT']}.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            VERIFIER, "serve", env=self.variables, cwd=self.folder, stdout=PIPE, stderr=log
        )

    async def ready(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        if not await self.process.stdout.readline():
            sys.exit(f"{self.variables['VERIFIER_PORT']} did not start: see {self.folder}")

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()
        await self.start()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


async def kill_workers(all_: Crew, seconds: float, result: Result) -> None:
    """One after another, whether the last one has come back or not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(EVERY)
        workers = all_.workers
        os.kill(workers[result.kills % len(workers)], signal.SIGKILL)
        result.kills += 1


async def kill_services(services: list[Service], seconds: float, restart: str, result: Result) -> None:
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        await asyncio.sleep(EVERY)
        await services[result.kills % len(services)].kill()
        result.kills += 1
        if restart and not result.restarts and time.monotonic() > began + seconds / 2:
            await (await asyncio.create_subprocess_exec(*shlex.split(restart))).wait()
            result.restarts += 1


async def keep_looking(mixed: Mixed, result: Result) -> None:
    """Every account is due at once, again and again: the jobs of whichever process looks at them."""
    while True:
        with suppress(Exception):  # the database may be away
            result.looked += await mixed.service.registration.rechecks.hasten()
        await asyncio.sleep(EVERY)


@asynccontextmanager
async def on_sqlite(near: Neighbours, folder: Path) -> AsyncIterator[tuple[str, Crew]]:
    async with crew(near.variables | {"VERIFIER_WORKERS": "3"}, folder) as all_:
        yield near.base, all_


@asynccontextmanager
async def behind_nginx(near: Neighbours, folder: Path) -> AsyncIterator[tuple[str, list[Service]]]:
    """Two services, each on a port of its own, and the one port that people know."""
    port, ports = free_port(), (free_port(), free_port())
    base = f"http://127.0.0.1:{port}"
    shared = near.variables | {"VERIFIER_BASE_URL": base, "VERIFIER_KEYS_DIR": str(folder / "keys")}
    (folder / "keys").mkdir()
    services = [Service(shared | {"VERIFIER_PORT": str(each)}, folder) for each in ports]
    servers = "\n".join(f"server 127.0.0.1:{each} max_fails=1 fail_timeout=1s;" for each in ports)
    http = (
        f"upstream verifier {{ {servers} }}\nserver {{ listen 127.0.0.1:{port}; location / {{\n"
        'proxy_pass http://verifier; proxy_http_version 1.1; proxy_set_header Connection "";\n'
        "proxy_set_header Host $http_host; proxy_connect_timeout 1s; proxy_read_timeout 60s; } }"
    )
    async with AsyncExitStack() as stack:
        for each in services:
            await each.start()
            stack.push_async_callback(each.stop)
            await each.ready()
        proxy = await asyncio.create_subprocess_exec(nginx(), "-c", configuration(folder, http))
        stack.push_async_callback(proxy.wait)
        stack.callback(proxy.terminate)
        yield base, services


async def run(asked: argparse.Namespace) -> None:
    result = Result()
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(name)
        database = asked.database or f"sqlite:///{folder / 'verifier.sqlite3'}"
        given = {"VERIFIER_DATABASE_URL": database, "VERIFIER_RATE_LIMITS": "off"}
        async with AsyncExitStack() as stack:
            near = await stack.enter_async_context(neighbours(folder, *HOSTS, **given))
            if asked.database:
                base, services = await stack.enter_async_context(behind_nginx(near, folder))
            else:
                base, all_ = await stack.enter_async_context(on_sqlite(near, folder))
            keys = folder / "keys" if asked.database else None
            known = Settings(sandbox=True, base_url=base, database_url=database, keys_dir=keys, rate_limits=False)
            service = await stack.enter_async_context(compose(known))
            mixed = await stack.enter_async_context(Mixed.people(base, near.http, near.smtp, service))
            async with mixed.busy(registering=4):
                looking = asyncio.create_task(keep_looking(mixed, result))
                if asked.database:
                    await kill_services(services, asked.seconds, asked.restart, result)
                else:
                    await kill_workers(all_, asked.seconds, result)
                looking.cancel()
            faults = await mixed.faults()
    write("postgresql" if asked.database else "sqlite", mixed, result, faults, asked)
    if faults:
        sys.exit("\n".join(faults))


def write(engine: str, mixed: Mixed, result: Result, faults: list[str], asked: argparse.Namespace) -> None:
    """Between the marks of that engine."""
    rows = [
        ("killed (SIGKILL), every five seconds", result.kills),
        ("restarts of the database", result.restarts),
        ("requests without an answer, or with one that says to try again", mixed.lost),
        ("orders acknowledged", len(mixed.orders)),
        ("attestations acknowledged", len(mixed.issued)),
        ("withdrawals acknowledged", len(mixed.withdrawn)),
        ("accounts made due for a look, each time", result.looked),
        ("lookups answered", mixed.lookups),
        ("events followed", len(mixed.followed)),
        ("**acknowledged and lost, or events missing**", f"**{len(faults)}**"),
        ("**longest time without an answer to a lookup**", f"**{mixed.longest:.2f} s**"),
    ]
    mark = f"<!-- chaos on {engine}: written by python -m tests.load.chaos -->"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Linux, Python {platform.python_version()}"
    command = "python -m tests.load.chaos" + (" --database postgresql://… --restart …" if asked.database else "")
    table = "\n".join(["| what | |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows)])
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    head, _, rest = PAGE.read_text().partition(mark)
    _, _, tail = rest.partition(mark)
    PAGE.write_text(f"{head}{mark}\n`{command}`, {asked.seconds} s, {day}; {machine}.\n\n{table}\n{mark}{tail}")
    print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="postgresql://…: an empty one; without it, SQLite")
    parser.add_argument("--restart", default="", help="command that restarts the database, run once half way")
    parser.add_argument("--seconds", type=int, default=60)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
