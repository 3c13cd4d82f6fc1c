"""The states of an order: ``pending → ready → (in_review) → issuing → issued``, or ``expired``.

The doors parse, ``validation`` checks, ``issuance`` signs; here, states change. What an answer says is in the store
before the answer leaves.
"""

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...core import bearer, observed
from ...core.clock import DAY
from ...core.errors import Conflict, NotFound, Unauthorized
from ...core.identifiers import Handle, Host, MailAddress
from ...core.models import ChallengeStatus, IdentityType, OrderStatus, Problem, Record, State, Subject
from ...core.site import Site
from ...core.strict_json import Json
from ...fetch import allowance
from ...policy import providers as openid
from ...policy.policy import Policy
from ...storage import (
    Authorization,
    Body,
    Challenge,
    Circumstances,
    NewChallenge,
    NewOrder,
    Order,
    Storage,
    StoredRecord,
    Tx,
)
from ...validation import DECLARATIONS, Method, Methods, NotBegun, Recheck
from ...validation.views import Views
from ...words import lang_of, prefix
from ..bodies import BODY_CHALLENGE, Bodies
from ..gates import ReviewReason, review_reasons
from ..publishing import Publisher
from .owner_consent import OwnerConsent
from .requests import Request, Ruling, rule_on
from .requirements import requirements

log = logging.getLogger(__name__)

# Also the greatest age of a mailbox proof that is signed. The proofs of the account and of the body are checked again
# before signing (``last_look``, ``Bodies.current_proof``).
ORDER_LIFETIME = 2 * DAY
ORDER_LIFETIME_OF_BODY = 7 * DAY  # somebody must publish a DNS record meanwhile
CHALLENGE_LEASE = 60  # seconds; longer than the slowest check, so that two never run at once


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order with all that hangs on it, for its holder."""

    order: Order
    authorizations: Sequence[Authorization]
    challenges: Sequence[Challenge]
    records: Mapping[int, StoredRecord]


class Registrar:
    """Opens orders and takes them to ``ready``. One per process."""

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
        self._views = views
        self._tools = views.views[0].tools
        self._methods = methods
        self._owner_consent = owner_consent
        self._bodies = bodies
        self._publisher = publisher

    async def new_order(self, request: Request, *, instead_of: Order | None = None) -> tuple[OrderView, str]:
        """Open an order; returns it with its bearer token, which is not kept.

        :param instead_of: an order that is withdrawn with it
        :raises Conflict: ``order-closed``: `instead_of` is being published, or has ended
        :raises Refused: the policy, or the owner of the domain, does not accept that mailbox, domain or name
        :raises Unavailable: the owner's policy cannot be learned
        """
        ruling = rule_on(self._policy, request)
        await self._owner_consent.check((request.mailbox.domain, ruling.body.domain), ruling.identity, request.handle)
        now = self._tools.clock.now()
        token = bearer.draw(self._tools.chance)
        contact = self._bodies.contact_key(request.mailbox)
        institution = ruling.identity is IdentityType.INSTITUTION
        order = NewOrder(
            id=self._tools.chance.identifier(),
            token_digest=bearer.digest_of(token),
            handle=request.handle.acct,
            identity_type=ruling.identity,
            identity_key=self._bodies.body_key(ruling.body.domain) if institution else contact,
            mailbox=str(request.mailbox),
            mail_domain=str(request.mailbox.domain),
            contact_key=contact,
            domain=str(ruling.body.domain),
            decision=ruling.decision,
            class_=ruling.class_,
            rule=ruling.rule,
            policy_version=self._policy.version,
            listed=request.listed or institution,
            affiliation="body" if institution else request.affiliation,
            locale=request.locale,
            claimed_name=request.name if institution and not ruling.body.is_named else None,
            created_at=now,
            expires_at=now + (ORDER_LIFETIME_OF_BODY if institution else ORDER_LIFETIME),
        )
        await self._open(order, ruling, instead_of)
        return await self.view(order.id), token

    async def change_account(self, order: Order, handle: Handle, locale: str) -> tuple[OrderView, str]:
        """The same request for another account: an order with a page of its own in the place of that one (T00b).

        Whatever proved that one proves nothing here, but for the record of a body, which is for all its orders: the
        letter with a code names the account, and a code that was typed for one must not attest another (ADR 31).

        :raises Conflict: ``order-closed``, ``order-expired``
        :raises VerifierError: as :meth:`new_order`
        """
        _require_open(order, self._tools.clock.now())
        domain = Host.parse(order.domain) if order.identity_type is IdentityType.INSTITUTION else None
        mailbox = MailAddress.parse(order.mailbox or "")  # an open order keeps it
        request = Request(handle, mailbox, order.listed, order.affiliation, locale, domain, order.claimed_name)
        return await self.new_order(request, instead_of=order)

    async def _open(self, order: NewOrder, ruling: Ruling, instead_of: Order | None) -> None:
        required = requirements(ruling.identity)
        async with self._storage.write.transaction() as tx:
            if instead_of is not None and not await tx.orders.withdraw(instead_of, order.created_at):
                raise Conflict("order-closed", status=instead_of.status)
            body = await self._bodies.row(tx, ruling.body) if ruling.identity is IdentityType.INSTITUTION else None
            subject = self._subject(order, body)
            offered = [
                NewChallenge(name, method.end, method.initial_state(subject))
                for name, method in self._methods.items()
                if method.available and ruling.identity in method.declaration.offered
            ]
            await tx.orders.add(order, {end: each.needs for end, each in required.items()}, offered)
            proved = await self._bodies.current_proof(tx, body) if body is not None else None
            if proved is not None:
                # A body is proved once, for all its accounts.
                number = await tx.records.add(order.id, proved, circumstances(self._policy, order))
                challenge = await tx.challenges.get(order.id, BODY_CHALLENGE)
                state = challenge.state if challenge else {}
                await tx.challenges.finish(order.id, BODY_CHALLENGE, ChallengeStatus.VALID, state, number)

    async def authorize(self, order_id: str, token: str | None) -> Order:
        """The order of that id, for whoever holds its token.

        :raises Unauthorized: no token, the token of another order, or no such order; the answer is the same (T63)
        """
        order = await self._storage.read.orders.get(order_id)
        digest = bearer.digest_of(token or "")
        if not hmac.compare_digest(digest, order.token_digest if order else bytes(32)) or order is None:
            raise Unauthorized("unauthorized")
        return order

    async def view(self, order_id: str) -> OrderView:
        """:raises NotFound: no such order"""
        read = self._storage.read
        order = await read.orders.get(order_id)
        if order is None:
            raise NotFound("order-not-found")
        kept = {challenge.type: challenge for challenge in await read.challenges.of_order(order_id)}
        challenges = [kept[name] for name in self._methods if name in kept]  # the usual way first
        numbers = [challenge.record_id for challenge in challenges if challenge.record_id is not None]
        records = {number: record for number in numbers if (record := await read.records.get(number))}
        return OrderView(order, await read.challenges.authorizations(order_id), challenges, records)

    async def review_reason(self, order: Order) -> ReviewReason | None:
        """Why people examine that order, or would, before it is published; None: they will not."""
        reasons = await review_reasons(self._storage.read, order, self._bodies)
        return reasons[0] if reasons else None

    async def respond(
        self, order: Order, type_: str, answer: Mapping[str, Json], *, unasked: bool = False
    ) -> Challenge:
        """Begin or check one challenge, and store the records. A valid challenge stays valid.

        :param unasked: nobody waits for it: a letter says when it is valid
        :raises NotFound: ``challenge-unknown``
        :raises Conflict: ``order-closed``, ``order-expired``
        :raises VerifierError: the method refuses (too many mails, …); the challenge is as before
        """
        method = self._methods.get(type_)
        challenge = await self._storage.read.challenges.get(order.id, type_)
        if method is None or challenge is None:
            raise NotFound("challenge-unknown", type=type_)
        # A check that a crash interrupted, and whose lease is over, counts as not begun.
        interrupted = challenge.status is ChallengeStatus.PROCESSING
        before = ChallengeStatus.PENDING if interrupted else challenge.status
        now = self._tools.clock.now()
        if challenge.status is ChallengeStatus.VALID:
            return challenge
        _require_open(order, now)
        lease = now + CHALLENGE_LEASE
        async with self._storage.write.transaction() as tx:
            if not await tx.challenges.claim(order.id, type_, now, lease):
                return await self._challenge(order.id, type_)
            # Read again under the claim: another answer may have changed its state.
            challenge = await tx.challenges.get(order.id, type_) or challenge
        records: Sequence[Record] = ()
        try:
            subject = self._subject(order, await self._storage.read.bodies.get(order.domain))
            if method.is_preparation(challenge.state, answer):
                records, state = await self._prepare(method, subject, challenge.state)
            else:
                with observed.validation(type_, "proof", order=order.id) as seen:
                    records, state = await self._views.check(method, subject, challenge.state, answer)
                    seen.result = "valid" if records[-1].valid else "invalid"
        except BaseException:
            await self._release(challenge, before, lease)
            raise
        async with self._storage.write.transaction() as tx:
            if not await tx.challenges.is_held(order.id, type_, lease):
                log.warning("order %s: %s took longer than its lease, and somebody took it", order.id, type_)
            elif await self._is_current(tx, order, subject, records):
                await self._store(tx, order, challenge, records, state)
                await self._write_that_seen(tx, order, records[-1:] if unasked else ())
            else:
                await tx.challenges.finish(order.id, type_, before, challenge.state, None)
        return await self._challenge(order.id, type_)

    async def _release(self, challenge: Challenge, status: ChallengeStatus, lease: int) -> None:
        """Leave it as it was, unless somebody took it since."""
        async with self._storage.write.transaction() as tx:
            if await tx.challenges.is_held(challenge.order_id, challenge.type, lease):
                await tx.challenges.finish(challenge.order_id, challenge.type, status, challenge.state, None)

    async def _prepare(self, method: Method, subject: Subject, state: State) -> tuple[Sequence[Record], State]:
        """Where somebody else's server does not let a proof begin, that is a check that failed."""
        try:
            with allowance():
                return (), await method.prepare(subject, state, self._tools)
        except NotBegun as error:
            problem = Problem(error.code, error.values)
            return (Record.of(method.name, method.end, self._tools.clock.now(), problem, error.evidence),), state

    async def _is_current(self, tx: Tx, order: Order, subject: Subject, records: Sequence[Record]) -> bool:
        """False: the body was given another token while its DNS was asked, so that the record holds the former one."""
        if not records or not records[-1].valid:
            return True
        if DECLARATIONS[records[-1].method].recheck is not Recheck.BODY_RECORD:
            return True
        token = subject.body_token or ""
        return await self._bodies.accept_record(tx, order.domain, records[-1], token, order.contact_key)

    async def _store(
        self, tx: Tx, order: Order, challenge: Challenge, records: Sequence[Record], state: Mapping[str, Json]
    ) -> None:
        """:param records: one of each view, the deciding one last; none if the proof was only begun"""
        if not records:
            await tx.challenges.finish(order.id, challenge.type, ChallengeStatus.PENDING, state, None)
            return
        *views, record = records
        for view in views:
            await tx.records.add(order.id, view, circumstances(self._policy, order))
        status = ChallengeStatus.VALID if record.valid else ChallengeStatus.INVALID
        if record.valid and DECLARATIONS[challenge.type].names_person:
            order = await self._signed_in(tx, order, record)
        number = await tx.records.add(order.id, record, circumstances(self._policy, order))
        await tx.challenges.finish(order.id, challenge.type, status, state, number)
        if not record.valid:
            return
        valid = {each.type for each in await tx.challenges.of_order(order.id) if each.status is ChallengeStatus.VALID}
        if not requirements(order.identity_type)[challenge.end].proved_by(valid):
            return
        await tx.challenges.set_authorization(order.id, challenge.end, ChallengeStatus.VALID)
        ends = await tx.challenges.authorizations(order.id)
        if all(end.status is ChallengeStatus.VALID for end in ends):
            await tx.orders.move(order.id, OrderStatus.PENDING, OrderStatus.READY, record.checked_at)

    async def _write_that_seen(self, tx: Tx, order: Order, unasked: Sequence[Record]) -> None:
        """To the mailbox of the order, in the transaction that keeps the proof.

        :param unasked: what was seen while nobody was there to read it
        """
        for record in unasked:
            if record.valid:
                about = {
                    "domain": order.domain,
                    "handle": str(Handle.parse(order.handle)),
                    "at": record.checked_at,
                    "until": order.expires_at,
                    "place": f"{self._site.authority}{prefix(lang_of(order.locale))}/demander",
                }
                await tx.letters.add(None, "record-seen", order.locale, about, record.checked_at, to=order.mailbox)

    async def _signed_in(self, tx: Tx, order: Order, record: Record) -> Order:
        """The order with the ruling and the subject that follow from the sign-in."""
        mailbox = openid.SignInRuling(order.decision, order.class_, order.rule)
        ruling = openid.rule_on_sign_in(self._policy, mailbox, record.evidence)
        subject = bytes.fromhex(record.evidence["subject"])
        await tx.orders.set_ruling(
            order.id, decision=ruling.decision, class_=ruling.class_, rule=ruling.rule, subject=subject
        )
        order = replace(order, decision=ruling.decision, class_=ruling.class_, rule=ruling.rule, subject=subject)
        if ruling.alert:
            log.warning("order %s: %s; it waits for a review", order.id, ruling.rule)
        else:
            # A provider that the policy does not know for this domain (an alert) must not end anybody's attestation.
            await self._publisher.retire_reassigned_identity(tx, order)
        return order

    def _subject(self, order: NewOrder | Order, body: Body | None) -> Subject:
        return subject_of(order, body, site=self._site, bodies=self._bodies)

    async def _challenge(self, order_id: str, type_: str) -> Challenge:
        challenge = await self._storage.read.challenges.get(order_id, type_)
        if challenge is None:
            raise NotFound("challenge-unknown", type=type_)
        return challenge


def _require_open(order: Order, now: int) -> None:
    """:raises Conflict: ``order-closed``, ``order-expired``"""
    if order.status not in (OrderStatus.PENDING, OrderStatus.READY):
        raise Conflict("order-closed", status=order.status)
    if order.expires_at <= now:
        raise Conflict("order-expired")


def circumstances(policy: Policy, order: NewOrder | Order) -> Circumstances:
    """The policy, class, consent and locale that are in force when a record of an order is made."""
    consent = {"listed": order.listed, "affiliation": order.affiliation}
    return Circumstances(policy.version, order.class_, consent, order.locale)


def subject_of(order: NewOrder | Order, body: Body | None, *, site: Site, bodies: Bodies) -> Subject:
    """What the methods get to know of an order."""
    return Subject(
        order_id=order.id,
        handle=Handle.parse(order.handle),
        page=site.page(order.id),
        mailbox=MailAddress.parse(order.mailbox) if order.mailbox else None,
        domain=Host.parse(order.domain),
        locale=order.locale,
        body_token=bodies.token(body, order.contact_key or b"") if body else None,
    )
