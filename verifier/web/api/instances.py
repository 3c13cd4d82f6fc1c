"""The whole instances of the body of an attested account."""

from aiohttp import web

from ...core.clock import to_rfc3339
from ...core.models import agreeing
from ...core.strict_json import Json
from ...storage import Instance
from .. import payloads, problems, session
from ..actions import instances
from ..responses import json_response
from . import parameters
from .order_json import record_json


async def host_instance(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/instance: a whole instance is the body's."""
    order = await session.authorized(request)
    name = (await payloads.read(request, payloads.InstanceBody)).named()
    record = await instances.host(request, order, name)
    shown: dict[str, Json] = {"host": str(name), "hosted": record.valid, "record": record_json(record)}
    if record.problem:
        shown["problem"] = problems.problem(record.problem.code, record.problem.values)
    return json_response(shown)


async def list_instances(request: web.Request) -> web.Response:
    """GET /api/v1/orders/{id}/instance"""
    order = await session.authorized(request)
    return json_response({"instances": [instance_json(each) for each in await instances.instances_of(request, order)]})


async def end_instance(request: web.Request) -> web.Response:
    """DELETE /api/v1/orders/{id}/instance/{host}: idempotent."""
    order = await session.authorized(request)
    name = parameters.host(request, "host")
    await instances.end(request, order, name)
    return json_response({"host": str(name), "hosted": False})


def instance_json(instance: Instance) -> dict[str, Json]:
    """What was seen of it when it was last seen to be so."""
    shown: dict[str, Json] = {
        "host": instance.host,
        "status": "ended" if instance.ended_at else "failing" if instance.failing_since else "hosted",
        "checkedAt": to_rfc3339(instance.checked_at),
        "registration": dict(instance.evidence.get("registration", {})),
        "views": agreeing(instance.evidence),
    }
    if instance.ended_at is not None:
        shown |= {"endedAt": to_rfc3339(instance.ended_at), "reason": instance.reason}
    elif instance.failing_since is not None:
        shown["since"] = to_rfc3339(instance.failing_since)
    return shown
