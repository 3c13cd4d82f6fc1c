"""Going on with a request in another browser: whoever reads the mail of its mailbox takes it over.

A thief may have begun it, for an account of theirs and with somebody else's mailbox. So the code proves nothing in the
order; the letter and the page name the account; and whoever takes the order has it alone, by a token of its own: the
thief's order can then not be proved by its victim.
"""

from collections.abc import Sequence

from ...core import bearer
from ...core.clock import Chance, Clock
from ...core.errors import Conflict, NotFound, Unauthorized
from ...core.identifiers import Handle, MailAddress
from ...core.models import OrderStatus
from ...storage import Order, Reader, Storage
from ..acts import Acts
from ..bodies import Bodies, initiator_of
from ..sign_in import SESSION_LIFETIME, CodeLetter, Purpose, SignIns

_TOLD = 20  # accounts in a letter, the newest: strangers can make many orders with a mailbox
_BEFORE_DECISION = (OrderStatus.PENDING, OrderStatus.READY)


class Resuming:
    """Hands open orders over to those who hold their mailbox. One per process."""

    def __init__(self, *, storage: Storage, bodies: Bodies, sign_ins: SignIns, clock: Clock, chance: Chance) -> None:
        self._storage = storage
        self._bodies = bodies
        self._sign_ins = sign_ins
        self._clock = clock
        self._chance = chance
        self._acts = Acts(clock, chance)

    def person(self, mailbox: MailAddress) -> bytes:
        """The keyed hash by which the orders of a mailbox are found."""
        return self._bodies.contact_key(mailbox)

    async def ask(self, mailbox: MailAddress, locale: str) -> str:
        """Send a code to a mailbox that open orders keep; to any other, nothing. Returns the token of the browser."""
        holder = self.person(mailbox) + self._bodies.address_key(mailbox)
        orders = await self._open(self._storage.read, holder)
        letter = None
        if orders:
            accounts = [{"handle": _handle(order), "since": order.created_at} for order in orders[:_TOLD]]
            letter = CodeLetter("resume", mailbox, locale, {"accounts": accounts})
        return await self._sign_ins.ask(Purpose.RESUME, holder, letter)

    async def orders(self, token: str | None) -> Sequence[Order] | None:
        """The open orders of the mailbox that a session holds, the newest first; None: there is no such session."""
        session = await self._sign_ins.session(Purpose.RESUME, token)
        return await self._open(self._storage.read, session.person) if session is not None else None

    async def take(self, token: str | None, order_id: str) -> tuple[Order, str]:
        """Go on with an order: it gets another bearer token, which is not kept; the one of before is worth nothing.

        :raises Unauthorized: ``sign-in-over``
        :raises NotFound: ``order-not-found``: not an open order of that mailbox
        """
        holder = await self._holder(token)
        fresh = bearer.draw(self._chance)
        async with self._storage.write.transaction() as tx:
            order = await self._one(tx, holder, order_id)
            await tx.orders.set_token(order.id, bearer.digest_of(fresh))
            await self._acts.record(tx, "order.resume", initiator_of(order), order=order.id)
        return order, fresh

    async def end(self, token: str | None, order_id: str) -> None:
        """Withdraw an order that somebody else began, or that is not wanted any more.

        :raises Unauthorized: ``sign-in-over``
        :raises NotFound: ``order-not-found``
        :raises Conflict: ``order-closed``: it is being published
        """
        holder = await self._holder(token)
        async with self._storage.write.transaction() as tx:
            order = await self._one(tx, holder, order_id)
            if order.status is OrderStatus.ISSUING or not await tx.orders.withdraw(order, self._clock.now()):
                raise Conflict("order-closed", status=order.status)
            await self._acts.record(tx, "order.withdraw", initiator_of(order), order=order.id)

    async def _holder(self, token: str | None) -> bytes:
        session = await self._sign_ins.session(Purpose.RESUME, token)
        if session is None:
            raise Unauthorized("sign-in-over", minutes=SESSION_LIFETIME // 60)
        return session.person

    async def _one(self, reads: Reader, holder: bytes, order_id: str) -> Order:
        for order in await self._open(reads, holder):
            if order.id == order_id:
                return order
        raise NotFound("order-not-found")

    async def _open(self, reads: Reader, holder: bytes) -> Sequence[Order]:
        """Those of that very address: where no server knows tags, `a+b` is not the mailbox of `a`.

        :param holder: the keyed hash of the person, then that of the address
        """
        half, now = len(holder) // 2, self._clock.now()
        return [
            order
            for order in await reads.orders.open_of(holder[:half])
            if order.mailbox is not None
            and self._bodies.address_key(MailAddress.parse(order.mailbox)) == holder[half:]
            and (order.status not in _BEFORE_DECISION or order.expires_at > now)
        ]


def _handle(order: Order) -> str:
    return str(Handle.parse(order.handle))
