"""An order as its holder reads it. The mailbox is not repeated."""

from aiohttp import web

from ...core.clock import to_rfc3339
from ...core.models import ChallengeStatus, End, OrderStatus, Record
from ...core.strict_json import Json
from ...registration.orders.registrar import OrderView
from ...registration.orders.requirements import is_optional
from ...storage import Challenge, StoredRecord
from .. import keys, problems


def order_json(request: web.Request, view: OrderView) -> dict[str, Json]:
    """An order with its challenges; once issued, with the address of its attestation."""
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
        shown["record"] = record_json(record)
        if record.problem:
            shown["problem"] = problems.problem(record.problem["code"], record.problem["values"])
    return shown


def record_json(record: Record | StoredRecord) -> dict[str, Json]:
    """What one check saw."""
    return {
        "method": record.method,
        "result": "valid" if record.valid else "invalid",
        "checkedAt": to_rfc3339(record.checked_at),
        "view": record.view,
        "evidence": dict(record.evidence),
    }
