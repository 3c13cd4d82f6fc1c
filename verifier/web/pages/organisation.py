"""What the contact of a proved body may do from the page of an issued order, for the whole body."""

from collections.abc import Mapping

from aiohttp import web

from ...core.errors import NotFound, Refused, VerifierError, located
from ...core.identifiers import Host
from ...registration.children import parse_pasted
from ...registration.monitoring.instances import record_needed
from ...storage import Order
from .. import keys, session
from ..actions import children, instances
from . import forms
from .order_page import show_order
from .pasted import pasted_domain
from .rendering import show


async def name_children(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/children: names the bodies below."""
    order, form = await _sent(request)
    vouched = await children.vouch(request, order, parse_pasted(form.get("list", "")))
    done = {"count": len(vouched), "examined": [each for each in vouched if each.examined]}
    return await show_order(request, order, done={"children": done})


async def refuse_children(request: web.Request, error: VerifierError) -> web.Response:
    """The page of the order, with what is wrong beside the list."""
    return await _refuse(request, "children", error)


async def host_instance(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/instance: takes a whole instance."""
    order, form = await _sent(request)
    with located("/host"):
        host = Host.parse(pasted_domain(form.get("host", "")))
    record = await instances.host(request, order, host)
    if record.problem is not None:
        raise Refused(record.problem.code, pointer="/host", **dict(record.problem.values))
    return await show_order(request, order, done={"instance": {"host": str(host)}})


async def refuse_instance(request: web.Request, error: VerifierError) -> web.Response:
    """The page of the order, with what is wrong beside the field."""
    return await _refuse(request, "instance", error)


async def ask_child(request: web.Request) -> web.Response:
    """GET /demander/{id}/organisation/children/{domain}: what would follow if that body were taken back."""
    order = await session.holder(request)
    domain = Host.parse(request.match_info["domain"])
    for child in await children.children_of(request, order):
        if child.domain == str(domain):
            return _ask(request, order, child=child)
    raise NotFound("child-unknown", domain=str(domain), parent=order.domain)


async def take_back_child(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/children/{domain}: takes it back. Once more changes nothing."""
    order, _ = await _sent(request)
    domain = Host.parse(request.match_info["domain"])
    count = await children.take_back(request, order, domain)
    return await show_order(request, order, done={"children_back": {"name": str(domain), "count": count}})


async def ask_instance(request: web.Request) -> web.Response:
    """GET /demander/{id}/organisation/instance/{host}: what would follow if that instance were given up."""
    order = await session.holder(request)
    host = Host.parse(request.match_info["host"])
    for instance in await instances.instances_of(request, order):
        if instance.host == str(host) and instance.ended_at is None:
            return _ask(request, order, host=instance.host)
    raise NotFound("instance-not-yours", host=str(host), domain=order.domain)


async def end_instance(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/instance/{host}: gives it up. Once more changes nothing."""
    order, _ = await _sent(request)
    host = Host.parse(request.match_info["host"])
    await instances.end(request, order, host)
    return await show_order(request, order, done={"instance_back": {"name": str(host)}})


async def _sent(request: web.Request) -> tuple[Order, Mapping[str, str]]:
    return await session.holder(request), await forms.fields(request)


async def _refuse(request: web.Request, part: str, error: VerifierError) -> web.Response:
    order, form = await _sent(request)
    record = await _record(request, order, error)
    return await show_order(request, order, {part: error}, typed=form, publish=record)


async def _record(request: web.Request, order: Order, error: VerifierError) -> dict[str, str] | None:
    """The record that an instance, or the body itself, needs, where none is as it must be."""
    body = await request.app[keys.READER].bodies.get(order.domain)
    needed = record_needed(body, error, request.app[keys.SITE].authority) if body is not None else None
    return {"name": needed[0], "value": needed[1]} if needed else None


def _ask(request: web.Request, order: Order, *, child: object = None, host: str | None = None) -> web.Response:
    return show(request, "take_back.html", order_id=order.id, action=request.path, child=child, host=host)
