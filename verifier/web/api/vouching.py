"""What a body has named and taken in, for those who speak for it: read, and taken back. Programs and pages alike."""

from aiohttp import web

from ...core.clock import to_rfc3339
from ...core.errors import BadInput
from ...core.identifiers import Host
from ...core.models import Reason, agreeing
from ...core.strict_json import Json
from ...registration.bodies import represented_body
from ...registration.vouching import ChildBody, child_bodies
from ...storage import Instance, Order
from .. import keys
from ..limits import ANSWERS
from .orders import authorized
from .public import json_response


async def list_children(request: web.Request) -> web.Response:
    """GET /api/v1/orders/{id}/children"""
    order = await authorized(request)
    return json_response({"children": [child_json(each) for each in await children(request, order)]})


async def take_back_child(request: web.Request) -> web.Response:
    """DELETE /api/v1/orders/{id}/children/{domain}: idempotent."""
    order = await authorized(request)
    domain = _host(request, "domain")
    return json_response({"domain": str(domain), "suspended": await take_back(request, order, domain)})


async def list_instances(request: web.Request) -> web.Response:
    """GET /api/v1/orders/{id}/instance"""
    order = await authorized(request)
    return json_response({"instances": [instance_json(each) for each in await instances(request, order)]})


async def end_instance(request: web.Request) -> web.Response:
    """DELETE /api/v1/orders/{id}/instance/{host}: idempotent."""
    order = await authorized(request)
    host = _host(request, "host")
    await give_up(request, order, host)
    return json_response({"host": str(host), "hosted": False})


async def children(request: web.Request, order: Order) -> list[ChildBody]:
    """Those that its body names now.

    :raises Conflict: ``body-not-proved``
    """
    reader = request.app[keys.READER]
    return list(await child_bodies(reader, await represented_body(reader, order), request.app[keys.POLICY]))


async def instances(request: web.Request, order: Order) -> list[Instance]:
    """Those that its body took, those that have ended too.

    :raises Conflict: ``body-not-proved``
    """
    reader = request.app[keys.READER]
    return list(await reader.instances.of_body((await represented_body(reader, order)).id))


async def take_back(request: web.Request, order: Order, domain: Host) -> int:
    """What both the API and the pages do to take a body back; how many attestations are suspended by it.

    :raises NotFound: ``child-unknown``
    :raises Conflict: ``body-not-proved``
    """
    request.app[keys.LIMITER].client(request, ANSWERS)
    return await request.app[keys.VOUCHING].take_back(order, domain)


async def give_up(request: web.Request, order: Order, host: Host) -> None:
    """What both the API and the pages do to end an instance.

    :raises NotFound: ``instance-not-yours``
    :raises Conflict: ``body-not-proved``
    """
    request.app[keys.LIMITER].client(request, ANSWERS)
    await request.app[keys.INSTANCES].unhost(host, Reason.HOLDER_REQUEST, order)


def child_json(child: ChildBody) -> dict[str, Json]:
    """Of the contact, whether there is one: the mailbox itself is told to nobody."""
    return {
        "domain": child.domain,
        "name": child.name,
        "named": to_rfc3339(child.named_at),
        "contact": child.has_contact,
        "record": child.has_record,
        "examined": child.examined,
        "accounts": list(child.accounts),
    }


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


def _host(request: web.Request, name: str) -> Host:
    try:
        return Host.parse(request.match_info[name])
    except BadInput as error:
        raise error.at(f"/{name}") from None
