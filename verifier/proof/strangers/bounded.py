"""Work on what strangers bring, in a process of its own with a bound on time and memory (T44).

The process stays, since starting one costs more than most jobs; it takes one job at a time, and one that
exceeds its bound ends it.
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Self, cast

from ...core.errors import ProofError
from ...core.strict_json import Json

SECONDS = 5.0
MEMORY_BYTES = 768 * 1_048_576
_LINE_BYTES = 16 * 1_048_576

Job = Callable[..., Json]


class Bounded:
    """The parent's end: an async context manager.

    :param command: starts a process that calls :func:`serve`
    """

    def __init__(self, command: Sequence[str], *, seconds: float = SECONDS) -> None:
        self._command = tuple(command)
        self._seconds = seconds
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with self._turn:
            self._child = await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def run(self, job: str, *arguments: Json) -> Json:
        """What the job of that name returns.

        :raises ProofError: what the job raises; ``work-too-long``: it needs more time or memory than there is
        """
        line = json.dumps([job, *arguments]).encode() + b"\n"
        async with self._turn:
            child = self._child or await self._start()
            self._child = None  # whatever interrupts the job, nobody else reads its answer
            done = False
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._ask(child, line)
                done = True
            except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
                raise ProofError("work-too-long") from None
            finally:
                if done:
                    self._child = child
                else:
                    await _end(child)
        if "error" in answer:
            error = answer["error"]
            raise ProofError(error["code"], pointer=error["pointer"], **error["values"])
        return answer["result"]

    @staticmethod
    async def _ask(child: asyncio.subprocess.Process, line: bytes) -> dict[str, Json]:
        to = cast("asyncio.StreamWriter", child.stdin)
        to.write(line)
        await to.drain()
        answer: dict[str, Json] = json.loads(await _line(child))
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        # No environment, which may hold secrets, but for what finds the interpreter's own library.
        environment = {name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"}
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            env=environment,
        )
        await _line(child)  # it is ready: no job pays for its start
        return child

    async def _stop(self) -> None:
        async with self._turn:
            child, self._child = self._child, None
            if child is not None:
                await _end(child)


async def _line(child: asyncio.subprocess.Process) -> bytes:
    return await cast("asyncio.StreamReader", child.stdout).readuntil(b"\n")


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()


def serve(jobs: Mapping[str, Job]) -> None:
    """The child's end: answers until its input ends. A job raises ProofError, or is a bug and ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _write({"ready": True})
    for line in sys.stdin.buffer:
        job, *arguments = json.loads(line)
        try:
            answer: dict[str, Json] = {"result": jobs[job](*arguments)}
        except ProofError as error:
            answer = {"error": {"code": error.code, "pointer": error.pointer, "values": error.values}}
        _write(answer)


def _write(answer: dict[str, Json]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
