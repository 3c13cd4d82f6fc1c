"""The form that opens an order."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from ... import words
from ...core.errors import BadInput, Refused, VerifierError, located
from ...core.identifiers import Host, MailAddress
from ...policy.policy import Policy
from ...publication import lookup
from ...registration.orders.requests import Request, name_of_body
from .. import keys, problems, session
from . import forms
from .pasted import TYPED_MOST, pasted, pasted_domain
from .rendering import explain, language, see, show

_FIELDS = {
    "/handle": "handle",
    "/identity/email": "email",
    "/identity/domain": "domain",
    "/identity/name": "body_name",
}


async def start(request: web.Request) -> web.Response:
    """GET /demander"""
    typed = {name: request.query.get(name, "")[:TYPED_MOST] for name in ("handle", "domain", "email")}
    return await _form(request, typed | {"whose": _whose(request.query)})


async def create(request: web.Request) -> web.Response:
    """POST /demander: opens an order, and this browser becomes its holder; or fills the form of an organisation."""
    form = await forms.fields(request)
    typed = _typed(form)
    if form.get("fill") == "yes":
        return await _form(request, typed)
    asked = _request(request, typed)
    if form.get("alone") != "yes":
        _check_person(request.app[keys.POLICY], asked)
    view, token = await request.app[keys.REGISTRAR].new_order(asked)
    answer = see(request, f"/demander/{view.order.id}")
    session.forget(request, answer, (await session.browser_orders(request)).superfluous)
    session.keep_order(request, answer, view.order, token)
    return answer


async def refuse(request: web.Request, error: VerifierError) -> web.Response:
    """The form as it was sent, with what is wrong."""
    return await _form(request, _typed(await forms.fields(request)), error)


def _whose(fields: Mapping[str, str]) -> str:
    return "body" if fields.get("for") == "body" else "agent"


def _typed(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        "handle": pasted(form.get("handle", "")),
        "email": form.get("email", "").strip(),
        "whose": _whose(form),
        "domain": pasted_domain(form.get("domain", "")),
        "body_name": form.get("name", "").strip(),
        "level": "state" if form.get("level") == "state" else "body",
        "listed": form.get("listed") == "yes",
    }


def _request(request: web.Request, typed: Mapping[str, Any]) -> Request:
    with located("/handle"):
        handle = lookup.parse(typed["handle"]).handle
        if handle is None:
            raise BadInput("handle-malformed")
        refuse_mailbox(typed["handle"], typed["email"])
    with located("/identity/email"):
        mailbox = MailAddress.parse(typed["email"])
    if typed["whose"] == "agent":
        return Request(handle, mailbox, typed["listed"], typed["level"], language(request))
    try:
        domain = Host.parse(typed["domain"])
    except BadInput:
        raise BadInput("domain-malformed", pointer="/identity/domain") from None
    with located("/identity/name"):
        name = name_of_body(typed["body_name"]) if typed["body_name"] else None
    return Request(handle, mailbox, listed=True, locale=language(request), domain=domain, name=name)


def refuse_mailbox(handle: str, mailbox: str) -> None:
    """An order for an account that does not exist could only fail, and would show the mailbox in its place.

    :raises BadInput: ``handle-is-mailbox``; not where an @ sign stands first, since an account may have that name
    """
    if handle.lower() == mailbox.lower():
        raise BadInput("handle-is-mailbox")


def _check_person(policy: Policy, asked: Request) -> None:
    """Somebody who types a function's mailbox is told so before anything is opened: most ask for an organisation.

    :raises Refused: ``shared-mailbox``
    """
    ruling = policy.mailbox(asked.mailbox)
    if asked.domain is None and ruling.function is not None and ruling.decision == "review":
        values = {"word": ruling.function, "domain": str(ruling.body.domain)}
        raise Refused("shared-mailbox", pointer="/identity/email", **values)


async def _form(request: web.Request, typed: Mapping[str, Any], error: VerifierError | None = None) -> web.Response:
    page = words.RegistrationPage(
        **typed,
        suffixes=[f".{suffix}" for suffix in request.app[keys.POLICY].suffixes],
        yours=await _browser_orders(request),
        problem=explain(request, error) if error else None,
        field=_FIELDS.get(error.pointer or "") if error else None,
        shared=str(error.values["domain"]) if error and error.code == "shared-mailbox" else "",
    )
    return show(request, page, status=problems.status_of(error) if error else HTTPStatus.OK)


async def _browser_orders(request: web.Request) -> list[words.ListedOrder]:
    """The open and the published requests of this browser, the newest first; of nobody else (T63)."""
    listed = []
    for order in (await session.browser_orders(request)).orders:
        if session.is_over(request, order):
            continue
        verdict = await request.app[keys.READER].verdicts.of_order(order.id)
        ended = verdict is not None and not verdict.status.vouches
        handle, until = "@" + order.handle.removeprefix("acct:"), session.kept_until(request, order)
        listed.append(words.ListedOrder(order.id, handle, "ended" if ended else order.status, until))
    return listed
