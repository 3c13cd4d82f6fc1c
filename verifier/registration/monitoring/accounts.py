"""Every attested account is looked at again, at least once a day, for as long as it is attested.

A process works on one host under a lease, so that processes share the work and no host is asked by two of them. Within
a host, one account follows another at the pace of the fetcher; many hosts are asked at once. What a crash interrupts is
still due.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ...core import observed
from ...core.clock import HOUR
from ...core.errors import NotFound, Unavailable
from ...core.identifiers import Handle
from ...core.initiator import Initiator
from ...core.models import Status
from ...core.site import Site
from ...fetch import allowance
from ...fetch.breaker import FAILURES
from ...storage import Lease, Storage, Tx, Watched
from ...validation import DECLARATIONS, Recheck
from ...validation.views import Views
from ...validation.watching import Finding, Outcome, account_finding, check_account, quorum_finding
from ..publishing import pin_of_row
from .consequences import Consequences, account_method
from .spelling import Spelling, spelling_of

log = logging.getLogger(__name__)

_HOSTS_AT_ONCE = 2_000  # each asked once a second: they wait more than they work
_OF_A_HOST = 20  # accounts under one lease
_TURN = 120.0  # seconds after which no more accounts of a host are begun under one lease
_LEASE = 300  # seconds: a turn, and the longest look
_GATHER = 1.0  # seconds: what passes is written together, since each commit makes every door read anew
_PUT_OFF = 600  # seconds, when the fault is ours
_ALERT_AFTER = HOUR  # seconds in which no look gave a finding, after which the operator gets a letter
_SILENCE = FAILURES | {"fetch-name", "fetch-resting"}
_SILENT = 20  # hosts in a row without an answer: then our own way out must be shut


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one look at an account led to.

    :param finding: None: nothing vouches for the account, or the fault is ours
    :param status: of the account now; None: it is not vouched for, or there was no finding
    """

    handle: str
    finding: Finding | None
    status: Status | None


@dataclass(frozen=True, slots=True)
class _Look:
    account: Watched
    finding: Finding | None
    at: int
    by: Initiator
    spelling: Spelling | None = None


class Rechecks:
    """The daily looks at accounts. One per process.

    :param views: their fetchers keep a pace
    """

    def __init__(self, *, site: Site, storage: Storage, views: Views, consequences: Consequences) -> None:
        self._site = site
        self._storage = storage
        self._views = views
        self._tools = views.views[0].tools
        self._consequences = consequences
        self._silent: set[str] = set()
        self._stopped_at: int | None = None
        self._alerted = False

    async def run(self, by: Initiator, report: Callable[[CheckResult], None] = lambda _: None) -> None:
        """Look at all that is due and that no other process works on.

        :param report: called for each look, once its consequences are stored
        """
        turns: dict[asyncio.Task[list[_Look]], tuple[str, Lease]] = {}
        try:
            while True:
                for host, lease in (await self._claim(_HOSTS_AT_ONCE - len(turns))).items():
                    turns[asyncio.create_task(self._turn(host, by, report))] = host, lease
                if not turns:
                    return
                done, _ = await asyncio.wait(turns, timeout=_GATHER)
                if done:
                    leases = dict(turns.pop(task) for task in done)
                    await self._store([look for task in done for look in task.result()], leases, report)
        finally:
            for task in turns:
                task.cancel()
            await asyncio.gather(*turns, return_exceptions=True)

    async def hasten(self) -> int:
        """Make every account due now; returns how many there are."""
        now = self._tools.clock.now()
        async with self._storage.write.transaction() as tx:
            await tx.accounts.hasten(now)
            return await tx.accounts.count_due(now)

    async def check(self, handle: Handle, by: Initiator) -> CheckResult:
        """One account, now.

        :raises NotFound: ``attestation-not-found``: nothing vouches for it
        """
        account = await self._storage.read.accounts.get(handle.acct)
        if account is None or await self._storage.read.attestations.vouching(account.order_id) is None:
            raise NotFound("attestation-not-found")
        look = await self._look(account, by)
        async with self._storage.write.transaction() as tx:
            return await self._apply(tx, look)

    async def _claim(self, limit: int) -> Mapping[str, Lease]:
        """The hosts that are ours now, each with its lease."""
        now = self._tools.clock.now()
        # Half of them at least: to find the next ones, all that is due is read.
        if limit * 2 < _HOSTS_AT_ONCE or not await self._storage.read.accounts.is_any_due(now):
            return {}
        lease = Lease(self._tools.chance.identifier(), now + _LEASE)
        async with self._storage.write.transaction() as tx:
            return dict.fromkeys(await tx.accounts.claim_hosts(now, lease, limit), lease)

    async def _turn(self, host: str, by: Initiator, report: Callable[[CheckResult], None]) -> list[_Look]:
        """Look at some accounts of a host; returns the looks still to be stored, which change nothing."""
        loop = asyncio.get_running_loop()
        until, unchanged = loop.time() + _TURN, list[_Look]()
        for account in await self._storage.read.accounts.due(host, self._tools.clock.now(), _OF_A_HOST):
            if loop.time() >= until:
                break
            look = await self._look(account, by)
            if look.finding is None or look.finding.outcome is Outcome.AS_PINNED:
                unchanged.append(look)
                continue
            report(await self._apply_alone(look))
        return unchanged

    async def _store(
        self, looks: Sequence[_Look], leases: Mapping[str, Lease], report: Callable[[CheckResult], None]
    ) -> None:
        try:
            async with self._storage.write.transaction() as tx:
                results = [await self._apply(tx, look) for look in looks]
        except Exception:
            log.exception("what was seen of %d accounts is written one by one", len(looks))
            results = [await self._apply_alone(look) for look in looks]
        async with self._storage.write.transaction() as tx:
            await tx.accounts.release_hosts(leases)
        for each in results:
            report(each)

    async def _apply_alone(self, look: _Look) -> CheckResult:
        """In a transaction of its own: one account that cannot be written must not block the others."""
        try:
            async with self._storage.write.transaction() as tx:
                return await self._apply(tx, look)
        except Exception:
            log.exception("what was seen of %s cannot be written; tried again", look.account.handle)
        async with self._storage.write.transaction() as tx:
            return await self._apply(tx, replace(look, finding=None))

    async def _apply(self, tx: Tx, look: _Look) -> CheckResult:
        handle = str(Handle.parse(look.account.handle))
        if look.finding is None:
            await tx.accounts.look_later(look.account.id, look.at + _PUT_OFF)
            if self._stopped_at is not None and self._stopped_at + _ALERT_AFTER <= look.at and not self._alerted:
                self._alerted = True
                await self._consequences.alert_stopped(tx, self._stopped_at, look.at)
            return CheckResult(handle, None, None)
        status = await self._consequences.apply(tx, look.account, look.finding, look.by, look.at, look.spelling)
        return CheckResult(handle, look.finding, status)

    async def _look(self, account: Watched, by: Initiator) -> _Look:
        finding, spelling = None, None
        try:
            finding, spelling = await self._find(account)
        except Exception:
            log.exception("the account %s could not be looked at; tried again", account.handle)
        at = self._tools.clock.now()
        if finding is not None:
            self._stopped_at, self._alerted = None, False
        elif self._stopped_at is None:
            self._stopped_at = at
        return _Look(account, finding, at, by, spelling)

    async def _find(self, account: Watched) -> tuple[Finding | None, Spelling | None]:
        """What it means, if the fault is not ours, and its name, if it is as it was pinned."""
        attestation = await self._storage.read.attestations.vouching(account.order_id)
        if attestation is None:
            return Finding(Outcome.AS_PINNED), None  # it is not vouched for: no server is asked, and nothing follows
        pin = pin_of_row(account)
        method = account_method(attestation)
        linked = DECLARATIONS[method].recheck is Recheck.PROFILE_LINK
        with (
            suppress(Unavailable),
            observed.validation(method, "recheck", attestation=attestation.id) as seen,
            allowance(self._views.seconds),
        ):
            page = self._site.page(account.order_id) if linked else None
            records = await self._views.look(
                lambda tools: check_account(pin, page, tools, profile_page=account.profile_page)
            )
            finding = quorum_finding([account_finding(pin, record) for record in records], self._views.quorum)
            seen.result = finding.outcome
            if self._is_deaf(account.host, finding):
                return None, None
            if finding.outcome is not Outcome.AS_PINNED:
                return finding, None
            return finding, await spelling_of(account, records, self._views, self._tools.clock.now())
        return None, None

    def _is_deaf(self, host: str, finding: Finding) -> bool:
        """Whether our own way out is shut: then silence says nothing about any account (T68)."""
        if finding.outcome is not Outcome.UNREACHABLE or finding.why not in _SILENCE:
            self._silent.clear()
            return False
        before = len(self._silent)
        self._silent.add(host)
        if before < len(self._silent) == _SILENT:
            log.error("%d hosts in a row do not answer: is the way out open? No account is judged by it", _SILENT)
        return len(self._silent) >= _SILENT
