"""The registration pages: the same orders as the API's, walked with a browser and no script."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from .. import words
from ..core.clock import to_rfc3339
from ..core.errors import BadInput, VerifierError
from ..core.identifiers import MailAddress
from ..core.models import ChallengeStatus, Status
from ..core.strict_json import Json
from ..publication import lookup
from ..registration.orders import Request, View
from ..registration.publishing import affiliation
from ..storage import Order, StoredRecord
from ..validation import email, profile_token
from . import keys, problems, session
from .limits import ORDERS
from .orders import answer_challenge, order_json
from .pages import explain, language, pasted, show

_FIELDS = {"/handle": "handle", "/identity/email": "email"}
_STEPS = {"rel-me-01": "account", "profile-token-01": "account", "email-01": "mailbox"}
_ANCHORS = {"account": "#account", "token": "#account", "publish": ""}
_CHALLENGES = {"account": "rel-me-01", "token": "profile-token-01", "send": "email-01", "code": "email-01"}


async def start(request: web.Request) -> web.Response:
    """GET /demander"""
    return _form(request, {"handle": request.query.get("handle", "")[:200]})


async def create(request: web.Request) -> web.Response:
    """POST /demander: opens an order, and this browser becomes its holder."""
    form = await session.own_form(request)
    typed: dict[str, object] = {
        "handle": pasted(form.get("handle", "")),
        "email": form.get("email", "").strip(),
        "level": "state" if form.get("level") == "state" else "body",
        "listed": form.get("listed") == "yes",
    }
    try:
        request.app[keys.LIMITER].client(request, ORDERS)
        view, token = await request.app[keys.REGISTRAR].new_order(_asked(request, typed))
    except VerifierError as error:
        return _form(request, typed, error)
    answer = _see(request, view.order.id)
    session.keep_order(request, answer, view.order.id, token)
    return answer


async def order_page(request: web.Request) -> web.Response:
    """GET /demander/{id}: where the order stands, and what to do next."""
    return await _order_page(request, await session.holder(request), {})


async def act(request: web.Request) -> web.Response:
    """POST /demander/{id}/{account|token|send|code|publish}"""
    order = await session.holder(request)
    form = await session.own_form(request)
    step = request.match_info["step"]
    try:
        if step == "publish":
            await request.app[keys.REGISTRAR].finalize(order)
        else:
            code = form.get("code", "") if step == "code" else None
            await answer_challenge(request, order, _CHALLENGES[step], code)
    except VerifierError as error:
        shown = _STEPS.get(_CHALLENGES.get(step, ""), "publish")
        return await _order_page(request, order, {shown: error})
    return _see(request, order.id, _ANCHORS.get(step, "#mailbox"))


async def _order_page(request: web.Request, order: Order, errors: Mapping[str, VerifierError]) -> web.Response:
    view = await request.app[keys.REGISTRAR].view(order.id)
    order, lang = view.order, language(request)
    told = {step: explain(request, error) for step, error in errors.items()}
    failed = _failures(view)
    for step, record in failed.items():
        problem = record.problem or {}
        told.setdefault(step, words.explain(problem["code"], problem["values"], lang))
    states = {challenge.type: challenge.state for challenge in view.challenges}
    mail = email.progress(states.get("email-01", {}), request.app[keys.CLOCK].now())
    valid = {challenge.type for challenge in view.challenges if challenge.status is ChallengeStatus.VALID}
    shown = order_json(request, view)
    csrf, fresh = session.start_visit(request)
    answer = show(
        request,
        "order.html",
        status=next((problems.status_of(error) for error in errors.values()), HTTPStatus.OK),
        csrf=csrf,
        order=shown,
        mailbox=order.mailbox or "",
        problems=told,
        saw=words.seen(failed["account"].evidence, lang) if "account" in failed else (),
        linked="rel-me-01" in valid,
        token=profile_token.token(states.get("profile-token-01", {})),
        code_sent=mail.waiting,
        tries_left=mail.tries_left,
        sends_left=mail.sends_left,
        preview=words.verdict_view(_preview(request, order), lang),
        listed=order.listed,
        review=order.decision == "review",
        reason=None,
        attestation=shown.get("attestation"),
    )
    session.keep_visit(request, answer, fresh)
    return answer


def _failures(view: View) -> dict[str, StoredRecord]:
    """Step → its last check, if that failed. A step may be proved in several ways: the one just tried counts."""
    failed: dict[str, StoredRecord] = {}
    for challenge in sorted(view.challenges, key=lambda each: each.record_id or 0):
        record = view.records.get(challenge.record_id or 0)
        if record and record.problem and challenge.status is ChallengeStatus.INVALID:
            failed[_STEPS[challenge.type]] = record
    return failed


def _form(request: web.Request, typed: Mapping[str, object], error: VerifierError | None = None) -> web.Response:
    values: dict[str, object] = {"handle": "", "email": "", "level": "body", "listed": False} | dict(typed)
    csrf, fresh = session.start_visit(request)
    answer = show(
        request,
        "register.html",
        status=problems.status_of(error) if error else HTTPStatus.OK,
        csrf=csrf,
        suffixes=[f".{suffix}" for suffix in request.app[keys.POLICY].suffixes],
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
    return Request(handle, mailbox, bool(typed["listed"]), str(typed["level"]), language(request))


def _preview(request: web.Request, order: Order) -> dict[str, Json]:
    """The verdict that readers will get, had it been published now."""
    domain, name = affiliation(request.app[keys.POLICY], order)
    now = to_rfc3339(request.app[keys.CLOCK].now())
    return {
        "handle": "@" + order.handle.removeprefix("acct:"),
        "status": Status.VERIFIED,
        "asOf": now,
        "accountRole": "agent",
        "affiliation": {"domain": domain, "name": name},
        "checks": [{"method": "email-01", "result": "valid", "class": order.class_, "checkedAt": now}],
    }


def _see(request: web.Request, order_id: str, anchor: str = "") -> web.Response:
    prefix = words.PREFIX[language(request)]
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"{prefix}/demander/{order_id}{anchor}"})
