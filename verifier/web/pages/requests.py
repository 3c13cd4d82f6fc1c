"""What a browser holds: its requests on one list, and what a request tells its holder beside its steps."""

from urllib.parse import urlencode

from aiohttp import web

from ... import words
from ...core.errors import Conflict
from ...core.models import IdentityType, OrderStatus
from ...registration.bodies import represented_body
from ...registration.monitoring.bodies import MissingRecord, missing_record
from ...storage import Order
from .. import keys, session
from .lookup import language


async def requests(request: web.Request) -> list[dict[str, object]]:
    """The open and the published requests of this browser, the newest first; of nobody else (T63)."""
    shown: list[dict[str, object]] = []
    for order in (await session.held(request)).orders:
        if session.is_over(request, order):
            continue
        verdict = await request.app[keys.READER].verdicts.of_order(order.id)
        ended = verdict is not None and not verdict.status.vouches
        status = "ended" if ended else order.status
        until = session.kept_until(request, order)
        shown.append({"id": order.id, "handle": _handle(order), "status": status, "until": until})
    return shown


def again(request: web.Request, order: Order) -> str:
    """The form of a new request for the same account, filled in but for the mailbox: addresses are kept in logs."""
    given = {"handle": _handle(order)}
    if order.identity_type is IdentityType.INSTITUTION:
        given |= {"for": "body", "domain": order.domain}
    return f"{words.prefix(language(request))}/demander?{urlencode(given)}"


async def record_awaited(request: web.Request, order: Order) -> MissingRecord | None:
    """The DNS record that a published attestation rests on, while it cannot be seen."""
    if order.status is not OrderStatus.ISSUED:
        return None
    reader, site = request.app[keys.READER], request.app[keys.SITE]
    try:
        body = await represented_body(reader, order)
    except Conflict:
        return None  # it speaks for no body
    return await missing_record(reader, body, site.authority, request.app[keys.CLOCK].now())


def _handle(order: Order) -> str:
    return "@" + order.handle.removeprefix("acct:")
