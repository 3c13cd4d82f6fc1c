"""The DNS records of bodies, looked at again each day; what rests on a record that no longer holds is suspended."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ...core import observed
from ...core.clock import HOUR
from ...core.errors import Conflict, NotFound
from ...core.identifiers import Host
from ...core.initiator import Initiator
from ...core.models import Cause, Record
from ...storage import Attestation, Body, Reader, Storage, Tx
from ...validation import Recheck
from ...validation.domains.body_record import record_of
from ...validation.methods.dns_01 import check_body
from ...validation.views import Views
from ...validation.watching import Finding, Outcome, body_finding, weigh
from ..bodies import BODY_CHALLENGE, Bodies
from ..publishing import Publisher
from ..vouching import end_body_proof
from .consequences import CONFIRM, GRACE, rechecked_by, refresh_verdict

log = logging.getLogger(__name__)

_NEXT = 20 * HOUR  # seconds from a look to the next: a body stands for two days after the last
_PUT_OFF = HOUR  # seconds, when the fault is ours


@dataclass(frozen=True, slots=True)
class MissingRecord:
    """A DNS record that must be published, and cannot be seen.

    :param domain: of the body; `name` and `value` of its record
    :param since: since when it cannot be seen, in Unix seconds; None: it was not looked for yet
    :param deadline: when what rests on it is suspended
    """

    domain: str
    name: str
    value: str
    since: int | None
    deadline: int


async def missing_record(reads: Reader, body: Body, authority: str, now: int) -> MissingRecord | None:
    """The record that the accounts of a body rest on, its own or that of the body above; None while it is seen.

    :param authority: of this service, as the record names it
    """
    if body.vouched_at and body.parent_id and body.proved_at is None:
        body = await reads.bodies.by_id(body.parent_id) or body
    since, _ = await reads.bodies.failing(body.id)
    if body.token is None or (since is None and body.proved_at is not None):
        return None
    name, value = record_of(Host.parse(body.domain), body.token, authority)
    return MissingRecord(body.domain, name, value, since, (since or now) + GRACE)


class BodyRechecks:
    """Looks again. One per process.

    :param authority: of this service, as the records name it
    """

    def __init__(self, *, storage: Storage, views: Views, authority: str, bodies: Bodies, publisher: Publisher) -> None:
        self._storage = storage
        self._views = views
        self._clock = views.views[0].tools.clock
        self._authority = authority
        self._bodies = bodies
        self._publisher = publisher

    async def due(self, limit: int = 20) -> Sequence[Body]:
        """The bodies whose next look is due."""
        return await self._storage.read.bodies.due(self._clock.now(), limit)

    async def look_now(self, domain: Host, by: Initiator) -> tuple[Finding, Record]:
        """Look at one body, due or not; returns what that means, and what was seen.

        :raises NotFound: ``body-unknown``
        :raises Conflict: ``body-not-proved``: it has no record of its own to look at
        """
        body = await self._storage.read.bodies.get(str(domain))
        if body is None:
            raise NotFound("body-unknown", domain=str(domain))
        if body.token is None:
            raise Conflict("body-not-proved", domain=str(domain))
        return await self._check(body, by)

    async def run(self, by: Initiator, limit: int = 20) -> None:
        """Look at all that are due. A crash repeats a look."""
        for body in await self.due(limit):
            try:
                await self._check(body, by)
            except Exception:  # one body must not keep the others from being looked at
                log.exception("the record of %s could not be looked at; tried again", body.domain)
                async with self._storage.write.transaction() as tx:
                    await tx.bodies.look_later(body.id, self._clock.now() + _PUT_OFF)

    async def _check(self, body: Body, by: Initiator) -> tuple[Finding, Record]:
        with observed.validation(BODY_CHALLENGE, "recheck", body=body.id) as seen:
            finding, record = weigh(await self._look(body), body_finding, self._views.quorum)
            seen.result = finding.outcome
        async with self._storage.write.transaction() as tx:
            now = await tx.bodies.by_id(body.id)
            if now is not None and now.token == body.token:
                await self._apply(tx, now, record, finding, by)
        return finding, record

    async def _look(self, body: Body) -> Sequence[Record]:
        domain, token = Host.parse(body.domain), body.token or ""
        return await self._views.look(lambda tools: check_body(domain, token, self._authority, tools))

    async def _apply(self, tx: Tx, body: Body, record: Record, finding: Finding, by: Initiator) -> None:
        at = record.checked_at
        failing, denied = await tx.bodies.failing(body.id)
        since = at if failing is None else failing
        attestations = await tx.attestations.resting_on_body(body.id)
        if finding.outcome is Outcome.AS_PINNED:
            await self._bodies.keep_proof(tx, body.domain, record)
            await tx.bodies.set_seen(body.id, at + _NEXT)
            for attestation in attestations:
                await _refresh_verdict(tx, attestation, by, at, *rechecked_by(Recheck.BODY_RECORD))
            return
        again = finding.outcome is Outcome.MISSING and denied is not None and denied + CONFIRM <= at
        lost = again or finding.outcome is Outcome.LOST
        # A body that was just given another token needs the time to publish it.
        if since + GRACE <= at or (lost and body.proved_at is not None):
            log.warning(
                "body %s: its record no longer holds (%s), %d suspended", body.domain, finding.why, len(attestations)
            )
            cause = Cause.RECORD_DENIED if lost else Cause.RECORD_UNSEEN
            await end_body_proof(tx, self._publisher, body, by, at, cause)
            await tx.bodies.set_seen(body.id, at + _NEXT)
            return
        if finding.outcome is Outcome.MISSING and denied is None:
            denied = at
        await tx.bodies.set_failing(body.id, since, denied, min(at + HOUR, since + GRACE))
        for attestation in attestations if failing is None else ():
            await _refresh_verdict(tx, attestation, by, at)
            name, value = record_of(Host.parse(body.domain), body.token or "", self._authority)
            about = {"domain": body.domain, "since": since, "deadline": since + GRACE, "name": name, "value": value}
            await self._publisher.write(tx, attestation, "record", about)


async def _refresh_verdict(tx: Tx, attestation: Attestation, by: Initiator, at: int, *methods: str) -> None:
    """:param methods: the checks that passed again"""
    account = await tx.accounts.of_order(attestation.order_id)
    failing = account.failing_since if account else None
    await refresh_verdict(tx, attestation, by, at, methods=methods, account_failing=failing)
