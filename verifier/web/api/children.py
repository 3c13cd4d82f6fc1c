"""The bodies that the body of an attested account names."""

from aiohttp import web

from ...core.clock import to_rfc3339
from ...core.strict_json import Json
from ...registration.bodies import VouchResult
from ...registration.vouching import ChildBody
from .. import payloads, session
from ..actions import children
from ..responses import json_response
from . import parameters


async def name_children(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/children: all of them, or none."""
    order = await session.authorized(request)
    named = (await payloads.read(request, payloads.ChildrenBody)).named()
    vouched = await children.vouch(request, order, named)
    return json_response({"children": [vouched_json(each) for each in vouched]})


async def list_children(request: web.Request) -> web.Response:
    """GET /api/v1/orders/{id}/children"""
    order = await session.authorized(request)
    return json_response({"children": [child_json(each) for each in await children.children_of(request, order)]})


async def take_back_child(request: web.Request) -> web.Response:
    """DELETE /api/v1/orders/{id}/children/{domain}: idempotent."""
    order = await session.authorized(request)
    domain = parameters.host(request, "domain")
    suspended = await children.take_back(request, order, domain)
    return json_response({"domain": str(domain), "suspended": suspended})


def vouched_json(body: VouchResult) -> dict[str, Json]:
    """A body that was just named, and why its first request will be examined."""
    return {"domain": body.domain, "name": body.name, "examined": body.examined}


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
