"""What an attestation that somebody brings is worth."""

from aiohttp import web

from ...core.errors import Refused
from ...core.strict_json import Json
from .. import keys, payloads, problems
from ..responses import json_response


async def verify(request: web.Request) -> web.Response:
    """POST /api/v1/verify: a verdict per axis. 200 also when it fails."""
    payload = await payloads.read(request, payloads.VerifyBody)
    try:
        appraisal = await request.app[keys.APPRAISER].appraise(payload.attestation)
    except Refused as error:
        raise error.at(_pointer(error.pointer)) from None
    failures: list[Json] = [
        {"axis": name}
        | problems.problem(axis.problem.code, axis.problem.values, pointer=_pointer(axis.problem.pointer))
        for name, axis in appraisal.axes.items()
        if axis.problem
    ]
    axes = {name: axis.result for name, axis in appraisal.axes.items()}
    return json_response({"verified": appraisal.verified} | axes | {"problems": failures})


def _pointer(inside: str | None) -> str:
    return f"/attestation{inside or ''}"
