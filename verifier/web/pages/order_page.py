"""The page of an order, gathered for its holder."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from ... import words
from ...core.clock import to_rfc3339
from ...core.errors import Conflict, VerifierError
from ...core.identifiers import Handle
from ...core.models import ChallengeStatus, End, IdentityType, OrderStatus, Problem, Status
from ...core.strict_json import Json, loads_object
from ...registration.bodies import BODY_CHALLENGE, represented_body
from ...registration.gates import ReviewReason
from ...registration.monitoring.bodies import MissingRecord, missing_record
from ...registration.orders.registrar import OrderView
from ...registration.orders.requirements import foremost
from ...registration.publishing import affiliation
from ...storage import Challenge, Order, StoredRecord
from ...validation import DECLARATIONS
from ...validation.methods import email_01 as email
from ...validation.methods import vouch_01
from ...validation.sign_in import authorization_code
from .. import keys, problems, session
from ..actions import children, instances
from ..withdrawals import withdrawal
from .account import successor
from .rendering import explain, language, see, show

_AWAITED = ("dns-record-missing", "dns-unreachable", "dns-failed")
"""What a look at the DNS says of a record that is not there yet."""


def part_of(type_: str) -> str:
    """The part of the page where that challenge stands."""
    return DECLARATIONS[type_].part or type_


def see_part(request: web.Request, order_id: str, challenge: Challenge) -> web.Response:
    """On to the part of the order's page where that challenge stands, or to what went wrong with it."""
    part = part_of(challenge.type)
    match challenge.status:
        case ChallengeStatus.INVALID:
            # Without a fragment, which would take the focus from what went wrong.
            return see(request, f"/demander/{order_id}?failed={part}")
        case ChallengeStatus.PENDING:
            # Begun anew: what went wrong with another proof before is not told any more.
            return see(request, f"/demander/{order_id}?begun={part}#{part}")
        case _:
            return see(request, f"/demander/{order_id}#{part}")


async def show_order(
    request: web.Request,
    order: Order,
    errors: Mapping[str, VerifierError] | None = None,
    *,
    tried: str | None = None,
    **more: Any,  # noqa: ANN401 - fields of the page
) -> web.Response:
    """The page of an order.

    :param errors: what went wrong now, by part of the page
    :param tried: the challenge that went wrong
    :param more: fields of :class:`~verifier.words.OrderPage` that tell what was just done there: `typed`, `done`,
        `publish`
    """
    view = await request.app[keys.REGISTRAR].view(order.id)
    errors = errors or {}
    failures = _failures(request, view, errors, tried)
    record_awaited = await _record_awaited(request, view, failures)  # first: what is awaited is no failure
    page = words.OrderPage(
        **_order(request, view),
        **_steps(request, view),
        **failures,
        record_awaited=record_awaited,
        preview=words.verdict_view(await _preview(request, view.order), language(request)),
        why=await _why(request, view.order),
        awaited=await _awaited(request, view.order),
        **await _outcome(request, view.order),
        **await _named_and_running(request, view.order),
        **more,
    )
    status = next((problems.status_of(error) for error in errors.values()), HTTPStatus.OK)
    answer = show(request, page, status=status)
    session.keep_order(request, answer, view.order, session.order_token(request, order.id))
    return answer


def _order(request: web.Request, view: OrderView) -> dict[str, Any]:
    order, site = view.order, request.app[keys.SITE]
    # Its time may be over, and the clockwork has not said so yet.
    lapsed = order.status in (OrderStatus.PENDING, OrderStatus.READY) and session.is_over(request, order)
    proofs = {each.end: each.status for each in view.authorizations}
    issued = order.status is OrderStatus.ISSUED and order.attestation_id
    return {
        "order": words.OrderState(
            id=order.id,
            status=OrderStatus.EXPIRED if lapsed else order.status,
            handle=_handle(order),
            page=site.page(order.id),
            expires=to_rfc3339(order.expires_at),
            account=proofs[End.ACCOUNT],
            identity=proofs[End.IDENTITY],
        ),
        "mailbox": order.mailbox or "",
        "domain": order.domain,
        "institution": order.identity_type is IdentityType.INSTITUTION,
        "listed": order.listed,
        "attestation": site.attestation(order.attestation_id) if issued and order.attestation_id else None,
        "again": _again(request, order),
        "kept": session.kept_until(request, order),
    }


def _again(request: web.Request, order: Order) -> str:
    """The form of a new request for the same account, filled in but for the mailbox: addresses are kept in logs."""
    query = {"handle": _handle(order)}
    if order.identity_type is IdentityType.INSTITUTION:
        query |= {"for": "body", "domain": order.domain}
    return f"{words.prefix(language(request))}/demander?{urlencode(query)}"


def _steps(request: web.Request, view: OrderView) -> dict[str, Any]:
    """What is proved, and what each challenge needs."""
    now = request.app[keys.CLOCK].now()
    states = {challenge.type: challenge.state for challenge in view.challenges}
    mail = email.progress(states.get(email.Email01.declaration.name, {}), now)
    methods = request.app[keys.METHODS]
    return {
        "valid": {each.type for each in view.challenges if each.status is ChallengeStatus.VALID},
        "told": {type_: methods[type_].instructions(state) for type_, state in states.items()},
        "sign_in": {
            type_: authorization_code.authorization_url(state)
            for type_, state in states.items()
            if authorization_code.is_pending(state, now)
        },
        "provider": request.app[keys.PROVIDER_NAME],
        "code": words.MailedCode(mail.waiting, mail.until, mail.tries_left, mail.sends_left, email.SENDS),
        "vouched_by": _vouched_by(view),
    }


def _vouched_by(view: OrderView) -> str | None:
    """The body above, when its word stands in the place of a DNS record."""
    for challenge in view.challenges:
        record = view.records.get(challenge.record_id or 0)
        if record and challenge.status is ChallengeStatus.VALID:
            parent = vouch_01.parent_of(record.method, record.evidence)
            if parent is not None:
                return parent
    return None


def _failures(
    request: web.Request, view: OrderView, errors: Mapping[str, VerifierError], tried: str | None
) -> dict[str, Any]:
    """What went wrong in each part: just now, else at its last check."""
    lang = language(request)
    failed = next(iter(errors), request.query.get("failed"))
    records = _failed_records(view)
    records.pop(request.query.get("begun", ""), None)  # what was begun since stands in its place
    explained = {}
    for part, record in records.items():
        problem = Problem(**(record.problem or {}))
        if part == "account":
            problem = problems.of_account(problem, Handle.parse(view.order.handle), request.app[keys.POLICY])
        explained[part] = words.explain(problem.code, problem.values, lang)
    account, domain = records.get("account"), records.get("domain")
    explained |= {part: explain(request, error) for part, error in errors.items()}
    return {
        "failed": failed if failed in explained else None,
        "problem": explained.get(failed or ""),
        "problems": explained,
        "wrong": {tried} | {records[part].method for part in records.keys() - errors.keys()},
        "saw": words.seen(account.evidence, lang) if account else (),
        # What stands in the DNS where the record was looked for.
        "saw_records": domain.evidence.get("records", ()) if domain else (),
    }


def _failed_records(view: OrderView) -> dict[str, StoredRecord]:
    """Part → its last check, if that failed. A part may be proved in several ways: the one just tried counts."""
    records: dict[str, StoredRecord] = {}
    for challenge in sorted(view.challenges, key=lambda each: each.record_id or 0):
        record = view.records.get(challenge.record_id or 0)
        if record and record.problem and challenge.status is ChallengeStatus.INVALID:
            records[part_of(challenge.type)] = record
    return records


async def _record_awaited(
    request: web.Request, view: OrderView, failures: dict[str, Any]
) -> words.AwaitedRecord | None:
    """The DNS record that is waited for: it is nobody's fault, and no problem, that it is not seen yet."""
    record = _failed_records(view).get("domain")
    if record is None or (record.problem or {})["code"] not in _AWAITED or record.method not in failures["wrong"]:
        return None
    why = failures["problems"].pop("domain").detail
    if failures["failed"] == "domain":
        failures["problem"] = None
    now, looked = request.app[keys.CLOCK].now(), record.checked_at
    again = await request.app[keys.READER].challenges.next_look(view.order.id, BODY_CHALLENGE)
    proved = {each.type for each in view.challenges if each.status is ChallengeStatus.VALID}
    return words.AwaitedRecord(why, looked, again if again > now else None, email.Email01.declaration.name in proved)


async def _why(request: web.Request, order: Order) -> ReviewReason | None:
    """Why people look at it first.

    What the policy says of a mailbox, and the names that it knows, anybody may read. The rest is told once all is
    proved: whose an account is, and who acts for a body, is no answer to whoever types a mailbox.
    """
    if order.status in (OrderStatus.READY, OrderStatus.IN_REVIEW):
        return await request.app[keys.REGISTRAR].review_reason(order)
    if order.decision == "review":
        return "class"
    return "name-claimed" if await request.app[keys.BODIES].is_name_claimed(request.app[keys.READER], order) else None


async def _awaited(request: web.Request, order: Order) -> MissingRecord | None:
    """The DNS record that a published attestation rests on, while it cannot be seen."""
    if order.status is not OrderStatus.ISSUED:
        return None
    reader, site = request.app[keys.READER], request.app[keys.SITE]
    try:
        body = await represented_body(reader, order)
    except Conflict:
        return None  # it speaks for no body
    return await missing_record(reader, body, site.authority, request.app[keys.CLOCK].now())


async def _outcome(request: web.Request, order: Order) -> dict[str, Any]:
    """How long what was attested holds; once it no longer vouches, its verdict, and the page that took its place."""
    stored = await request.app[keys.READER].verdicts.of_order(order.id)
    if stored is None:
        return {}
    verdict = loads_object(stored.body)
    if stored.status.vouches:
        return {"valid_until": verdict["validUntil"]}
    withdrawn = await withdrawal(request.app[keys.READER], order.id)
    ended = words.verdict_view(verdict, language(request), withdrawal=withdrawn)
    return {"ended": ended, "successor": await successor(request, verdict)}


async def _named_and_running(request: web.Request, order: Order) -> dict[str, Any]:
    """What the body of an attested account has named and taken in, to be read and taken back."""
    if order.status is not OrderStatus.ISSUED:
        return {}
    try:
        running = [each for each in await instances.instances_of(request, order) if each.ended_at is None]
        return {"named": await children.children_of(request, order), "running": running}
    except Conflict:
        return {}  # it speaks for no body


async def _preview(request: web.Request, order: Order) -> dict[str, Json]:
    """The verdict that readers will get, had it been published now."""
    body = await request.app[keys.READER].bodies.get(order.domain)
    domain, name = affiliation(request.app[keys.POLICY], order, body)
    now = to_rfc3339(request.app[keys.CLOCK].now())
    institution = order.identity_type is IdentityType.INSTITUTION
    method = foremost(order.identity_type)
    return {
        "handle": _handle(order),
        "status": Status.VERIFIED,
        "asOf": now,
        "accountRole": "office" if institution else "agent",
        "affiliation": {"domain": domain, "name": name},
        "checks": [
            {
                "method": method.name,
                "result": "valid",
                "class": "institution" if method.of_body else order.class_,
                "checkedAt": now,
            }
        ],
    }


def _handle(order: Order) -> str:
    return "@" + order.handle.removeprefix("acct:")
