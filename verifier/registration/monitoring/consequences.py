"""What follows from a look at an attested account: nothing, the verdict ``degraded``, or suspension.

It is stored in one transaction with the result of the look: a crash repeats the look, and changes nothing twice.
"""

import logging
from collections.abc import Mapping, Sequence

from ...core import strict_json
from ...core.clock import DAY, HOUR, Chance
from ...core.identifiers import HttpsUrl
from ...core.initiator import Initiator
from ...core.models import Cause, Reason, Status
from ...core.strict_json import Json
from ...publication.verdicts import recheck_body
from ...storage import Attestation, Tx, Watched
from ...validation import DECLARATIONS, Recheck
from ...validation.watching import Finding, Outcome
from ...words import deployed
from ..publishing import Publisher
from .spelling import Spelling, store_spelling

log = logging.getLogger(__name__)

_STOPPED_TOLD = "looks_stopped_told"  # the fact: when the operator was last told that no account can be looked at
GRACE = 72 * HOUR  # seconds without an answer until the account is suspended (T68)
_DAILY = 20 * HOUR  # seconds from a look to the next; up to three hours more by chance spread them over the day
_SPREAD = 3 * HOUR
_LETTER_AFTER = HOUR  # seconds without an answer until the holder gets a letter: most servers are back by then
CONFIRM = HOUR  # seconds between two denials that count only together
_LONGEST_PAUSE = 6 * HOUR  # between two looks at what does not answer
_LATE = 12 * HOUR  # so long after its time, a look says nothing of the time before: it was we who slept
_MASS = 3  # holders with accounts of one host that drift within a day, or accounts where there is one holder (T34)


class Consequences:
    """Applies them, in the caller's transaction.

    :param alerts: whether the operator reads mail
    """

    def __init__(self, *, publisher: Publisher, chance: Chance, alerts: bool) -> None:
        self._publisher = publisher
        self._chance = chance
        self._alerts = alerts

    async def alert_stopped(self, tx: Tx, since: int, at: int) -> None:
        """No account could be looked at since then: write to the operator, unless another process has."""
        told = int(await tx.facts.get(_STOPPED_TOLD) or 0)
        if self._alerts and told <= since:
            await tx.facts.set(_STOPPED_TOLD, str(at))
            await tx.letters.add(None, "looks-stopped", deployed().locale, {"since": since}, at)

    async def apply(
        self,
        tx: Tx,
        watched: Watched,
        finding: Finding,
        by: Initiator,
        at: int,
        spelling: Spelling | None = None,
    ) -> Status | None:
        """Returns the status of the account now; None: it is not vouched for any more, or has another pin by now.

        :param spelling: of an account that is as it was pinned
        """
        account = await tx.accounts.get(watched.handle)
        if account is None or account.id != watched.id:
            return None
        attestation = await tx.attestations.vouching(account.order_id)
        if attestation is None:
            await tx.accounts.look_later(account.id, at + DAY)  # it may be reinstated
            return None
        live = (await tx.attestations.of_same_account(attestation))[0]
        if live.order_id != attestation.order_id and live.identity_id == attestation.identity_id:
            # Left from when an account could be attested under two names. Somebody else's newer one proves nothing: the
            # look decides, and withdraws both.
            await self._publisher.supersede(tx, attestation, by)
            await tx.accounts.look_later(account.id, at + DAY)
            return None
        match finding.outcome:
            case Outcome.AS_PINNED:
                if account.profile_page is None and finding.profile_page is not None:
                    await tx.accounts.set_profile_page(account.id, answered=finding.profile_page)
                if spelling is not None:
                    await store_spelling(tx, self._publisher, account, attestation, spelling, by, at)
                return await self._as_pinned(tx, account, attestation, by, at)
            case Outcome.CHANGED:
                return await self._suspend(tx, account, attestation, Reason.ACCOUNT_CHANGED, finding, by, at)
            case Outcome.LOST:
                return await self._suspend(tx, account, attestation, Reason.ACCOUNT_LOST, finding, by, at)
            case Outcome.MISSING | Outcome.UNREACHABLE:
                return await self._failing(tx, account, attestation, finding, by, at)

    async def _as_pinned(self, tx: Tx, account: Watched, attestation: Attestation, by: Initiator, at: int) -> Status:
        next_at = at + _DAILY + self._chance.below(_SPREAD)
        await tx.accounts.set_seen(account.id, account.actor, at, next_at)
        methods = (account_method(attestation),)
        return await refresh_verdict(tx, attestation, by, at, methods=methods, account_failing=None)

    async def _failing(
        self, tx: Tx, account: Watched, attestation: Attestation, finding: Finding, by: Initiator, at: int
    ) -> Status:
        late = at > account.next_check_at + _LATE
        since = at if late or account.failing_since is None else account.failing_since
        missing = account.missing_since
        if finding.outcome is Outcome.MISSING:
            # A misconfigured proxy answers "not found" to everything for minutes: one such answer is not enough.
            if missing is not None and missing + CONFIRM <= at:
                return await self._suspend(tx, account, attestation, Reason.ACCOUNT_LOST, finding, by, at)
            missing = missing or at
        if since + GRACE <= at:
            return await self._suspend(tx, account, attestation, Reason.UNREACHABLE, finding, by, at, Cause.SILENT)
        # Hourly at first, then less and less often; the last look is when the grace ends.
        pause = max(HOUR, min((at - since) // 4, _LONGEST_PAUSE))
        await tx.accounts.set_failing(account.id, since, missing, min(at + pause, since + GRACE))
        if account.failing_since != since:
            await refresh_verdict(tx, attestation, by, at, account_failing=since)
        if account.warned_at is None and since + _LETTER_AFTER <= at:
            await tx.accounts.set_warned(account.id, at)
            await self._publisher.write(tx, attestation, "degraded", {"since": since, "deadline": since + GRACE})
        return Status.DEGRADED

    async def _suspend(
        self,
        tx: Tx,
        account: Watched,
        attestation: Attestation,
        reason: Reason,
        finding: Finding,
        by: Initiator,
        at: int,
        cause: Cause | None = None,
    ) -> Status:
        log.warning("%s: suspended, %s (%s)", attestation.handle, reason, finding.why)
        await self._publisher.suspend_all(tx, (attestation,), reason, by, cause=cause or finding.cause)
        await tx.accounts.look_later(account.id, at + DAY)
        if finding.drifted:
            await tx.accounts.set_drifted(account.id, account.actor, at)
            await self._suspect_host(tx, str(HttpsUrl.parse(account.actor).host), by, at)
        return Status.SUSPENDED

    async def _suspect_host(self, tx: Tx, host: str, by: Initiator, at: int) -> None:
        """If several accounts become others within a day, the domain has changed hands (T34): suspend all of the host.

        On an instance where several holders have accounts, changes by one holder do not count: otherwise a holder of
        three accounts could have everybody else's suspended. Where one holder has all accounts, they do.
        """
        drifted, left = await tx.accounts.count_drifted(host, at - DAY), await tx.attestations.vouching_on_host(host)
        if len(drifted) > 1:
            count, which = len(drifted), f"accounts of {len(drifted)} holders"
        elif all(each.identity_id in drifted for each in left):
            count = sum(drifted.values())
            which = f"{count} accounts of its one holder"
        else:
            return
        if count < 2 or (count < _MASS and left):
            return
        await self.suspend_changed(tx, left, by, Cause.SERVER)
        if await tx.accounts.alarm_host(host, at, at - DAY):
            sentence = f"{host}: {which} have changed within a day, all are suspended"
            await self.alert(tx, "host-alarm", {"host": host, "count": len(left)}, at, sentence)

    async def suspend_changed(self, tx: Tx, left: Sequence[Attestation], by: Initiator, cause: Cause) -> None:
        """Suspend accounts that may have passed to others; none of them resumes by itself."""
        await self._publisher.suspend_all(tx, left, Reason.ACCOUNT_CHANGED, by, cause=cause)

    async def alert(self, tx: Tx, letter: str, values: Mapping[str, Json], at: int, sentence: str) -> None:
        """Tell the operator, in the log and by that letter."""
        log.error("ALERT %s (T34)", sentence)
        if self._alerts:
            await tx.letters.add(None, letter, deployed().locale, values, at)


def rechecked_by(recheck: Recheck) -> tuple[str, ...]:
    """The checks that are made again in that way."""
    return tuple(each.name for each in DECLARATIONS.values() if each.recheck is recheck)


async def refresh_verdict(
    tx: Tx,
    attestation: Attestation,
    by: Initiator,
    at: int,
    *,
    methods: tuple[str, ...] = (),
    account_failing: int | None,
) -> Status:
    """Store the verdict after another look. There is no event, since what was attested is the same.

    The verdict says which of the two fails: the account, or the record of its body (as it is stored now).

    :param methods: the checks that passed again
    :param account_failing: since when the account cannot be seen
    """
    record_failing = await tx.attestations.body_failing_since(attestation.id)
    failing = {} if account_failing is None else {account_method(attestation): account_failing}
    if record_failing is not None:
        failing |= dict.fromkeys(rechecked_by(Recheck.BODY_RECORD), record_failing)
    status = Status.DEGRADED if failing else Status.VERIFIED
    verdict = await tx.verdicts.of_order(attestation.order_id)
    if verdict is None:
        return status
    body = recheck_body(verdict.body, status=status, at=at, methods=methods, failing=failing)
    if verdict.status is status:
        await tx.verdicts.renew(attestation.order_id, at, body)
    else:
        await tx.verdicts.put(attestation.order_id, status, None, at, body, by=by)
    return status


def account_method(attestation: Attestation) -> str:
    """How the account was proved."""
    evidence = strict_json.loads_object(attestation.body or b"")["evidence"]
    return str(next(each["method"] for each in evidence if each["type"] == "AccountControlCheck"))
