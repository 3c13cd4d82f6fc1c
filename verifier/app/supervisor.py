"""Several processes on one port: one supervisor binds it, starts them, and starts them again (docs/adr/0027).

The supervisor answers nobody but its workers, and opens no database. They inherit the bound socket, and what they count
together is kept here. When it is gone, the pipe that each of them reads closes, and they end by themselves.
"""

import asyncio
import logging
import os
import pickle
import signal
import socket
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ..core import metrics
from ..core.errors import ConfigError
from ..core.shared import Keeper
from ..fetch import Breakers, Limits, Pace, Taken
from ..settings import Settings
from ..web.counts import Counts
from .serving import PRIVATE_PORT, Place, bind

log = logging.getLogger(__name__)

READY = b"ready\n"
"""What a worker writes once its port is open."""

STOP = 20.0  # seconds that workers are given to end; systemd's TimeoutStopSec is longer
FIRST_PAUSE = 1.0  # seconds before a worker that died at its start is started again; doubled each time
LONGEST_PAUSE = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is given, over its standard input, which stays open as long as the supervisor lives.

    :param public: descriptors of the sockets that are bound to the port; `private`: to the private port
    :param line: descriptor of its end of a :class:`verifier.core.shared.Line`
    """

    settings: Settings
    number: int
    public: Sequence[int]
    private: Sequence[int]
    line: int


async def supervise(settings: Settings, command: Sequence[str], ready: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT: as many workers as are set.

    :param command: starts a worker, which reads a :class:`Task`
    :param ready: called once, when all of them answer
    :raises ConfigError: the port cannot be had, or no worker can start
    """
    with ExitStack() as stack:
        # /run, with systemd's RuntimeDirectory: it is emptied even after a kill.
        where = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verifier-", dir=where)))
        public = await bind(Place(settings.host, settings.port))
        private = (
            await bind(Place(settings.metrics_host, settings.metrics_port, PRIVATE_PORT))
            if (settings.metrics_port)
            else ()
        )
        for each in (*public, *private):
            stack.enter_context(each)
        crew = Crew(settings, command, ready, folder, public, private)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, crew.stop)
        await crew.work()


class Crew:
    """The workers.

    :param folder: where they keep what is to survive them: their metrics
    """

    def __init__(
        self,
        settings: Settings,
        command: Sequence[str],
        ready: Callable[[], None],
        folder: Path,
        public: Sequence[socket.socket],
        private: Sequence[socket.socket],
    ) -> None:
        self._settings = settings
        self._command = command
        self._tell_ready = ready
        self._folder = folder
        self._public = public
        self._private = private
        self._counts = Counts(settings.rates)
        self._taken = Taken()
        # One request a second to a host, whichever process sends it.
        acts = {"pace": Pace(1).take, **self._counts.acts(), **self._taken.acts(), **Breakers(Limits()).acts()}
        self._keeper = Keeper(acts)
        self._numbers = range(1, settings.workers + 1)
        self._running: dict[int, Process] = {}
        self._answering = set[int]()
        self._failed = set[int]()  # workers whose last start failed
        self._first = asyncio.Event()
        self._stop = asyncio.Event()
        self._given_up = False

    def stop(self) -> None:
        """Have all of them end."""
        self._stop.set()

    async def work(self) -> None:
        """Until :meth:`stop`.

        :raises ConfigError: none of them can start
        """
        keeping = [asyncio.create_task(self._keep(number)) for number in self._numbers]
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait((stopped, *keeping), return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        for process in self._running.values():
            _end(process, signal.SIGTERM)
        _, late = await asyncio.wait(keeping, timeout=STOP)
        if late:
            log.error("%d workers do not end: they are killed", len(late))
        for process in self._running.values():
            _end(process, signal.SIGKILL)
        await asyncio.gather(*keeping)
        self._keeper.close()
        if self._given_up:
            raise ConfigError("None of the workers can start: the reason stands above.")

    async def _keep(self, number: int) -> None:
        """One worker after another."""
        if number > 1:
            # The first one alone migrates the database, makes keys, and finishes what a crash left half done.
            await self._either(self._first, self._stop)
        pause = 0.0
        while not self._stop.is_set():
            process = await self._start(number)
            if await cast("asyncio.StreamReader", process.stdout).readline() == READY:
                pause = 0.0
                self._ready(number)
            else:
                pause = min(max(FIRST_PAUSE, 2 * pause), LONGEST_PAUSE)
                self._failed.add(number)
            status = await process.wait()
            self._gone(number)
            if self._stop.is_set():
                return
            log.error("worker %d ended (%d)%s", number, status, "; it is started again" if not pause else "")
            if not self._first.is_set() or self._failed == set(self._numbers):
                self._given_up = True
                self._stop.set()
            elif pause:
                log.error("worker %d died at its start; it is started again in %d seconds", number, pause)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)

    async def _start(self, number: int) -> Process:
        with self._keeper.lend() as line:
            sockets = [each.fileno() for each in self._public], [each.fileno() for each in self._private]
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                pass_fds=(*sockets[0], *sockets[1], line.fileno()),
                env=os.environ | metrics.environment(self._folder, number),
                start_new_session=True,  # Ctrl-C reaches the supervisor, which tells them
            )
            task = Task(self._settings, number, *sockets, line.fileno())
            to = cast("asyncio.StreamWriter", process.stdin)
            to.write(pickle.dumps(task))
            with suppress(ConnectionError):  # it is dead already
                await to.drain()
        self._running[number] = process
        if self._stop.is_set():
            _end(process, signal.SIGTERM)
        return process

    def _ready(self, number: int) -> None:
        self._failed.discard(number)
        self._answering.add(number)
        self._first.set()
        log.info("worker %d answers", number)
        if self._answering == set(self._numbers):
            self._tell_ready()
            self._tell_ready = lambda: None

    def _gone(self, number: int) -> None:
        """What it had under way ended with it."""
        del self._running[number]
        self._counts.leave(number)
        self._taken.leave(number)

    async def _either(self, *events: asyncio.Event) -> None:
        waiting = [asyncio.create_task(each.wait()) for each in events]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()


def _end(process: Process, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has ended since
        process.send_signal(how)
