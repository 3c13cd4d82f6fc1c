"""What another policy means for what is attested already (T06: a class change re-opens existing attestations).

The mailbox is not kept: each attestation is assessed by its domain and by the class recorded with its proof. The local
part cannot be assessed again: what was ``shared`` stays so, unless the domain is refused.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ...core.errors import Conflict, Refused
from ...core.identifiers import Host
from ...core.initiator import job
from ...core.models import Cause, EventKind, IdentityType, Reason
from ...policy import signoff as policy_signoff
from ...policy.policy import Policy
from ...storage import Order, Reader, Storage
from ...words import TIES
from ..publishing import Publisher

APPLIED = "policy_applied"  # the fact: the version by which every attestation of this store was assessed
SEEN = "policy_seen"  # the fact: the number of the last event whose attestation was assessed
_BY = job("policy")
_PAGE = 500  # rows read at once

EffectReason = Literal["same", "kept", "refused", "review", "told-otherwise", "body"]
_SUSPENDS = frozenset[EffectReason]({"refused", "review", "told-otherwise", "body"})


@dataclass(frozen=True, slots=True)
class Effect:
    """What a policy means for one attestation.

    :param before: the class recorded with the proof; `after`: the class of the domain now
    :param why: ``same`` and ``kept`` (another class, which counts at renewal) change nothing. The others suspend:
        the class is ``refused``; it now needs a ``review``; the class states another tie to the body than the
        attestation does (``told-otherwise``); the domain is no ``body``'s any more, or not the contact's
    """

    attestation_id: str
    handle: str
    domain: str
    before: str
    after: str
    why: EffectReason

    @property
    def suspends(self) -> bool:
        return self.why in _SUSPENDS


class PolicyEffects:
    """Applies a policy to what is attested already. One per process."""

    def __init__(self, *, storage: Storage, policy: Policy, publisher: Publisher) -> None:
        self._storage = storage
        self._policy = policy
        self._publisher = publisher

    async def apply(self) -> None:
        """Suspend what this policy no longer attests: all once for each version, then those published since.

        Bodies have the names that it gives them from now on: in what is signed next, and where nothing is signed.

        A crash repeats a part: what is suspended already is not assessed again.
        """
        read = self._storage.read
        first, last = int(await read.facts.get(SEEN) or 0), await read.events.last()
        changed = await read.facts.get(APPLIED) != self._policy.version
        if changed:
            async for effect in effects(read, self._policy):
                await self._apply(effect)
        else:
            # An order opened under another version may be published now; what was suspended may be vouched for again.
            async for effect in _of_events(read, self._policy, first, last):
                await self._apply(effect)
        if changed or first != last:
            async with self._storage.write.transaction() as tx:
                for body in self._policy.bodies.values() if changed else ():
                    await tx.bodies.rename(str(body.domain), body.name)
                await tx.facts.set(APPLIED, self._policy.version)
                await tx.facts.set(SEEN, str(last))
                await policy_signoff.remember(tx, self._policy.signoffs)

    async def _apply(self, effect: Effect) -> None:
        if effect.suspends:
            letter = "class-changed" if effect.why in ("review", "told-otherwise") else "suspended"
            with suppress(Conflict):  # meanwhile somebody else ended it
                await self._publisher.suspend(
                    effect.attestation_id, Reason.IDENTITY_LOST, _BY, letter, cause=Cause.RULES
                )


async def effects(read: Reader, policy: Policy) -> AsyncIterator[Effect]:
    """What `policy` means for each attestation that is vouched for."""
    after = ""
    while page := await read.attestations.in_force(after, _PAGE):
        after = page[-1].id
        for attestation in page:
            if attestation.suspended_at is None and (order := await read.orders.get(attestation.order_id)):
                yield effect_on(policy, order, attestation.id)


async def _of_events(read: Reader, policy: Policy, after: int, last: int) -> AsyncIterator[Effect]:
    while after < last and (page := await read.events.after(after, _PAGE)):
        after = page[-1].seq
        for event in page:
            if event.kind in (EventKind.SUSPENDED, EventKind.REVOKED):
                continue
            attestation = await read.attestations.get(event.attestation_id)
            if attestation is None or attestation.suspended_at or attestation.revoked_at or attestation.expired_at:
                continue
            if (order := await read.orders.get(attestation.order_id)) and order.policy_version != policy.version:
                yield effect_on(policy, order, attestation.id)


def effect_on(policy: Policy, order: Order, attestation_id: str) -> Effect:
    """What `policy` means for the attestation of that order."""
    domain = order.mail_domain or order.domain  # orders from before the domain was kept have the body's
    ruling = policy.mail_domain(Host.parse(domain))
    why: EffectReason = "same" if ruling.class_ == order.class_ else "kept"
    if ruling.decision == "refuse":
        why = "refused"
    elif order.identity_type is IdentityType.INSTITUTION and (lost := _lost_body(policy, order, domain)):
        why = lost
    elif ruling.class_ in TIES and ruling.class_ != order.class_:
        why = "told-otherwise"
    elif order.decision == "issue" and _needs_review(policy, order, domain):
        why = "review"
    return Effect(attestation_id, order.handle, domain, order.class_, ruling.class_, why)


def _lost_body(policy: Policy, order: Order, domain: str) -> EffectReason | None:
    try:
        policy.acts_for(Host.parse(order.domain), Host.parse(domain))
    except Refused:
        return "body"
    return None


def _needs_review(policy: Policy, order: Order, domain: str) -> bool:
    if order.identity_type is IdentityType.INSTITUTION:
        return policy.acts_for(Host.parse(order.domain), Host.parse(domain)).decision == "review"
    return policy.mail_domain(Host.parse(domain)).decision == "review"
