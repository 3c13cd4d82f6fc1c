"""More than the service can do, for as long as is asked: is anything but 200 and 503 answered, does memory grow?

``python -m tests.load.overload --minutes 10`` writes docs/reliability.md.
"""

import argparse
import asyncio
import re
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port

from . import bench

PAGE = bench.ROOT / "docs" / "reliability.md"
CONNECTIONS, TOO_MANY, SLOW = 100, 20, 30
ANSWERS_MB = 8


@dataclass
class Strain:
    """What was seen.

    :ivar answers: status → how many
    :ivar memory: MB of the process, each second
    :ivar longest: seconds that ``/healthz`` took
    """

    answers: Counter[int] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    longest: float = 0

    @property
    def growth(self) -> int:
        """MB more at the end than when a third of the time was over."""
        return self.memory[-1] - self.memory[len(self.memory) // 3]


async def strain(server: bench.Server, seconds: float) -> Strain:
    """Ask for handles that are never the same, for many clients, over more connections than are taken."""
    seen, until = Strain(), time.monotonic() + seconds

    async def ask() -> None:
        while time.monotonic() < until:
            with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
                async with _connected(server.port) as (reader, writer):
                    while time.monotonic() < until:
                        writer.write(_lookup())
                        status = await _status(reader)
                        seen.answers[status] += 1
                        if status != 200:
                            await asyncio.sleep(0.05)
                            break

    async def hang_on() -> None:
        while time.monotonic() < until:
            with suppress(ConnectionError, TimeoutError):
                async with _connected(server.port) as (_, writer):
                    writer.write(b"GET /api/v1/lookup HTTP/1.1\r\nX: ")
                    for _ in range(50):
                        writer.write(b"x")
                        await asyncio.sleep(0.1)
                        if writer.is_closing() or time.monotonic() > until:
                            break

    await asyncio.gather(
        _watch(server, seen, until),
        *(hang_on() for _ in range(SLOW)),  # the first, so that others are too many
        *(ask() for _ in range(CONNECTIONS - SLOW + TOO_MANY)),
    )
    return seen


async def _watch(server: bench.Server, seen: Strain, until: float) -> None:
    while time.monotonic() < until:
        began = time.monotonic()
        with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            async with _connected(server.port) as (reader, writer):
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                await _status(reader)
        seen.longest = max(seen.longest, time.monotonic() - began)
        seen.memory.append(server.memory())
        await asyncio.sleep(1)


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _lookup() -> bytes:
    host = f"{secrets.token_hex(4)}.example"
    client = ".".join(map(str, (198, 18, *secrets.token_bytes(2))))
    return (
        f"GET /api/v1/lookup?handle=@{secrets.token_hex(8)}@{host} HTTP/1.1\r\nHost: a\r\n"
        f"X-Forwarded-For: {client}\r\n\r\n"
    ).encode()


async def _status(reader: asyncio.StreamReader) -> int:
    """Of the answer; 0: none came."""
    try:
        async with asyncio.timeout(10):
            return await _read(reader)
    except TimeoutError:
        return 0


async def _read(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[bench.Server]:
    """One that takes little at once."""
    deployed = bench.Deployment(f"sqlite:///{folder}/v.sqlite3", free_port(), 0)
    with deployed.started(VERIFIER_LIMIT_CONNECTIONS=str(CONNECTIONS), VERIFIER_ANSWERS_MB=str(ANSWERS_MB)) as server:
        yield server


async def measure(seconds: float) -> Strain:
    with tempfile.TemporaryDirectory() as folder:
        async with service(Path(folder)) as server:
            return await strain(server, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    seen = asyncio.run(measure(minutes * 60))
    rows = [
        (
            f"{minutes:g} minutes, {CONNECTIONS + TOO_MANY} clients for {CONNECTIONS} connections, {SLOW} of them slow",
            "",
        ),
        *((f"answers {status}", f"{count:,}") for status, count in sorted(seen.answers.items())),
        ("longest time to an answer of `/healthz`, a 503 counted", f"{seen.longest * 1000:.0f} ms"),
        (
            "memory after a third of the time, and at the end",
            f"{seen.memory[len(seen.memory) // 3]} MB, {seen.memory[-1]} MB",
        ),
    ]
    bench.write("overload", rows, "figure", page=PAGE, by="tests.load.overload")


if __name__ == "__main__":
    main()
