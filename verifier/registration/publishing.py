"""From a proved order to a published attestation, and the acts that end one.

Each act is one transaction: what the doors read (verdict, page), the status list and the event change
together or not at all (T00c).
"""

from ..core import strict_json
from ..core.attestation import LIFETIME
from ..core.clock import DAY, Chance, Clock
from ..core.errors import Conflict, NotFound
from ..core.identifiers import Handle, Host
from ..core.models import AccountPin, End, EventKind, OrderStatus, Reason, Status
from ..core.site import Site
from ..issuance import Drawn, Facts, Issuer, Proof
from ..publication.status_lists import StatusLists
from ..publication.verdicts import verdict_body
from ..storage import Attestation, Order, Storage, StoredRecord, Tx
from .policy import Policy

MAIL_PROOF_LIFETIME = 180 * DAY  # then the mailbox must be proved again: it may have gone to a newcomer (T07)


class Publisher:
    """Decides nothing: does what was decided, whole. One per process."""

    def __init__(
        self,
        *,
        site: Site,
        storage: Storage,
        policy: Policy,
        issuer: Issuer,
        lists: StatusLists,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._site = site
        self._storage = storage
        self._policy = policy
        self._issuer = issuer
        self._lists = lists
        self._clock = clock
        self._chance = chance

    async def issue(self, order_id: str) -> None:
        """Steps 1 to 6 of ``docs/issuance.md`` for an order in ``issuing``, from wherever it stopped.

        :raises NotFound: no such order
        """
        order = await self._storage.read.order(order_id)
        if order is None:
            raise NotFound("order-not-found")
        if order.status is not OrderStatus.ISSUING:
            return
        account, identity = await self._proofs(order_id)
        pin = _pin(account)
        domain, name = affiliation(self._policy, order)

        def facts(drawn: Drawn, now: int) -> Facts:
            return Facts(
                attestation_id=drawn.attestation_id,
                pin=pin,
                role="agent",
                domain=domain,
                name=name,
                account=Proof(account.method, account.checked_at),
                identity=Proof(identity.method, identity.checked_at, order.class_),
                revocation=(drawn.number, drawn.revocation),
                suspension=(drawn.number, drawn.suspension),
                valid_from=now,
                valid_until=now + LIFETIME,
            )

        signed = await self._issuer.issue(order_id, order.attestation_id, facts, listed=order.listed)
        await self._publish(signed, pin, identity.checked_at)

    async def _publish(self, signed: Attestation, pin: AccountPin, proved_at: int) -> None:
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            order = await tx.order(signed.order_id)
            if order is None or order.status is not OrderStatus.ISSUING:
                return  # another process was faster
            previous = await tx.live_attestation(order.handle)
            if previous is not None and previous.id != signed.id:
                await self._withdraw(tx, previous, Status.REVOKED, Reason.SUPERSEDED, now)
            new = self._chance.identifier
            body = self._policy.body(Host.parse(order.domain))
            body_id = await tx.ensure_body(new(), str(body.domain), body.name, now)
            identity_id = await tx.ensure_identity(new(), order, body_id, proved_at, proved_at + MAIL_PROOF_LIFETIME)
            account_id = await tx.pin_account(new(), pin, order.id, now)
            await tx.mark_published(signed.id, account_id, identity_id, now)
            await self._tell(tx, signed, Status.VERIFIED, None, now)
            await tx.add_event(EventKind.ISSUED, signed.id, signed.handle, now, listed=signed.listed)
            await tx.move_order(order.id, OrderStatus.ISSUING, OrderStatus.ISSUED, now)
            await tx.forget_mailbox(order.id)

    async def suspend(self, attestation_id: str, reason: Reason) -> None:
        """Stop vouching, until it is proved again.

        :raises NotFound: ``attestation-not-found``
        :raises Conflict: ``attestation-state``
        """
        await self._end(attestation_id, Status.SUSPENDED, reason)

    async def revoke(self, attestation_id: str, reason: Reason) -> None:
        """Stop vouching, for good.

        :raises NotFound: ``attestation-not-found``
        :raises Conflict: ``attestation-state``
        """
        await self._end(attestation_id, Status.REVOKED, reason)

    async def expire(self, limit: int = 1_000) -> None:
        """Say so of the attestations whose time is over."""
        now = self._clock.now()
        for ended in await self._storage.read.attestations_ended(now, limit):
            async with self._storage.write.transaction() as tx:
                attestation = await tx.attestation(ended.id)
                if attestation is None or attestation.revoked_at or attestation.expired_at:
                    continue  # meanwhile it was revoked: that is the stronger word
                await tx.set_expired(attestation.id, now)
                await self._tell(tx, attestation, Status.EXPIRED, None, now)

    async def _end(self, attestation_id: str, status: Status, reason: Reason) -> None:
        async with self._storage.write.transaction() as tx:
            attestation = await tx.attestation(attestation_id)
            if attestation is None or attestation.published_at is None:
                raise NotFound("attestation-not-found")
            ended = attestation.revoked_at or attestation.expired_at
            if ended or (status is Status.SUSPENDED and attestation.suspended_at):
                state = "revoked" if attestation.revoked_at else "expired" if attestation.expired_at else "suspended"
                raise Conflict("attestation-state", state=state)
            await self._withdraw(tx, attestation, status, reason, self._clock.now())

    async def _withdraw(self, tx: Tx, attestation: Attestation, status: Status, reason: Reason, now: int) -> None:
        if status is Status.SUSPENDED:
            await tx.set_suspended(attestation.id, now)
            await self._lists.sign_again(tx, "suspension", attestation.suspension_list, now)
            kind = EventKind.SUSPENDED
        else:
            await tx.set_revoked(attestation.id, now)
            await self._lists.sign_again(tx, "revocation", attestation.revocation_list, now)
            kind = EventKind.REVOKED
        await self._tell(tx, attestation, status, reason, now)
        await tx.add_event(kind, attestation.id, attestation.handle, now, listed=attestation.listed, reason=reason)

    async def _tell(self, tx: Tx, attestation: Attestation, status: Status, reason: Reason | None, now: int) -> None:
        page = self._site.page(attestation.order_id)
        signed = strict_json.loads_object(attestation.body or b"")
        body = verdict_body(signed, page=page, status=status, reason=reason, at=now)
        await tx.put_verdict(attestation.order_id, status, reason, now, body)

    async def _proofs(self, order_id: str) -> tuple[StoredRecord, StoredRecord]:
        valid = {record.end: record for record in await self._storage.read.records(order_id) if record.valid}
        if End.ACCOUNT not in valid or End.IDENTITY not in valid:
            raise Conflict("order-not-ready")
        return valid[End.ACCOUNT], valid[End.IDENTITY]


def affiliation(policy: Policy, order: Order) -> tuple[str, str]:
    """Domain and name that the attestation will show, at the level that the holder chose."""
    domain = next(iter(policy.suffixes)) if order.affiliation == "state" else Host.parse(order.domain)
    body = policy.body(domain)
    return str(body.domain), body.name


def _pin(record: StoredRecord) -> AccountPin:
    seen = record.account or {}
    return AccountPin(
        handle=Handle.parse(seen["handle"]),
        actor=seen["actor"],
        profile=seen["profile"],
        key_digest=seen["keyDigest"],
        published=seen["published"],
    )
