"""What the contact of a proved body may do from the page of an issued order, for the whole body."""

from collections.abc import Mapping

from aiohttp import web

from ..core.errors import BadInput, Refused, VerifierError
from ..core.identifiers import Host
from ..registration.children import parse_pasted
from ..storage import Order
from ..validation.dns_01 import record_of
from . import keys, register, session
from .orders import take_instance, vouch
from .pages import pasted_domain


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


async def _children(request: web.Request, order: Order, form: Mapping[str, str]) -> dict[str, object]:
    return {"count": len(await vouch(request, order, parse_pasted(form.get("list", ""))))}


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
    """The record that an instance needs, where none is as it must be."""
    body = await request.app[keys.READER].body(order.domain)
    if error.pointer != "/host" or not error.code.startswith("dns-record-") or body is None or body.token is None:
        return None
    place = str(error.values["name"]).partition(".")[2]  # of the body itself for an instance below it
    name, value = record_of(Host.parse(place), body.token, request.app[keys.TOOLS].authority)
    return {"name": name, "value": value}
