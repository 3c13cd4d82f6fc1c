"""The workers of a `verifier serve` that has several, seen and killed from outside."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.process import serving


@dataclass
class Crew:
    """A supervisor and its workers.

    :param log: what it has written so far, line by line
    """

    supervisor: Process
    log: list[str]

    @property
    def workers(self) -> list[int]:
        """The pids of those that live, in the order of their start."""
        pid = self.supervisor.pid
        return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    async def said(self, text: str, count: int = 1) -> None:
        """Returns once so many lines have that text."""
        while sum(text in line for line in self.log) < count:  # noqa: ASYNC110 - lines of another process
            await asyncio.sleep(0.01)

    async def end(self, pid: int, how: signal.Signals) -> None:
        """End that worker; returns once another one answers in its place."""
        before = sum(" answers" in line for line in self.log)
        os.kill(pid, how)
        await self.said(" answers", before + 1)


@asynccontextmanager
async def crew(variables: Mapping[str, str], folder: Path) -> AsyncIterator[Crew]:
    """Ready; killed in the end, if it still lives."""
    async with serving(variables, folder) as process:
        log: list[str] = []
        reading = asyncio.create_task(_read(process, log))
        try:
            yield Crew(process, log)
        finally:
            if process.returncode is None:
                process.terminate()
            await reading


async def _read(process: Process, log: list[str]) -> None:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        log.append(line.decode())
