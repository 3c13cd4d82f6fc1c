"""What changed, in order."""

from aiohttp import web

from ...publication import events
from .. import keys
from ..responses import json_response
from . import parameters

EVENTS_MOST = 1000


async def event_feed(request: web.Request) -> web.Response:
    """GET /api/v1/events?after=SEQ&limit=N"""
    after = parameters.number(request, "after", default=0, least=0, most=2**53)
    limit = parameters.number(request, "limit", default=100, least=1, most=EVENTS_MOST)
    page = await request.app[keys.READER].events.after(after, limit)
    return json_response(events.event_page(page, request.app[keys.SITE], after))
