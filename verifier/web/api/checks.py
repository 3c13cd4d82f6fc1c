"""The public checks: an answer about somebody else's page or account."""

from aiohttp import web

from ...core.clock import to_rfc3339
from ...core.errors import located
from ...core.identifiers import Handle
from ...core.strict_json import Json
from .. import problems
from ..actions import checks
from ..lookups import one_handle
from ..responses import json_response
from . import parameters


async def check_rel_me(request: web.Request) -> web.Response:
    """GET /api/v1/checks/rel-me?page=URL&profile=URL: by Mastodon's rule."""
    page, profile = parameters.url(request, "page"), str(parameters.url(request, "profile"))
    return _response(await checks.rel_me(request, page, profile))


async def check_webfinger(request: web.Request) -> web.Response:
    """GET /api/v1/checks/webfinger?handle=H: both ways."""
    with located("/handle"):
        handle = Handle.parse(one_handle(request.query.getall("handle", [])))
    return _response(await checks.webfinger(request, handle))


def _response(result: Json) -> web.Response:
    why = result["why"]
    shown = {name: value for name, value in result.items() if name not in ("at", "until")}
    shown["why"] = problems.problem(why["code"], why["values"]) if why else None
    return json_response(shown | {"checkedAt": to_rfc3339(result["at"])})
