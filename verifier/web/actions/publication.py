"""Requests to publish."""

from aiohttp import web

from ...storage import Order
from .. import keys
from ..limits import Limit

LIMITS = (Limit.PUBLICATIONS, Limit.ANSWERS_AT_ONCE)
"""What is counted here: by what is asked for, beside the client's own limit."""


async def finalize(request: web.Request, order: Order) -> Order:
    """Ask for the attestation: each time, the account is looked at and the owner of the domain is asked, if need be.

    :raises TooMany: that order was asked for too often, or too many are under way for this client
    :raises VerifierError: as :meth:`Finalizer.finalize`
    """
    limiter = request.app[keys.LIMITER]
    limiter.count(Limit.PUBLICATIONS, order.id)
    with limiter.at_once(Limit.ANSWERS_AT_ONCE, limiter.network(request)):
        return await request.app[keys.FINALIZER].finalize(order)
