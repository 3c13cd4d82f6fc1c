"""A small disk: a file system in memory, which only those see who enter its namespace: no right is needed."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MOUNT = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && echo mounted && exec sleep infinity'


@dataclass(frozen=True, slots=True)
class Disk:
    """:ivar path: where a program that enters sees it"""

    path: Path
    pid: int

    @property
    def enter(self) -> tuple[str, ...]:
        """What a command begins with to see the disk."""
        return ("nsenter", "--target", str(self.pid), "--user", "--mount", "--preserve-credentials", "--")

    @property
    def seen(self) -> Path:
        """The same place, from outside."""
        return Path(f"/proc/{self.pid}/root{self.path}")

    def fill(self) -> None:
        """To the last byte."""
        with (self.seen / "filler").open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        assert os.statvfs(self.seen).f_bavail == 0

    def empty(self) -> None:
        (self.seen / "filler").unlink()


@asynccontextmanager
async def small_disk(path: Path, size: str = "32m") -> AsyncIterator[Disk]:
    """:param path: a folder to mount it on"""
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh", size, str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        said = await process.stdout.readline()
        assert said == b"mounted\n", said.decode() + (await process.stdout.read()).decode()
        yield Disk(path, process.pid)
    finally:
        process.kill()
        await process.wait()
