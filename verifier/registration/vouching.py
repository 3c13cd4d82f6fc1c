"""What a body speaks for: the bodies that it named. Seen, and taken back; and what falls with a body's own word."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import NotFound
from ..core.identifiers import Host
from ..core.models import ChallengeStatus, End, OrderStatus, Reason
from ..policy.policy import Policy
from ..storage import Body, Order, Reader, Storage, Tx
from .bodies import Examined, speaks_for
from .publishing import Publisher

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Named:
    """A body, as the one above sees it.

    :param named_at: when it was named, in Unix seconds
    :param has_contact: it is known who acts for it, by a keyed hash alone
    :param has_record: its own DNS record proves it, so that it needs nobody's word
    :param by_class: the policy has what is asked for a domain of this kind examined, whoever asks
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
    def falls(self) -> Sequence[str]:
        """Those of its accounts that rest on the word of the body above."""
        return () if self.has_record else self.accounts

    @property
    def examined(self) -> Examined | None:
        """Why people look at what is asked for it next; None: nobody need."""
        if self.by_class:
            return "class"
        return None if self.has_contact else "contact"


async def named_by(reads: Reader, body: Body, policy: Policy) -> Sequence[Named]:
    """Those that it names now, by domain."""
    accounts: dict[str, list[str]] = defaultdict(list)
    for child_id, acct in await reads.bodies.accounts_of_children(body.id):
        accounts[child_id].append("@" + acct.removeprefix("acct:"))
    return [
        Named(
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


async def fall(tx: Tx, publisher: Publisher, body: Body, at: int) -> int:
    """What rested on the word of a body that has none any more, be it its own record or that of the body above.

    Returns how many attestations are suspended by it.
    """
    held = await tx.attestations.resting_on_body(body.id)
    await publisher.suspend_all(tx, held, Reason.IDENTITY_LOST)
    await tx.bodies.unprove(body.id)
    await tx.instances.end_of_body(body.id, Reason.IDENTITY_LOST, at)
    return len(held)


class Bonds:
    """Takes back. One per process."""

    def __init__(self, *, storage: Storage, publisher: Publisher, clock: Clock) -> None:
        self._storage = storage
        self._publisher = publisher
        self._clock = clock

    async def take_back(self, by: Order | Host, child: Host) -> int:
        """A body names that one no more: what rests on its word alone ends, in one transaction.

        A body with a record of its own keeps what it has. Nothing resumes when it is named again. Once more changes
        nothing. The record of the body above need not be seen at that moment: taking back waits for no DNS.

        :param by: the order of whoever speaks for the body above, or its domain where an operator decides
        :returns: how many attestations are suspended by it
        :raises NotFound: ``body-unknown``; ``child-unknown``: not named by it, or by another body since
        :raises Conflict: ``body-not-proved``: that order speaks for no body
        """
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            above = await speaks_for(tx, by) if isinstance(by, Order) else await tx.bodies.get(str(by))
            if above is None:
                raise NotFound("body-unknown", domain=str(by))
            known = await tx.bodies.get(str(child))
            if known is None or known.parent_id != above.id:
                raise NotFound("child-unknown", domain=str(child), parent=above.domain)
            if known.vouched_at is None:
                return 0
            await tx.bodies.unvouch(known.id)
            await self._unprove_orders(tx, known, now)
            if known.proved_at is not None:
                log.warning("body %s: no longer named by %s; its own record holds", known.domain, above.domain)
                return 0
            await tx.orders.discount_contacts(known.domain)
            count = await fall(tx, self._publisher, known, now)
            log.warning("body %s: no longer named by %s, %d suspended", known.domain, above.domain, count)
            return count

    async def _unprove_orders(self, tx: Tx, body: Body, now: int) -> None:
        """What was asked on that word and is not published yet: proved no more, or given up if it is being signed."""
        for order in await tx.orders.on_vouching(body.domain):
            if order.status is OrderStatus.ISSUING:
                # The document says `vouch-01`: whoever is at work on it finds the order closed, and publishes nothing.
                await tx.orders.move(order.id, OrderStatus.ISSUING, OrderStatus.EXPIRED, now)
                await tx.orders.forget_mailbox(order.id)
                continue
            # Its own record may still prove it: the order has kept which one, and a check shows it as it is then.
            challenge = await tx.challenges.get(order.id, "dns-01")
            state = challenge.state if challenge else {}
            await tx.challenges.finish(order.id, "dns-01", ChallengeStatus.PENDING, state, None)
            await tx.challenges.set_authorization(order.id, End.IDENTITY, ChallengeStatus.PENDING)
            await tx.orders.move(order.id, order.status, OrderStatus.PENDING, now)
