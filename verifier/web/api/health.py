"""For those who run the service: does it answer?"""

from http import HTTPStatus

from aiohttp import web

from ...core.errors import Unavailable
from .. import keys, problems
from ..responses import json_response


async def health(_: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """GET /readyz: lookups can be answered; and what else does not work."""
    impaired = await request.app[keys.HEALTH].impaired()
    try:
        await request.app[keys.LOOKUPS].answers.follow()
    except Unavailable as error:
        answer = json_response({"impaired": [*impaired]}, status=HTTPStatus.SERVICE_UNAVAILABLE)
        answer.headers["Retry-After"] = str(problems.retry_after(error))
        return answer
    return json_response({"impaired": [*impaired]})
