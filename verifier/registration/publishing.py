"""From a proved order to a published attestation, and the acts that end one.

Each act is one transaction, in which nothing is signed: what the doors read (times, verdict, page) and the event
change, and the status list is due, together or not at all (T00c). The signed list follows (T00i).
"""

import logging
from collections.abc import Mapping, Sequence
from functools import partial

from ..core import metrics, observed, strict_json
from ..core.attestation import LIFETIME
from ..core.clock import DAY, Chance, Clock
from ..core.errors import Conflict, NotFound
from ..core.identifiers import Handle, Host
from ..core.initiator import Initiator, job
from ..core.models import (
    AccountPin,
    Cause,
    End,
    EventKind,
    Folding,
    IdentityType,
    OrderStatus,
    Reason,
    Status,
    agreeing,
)
from ..core.site import Site
from ..core.strict_json import Json
from ..issuance import Facts, Issuer, Proof, Reservation
from ..policy.policy import Policy
from ..publication.status_lists import StatusLists
from ..publication.verdicts import respelled_body, verdict_body
from ..storage import Attestation, Body, Order, Storage, StoredRecord, Tx, Watched
from ..validation import DECLARATIONS
from ..validation.accounts.profiles import page_answered
from .acts import Acts
from .bodies import Bodies, initiator_of
from .gates import review_reasons
from .notices import tell_of_agents, tell_of_office

log = logging.getLogger(__name__)

_EXPIRING = job("expire")

MAIL_PROOF_LIFETIME = 180 * DAY  # then the mailbox must be proved again: it may have gone to a newcomer (T07)


class Publisher:
    """Publishes, suspends, revokes and expires attestations. Others decide when. One per process."""

    def __init__(
        self,
        *,
        site: Site,
        storage: Storage,
        policy: Policy,
        bodies: Bodies,
        issuer: Issuer,
        lists: StatusLists,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._site = site
        self._storage = storage
        self._policy = policy
        self._bodies = bodies
        self._acts = Acts(clock, chance)
        self._issuer = issuer
        self._lists = lists
        self._clock = clock
        self._chance = chance

    async def issue(self, order_id: str) -> None:
        """Steps 1 to 6 of ``docs/issuance.md`` for an order in ``issuing``, from wherever it stopped.

        The order is ``ready`` again if a condition that held at the start no longer holds.

        :raises NotFound: no such order
        """
        order = await self._storage.read.orders.get(order_id)
        if order is None:
            raise NotFound("order-not-found")
        if order.status is not OrderStatus.ISSUING:
            return
        account, identity = await self._proofs(order)
        pin = pin_of(account)
        domain, name = affiliation(self._policy, order, await self._storage.read.bodies.get(order.domain))

        def facts(reservation: Reservation, now: int) -> Facts:
            return Facts(
                attestation_id=reservation.attestation_id,
                pin=pin,
                role="office" if order.identity_type is IdentityType.INSTITUTION else "agent",
                domain=domain,
                name=name,
                account=Proof(account.method, account.checked_at),
                identity=tuple(_identity(record, order) for record in identity),
                revocation=(reservation.number, reservation.revocation),
                suspension=(reservation.number, reservation.suspension),
                valid_from=now,
                valid_until=now + LIFETIME,
            )

        signed = await self._issuer.issue(order_id, order.attestation_id, facts, listed=order.listed)
        await self._publish(signed, account, min(record.checked_at for record in identity))

    async def _publish(self, signed: Attestation, account: StoredRecord, proved_at: int) -> None:
        now, pin = self._clock.now(), pin_of(account)
        async with self._storage.write.transaction() as tx:
            order = await tx.orders.get(signed.order_id)
            if order is None or order.status is not OrderStatus.ISSUING or order.attestation_id != signed.id:
                return  # another process was faster
            by = initiator_of(order)
            # A withdrawal, or the end of a body's proof, that came while it was being signed is stronger (T00c).
            if await self._bodies.proof_ended(tx, order) or await review_reasons(tx, order, self._bodies):
                await tx.orders.give_up(order.id, now)
                return
            replaced = await tx.accounts.replaced_by(pin)
            named = [await tx.attestations.of_order(old.order_id) for old in replaced]
            older = [*filter(None, named), *await tx.attestations.of_actor(pin.actor)]
            for previous in {each.id: each for each in older if each.id != signed.id}.values():
                await self._revoke(tx, previous, Reason.SUPERSEDED, by, now)
            new = self._chance.identifier
            await self.retire_reassigned_identity(tx, order)
            body = self._policy.body(Host.parse(order.domain))
            row = await self._bodies.row(tx, body)
            await self._tell_body(tx, order, row, now)
            identity_id = await tx.identities.ensure(new(), order, row.id, proved_at, proved_at + MAIL_PROOF_LIFETIME)
            answered = page_answered(account.evidence)
            account_id = await tx.accounts.pin(new(), pin, order.id, now, profile_page=answered)
            for old in replaced:
                await tx.verdicts.drop_answer(old.handle)
            await tx.attestations.set_published(signed.id, account_id, identity_id, now)
            await self._put_verdict(tx, signed, Status.VERIFIED, None, by, now)
            await self._tell(tx, EventKind.ISSUED, signed, None, by, now)
            await tx.orders.move(order.id, OrderStatus.ISSUING, OrderStatus.ISSUED, now)
            await tx.orders.forget_mailbox(order.id)
            tx.afterwards(metrics.ISSUANCE_STEPS.labels("publish").inc)

    async def _tell_body(self, tx: Tx, order: Order, body: Body, now: int) -> None:
        """Before the contact of the body becomes whoever asks now."""
        if order.identity_type is IdentityType.INSTITUTION:
            handle, page = str(Handle.parse(order.handle)), self._site.page(order.id)
            await tell_of_office(tx, body, order, handle, page, now)
        elif order.affiliation == "body" and await self._bodies.current_proof(tx, body) is not None:
            await tell_of_agents(tx, body, order, now)

    async def retire_reassigned_identity(self, tx: Tx, order: Order) -> None:
        """If another person than before signed in with this mailbox, it has passed to a newcomer (T07).

        The attestations of the person before are suspended, and that person can no longer renew them by mail. The
        newcomer starts with nothing: the same address never makes two people one.
        """
        identity = await tx.identities.of_key(order.identity_key)
        if identity is None or order.subject is None or identity[1] in (None, order.subject):
            return
        attestations = [each for each in await tx.attestations.of_identity(identity[0]) if each.suspended_at is None]
        by, cause = initiator_of(order), Cause.MAILBOX
        await self.suspend_all(tx, attestations, Reason.IDENTITY_LOST, by, "reassigned", cause=cause)
        await tx.orders.end_open(order.identity_key, order.id, self._clock.now())
        await tx.identities.retire(identity[0], self._chance.bytes(32))
        log.warning("order %s: its mailbox has passed from one person to another", order.id)

    async def suspend(
        self,
        attestation_id: str,
        reason: Reason,
        by: Initiator,
        letter: str = "suspended",
        *,
        cause: Cause | None = None,
    ) -> None:
        """Stop vouching for the account, under all its names, until it is proved again.

        :param letter: the letter that the holder gets
        :param cause: what the service saw; None: a person decided
        :raises NotFound: ``attestation-not-found``
        :raises Conflict: ``attestation-state``
        """
        async with self._storage.write.transaction() as tx:
            attestation = await _in_force(tx, attestation_id, Status.SUSPENDED)
            await self.suspend_all(tx, (attestation,), reason, by, letter, cause=cause)

    async def suspend_all(
        self,
        tx: Tx,
        attestations: Sequence[Attestation],
        reason: Reason,
        by: Initiator,
        letter: str = "suspended",
        *,
        cause: Cause | None = None,
    ) -> None:
        """As :meth:`suspend`, in the caller's transaction, for attestations that are in force there."""
        now = self._clock.now()
        found = await _of_their_accounts(tx, attestations)
        attestations = [each for each in found if each.suspended_at is None]
        for attestation in attestations:
            await tx.attestations.set_suspended(attestation.id, now)
            await self._announce(tx, attestation, Status.SUSPENDED, reason, by, now, cause)
            about = {"at": now, "reason": reason, "by": by.role, "cause": cause}
            await self.write(tx, attestation, letter, about)

    async def write(self, tx: Tx, attestation: Attestation, letter: str, values: Mapping[str, Json]) -> None:
        """Put a letter to the holder of an attestation in the outbox, within this transaction."""
        order = await tx.orders.get(attestation.order_id)
        if order is None or attestation.identity_id is None:
            return
        values = {"handle": str(Handle.parse(attestation.handle)), "page": self._site.page(order.id), **values}
        await tx.letters.add(attestation.identity_id, letter, order.locale, values, self._clock.now())

    async def revoke(self, attestation_id: str, reason: Reason, by: Initiator) -> None:
        """Stop vouching for the account, under all its names, for good.

        :raises NotFound: ``attestation-not-found``
        :raises Conflict: ``attestation-state``
        """
        async with self._storage.write.transaction() as tx:
            attestation = await _in_force(tx, attestation_id, Status.REVOKED)
            for each in await _of_their_accounts(tx, (attestation,)):
                await self._revoke(tx, each, reason, by, self._clock.now())

    async def supersede(self, tx: Tx, attestation: Attestation, by: Initiator) -> None:
        """Revoke that one alone: a newer attestation speaks for its account."""
        await self._revoke(tx, attestation, Reason.SUPERSEDED, by, self._clock.now())

    async def expire(self, limit: int = 1_000) -> None:
        """Give the attestations whose time is over the verdict ``expired``."""
        now = self._clock.now()
        for ended in await self._storage.read.attestations.overdue(now, limit):
            async with self._storage.write.transaction() as tx:
                attestation = await tx.attestations.get(ended.id)
                if attestation is None or attestation.revoked_at or attestation.expired_at:
                    continue  # it was revoked meanwhile, which is the stronger verdict
                await tx.attestations.set_expired(attestation.id, now)
                # The reason of a suspension outlives the attestation: a thief may still hold the account (T00c).
                last = await tx.verdicts.of_order(attestation.order_id)
                await self._put_verdict(tx, attestation, Status.EXPIRED, last.reason if last else None, _EXPIRING, now)

    async def _revoke(self, tx: Tx, attestation: Attestation, reason: Reason, by: Initiator, now: int) -> None:
        await tx.attestations.set_revoked(attestation.id, now)
        await self._announce(tx, attestation, Status.REVOKED, reason, by, now)

    async def _announce(
        self,
        tx: Tx,
        attestation: Attestation,
        status: Status,
        reason: Reason,
        by: Initiator,
        now: int,
        cause: Cause | None = None,
    ) -> None:
        """A new verdict, which every door reads, and an event, for those who follow the feed."""
        tx.afterwards(self._lists.changed.set)
        kind = EventKind.SUSPENDED if status is Status.SUSPENDED else EventKind.REVOKED
        about = {"attestation": attestation.id, "status": status, "reason": reason, "by": by.role}
        observed.line("withdrawal", "begins", **about)
        tx.afterwards(partial(_withdrawn, about))
        await self._put_verdict(tx, attestation, status, reason, by, now, cause)
        await self._tell(tx, kind, attestation, reason, by, now)

    async def _tell(
        self, tx: Tx, kind: EventKind, attestation: Attestation, reason: Reason | None, by: Initiator, now: int
    ) -> None:
        """The event, and the entry of the audit trail if a person acts."""
        await tx.events.add(
            kind, attestation.id, attestation.handle, now, by=by, listed=attestation.listed, reason=reason
        )
        await self._acts.record(
            tx, f"attestation.{kind}", by, attestation=attestation.id, reason=reason, order=attestation.order_id
        )

    async def _put_verdict(
        self,
        tx: Tx,
        attestation: Attestation,
        status: Status,
        reason: Reason | None,
        by: Initiator,
        now: int,
        cause: Cause | None = None,
    ) -> None:
        page = self._site.page(attestation.order_id)
        document = strict_json.loads_object(attestation.body or b"")
        views = {each.method: agreeing(each.evidence) for each in await tx.records.proofs(attestation.order_id)}
        body = verdict_body(document, page=page, status=status, reason=reason, at=now, views=views)
        account = await tx.accounts.of_order(attestation.order_id)
        if account is not None:
            body = respelled_body(body, pin_of_row(account))
        await tx.verdicts.put(attestation.order_id, status, reason, now, body, by=by, cause=cause)

    async def _proofs(self, order: Order) -> tuple[StoredRecord, Sequence[StoredRecord]]:
        """The records that its valid challenges rest on: the last one of the account, all of the identity."""
        proofs = await self._storage.read.records.proofs(order.id)
        account = next((record for record in reversed(proofs) if record.end is End.ACCOUNT), None)
        identity = [record for record in proofs if record.end is End.IDENTITY]
        if account is None or not identity:
            raise Conflict("order-not-ready")
        return account, sorted(identity, key=lambda record: DECLARATIONS[record.method].rank or 0)


async def _of_their_accounts(tx: Tx, attestations: Sequence[Attestation]) -> Sequence[Attestation]:
    """Those, and what else is in force of their accounts: no other name of an account survives a withdrawal (T00e)."""
    found = {each.id: each for each in attestations}
    for attestation in attestations:
        found |= {each.id: each for each in await tx.attestations.of_same_account(attestation)}
    return tuple(found.values())


def _withdrawn(about: Mapping[str, str]) -> None:
    """It is committed: every door says so."""
    observed.line("withdrawal", "ends", **about, result="done")
    metrics.WITHDRAWALS.labels(about["status"], about["reason"], about["by"]).inc()


async def _in_force(tx: Tx, attestation_id: str, status: Status) -> Attestation:
    """The attestation, if it can still take that status.

    :raises NotFound: ``attestation-not-found``
    :raises Conflict: ``attestation-state``
    """
    attestation = await tx.attestations.get(attestation_id)
    if attestation is None or attestation.published_at is None:
        raise NotFound("attestation-not-found")
    ended = attestation.revoked_at or attestation.expired_at
    if ended or (status is Status.SUSPENDED and attestation.suspended_at):
        state = "revoked" if attestation.revoked_at else "expired" if attestation.expired_at else "suspended"
        raise Conflict("attestation-state", state=state)
    return attestation


def affiliation(policy: Policy, order: Order, row: Body | None) -> tuple[str, str]:
    """Domain and name that the attestation will show, at the level that the holder chose.

    :param row: of the body; it has the name that the body above gave, for a body that the policy does not name
    """
    domain = next(iter(policy.suffixes)) if order.affiliation == "state" else Host.parse(order.domain)
    body = policy.body(domain)
    if body.is_named or row is None or row.domain != str(body.domain):
        return str(body.domain), body.name
    return row.domain, row.name if row.is_named else order.claimed_name or row.name


def _identity(record: StoredRecord, order: Order) -> Proof:
    if not DECLARATIONS[record.method].of_body:
        return Proof(record.method, record.checked_at, order.class_)
    security = record.evidence.get("security")
    dnssec = None if security not in ("secure", "insecure") else security == "secure"
    return Proof(record.method, record.checked_at, "institution", dnssec)


def pin_of(record: StoredRecord) -> AccountPin:
    """The account that a valid check of it saw."""
    account = record.account or {}
    return AccountPin(
        handle=Handle.parse(account["handle"]),
        actor=account["actor"],
        profile=account["profile"],
        key_digest=account["keyDigest"],
        published=account["published"],
        folding=Folding(account["folding"]) if account.get("folding") else None,
    )


def pin_of_row(account: Watched) -> AccountPin:
    """The account as it is pinned."""
    handle = Handle.parse(account.handle)
    return AccountPin(handle, account.actor, account.profile, account.key_digest, account.published, account.folding)
