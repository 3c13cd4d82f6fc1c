"""One of the processes that `verifier serve --workers` starts; nobody starts it by hand."""

import asyncio
import pickle
import signal
import socket
import sys

import uvloop

from ..app import Inherited, Task, compose, serving
from ..app.supervisor import READY
from ..core.shared import Line
from .common import log_to_stderr, telling


async def _work(task: Task) -> None:
    inherited = Inherited(*([socket.socket(fileno=each) for each in some] for some in (task.public, task.private)))
    line = Line(socket.socket(fileno=task.line), task.number)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin.fileno(), stop.set)  # closed: the supervisor is gone
    async with compose(task.settings, line=line) as service, serving(service, inherited):
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()
        await stop.wait()
        loop.remove_reader(sys.stdin.fileno())


def main() -> None:
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the supervisor, over its own pipe
    log_to_stderr(f"worker {task.number}")
    with telling():
        uvloop.run(_work(task))


if __name__ == "__main__":
    main()
