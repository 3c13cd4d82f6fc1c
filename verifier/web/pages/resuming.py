"""Going on with a request in another browser: a mailbox, a code, the requests that are open, one of them."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from ... import words
from ...core import codes
from ...core.errors import VerifierError, located
from ...core.identifiers import Handle, MailAddress
from ...core.models import IdentityType
from ...registration.sign_in import SESSION_LIFETIME, Purpose
from ...storage import Order
from .. import keys, problems, session
from ..actions import mails
from . import forms
from .pasted import TYPED_MOST
from .rendering import explain, language, see, show

_PATH = "/reprendre"
_FIELDS = {"/email": "email", "/code": "code"}


async def start(request: web.Request) -> web.Response:
    """GET /reprendre: the form for the mailbox, the one for the code, or the requests."""
    return await _page(request)


async def send(request: web.Request) -> web.Response:
    """POST /reprendre: a code, if that mailbox has open requests; the answer is the same if it has none (T63)."""
    form = await forms.fields(request)
    with located("/email"):
        mailbox = MailAddress.parse(form.get("email", "").strip())
    resuming = request.app[keys.RESUMING]
    mails.count(request, resuming.person(mailbox), mailbox.domain)
    token = await resuming.ask(mailbox, language(request))
    answer = see(request, _PATH)
    session.keep_code(request, answer, Purpose.RESUME, token)
    return answer


async def type_code(request: web.Request) -> web.Response:
    """POST /reprendre/code: opens the session of this browser."""
    form = await forms.fields(request)
    sign_ins = request.app[keys.SIGN_INS]
    token = await sign_ins.answer(
        Purpose.RESUME, session.code_token(request, Purpose.RESUME), form.get("code", "")[:TYPED_MOST]
    )
    answer = see(request, _PATH)
    session.sign_in(request, answer, Purpose.RESUME, token)
    return answer


async def go_on(request: web.Request) -> web.Response:
    """POST /reprendre/{id}: this browser becomes the holder of that order, and no other is any more."""
    held = session.session_token(request, Purpose.RESUME)
    order, token = await request.app[keys.RESUMING].take(held, request.match_info["id"])
    answer = see(request, f"/demander/{order.id}")
    session.forget(request, answer, (await session.browser_orders(request)).superfluous)
    session.keep_order(request, answer, order, token)
    return answer


async def end(request: web.Request) -> web.Response:
    """POST /reprendre/{id}/end: that order is withdrawn."""
    held = session.session_token(request, Purpose.RESUME)
    await request.app[keys.RESUMING].end(held, request.match_info["id"])
    return see(request, _PATH)


async def refuse(request: web.Request, error: VerifierError) -> web.Response:
    """The page, with what went wrong."""
    return await _page(request, error)


async def _page(request: web.Request, error: VerifierError | None = None) -> web.Response:
    waiting = await request.app[keys.SIGN_INS].sent(Purpose.RESUME, session.code_token(request, Purpose.RESUME))
    until = waiting.sent_at + codes.LIFETIME if waiting is not None and waiting.tries < codes.TRIES else 0
    orders = await request.app[keys.RESUMING].orders(session.session_token(request, Purpose.RESUME))
    page = words.ResumePage(
        email=await _typed(request, error),
        until=until if until > request.app[keys.CLOCK].now() else None,
        tries_left=codes.TRIES - waiting.tries if waiting is not None else 0,
        minutes=SESSION_LIFETIME // 60,
        found=[_found(order) for order in orders] if orders is not None else None,
        problem=explain(request, error) if error else None,
        field=_FIELDS.get(error.pointer or "") if error else None,
    )
    return show(request, page, status=problems.status_of(error) if error else HTTPStatus.OK)


async def _typed(request: web.Request, error: VerifierError | None) -> str:
    """The mailbox that was typed into a form that is shown again."""
    typed = (await forms.fields(request)).get("email", "") if error and error.pointer == "/email" else ""
    return typed[:TYPED_MOST]


def _found(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "handle": str(Handle.parse(order.handle)),
        "domain": order.domain if order.identity_type is IdentityType.INSTITUTION else None,
        "since": order.created_at,
        "status": order.status,
    }
