"""The door of a witness over HTTP: ``POST /add-checkpoint``."""

import logging
from http import HTTPStatus

from aiohttp import web

from ..core.errors import BadInput, Conflict, NotFound, Refused, Unauthorized, Unavailable, VerifierError
from ..tlog.add_checkpoint import MOST_BYTES, SIZE_TYPE
from .witness import Witness

log = logging.getLogger(__name__)

LARGEST_BODY = MOST_BYTES

_STATUSES: dict[type[VerifierError], tuple[HTTPStatus, str]] = {
    BadInput: (HTTPStatus.BAD_REQUEST, "This is no request to add a checkpoint (c2sp.org/tlog-witness)."),
    Unauthorized: (HTTPStatus.FORBIDDEN, "The log that this checkpoint names did not sign it."),
    NotFound: (HTTPStatus.NOT_FOUND, "This witness does not know the log that this checkpoint names."),
    Refused: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The proof does not show that this tree goes on from the one seen last.",
    ),
    Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "This witness cannot write now. Nothing was cosigned; try again."),
}
_FRESH = {"Cache-Control": "no-store"}


def application(witness: Witness) -> web.Application:
    """What a witness answers."""

    async def add_checkpoint(request: web.Request) -> web.Response:
        try:
            signature = await witness.add(await request.read())
        except Conflict as error:
            size = f"{error.values['size']}\n"
            return web.Response(
                status=HTTPStatus.CONFLICT, body=size.encode(), headers={"Content-Type": SIZE_TYPE, **_FRESH}
            )
        except VerifierError as error:
            status, sentence = _STATUSES[type(error)]
            if isinstance(error, Unavailable):
                log.error("the state cannot be written: %s", error.__cause__)  # noqa: TRY400 - known: no trace says more
            return web.Response(status=status, text=f"{sentence}\n", headers=_FRESH)
        return web.Response(text=signature.line, headers=_FRESH)

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_post("/add-checkpoint", add_checkpoint)
    return app
