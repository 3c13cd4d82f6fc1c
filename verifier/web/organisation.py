"""What the contact of a proved body may do from the page of an issued order, for the whole body."""

from collections.abc import Mapping

from aiohttp import web

from ..core.errors import BadInput, Refused, VerifierError
from ..core.identifiers import Host
from ..registration.children import parse_children
from ..storage import Order
from . import register, session
from .orders import take_instance, vouch

_HEADS = ("domain,name", "domain,name,contact")


async def act(request: web.Request) -> web.Response:
    """POST /demander/{id}/organisation/{act}: ``children`` names bodies below, ``instance`` takes a whole instance."""
    order = await session.holder(request)
    form = await session.own_form(request)
    part = request.match_info["act"]
    try:
        done = await (_children if part == "children" else _instance)(request, order, form)
    except VerifierError as error:
        return await register.show_order(request, order, {part: error}, typed=form)
    return await register.show_order(request, order, {}, done={part: done})


async def _children(request: web.Request, order: Order, form: Mapping[str, str]) -> dict[str, object]:
    text = form.get("list", "").replace("\r\n", "\n").strip()
    first = text.partition("\n")[0]
    if first not in _HEADS:
        # A mailbox ends the lines of those who name contacts; a name in quotes may hold commas of its own.
        text = f"{_HEADS['@' in first.rpartition(',')[2]]}\n{text}"
    return {"count": len(await vouch(request, order, parse_children(text)))}


async def _instance(request: web.Request, order: Order, form: Mapping[str, str]) -> dict[str, object]:
    try:
        host = Host.parse(form.get("host", "").strip())
    except BadInput as error:
        raise error.at("/host") from None
    record = await take_instance(request, order, host)
    if record.problem is not None:
        raise Refused(record.problem.code, pointer="/host", **dict(record.problem.values))
    return {"host": str(host)}
