"""The bodies that a body names: named, read, taken back by those who speak for it."""

from collections.abc import Sequence

from aiohttp import web

from ...core.errors import Refused
from ...core.identifiers import Host
from ...registration.bodies import VouchResult, initiator_of, represented_body
from ...registration.children import Child
from ...registration.vouching import ChildBody, child_bodies
from ...storage import Order
from .. import keys


async def vouch(request: web.Request, order: Order, children: Sequence[Child]) -> Sequence[VouchResult]:
    """Name bodies: all of them, or none.

    :raises Conflict: ``body-not-proved``: nothing is attested to a body by this order
    :raises Refused: ``child-is-parent``
    """
    await represented_body(request.app[keys.READER], order)
    for number, child in enumerate(children):
        if str(child.domain) == order.domain:
            raise Refused("child-is-parent", pointer=f"/children/{number}", domain=order.domain)
    return await request.app[keys.BODIES].vouch(Host.parse(order.domain), children, initiator_of(order))


async def children_of(request: web.Request, order: Order) -> Sequence[ChildBody]:
    """Those that its body names now.

    :raises Conflict: ``body-not-proved``
    """
    reader = request.app[keys.READER]
    return await child_bodies(reader, await represented_body(reader, order), request.app[keys.POLICY])


async def take_back(request: web.Request, order: Order, domain: Host) -> int:
    """Name that body no more; how many attestations are suspended by it.

    :raises NotFound: ``child-unknown``
    :raises Conflict: ``body-not-proved``
    """
    return await request.app[keys.VOUCHING].take_back(order, domain, initiator_of(order))
