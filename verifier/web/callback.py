"""Where a holder comes back from a sign-in elsewhere, to their own order and to nowhere else (T16, T21)."""

from aiohttp import web

from ..core.errors import BadInput, Unauthorized, VerifierError
from ..core.strict_json import Json
from ..storage import Order
from ..validation import going
from ..words import lang_of
from . import keys, register
from .orders import answer_challenge, bearer
from .pages import LANGUAGE, preferred

TYPES = ("oauth-01", "oidc-01")

_MEMBERS = ("code", "state", "iss", "error")
_LONGEST = 4_096  # characters of a member; a code that is a signed token has about a thousand


async def come_back(request: web.Request) -> web.Response:
    """GET /callback/{type}: the answer of an authorization server (RFC 6749, 4.1.2; RFC 9207)."""
    request[LANGUAGE] = preferred(request)
    given = _given(request)
    order = await _holder(request, str(given.get("state", "")))
    request[LANGUAGE] = lang_of(order.locale)
    type_ = request.match_info["type"]
    part = register.PARTS[type_]
    if request.method == "GET":  # who only looks ahead has not come back
        try:
            await answer_challenge(request, order, type_, given)
        except VerifierError as error:
            return await register.show_order(request, order, {part: error})
    return register.see(request, order.id, part)


def _given(request: web.Request) -> dict[str, Json]:
    """:raises BadInput: ``signin-answer``: a member that is there twice says two things (RFC 6749, 3.1), or too long"""
    given: dict[str, Json] = {}
    for name in _MEMBERS:
        values = request.query.getall(name, [])
        if len(values) > 1 or any(len(value) > _LONGEST for value in values):
            raise BadInput("signin-answer")
        if values:
            given[name] = values[0]
    return given


async def _holder(request: web.Request, state: str) -> Order:
    """The order of that ``state``, for the browser, or the program, that started the sign-in.

    :raises Unauthorized: ``signin-not-here``; the sign-in goes on for whoever started it
    """
    order_id = going.order_of(state)
    if order_id is None:
        raise BadInput("signin-answer")
    token = bearer(request) or request.cookies.get(f"order-{order_id}")
    try:
        return await request.app[keys.REGISTRAR].authorize(order_id, token)
    except Unauthorized:
        raise Unauthorized("signin-not-here") from None
