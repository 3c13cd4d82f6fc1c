"""The bodies that a body vouches for: listed and taken back; and what is suspended when a body's own proof ends."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import NotFound
from ..core.identifiers import Host
from ..core.initiator import Initiator
from ..core.models import Cause, ChallengeStatus, End, OrderStatus, Reason
from ..policy.policy import Policy
from ..storage import Body, Order, Reader, Storage, Tx
from .acts import Acts
from .bodies import BODY_CHALLENGE, ChildReviewReason, represented_body
from .publishing import Publisher

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChildBody:
    """A body, as the body above it sees it.

    :param named_at: when it was named, in Unix seconds
    :param has_contact: who acts for it is known (as a keyed hash)
    :param has_record: its own DNS record proves it, so that it does not need the vouching
    :param by_class: the policy has every request for a domain of its class examined
    :param accounts: handles of its accounts that are vouched for
    """

    domain: str
    name: str
    named_at: int
    has_contact: bool
    has_record: bool
    by_class: bool
    accounts: Sequence[str]

    @property
    def dependent_accounts(self) -> Sequence[str]:
        """Those of its accounts that rest on the vouching alone."""
        return () if self.has_record else self.accounts

    @property
    def examined(self) -> ChildReviewReason | None:
        """Why people will examine the next request for it; None: they will not."""
        if self.by_class:
            return "class"
        return None if self.has_contact else "contact"


async def child_bodies(reads: Reader, body: Body, policy: Policy) -> Sequence[ChildBody]:
    """The bodies that it vouches for now, by domain."""
    accounts: dict[str, list[str]] = defaultdict(list)
    for child_id, acct in await reads.bodies.accounts_of_children(body.id):
        accounts[child_id].append("@" + acct.removeprefix("acct:"))
    return [
        ChildBody(
            domain=child.domain,
            name=child.name,
            named_at=child.vouched_at or 0,
            has_contact=child.contact_key is not None,
            has_record=child.proved_at is not None,
            by_class=policy.mail_domain(Host.parse(child.domain)).decision != "issue",
            accounts=accounts[child.id],
        )
        for child in await reads.bodies.children(body.id)
    ]


async def end_body_proof(tx: Tx, publisher: Publisher, body: Body, by: Initiator, at: int, cause: Cause) -> int:
    """A body has no proof any more, neither its own record nor vouching: suspend its attestations, end its instances.

    :param cause: what ended it
    :returns: how many attestations are suspended by it
    """
    attestations = await tx.attestations.resting_on_body(body.id)
    await publisher.suspend_all(tx, attestations, Reason.IDENTITY_LOST, by, cause=cause)
    await tx.bodies.unprove(body.id)
    await tx.instances.end_of_body(body.id, Reason.IDENTITY_LOST, at)
    return len(attestations)


class Vouching:
    """Takes vouching back. One per process."""

    def __init__(self, *, storage: Storage, publisher: Publisher, acts: Acts, clock: Clock) -> None:
        self._acts = acts
        self._storage = storage
        self._publisher = publisher
        self._clock = clock

    async def take_back(self, parent: Order | Host, child: Host, by: Initiator) -> int:
        """A body no longer vouches for that one: what rests on the vouching alone is suspended, in one transaction.

        A body with a record of its own keeps what it has. Vouching again resumes nothing. A second call changes
        nothing. No DNS is asked: the record of the body above need not be visible at that moment.

        :param parent: the order of somebody who represents the body above, or its domain where an operator decides
        :returns: how many attestations are suspended by it
        :raises NotFound: ``body-unknown``; ``child-unknown``: not named by it, or by another body since
        :raises Conflict: ``body-not-proved``: that order represents no body
        """
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            above = (
                await represented_body(tx, parent) if isinstance(parent, Order) else await tx.bodies.get(str(parent))
            )
            if above is None:
                raise NotFound("body-unknown", domain=str(parent))
            body = await tx.bodies.get(str(child))
            if body is None or body.parent_id != above.id:
                raise NotFound("child-unknown", domain=str(child), parent=above.domain)
            if body.vouched_at is None:
                return 0
            await tx.bodies.unvouch(body.id)
            await self._acts.record(tx, "body.unvouch", by, body=above.domain, child=body.domain)
            await self._unprove_orders(tx, body, now)
            if body.proved_at is not None:
                log.warning("body %s: no longer named by %s; its own record holds", body.domain, above.domain)
                return 0
            await tx.orders.discount_contacts(body.domain)
            count = await end_body_proof(tx, self._publisher, body, by, now, Cause.VOUCHING)
            log.warning("body %s: no longer named by %s, %d suspended", body.domain, above.domain, count)
            return count

    async def _unprove_orders(self, tx: Tx, body: Body, now: int) -> None:
        """Orders that rest on the vouching and are not published yet: to be proved again, or closed if being signed."""
        for order in await tx.orders.on_vouching(body.domain):
            if order.status is OrderStatus.ISSUING:
                # The document names the body above: whoever is at work on it finds the order closed, and stops.
                await tx.orders.move(order.id, OrderStatus.ISSUING, OrderStatus.EXPIRED, now)
                await tx.orders.forget_mailbox(order.id)
                continue
            # Its own record may still prove it: the order has kept which one, and a check shows it as it is then.
            challenge = await tx.challenges.get(order.id, BODY_CHALLENGE)
            state = challenge.state if challenge else {}
            await tx.challenges.finish(order.id, BODY_CHALLENGE, ChallengeStatus.PENDING, state, None)
            await tx.challenges.set_authorization(order.id, End.IDENTITY, ChallengeStatus.PENDING)
            await tx.orders.move(order.id, order.status, OrderStatus.PENDING, now)
