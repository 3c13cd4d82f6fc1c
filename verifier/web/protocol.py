"""What never comes to a door: what is no HTTP, and what asks for something that is no path.

aiohttp would answer it itself, with its version and the text of the request.
"""

import asyncio
import logging
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any

from aiohttp import web

from ..core.errors import BadInput, NotFound
from . import problems
from .routes import FRESH

log = logging.getLogger(__name__)


class Protocol(web.RequestHandler):
    """One connection of a client.

    :param ending: set when this process ends: whoever is answered then is told to ask over another connection
    """

    def __init__(self, manager: web.Server, ending: asyncio.Event, **options: Any) -> None:  # noqa: ANN401 - as aiohttp's
        super().__init__(manager, **options)
        self._ending = ending

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
        if isinstance(resp, web.HTTPException):
            resp = _answer(resp.status)
        if self._ending.is_set():
            resp.force_close()
        return super().finish_response(request, resp, start_time)


def _answer(status: int) -> web.Response:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        answer = problems.internal()
    else:
        answer = problems.response(NotFound("not-found") if status == HTTPStatus.NOT_FOUND else BadInput("bad-request"))
    answer.headers.update(FRESH.headers)
    return answer
