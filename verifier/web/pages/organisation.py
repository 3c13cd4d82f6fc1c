"""What the contact of a proved body may do from the page of an issued order, for the whole body."""

from collections.abc import Mapping

from aiohttp import web

from ...core.errors import BadInput, NotFound, Refused, VerifierError
from ...core.identifiers import Host
from ...registration.children import parse_pasted
from ...registration.monitoring.instances import record_needed
from ...registration.vouching import ChildBody
from ...storage import Order
from .. import keys, session
from ..api import vouching as bonds
from ..api.orders import take_instance, vouch
from . import registration as register
from .lookup import pasted_domain, show


async def act(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/{act}: ``children`` names bodies below, ``instance`` takes a whole instance."""
    order = await session.holder(request)
    form = await session.own_form(request)
    part = request.match_info["act"]
    try:
        done = await (_children if part == "children" else _instance)(request, order, form)
    except VerifierError as error:
        publish = await _record(request, order, error)
        return await register.show_order(request, order, {part: error}, typed=form, publish=publish)
    return await register.show_order(request, order, {}, done={part: done})


async def confirm(request: web.Request) -> web.Response:
    """GET /demander/{id}/organisation/{act}/{name}: what would follow if that body, or instance, were taken back."""
    order = await session.holder(request)
    name = _named(request)
    csrf, fresh = session.start_visit(request)
    answer = show(
        request,
        "take_back.html",
        csrf=csrf,
        order_id=order.id,
        action=request.path,
        child=await _child(request, order, name) if request.match_info["act"] == "children" else None,
        host=await _host(request, order, name) if request.match_info["act"] == "instance" else None,
    )
    session.keep_visit(request, answer, fresh)
    return answer


async def take_back(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/{act}/{name}: take it back. Once more changes nothing."""
    order = await session.holder(request)
    await session.own_form(request)
    part, name = request.match_info["act"], _named(request)
    done: dict[str, object] = {"name": str(name)}
    try:
        if part == "children":
            done["count"] = await bonds.take_back(request, order, name)
        else:
            await bonds.give_up(request, order, name)
    except VerifierError as error:
        return await register.show_order(request, order, {part: error})
    return await register.show_order(request, order, {}, done={f"{part}_back": done})


async def _child(request: web.Request, order: Order, domain: Host) -> ChildBody:
    for child in await bonds.children(request, order):
        if child.domain == str(domain):
            return child
    raise NotFound("child-unknown", domain=str(domain), parent=order.domain)


async def _host(request: web.Request, order: Order, host: Host) -> str:
    for instance in await bonds.instances(request, order):
        if instance.host == str(host) and instance.ended_at is None:
            return instance.host
    raise NotFound("instance-not-yours", host=str(host), domain=order.domain)


def _named(request: web.Request) -> Host:
    return Host.parse(request.match_info["name"])


async def _children(request: web.Request, order: Order, form: Mapping[str, str]) -> dict[str, object]:
    done = await vouch(request, order, parse_pasted(form.get("list", "")))
    return {"count": len(done), "examined": [each for each in done if each.examined]}


async def _instance(request: web.Request, order: Order, form: Mapping[str, str]) -> dict[str, object]:
    try:
        host = Host.parse(pasted_domain(form.get("host", "")))
    except BadInput as error:
        raise error.at("/host") from None
    record = await take_instance(request, order, host)
    if record.problem is not None:
        raise Refused(record.problem.code, pointer="/host", **dict(record.problem.values))
    return {"host": str(host)}


async def _record(request: web.Request, order: Order, error: VerifierError) -> dict[str, str] | None:
    """The record that an instance, or the body itself, needs, where none is as it must be."""
    body = await request.app[keys.READER].bodies.get(order.domain)
    asked = record_needed(body, error, request.app[keys.SITE].authority) if body is not None else None
    return {"name": asked[0], "value": asked[1]} if asked else None
