"""The registration pages: the same orders as the API's, walked with a browser and no script."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from ... import words
from ...core.clock import to_rfc3339
from ...core.errors import BadInput, Conflict, VerifierError
from ...core.identifiers import Handle, Host, MailAddress
from ...core.models import ChallengeStatus, IdentityType, OrderStatus, Problem, Status
from ...core.strict_json import Json, loads_object
from ...publication import lookup
from ...registration.gates import ReviewReason
from ...registration.orders.registrar import OrderView
from ...registration.orders.requests import Request
from ...registration.orders.requirements import foremost
from ...registration.publishing import affiliation
from ...storage import Order, StoredRecord
from ...validation import CHALLENGES, DECLARATIONS
from ...validation.methods import email_01 as email
from ...validation.methods import vouch_01
from ...validation.sign_in import authorization_code as flow
from .. import keys, problems, session
from ..api import vouching as bonds
from ..api.orders import answer_challenge, order_json
from ..limits import ORDERS
from . import requests as mine
from .lookup import TYPED_MOST, explain, language, pasted, pasted_domain, show, successor

_FIELDS = {"/handle": "handle", "/identity/email": "email", "/identity/domain": "domain"}


async def start(request: web.Request) -> web.Response:
    """GET /demander"""
    whose = "body" if request.query.get("for") == "body" else "agent"
    given = {name: request.query.get(name, "")[:TYPED_MOST] for name in ("handle", "domain", "email")}
    return await _form(request, given | {"whose": whose})


async def create(request: web.Request) -> web.Response:
    """POST /demander: opens an order, and this browser becomes its holder."""
    form = await session.own_form(request)
    typed: dict[str, object] = {
        "handle": pasted(form.get("handle", "")),
        "email": form.get("email", "").strip(),
        "whose": "body" if form.get("for") == "body" else "agent",
        "domain": pasted_domain(form.get("domain", "")),
        "level": "state" if form.get("level") == "state" else "body",
        "listed": form.get("listed") == "yes",
    }
    try:
        request.app[keys.LIMITER].client(request, ORDERS)
        view, token = await request.app[keys.REGISTRAR].new_order(_asked(request, typed))
    except VerifierError as error:
        return await _form(request, typed, error)
    answer = see(request, view.order.id)
    session.forget(request, answer, (await session.held(request)).strays)
    session.keep_order(request, answer, view.order, token)
    return answer


async def order_page(request: web.Request) -> web.Response:
    """GET /demander/{id}: where the order stands, and what to do next."""
    return await show_order(request, await session.holder(request), {})


async def act(request: web.Request) -> web.Response:
    """POST /demander/{id}/{step}: an action of a challenge, or ``publish``."""
    order = await session.holder(request)
    form = await session.own_form(request)
    step = request.match_info["step"]
    tried, fields = actions().get(step, (None, ()))
    part = DECLARATIONS[tried].part if tried else None
    challenge = None
    try:
        if tried is None:
            await request.app[keys.FINALIZER].finalize(order)
        else:
            given = {name: form.get(name, "") for name in fields}
            # What is mailed, and where people sign in, is in the language of the page that they come from.
            here = replace(order, locale=language(request))
            challenge = await answer_challenge(request, here, tried, given)
    except VerifierError as error:
        return await show_order(request, order, {part or "publish": error}, tried=tried)
    begun = challenge is not None and challenge.status is ChallengeStatus.PENDING
    answer = see(request, order.id, part, begun=begun)
    if begun:
        session.keep_language(request, answer, order.id, language(request))
    return answer


def actions() -> dict[str, tuple[str, Sequence[str]]]:
    """What the buttons of an order's page do: the challenge that each answers, and the fields of its form."""
    return {
        action: (name, fields)
        for name, kind in CHALLENGES.items()
        for action, fields in kind.declaration.actions.items()
    }


async def show_order(
    request: web.Request,
    order: Order,
    errors: Mapping[str, VerifierError],
    *,
    typed: Mapping[str, str] | None = None,
    done: Mapping[str, object] | None = None,
    tried: str | None = None,
    publish: Mapping[str, str] | None = None,
) -> web.Response:
    """The page of an order, with what went wrong, or was done, in these parts of it, and what was typed there.

    :param tried: the challenge that went wrong
    :param publish: name and value of the DNS record that an instance needs
    """
    view = await request.app[keys.REGISTRAR].view(order.id)
    order, lang = view.order, language(request)
    told = {step: explain(request, error) for step, error in errors.items()}
    failed = _failures(view)
    failed.pop(request.query.get("begun", ""), None)  # what was begun since stands in its place
    for step, record in failed.items():
        problem = Problem(**(record.problem or {}))
        if step == "account":
            problem = problems.of_account(problem, Handle.parse(order.handle), request.app[keys.POLICY])
        told.setdefault(step, words.explain(problem.code, problem.values, lang))
    states = {challenge.type: challenge.state for challenge in view.challenges}
    now = request.app[keys.CLOCK].now()
    mail = email.progress(states.get(email.Email01.declaration.name, {}), now)
    valid = {challenge.type for challenge in view.challenges if challenge.status is ChallengeStatus.VALID}
    shown = order_json(request, view) | ({"status": OrderStatus.EXPIRED} if _has_lapsed(request, order) else {})
    csrf, fresh = session.start_visit(request)
    answer = show(
        request,
        "order.html",
        status=next((problems.status_of(error) for error in errors.values()), HTTPStatus.OK),
        csrf=csrf,
        order=shown,
        mailbox=order.mailbox or "",
        problems=told,
        typed=typed or {},
        done=done or {},
        wrong={tried} | {failed[step].method for step in failed.keys() - errors.keys()},
        publish=publish,
        saw_records=_records(failed.get("domain")),
        saw=words.seen(failed["account"].evidence, lang) if "account" in failed else (),
        vouched_by=_vouched_by(view),
        institution=order.identity_type is IdentityType.INSTITUTION,
        domain=order.domain,
        valid=valid,
        told={
            challenge.type: request.app[keys.METHODS][challenge.type].instructions(challenge.state)
            for challenge in view.challenges
        },
        sign_in={
            type_: flow.authorization_url(state) for type_, state in states.items() if flow.is_pending(state, now)
        },
        provider=request.app[keys.PROVIDER_NAME],
        code_sent=mail.waiting,
        code_until=mail.until,
        sends_most=email.SENDS,
        tries_left=mail.tries_left,
        sends_left=mail.sends_left,
        preview=words.verdict_view(await _preview(request, order), lang),
        listed=order.listed,
        why=await _why(request, order),
        **await _ended(request, order),
        **await _bonds(request, order),
        reason=None,
        attestation=shown.get("attestation"),
        again=mine.again(request, order),
        kept=session.kept_until(request, order),
        awaited=await mine.record_awaited(request, order),
    )
    session.keep_visit(request, answer, fresh)
    session.keep_order(request, answer, order, session.order_token(request, order.id))
    return answer


def _has_lapsed(request: web.Request, order: Order) -> bool:
    """Its time is over, and the clockwork has not said so yet."""
    return order.status in (OrderStatus.PENDING, OrderStatus.READY) and session.is_over(request, order)


async def _why(request: web.Request, order: Order) -> ReviewReason | None:
    """Why people look at it first.

    What the policy says of a mailbox, anybody may read. The rest is told once all is proved: whose an account is, and
    who acts for a body, is no answer to whoever types a mailbox.
    """
    if order.status in (OrderStatus.READY, OrderStatus.IN_REVIEW):
        return await request.app[keys.REGISTRAR].review_reason(order)
    return "class" if order.decision == "review" else None


async def _ended(request: web.Request, order: Order) -> dict[str, object]:
    """How long what was attested holds; once it no longer vouches, its verdict, and the page that took its place."""
    found = await request.app[keys.READER].verdicts.of_order(order.id)
    if found is None:
        return {"ended": None}
    if found.status.vouches:
        return {"ended": None, "valid_until": loads_object(found.body)["validUntil"]}
    view = words.verdict_view(loads_object(found.body), language(request))
    return {"ended": view, "successor": await successor(request, found)}


async def _bonds(request: web.Request, order: Order) -> dict[str, object]:
    """What the body of an attested account has named and taken in, to be read and taken back."""
    if order.status is not OrderStatus.ISSUED:
        return {}
    try:
        running = [each for each in await bonds.instances(request, order) if each.ended_at is None]
        return {"named": await bonds.children(request, order), "running": running}
    except Conflict:
        return {}  # it speaks for no body


def _records(seen: StoredRecord | None) -> Sequence[str]:
    """What stands in the DNS where the record was looked for."""
    return seen.evidence.get("records", ()) if seen is not None else ()


def _failures(view: OrderView) -> dict[str, StoredRecord]:
    """Step → its last check, if that failed. A step may be proved in several ways: the one just tried counts."""
    failed: dict[str, StoredRecord] = {}
    for challenge in sorted(view.challenges, key=lambda each: each.record_id or 0):
        record = view.records.get(challenge.record_id or 0)
        if record and record.problem and challenge.status is ChallengeStatus.INVALID:
            failed[DECLARATIONS[challenge.type].part or challenge.type] = record
    return failed


def _vouched_by(view: OrderView) -> str | None:
    """The body above, when its word stands in the place of a DNS record."""
    for challenge in view.challenges:
        record = view.records.get(challenge.record_id or 0)
        if record and challenge.status is ChallengeStatus.VALID:
            parent = vouch_01.parent_of(record.method, record.evidence)
            if parent is not None:
                return parent
    return None


async def _form(request: web.Request, typed: Mapping[str, object], error: VerifierError | None = None) -> web.Response:
    plain = {"handle": "", "email": "", "whose": "agent", "domain": "", "level": "body", "listed": False}
    values: dict[str, object] = plain | dict(typed)
    csrf, fresh = session.start_visit(request)
    answer = show(
        request,
        "register.html",
        status=problems.status_of(error) if error else HTTPStatus.OK,
        csrf=csrf,
        suffixes=[f".{suffix}" for suffix in request.app[keys.POLICY].suffixes],
        yours=await mine.requests(request),
        problem=explain(request, error) if error else None,
        field=_FIELDS.get(error.pointer or "") if error else None,
        **values,
    )
    session.keep_visit(request, answer, fresh)
    return answer


def _asked(request: web.Request, typed: Mapping[str, object]) -> Request:
    try:
        handle = lookup.parse(str(typed["handle"])).handle
        if handle is None:
            raise BadInput("handle-malformed")
    except BadInput as error:
        raise error.at("/handle") from None
    try:
        mailbox = MailAddress.parse(str(typed["email"]))
    except BadInput as error:
        raise error.at("/identity/email") from None
    if typed["whose"] == "agent":
        return Request(handle, mailbox, bool(typed["listed"]), str(typed["level"]), language(request))
    try:
        domain = Host.parse(str(typed["domain"]))
    except BadInput:
        raise BadInput("domain-malformed", pointer="/identity/domain") from None
    return Request(handle, mailbox, listed=True, locale=language(request), domain=domain)


async def _preview(request: web.Request, order: Order) -> dict[str, Json]:
    """The verdict that readers will get, had it been published now."""
    known = await request.app[keys.READER].bodies.get(order.domain)
    domain, name = affiliation(request.app[keys.POLICY], order, known)
    now = to_rfc3339(request.app[keys.CLOCK].now())
    institution = order.identity_type is IdentityType.INSTITUTION
    method = foremost(order.identity_type)
    return {
        "handle": "@" + order.handle.removeprefix("acct:"),
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


def see(request: web.Request, order_id: str, part: str | None = None, *, begun: bool = False) -> web.Response:
    """On to the page of an order, where that part of it is.

    :param begun: a proof was begun there: what went wrong with another one before is not told any more
    """
    query = f"?begun={part}" if begun else ""
    anchor = f"#{part}" if part else ""
    place = f"{words.prefix(language(request))}/demander/{order_id}{query}{anchor}"
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})
