"""From a ready order to its publication: ``ready → (in_review) → issuing → issued``, or back to ``pending``.

Days may lie between the proofs and the request to publish: whatever can be checked again is checked first.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from ...core.errors import Conflict, NotFound, Refused, Unavailable
from ...core.identifiers import Handle, Host
from ...core.models import ChallengeStatus, End, OrderStatus, Record
from ...core.site import Site
from ...policy.policy import Policy
from ...storage import Order, Storage, Tx
from ...validation import Methods
from ...validation.views import Views
from ...words import deployed
from ..acts import Acts
from ..bodies import BODY_CHALLENGE, Bodies, initiator_of
from ..gates import matches, review_reasons
from ..publishing import Publisher
from .last_look import FRESH, LastLook
from .owner_consent import OwnerConsent
from .registrar import circumstances, subject_of

log = logging.getLogger(__name__)

FINALIZE_WAIT = 10  # seconds, then the answer is "issuing"


class Finalizer:
    """Takes ready orders to publication. One per process."""

    def __init__(
        self,
        *,
        site: Site,
        storage: Storage,
        policy: Policy,
        views: Views,
        methods: Methods,
        owner_consent: OwnerConsent,
        bodies: Bodies,
        publisher: Publisher,
    ) -> None:
        self._site = site
        self._storage = storage
        self._policy = policy
        self._tools = views.views[0].tools
        self._acts = Acts(self._tools.clock, self._tools.chance)
        self._methods = methods
        self._owner_consent = owner_consent
        self._bodies = bodies
        self._publisher = publisher
        self._last_look = LastLook(site=site, storage=storage, views=views, clock=self._tools.clock)
        self._issuing: dict[str, asyncio.Task[None]] = {}

    async def finalize(self, order: Order) -> Order:
        """Ask for the attestation. Idempotent; waits until it is published, ten seconds at most.

        :raises Conflict: ``order-not-ready``, ``order-closed``, ``order-expired``; ``body-proof-ended`` and
            ``account-proof-ended``: it is pending again; ``account-not-seen``
        :raises Refused: the owner of the domain has forbidden it meanwhile
        :raises Unavailable: the owner's policy cannot be learned, or the fault is ours
        """
        if order.status is OrderStatus.READY:
            await self._start(order)
        elif order.status is OrderStatus.PENDING:
            raise Conflict("order-not-ready")
        elif order.status in (OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.WITHDRAWN):
            raise Conflict("order-closed", status=order.status)
        order = await self._order(order.id)
        if order.status is OrderStatus.ISSUING:
            with suppress(TimeoutError):
                # Shielded: when the caller stops waiting, the work goes on.
                await asyncio.wait_for(asyncio.shield(self.issue(order.id)), FINALIZE_WAIT)
            order = await self._order(order.id)
        return order

    def issue(self, order_id: str) -> asyncio.Task[None]:
        """Carry an order in ``issuing`` to its end, from wherever it stopped; one task an order."""
        task = self._issuing.get(order_id)
        if task is None:
            task = asyncio.create_task(self._carry(order_id))
            self._issuing[order_id] = task
            task.add_done_callback(lambda done: self._forget(order_id, done))
        return task

    def _forget(self, order_id: str, done: asyncio.Task[None]) -> None:
        self._issuing.pop(order_id, None)
        if not done.cancelled():
            done.exception()  # nobody may be waiting: the job `resume` tries again, and logs what fails

    async def _carry(self, order_id: str) -> None:
        """:raises VerifierError: as :meth:`finalize`, when a condition that held at the start no longer holds"""
        order = await self._order(order_id)
        if order.updated_at + FRESH < self._tools.clock.now():
            # A crash, or a failing signer, lies in between: everything is checked again. What is signed already, and
            # still holds, is not signed twice.
            async with self._storage.write.transaction() as tx:
                now = self._tools.clock.now()
                if await tx.orders.move(order_id, OrderStatus.ISSUING, OrderStatus.READY, now) and order.attestation_id:
                    await tx.attestations.drop_intent(order.attestation_id)
        while (order := await self._order(order_id)).status in (OrderStatus.READY, OrderStatus.ISSUING):
            if order.status is OrderStatus.READY:
                await self._start(order)
            else:
                await self._publisher.issue(order_id)

    async def resume(self, limit: int = 100) -> None:
        """Finish what a crash left in ``issuing``, and end the orders whose time is over."""
        now = self._tools.clock.now()
        for order in await self._storage.read.orders.idle_since(OrderStatus.ISSUING, now, limit):
            try:
                await self.issue(order.id)
            except (Conflict, Refused) as error:
                log.warning("order %s is not published: %s", order.id, error.code)
            except Unavailable as error:
                log.error("order %s is tried again: %s", order.id, error)  # noqa: TRY400 - known: no trace says more
            except Exception:
                log.exception("order %s is tried again", order.id)
        for order in await self._storage.read.orders.overdue(now, limit):
            async with self._storage.write.transaction() as tx:
                if await tx.orders.move(order.id, order.status, OrderStatus.EXPIRED, now):
                    await tx.orders.forget_mailbox(order.id)

    async def _start(self, order: Order) -> None:
        now = self._tools.clock.now()
        if order.expires_at <= now:
            raise Conflict("order-expired")
        domains = [Host.parse(domain) for domain in (order.mail_domain or order.domain, order.domain)]
        reports = await self._owner_consent.check(domains, order.identity_type, Handle.parse(order.handle))
        record = await self._last_look.take(order)
        async with self._storage.write.transaction() as tx:
            lost = record is not None and await self._account_lost(tx, order, record)
            ended = await self._body_ended(tx, order)
        if lost:
            raise Conflict("account-proof-ended")
        if ended:
            raise Conflict("body-proof-ended", domain=order.domain)
        async with self._storage.write.transaction() as tx:
            reasons = await review_reasons(tx, order, self._bodies)
            target = OrderStatus.IN_REVIEW if reasons else OrderStatus.ISSUING
            if not await tx.orders.move(order.id, OrderStatus.READY, target, now):
                return
            await tx.orders.set_report(order.id, " ".join(reports))
            await self._acts.record(tx, "order.finalize", initiator_of(order), order=order.id, to=target)
            await self._write_to_concerned(tx, order, now)
            if "contact" in reasons:
                await self._write_to_contact(tx, order, now)

    async def _account_lost(self, tx: Tx, order: Order, record: Record) -> bool:
        """Whether the account is no longer what was proved; the record is kept either way."""
        number = await tx.records.add(order.id, record, circumstances(self._policy, order))
        if not record.valid:
            methods = [each.method for each in await tx.records.proofs(order.id) if each.end is End.ACCOUNT]
            await self._reopen(tx, order, methods, number)
        return not record.valid

    async def _body_ended(self, tx: Tx, order: Order) -> bool:
        """Whether the body's proof has ended meanwhile; then it must be proved again."""
        ended = await self._bodies.proof_ended(tx, order)
        if ended:
            await self._reopen(tx, order, (BODY_CHALLENGE,), None)
        return ended

    async def _reopen(self, tx: Tx, order: Order, types: Sequence[str], record: int | None) -> None:
        """Make one end of an order pending again, since what proved it no longer holds.

        :param record: the number of the record of what was seen instead
        """
        if not await tx.orders.move(order.id, OrderStatus.READY, OrderStatus.PENDING, self._tools.clock.now()):
            return  # it is being issued already
        await tx.orders.disown(order.id)  # the intent states the former proof
        subject = subject_of(order, await tx.bodies.get(order.domain), site=self._site, bodies=self._bodies)
        status = ChallengeStatus.PENDING if record is None else ChallengeStatus.INVALID
        for type_ in types:
            method = self._methods[type_]
            # Begun anew: what is to be published may be another record by now, and a token that stood in a profile is
            # known to whoever took the account.
            await tx.challenges.finish(order.id, type_, status, method.initial_state(subject), record)
            await tx.challenges.set_authorization(order.id, method.end, ChallengeStatus.PENDING)

    async def _write_to_contact(self, tx: Tx, order: Order, now: int) -> None:
        identity = await tx.identities.of_key(order.identity_key)
        if identity is not None:
            values = {"domain": order.domain, "asked": _asked(order)}
            await tx.letters.add(identity[0], "new-contact", deployed().locale, values, now)

    async def _write_to_concerned(self, tx: Tx, order: Order, now: int) -> None:
        """Whoever holds an account for which people examine the order learns it at once (T00e).

        Their bodies too, of an agent who is listed and shows the body: of any other, a body learns nothing (T00d, T72).
        One letter each: holders first, so that an institution gets the letter of a holder.
        """
        found, told = await matches(tx, order), set[str]()
        for match in found:
            holder, values = match.attestation.identity_id, {"asked": _asked(order), "match": match.reasons[0]}
            if holder is not None and holder not in told:
                told.add(holder)
                await self._publisher.write(tx, match.attestation, "elsewhere" if match.is_other else "again", values)
        for match in found:
            of, handle = await tx.orders.get(match.attestation.order_id), Handle.parse(match.attestation.handle)
            contact = await tx.identities.of_body(match.attestation.identity_id or "")
            if of is None or not of.listed or of.affiliation != "body":
                continue
            if contact is not None and contact not in told:
                told.add(contact)
                about = {"asked": _asked(order), "match": match.reasons[0], "handle": str(handle), "domain": of.domain}
                await tx.letters.add(contact, "of-body", deployed().locale, about, now)

    async def _order(self, order_id: str) -> Order:
        order = await self._storage.read.orders.get(order_id)
        if order is None:
            raise NotFound("order-not-found")
        return order


def _asked(order: Order) -> str:
    return str(Handle.parse(order.handle))
