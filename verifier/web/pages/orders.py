"""The steps of an order, walked with a browser and no script: the same as the API's."""

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from ...core.errors import BadInput, VerifierError, located
from ...core.models import ChallengeStatus
from ...publication import lookup
from ...validation import CHALLENGES
from .. import keys, session
from ..actions import challenges, publication
from . import forms
from .order_page import part_of, see_part, show_order
from .pasted import pasted
from .registration import refuse_mailbox
from .rendering import language, see


def actions() -> dict[str, tuple[str, Sequence[str]]]:
    """What the buttons of an order's page do: the challenge that each answers, and the fields of its form."""
    return {
        action: (name, fields)
        for name, kind in CHALLENGES.items()
        for action, fields in kind.declaration.actions.items()
    }


async def order(request: web.Request) -> web.Response:
    """GET /demander/{id}: where the order stands, and what to do next."""
    return await show_order(request, await session.holder(request))


async def answer_challenge(request: web.Request) -> web.Response:
    """POST /demander/{id}/{step}: an action of a challenge."""
    order = await session.holder(request)
    form = await forms.fields(request)
    type_, fields = actions()[request.match_info["step"]]
    response = {name: form.get(name, "") for name in fields}
    # What is mailed, and where people sign in, is in the language of the page that they come from.
    here = replace(order, locale=language(request))
    challenge = await challenges.respond(request, here, type_, response)
    answer = see_part(request, order.id, challenge)
    if challenge.status is ChallengeStatus.PENDING:
        session.keep_language(request, answer, order.id, language(request))
    return answer


async def refuse_challenge(request: web.Request, error: VerifierError) -> web.Response:
    """The page of the order, with what went wrong beside that step."""
    order = await session.holder(request)
    type_, _ = actions()[request.match_info["step"]]
    return await show_order(request, order, {part_of(type_): error}, tried=type_)


async def publish(request: web.Request) -> web.Response:
    """POST /demander/{id}/publish"""
    order = await session.holder(request)
    await publication.finalize(request, order)
    return see(request, f"/demander/{order.id}")


async def refuse_publication(request: web.Request, error: VerifierError) -> web.Response:
    """The page of the order, with what went wrong."""
    order = await session.holder(request)
    return await show_order(request, order, {"publish": error})


async def change_account(request: web.Request) -> web.Response:
    """POST /demander/{id}/change: another order in the place of this one, held by the same browser."""
    order = await session.holder(request)
    with located("/handle"):
        typed = pasted((await forms.fields(request)).get("handle", ""))
        handle = lookup.parse(typed).handle
        if handle is None:
            raise BadInput("handle-malformed")
        refuse_mailbox(typed, order.mailbox or "")
    if handle.acct == order.handle:
        return see(request, f"/demander/{order.id}")
    view, token = await request.app[keys.REGISTRAR].change_account(order, handle, language(request))
    answer = see(request, f"/demander/{view.order.id}")
    session.forget(request, answer, [order.id])
    session.keep_order(request, answer, view.order, token)
    return answer


async def refuse_change(request: web.Request, error: VerifierError) -> web.Response:
    """The page of the order, with what is wrong with the other account."""
    order = await session.holder(request)
    return await show_order(request, order, {"change": error}, typed=await forms.fields(request))
