"""What the processes of one machine count together is kept by one of them, and asked over a socket (docs/adr/0027).

An answer is made from memory, so that whoever asks waits for it as for a system call: some tens of microseconds.
"""

import asyncio
import json
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import cast

from .strict_json import Json

log = logging.getLogger(__name__)

_MESSAGE = 65_536  # bytes: a line of HTTP that names what is counted has 8,190
_PATIENCE = 5.0  # seconds without an answer, after which there will be none

Act = Callable[..., Json]


class Keeper:
    """The end of the one who keeps it.

    :param acts: what may be asked, by name; each gets what was sent with it, and returns at once
    """

    def __init__(self, acts: Mapping[str, Act]) -> None:
        self._acts = acts
        self._ends = set[socket.socket]()

    def lend(self) -> socket.socket:
        """The end of another process, to be closed here once that process has it."""
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        here.settimeout(0)
        self._ends.add(here)
        asyncio.get_running_loop().add_reader(here, self._hear, here)
        return there

    def close(self) -> None:
        """Nobody is answered any more."""
        for here in self._ends:
            asyncio.get_running_loop().remove_reader(here)
            here.close()

    def _hear(self, here: socket.socket) -> None:
        try:
            asked = here.recv(_MESSAGE)
        except OSError:
            asked = b""
        if not asked:  # that process has ended
            self._ends.remove(here)
            asyncio.get_running_loop().remove_reader(here)
            here.close()
            return
        act, *about = json.loads(asked)
        with suppress(OSError):  # it ended since
            here.send(json.dumps(self._acts[act](*about)).encode())


class Line:
    """The end of a process that asks.

    :param number: which of the processes this is
    """

    def __init__(self, end: socket.socket, number: int) -> None:
        self.number = number
        self._end: socket.socket | None = end
        end.settimeout(_PATIENCE)

    def ask(self, act: str, *about: Json) -> Json:
        """What that act returns.

        :raises LookupError: nobody answers any more: whoever asks counts alone from now on
        """
        if self._end is None:
            raise LookupError
        try:
            self._end.send(json.dumps([act, *about]).encode())
            answer = self._end.recv(_MESSAGE)
            if answer:
                return cast("Json", json.loads(answer))
        except OSError:
            pass
        # An answer that comes late would be taken for the next one: this line is never used again.
        log.error("the supervisor does not answer: this process counts alone until it ends")
        self._end.close()
        self._end = None
        raise LookupError
