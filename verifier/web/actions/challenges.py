"""Answers to challenges."""

from collections.abc import Mapping

from aiohttp import web

from ...core.identifiers import Host
from ...core.strict_json import Json
from ...storage import Challenge, Order
from .. import keys
from ..limits import Limit
from . import mails

LIMITS = (*mails.LIMITS, Limit.ANSWERS_AT_ONCE)
"""What is counted here: by what is asked for, beside the client's own limit."""


async def respond(request: web.Request, order: Order, type_: str, response: Mapping[str, Json]) -> Challenge:
    """Begin a proof, or check it.

    :raises TooMany: mails to this mailbox or its domain, or answers of this client under way
    """
    limiter = request.app[keys.LIMITER]
    client = limiter.network(request)
    method = request.app[keys.METHODS].get(type_)
    if method is not None and method.sends_mail(response):
        mails.count(request, order.contact_key or order.identity_key, Host.parse(order.mail_domain or order.domain))
    with limiter.at_once(Limit.ANSWERS_AT_ONCE, client):
        return await request.app[keys.REGISTRAR].respond(order, type_, response)
