"""Is this account official? Stored answers, by handle or URL."""

from aiohttp import web

from ...core import strict_json
from ...core.errors import VerifierError, located
from ...core.identifiers import Handle
from ...core.strict_json import Json
from .. import keys, payloads, problems
from ..responses import json_response


async def lookup(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/lookup?handle=H"""
    return (await request.app[keys.LOOKUPS].answer_query(request)).sealed(request)


async def account(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/accounts/{u@h}"""
    with located("/handle"):
        handle = Handle.parse(request.match_info["handle"])
    return (await request.app[keys.LOOKUPS].answer(request, handle.acct)).sealed(request)


async def lookup_many(request: web.Request) -> web.Response:
    """POST /api/v1/lookup"""
    batch = await payloads.read(request, payloads.BatchBody)
    results = [await _one(request, place, text) for place, text in enumerate(batch.handles)]
    return json_response({"results": results})


async def _one(request: web.Request, place: int, text: str) -> Json:
    try:
        answer = await request.app[keys.LOOKUPS].answer(request, text)
    except VerifierError as error:
        pointer = f"/handles/{place}"
        return problems.problem(error.code, error.values, status=problems.status_of(error), pointer=pointer)
    return strict_json.loads(answer.body)
