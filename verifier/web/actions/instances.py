"""The whole instances of a body: taken, read, given up by those who speak for it."""

from collections.abc import Sequence

from aiohttp import web

from ...core.identifiers import Host
from ...core.models import Reason, Record
from ...registration.bodies import initiator_of, represented_body
from ...storage import Instance, Order
from .. import keys
from ..limits import Limit

LIMITS = (Limit.TAKINGS, Limit.TAKINGS_BY_ONE)
"""What is counted here: by what is asked for, beside the client's own limit."""


async def host(request: web.Request, order: Order, name: Host) -> Record:
    """Take a whole instance; what the look at it saw.

    :raises Conflict: ``body-not-proved``, ``instance-taken``
    :raises TooMany: that instance was asked for too often
    """
    limiter = request.app[keys.LIMITER]
    await represented_body(request.app[keys.READER], order)
    limiter.share(Limit.TAKINGS, limiter.network(request), str(name))
    return await request.app[keys.INSTANCES].host(Host.parse(order.domain), name, initiator_of(order))


async def instances_of(request: web.Request, order: Order) -> Sequence[Instance]:
    """Those that its body took, those that have ended too.

    :raises Conflict: ``body-not-proved``
    """
    reader = request.app[keys.READER]
    return await reader.instances.of_body((await represented_body(reader, order)).id)


async def end(request: web.Request, order: Order, name: Host) -> None:
    """Give an instance up.

    :raises NotFound: ``instance-not-yours``
    :raises Conflict: ``body-not-proved``
    """
    await request.app[keys.INSTANCES].unhost(name, Reason.HOLDER_REQUEST, initiator_of(order), order)
