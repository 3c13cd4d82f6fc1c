"""For those who run the service: does it answer?"""

from aiohttp import web

from .. import keys


async def health(_: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """GET /readyz: the store answers too."""
    await request.app[keys.READER].events.last_change()
    return web.Response(text="ready\n")
