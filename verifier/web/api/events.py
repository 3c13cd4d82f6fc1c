"""What changed, in order."""

from aiohttp import web

from ...core import strict_json
from ...core.errors import Conflict
from ...publication import events
from .. import keys
from ..description import Number
from ..responses import Answer
from . import parameters

AFTER = Number("Number of the last event that you have", default=0, least=0, most=2**53 - 1)
LIMIT = Number("At most so many", default=100, least=1, most=1000)


async def event_feed(request: web.Request) -> web.Response:
    """GET /api/v1/events?after=SEQ&limit=N

    :raises Conflict: ``events-beyond``
    """
    after, limit = parameters.number(request, "after", AFTER), parameters.number(request, "limit", LIMIT)
    reader = request.app[keys.READER].events
    page = await reader.after(after, limit)
    if not page and after > (last := await reader.last()):
        # Of a follower that is ahead of us, we have lost what it knows: silent, it would wait for events for ever.
        raise Conflict("events-beyond", pointer="/after", last=last)
    body = strict_json.dumps(events.event_page(page, request.app[keys.SITE], after))
    return Answer.of(body).response(request)
