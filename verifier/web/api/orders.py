"""Orders. The bearer token is the whole session."""

from http import HTTPStatus

from aiohttp import web

from ...core.models import ChallengeStatus, OrderStatus
from .. import keys, payloads, session
from ..actions import challenges, publication
from ..responses import json_response
from .order_json import challenge_json, order_json


async def new_order(request: web.Request) -> web.Response:
    """POST /api/v1/orders"""
    wanted = (await payloads.read(request, payloads.OrderBody)).request()
    view, token = await request.app[keys.REGISTRAR].new_order(wanted)
    shown = order_json(request, view)
    response = json_response({"id": shown["id"], "token": token} | shown, status=HTTPStatus.CREATED)
    response.headers["Location"] = request.app[keys.SITE].order(view.order.id)
    return response


async def show_order(request: web.Request) -> web.Response:
    """GET /api/v1/orders/{id}"""
    order = await session.authorized(request)
    return json_response(order_json(request, await request.app[keys.REGISTRAR].view(order.id)))


async def respond(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/challenges/{type}: begin or check; 202 while another request does."""
    order = await session.authorized(request)
    payload = await payloads.read(request, payloads.CodeBody)
    response = {} if payload.code is None else {"code": payload.code}
    challenge = await challenges.respond(request, order, request.match_info["type"], response)
    view = await request.app[keys.REGISTRAR].view(order.id)
    record = view.records.get(challenge.record_id) if challenge.record_id is not None else None
    going_on = challenge.status is ChallengeStatus.PROCESSING
    return json_response(
        challenge_json(request, challenge, record), status=HTTPStatus.ACCEPTED if going_on else HTTPStatus.OK
    )


async def finalize(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/finalize: idempotent."""
    order = await session.authorized(request)
    await payloads.read(request, payloads.EmptyBody)
    order = await publication.finalize(request, order)
    if order.status is OrderStatus.ISSUED and order.attestation_id:
        return json_response(
            {"status": order.status, "attestation": request.app[keys.SITE].attestation(order.attestation_id)}
        )
    return json_response({"status": order.status}, status=HTTPStatus.ACCEPTED)
