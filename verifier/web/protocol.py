"""Connections: how many, how slow a client may be, and what never comes to a door.

What is no HTTP, or asks for something that is no path, aiohttp would answer itself, with its version and the text of
the request. And it would wait without end for a client that sends a byte a minute (T58).
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, cast

from aiohttp import web

from ..core.errors import BadInput, NotFound, Unavailable
from . import problems
from .routes import FRESH

log = logging.getLogger(__name__)

IDLE_SECONDS = 75  # of a connection between two requests; reverse proxies keep theirs for 60

_REFUSED = 100  # connections too many that are let to hang up by themselves


class Waiting(Enum):
    """What a connection waits for."""

    US = "an answer of ours"
    NEXT = "the next request"
    HEAD = "the rest of the lines of a request, or its first"
    BODY = "the rest of the body of a request"
    READER = "its client, to take an answer"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a client is given for each part of a request.

    :param head: from the first byte of a request, or from the connection, to the end of its lines
    :param body: from there to the end of its body
    :param reader: to take an answer
    :param each: between two looks at the connections
    """

    head: float = 10
    body: float = 30
    reader: float = 30
    each: float = 1

    def of(self, waiting: Waiting) -> float | None:
        """None: aiohttp counts it, or it is our own time."""
        times = {Waiting.HEAD: self.head, Waiting.BODY: self.body, Waiting.READER: self.reader}
        return times.get(waiting)


@dataclass(slots=True)
class Connections:
    """Those of one port.

    :param most: as many may be open; one more is told that it is too many
    """

    most: int
    patience: Patience = field(default_factory=Patience)
    _open: set["Protocol"] = field(default_factory=set)
    _refused: set["Protocol"] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._open)

    def take(self, connection: "Protocol") -> bool:
        """Whether there is room for it."""
        if len(self._open) >= self.most:
            return False
        self._open.add(connection)
        return True

    def refuse(self, connection: "Protocol", transport: asyncio.Transport) -> None:
        """Tell it that it is too many.

        Who closes before the request has come resets the connection, and the client may never read why. So some are
        given a moment to hang up themselves.
        """
        transport.write(_TOO_MANY)
        if len(self._refused) >= _REFUSED:
            transport.close()
            return
        self._refused.add(connection)
        transport.write_eof()
        asyncio.get_running_loop().call_later(self.patience.each, transport.abort)

    def leave(self, connection: "Protocol") -> None:
        """It is over."""
        self._open.discard(connection)
        self._refused.discard(connection)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Slow clients are cut, as long as this lasts."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.patience.each)
            for connection in tuple(self._open):
                connection.look(loop.time(), self.patience)


class Protocol(web.RequestHandler):
    """One connection of a client."""

    def __init__(self, manager: web.Server, connections: Connections, *, loop: asyncio.AbstractEventLoop) -> None:
        # No log of accesses: it would name people (its type does not say that it may be None).
        super().__init__(manager, loop=loop, access_log=None, keepalive_timeout=IDLE_SECONDS)  # type: ignore[arg-type]
        self._connections = connections
        self._taken = False
        self._answered = 0
        self._heard = False
        self._seen: tuple[Waiting, int] | None = None
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects."""
        self._taken = self._connections.take(self)
        if self._taken:
            super().connection_made(transport)
        else:
            self._connections.refuse(self, cast("asyncio.Transport", transport))  # uvloop's own, of no class of asyncio

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is over."""
        self._connections.leave(self)
        if self._taken:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self._taken:
            self._heard = True
            super().data_received(data)

    def look(self, now: float, patience: Patience) -> None:
        """Cut it, if its client has been too slow for too long.

        :param now: in seconds of the loop
        """
        waiting = self._waiting_for()
        seen = waiting, self._answered
        if seen != self._seen:
            self._seen, self._since = seen, now
            return
        limit = patience.of(waiting)
        if limit is not None and now - self._since >= limit and self.transport is not None:
            self.transport.abort()

    def _waiting_for(self) -> Waiting:
        if self.transport is None:
            return Waiting.US
        if self.transport.get_write_buffer_size():
            return Waiting.READER
        request = self._current_request
        if request is not None:
            return Waiting.US if request.content.is_eof() else Waiting.BODY
        if self._request_in_progress:
            return Waiting.US
        return Waiting.HEAD if self._heard or not self._answered else Waiting.NEXT

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats the request, and so may name a person
    ) -> web.StreamResponse:
        """The answer to what cannot be read, or to a fault outside all doors; the connection ends with it.

        :raises ConnectionError: an answer was begun, and nothing can follow it
        """
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("a request failed", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError
        answer = _answer(status)
        answer.force_close()
        return answer

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        """Sends an answer; in the place of aiohttp's own, ours."""
        self._answered += 1
        self._heard = False
        if isinstance(resp, web.HTTPException):
            resp = _answer(resp.status)
        return super().finish_response(request, resp, start_time)


def _answer(status: int) -> web.Response:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        answer = problems.internal()
    else:
        answer = problems.response(NotFound("not-found") if status == HTTPStatus.NOT_FOUND else BadInput("bad-request"))
    answer.headers.update(FRESH.headers)
    return answer


def _too_many() -> bytes:
    """For one connection too many: all that it gets, as nothing of aiohttp is made for it."""
    error = Unavailable("overloaded")
    answer = problems.response(error)
    answer.headers.update(FRESH.headers)
    answer.headers["Retry-After"] = str(problems.retry_after(error))
    body = answer.body
    if not isinstance(body, bytes):
        raise TypeError("a problem is bytes")
    answer.headers.update({"Content-Length": str(len(body)), "Connection": "close"})
    lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{lines}\r\n".encode() + body


_TOO_MANY = _too_many()
