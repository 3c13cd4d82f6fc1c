"""Work on what strangers bring, in processes of their own with a bound on time and memory (T26, T44).

The processes stay, since starting one costs more than most jobs; one that does not answer in time is ended. They
know nothing: no environment, no file or socket but their two pipes.
"""

import asyncio
import json
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Self, cast

from .errors import VerifierError
from .strict_json import Json

SECONDS = 5.0
_LINE_BYTES = 16 * 1_048_576


class Bounded:
    """The parent's end. Processes are started as they are needed, and kept while this is open (``async with``).

    :param command: starts a process that calls :func:`.worker.serve`
    :param kind: what a job raises, and :meth:`run` again
    :param overrun: the code of a job that needs more time or memory than there is
    :param seconds: for one job, by the clock
    :param at_once: how many jobs, and so how many processes
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        kind: type[VerifierError],
        overrun: str,
        seconds: float = SECONDS,
        at_once: int = 1,
    ) -> None:
        self._command = tuple(command)
        self._kind = kind
        self._overrun = overrun
        self._seconds = seconds
        self._turns = asyncio.Semaphore(at_once)
        self._idle: list[Process] = []
        self._keeps = False

    async def __aenter__(self) -> Self:
        self._keeps = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._keeps = False
        while self._idle:
            await _end(self._idle.pop())

    async def run(self, job: str, *arguments: Json) -> Json:
        """What the job of that name returns.

        :raises VerifierError: of the kind given: what the job raises, or the overrun
        """
        line = json.dumps([job, *arguments]).encode() + b"\n"
        async with self._turns:
            child = await self._child()
            done = False
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await _ask(child, line)
                done = True
            except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                answer = {"overrun": True}
            finally:
                # Whatever interrupted the job, nobody else reads its answer.
                if done and self._keeps:
                    self._idle.append(child)
                else:
                    await _end(child)
        if "overrun" in answer:
            raise self._kind(self._overrun)
        if "error" in answer:
            error = answer["error"]
            raise self._kind(error["code"], pointer=error["pointer"], **error["values"])
        return answer["result"]

    async def _child(self) -> Process:
        while self._idle:
            child = self._idle.pop()
            if child.returncode is None:
                return child
            await _end(child)
        # No environment, which may hold secrets, but for what finds the interpreter's own library.
        environment = {name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"}
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            env=environment,
            start_new_session=True,  # a group of its own: what it forks ends with it
        )
        try:
            await _line(child)  # it is ready: no job pays for its start
        except BaseException:
            await _end(child)
            raise
        return child


async def _ask(child: Process, line: bytes) -> dict[str, Json]:
    to = cast("asyncio.StreamWriter", child.stdin)
    to.write(line)
    await to.drain()
    answer: dict[str, Json] = json.loads(await _line(child))
    return answer


async def _line(child: Process) -> bytes:
    return await cast("asyncio.StreamReader", child.stdout).readuntil(b"\n")


async def _end(child: Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):  # it has ended since
            os.killpg(child.pid, signal.SIGKILL)
    cast("asyncio.StreamWriter", child.stdin).close()
    while await cast("asyncio.StreamReader", child.stdout).read(_LINE_BYTES):
        pass  # to the end of the pipe, so that nothing of it is open when the loop closes
    await child.wait()
