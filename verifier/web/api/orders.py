"""The registration doors for programs. The bearer token is the whole session."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web

from ...core.clock import to_rfc3339
from ...core.errors import Refused
from ...core.identifiers import Host
from ...core.models import ChallengeStatus, End, OrderStatus, Record
from ...core.strict_json import Json
from ...fetch import registrable
from ...registration.bodies import VouchResult, represented_body
from ...registration.children import Child
from ...registration.orders.registrar import OrderView
from ...registration.orders.requirements import is_optional
from ...storage import Challenge, Order, StoredRecord
from .. import keys, problems
from .. import payloads as bodies
from ..limits import ANSWERS, AT_ONCE, MAIL_DOMAINS, MAILS, ORDERS, TAKINGS
from .public import json_response


async def new_order(request: web.Request) -> web.Response:
    """POST /api/v1/orders"""
    request.app[keys.LIMITER].client(request, ORDERS)
    asked = (await bodies.read(request, bodies.OrderBody)).request()
    view, token = await request.app[keys.REGISTRAR].new_order(asked)
    shown = order_json(request, view)
    body = {"id": shown["id"], "token": token} | shown
    response = json_response(body, status=HTTPStatus.CREATED)
    response.headers["Location"] = request.app[keys.SITE].order(view.order.id)
    return response


async def show_order(request: web.Request) -> web.Response:
    """GET /api/v1/orders/{id}"""
    order = await authorized(request)
    return json_response(order_json(request, await request.app[keys.REGISTRAR].view(order.id)))


async def respond(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/challenges/{type}: begin or check; 202 while another request does."""
    order = await authorized(request)
    answer = await bodies.read(request, bodies.CodeBody)
    given = {} if answer.code is None else {"code": answer.code}
    challenge = await answer_challenge(request, order, request.match_info["type"], given)
    view = await request.app[keys.REGISTRAR].view(order.id)
    record = view.records.get(challenge.record_id) if challenge.record_id is not None else None
    going_on = challenge.status is ChallengeStatus.PROCESSING
    return json_response(
        challenge_json(request, challenge, record), status=HTTPStatus.ACCEPTED if going_on else HTTPStatus.OK
    )


async def answer_challenge(request: web.Request, order: Order, type_: str, given: Mapping[str, Json]) -> Challenge:
    """What both the API and the pages do with an answer.

    :raises TooMany: this client, or mails to this mailbox or its domain
    """
    limiter = request.app[keys.LIMITER]
    limiter.client(request, ANSWERS)
    client = limiter.network(request)
    method = request.app[keys.METHODS].get(type_)
    if method is not None and method.sends_mail(given):
        limiter.share(MAILS, client, (order.contact_key or order.identity_key).hex())
        limiter.count(MAIL_DOMAINS, str(registrable(Host.parse(order.mail_domain or order.domain))))
    with limiter.at_once(AT_ONCE, f"answers {client}"):
        return await request.app[keys.REGISTRAR].respond(order, type_, given)


async def finalize(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/finalize: idempotent."""
    order = await authorized(request)
    await bodies.read(request, bodies.EmptyBody)
    order = await request.app[keys.FINALIZER].finalize(order)
    if order.status is OrderStatus.ISSUED and order.attestation_id:
        return json_response(
            {"status": order.status, "attestation": request.app[keys.SITE].attestation(order.attestation_id)}
        )
    return json_response({"status": order.status}, status=HTTPStatus.ACCEPTED)


def bearer(request: web.Request) -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def name_children(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/children: the body of an attested account names those below it."""
    order = await authorized(request)
    named = (await bodies.read(request, bodies.ChildrenBody)).named()
    done = await vouch(request, order, named)
    return json_response({"children": [vouched_json(each) for each in done]})


def vouched_json(body: VouchResult) -> dict[str, Json]:
    """A body that was just named, and why its first request will be examined."""
    return {"domain": body.domain, "name": body.name, "examined": body.examined}


async def vouch(request: web.Request, order: Order, named: Sequence[Child]) -> Sequence[VouchResult]:
    """What both the API and the pages do with a list of bodies.

    :raises Conflict: ``body-not-proved``: nothing is attested to a body by this order
    :raises Refused: ``child-is-parent``
    """
    request.app[keys.LIMITER].client(request, ORDERS)
    await represented_body(request.app[keys.READER], order)
    for number, child in enumerate(named):
        if str(child.domain) == order.domain:
            raise Refused("child-is-parent", pointer=f"/children/{number}", domain=order.domain)
    return await request.app[keys.BODIES].vouch(Host.parse(order.domain), named)


async def host_instance(request: web.Request) -> web.Response:
    """POST /api/v1/orders/{id}/instance: a whole instance is the body's."""
    order = await authorized(request)
    host = (await bodies.read(request, bodies.InstanceBody)).named()
    record = await take_instance(request, order, host)
    shown: dict[str, Json] = {"host": str(host), "hosted": record.valid, "record": _record(record)}
    if record.problem:
        shown["problem"] = problems.problem(record.problem.code, record.problem.values)
    return json_response(shown)


async def take_instance(request: web.Request, order: Order, host: Host) -> Record:
    """What both the API and the pages do with the name of an instance.

    :raises Conflict: ``body-not-proved``, ``instance-taken``
    """
    limiter = request.app[keys.LIMITER]
    limiter.client(request, ANSWERS)
    await represented_body(request.app[keys.READER], order)
    limiter.share(TAKINGS, limiter.network(request), str(host))
    return await request.app[keys.INSTANCES].host(Host.parse(order.domain), host)


async def authorized(request: web.Request) -> Order:
    """The order of this address, for the bearer of its token.

    :raises Unauthorized: ``unauthorized``
    """
    return await request.app[keys.REGISTRAR].authorize(request.match_info["id"], bearer(request))


def order_json(request: web.Request, view: OrderView) -> dict[str, Json]:
    """An order as its holder reads it; the mailbox is not repeated."""
    site, order = request.app[keys.SITE], view.order
    shown: dict[str, Json] = {
        "id": order.id,
        "status": order.status,
        "handle": "@" + order.handle.removeprefix("acct:"),
        "page": site.page(order.id),
        "expires": to_rfc3339(order.expires_at),
        "listed": order.listed,
        "affiliation": order.affiliation,
        "authorizations": [
            {
                "end": end,
                "status": next(a.status for a in view.authorizations if a.end is end),
                "needs": next(a.needs for a in view.authorizations if a.end is end),
                "challenges": [
                    challenge_json(request, challenge, view.records.get(challenge.record_id or 0))
                    | ({"optional": True} if is_optional(order.identity_type, challenge.type) else {})
                    for challenge in view.challenges
                    if challenge.end is end
                ],
            }
            for end in (End.ACCOUNT, End.IDENTITY)
        ],
    }
    if order.status is OrderStatus.ISSUED and order.attestation_id:
        shown["attestation"] = site.attestation(order.attestation_id)
    return shown


def challenge_json(request: web.Request, challenge: Challenge, record: StoredRecord | None) -> dict[str, Json]:
    """A challenge, with the record of its last check and the problem that it met."""
    shown: dict[str, Json] = {
        "type": challenge.type,
        "url": request.app[keys.SITE].challenge(challenge.order_id, challenge.type),
        "status": challenge.status,
    }
    shown |= request.app[keys.METHODS][challenge.type].instructions(challenge.state)
    if record is not None and challenge.status in (ChallengeStatus.VALID, ChallengeStatus.INVALID):
        shown["record"] = _record(record)
        if record.problem:
            shown["problem"] = problems.problem(record.problem["code"], record.problem["values"])
    return shown


def _record(record: Record | StoredRecord) -> dict[str, Json]:
    return {
        "method": record.method,
        "result": "valid" if record.valid else "invalid",
        "checkedAt": to_rfc3339(record.checked_at),
        "view": record.view,
        "evidence": dict(record.evidence),
    }
