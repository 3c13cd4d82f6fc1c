"""Where a holder comes back from a sign-in elsewhere, to their own order and to nowhere else (T16, T21)."""

from aiohttp import web

from ...core.errors import BadInput, Unauthorized, VerifierError
from ...core.strict_json import Json
from ...storage import Order
from ...validation.methods.oauth_01 import OAuth01
from ...validation.methods.oidc_01 import Oidc01
from ...validation.sign_in import authorization_code
from .. import keys, session
from ..actions import challenges
from .order_page import part_of, see_part, show_order
from .rendering import LANGUAGE, preferred, see

_MEMBERS = ("code", "state", "iss", "error")
_LONGEST = 4_096  # characters of a member; a code that is a signed token has about a thousand


async def from_instance(request: web.Request) -> web.Response:
    """GET /callback/oauth-01/{id}: the answer of an instance, which each order has an address for."""
    return await _come_back(request, OAuth01.declaration.name, request.match_info["id"])


async def from_provider(request: web.Request) -> web.Response:
    """GET /callback/oidc-01: the answer of the provider that the deployment pins."""
    return await _come_back(request, Oidc01.declaration.name, None)


async def _come_back(request: web.Request, type_: str, only: str | None) -> web.Response:
    """The answer of an authorization server (RFC 6749, 4.1.2; RFC 9207).

    :param only: the order that this address is of, None: of all
    """
    request[LANGUAGE] = preferred(request)
    response = _response(request)
    order = await _holder(request, str(response.get("state", "")), only)
    request[LANGUAGE] = session.kept_language(request, order)
    if request.method != "GET":  # who only looks ahead has not come back
        return see(request, f"/demander/{order.id}")
    try:
        challenge = await challenges.respond(request, order, type_, response)
    except VerifierError as error:
        return await show_order(request, order, {part_of(type_): error}, tried=type_)
    return see_part(request, order.id, challenge)


def _response(request: web.Request) -> dict[str, Json]:
    """:raises BadInput: ``signin-answer``: a member that is there twice says two things (RFC 6749, 3.1), or too long"""
    response: dict[str, Json] = {}
    for name in _MEMBERS:
        values = request.query.getall(name, [])
        if len(values) > 1 or any(len(value) > _LONGEST for value in values):
            raise BadInput("signin-answer")
        if values:
            response[name] = values[0]
    return response


async def _holder(request: web.Request, state: str, only: str | None) -> Order:
    """The order of that ``state``, for the browser, or the program, that started the sign-in.

    :raises BadInput: ``signin-answer``: of no order, or of another than `only`: an instance has sent the holder on to
        that other's with this order's ``state``, to be given the code (mix-up, T16; RFC 9700, 4.4)
    :raises Unauthorized: ``signin-not-here``; the sign-in goes on for whoever started it
    """
    order_id = authorization_code.order_of(state)
    if order_id is None or only not in (None, order_id):
        raise BadInput("signin-answer")
    token = session.bearer(request) or session.order_token(request, order_id)
    try:
        return await request.app[keys.REGISTRAR].authorize(order_id, token)
    except Unauthorized:
        raise Unauthorized("signin-not-here") from None
