"""Every attested account is looked at again, at least once a day, for as long as it is attested.

A host at a time, under a lease: processes share the work, and none asks a host while another does. Within a host one
account after another, at the pace of the fetcher; many hosts at once. What a crash interrupts is due still.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ...core.clock import HOUR
from ...core.errors import NotFound, Unavailable
from ...core.identifiers import Handle
from ...core.models import AccountPin, Status
from ...core.site import Site
from ...storage import Storage, Tx, Watched
from ...validation.views import Views
from ...validation.watching import Finding, Outcome, agreed, judge, look
from .consequences import Consequences, account_method

log = logging.getLogger(__name__)

_HOSTS_AT_ONCE = 2_000  # each asked once a second: they wait more than they work
_OF_A_HOST = 20  # accounts under one lease
_TURN = 120.0  # seconds after which no more accounts of a host are begun under one lease
_LEASE = 300  # seconds: a turn, and the longest look
_GATHER = 1.0  # seconds: what passes is written together, since each commit makes every door read anew
_PUT_OFF = 600  # seconds, when the fault is ours
_WORRY = HOUR  # seconds without one look that came to anything, after which the operator is written to
_SILENT = 20  # hosts in a row without an answer: it is our own way out that is shut


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one look.

    :param finding: None: there was none, since nothing vouches for it, or the fault is ours
    :param status: of the account now; None when it is not vouched for, or there was no finding
    """

    handle: str
    finding: Finding | None
    status: Status | None


@dataclass(frozen=True, slots=True)
class _Seen:
    account: Watched
    finding: Finding | None
    at: int


class Rechecks:
    """Looks again. One per process.

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
        self._told = False

    async def run(self, told: Callable[[Checked], None] = lambda _: None) -> None:
        """Until nothing is due that no other process is at.

        :param told: of each look, once what follows from it is kept
        """
        turns: dict[asyncio.Task[list[_Seen]], str] = {}
        try:
            while True:
                for host in await self._claim(_HOSTS_AT_ONCE - len(turns)):
                    turns[asyncio.create_task(self._turn(host, told))] = host
                if not turns:
                    return
                done, _ = await asyncio.wait(turns, timeout=_GATHER)
                if done:
                    hosts = [turns.pop(task) for task in done]
                    await self._keep([seen for task in done for seen in task.result()], hosts, told)
        finally:
            for task in turns:
                task.cancel()
            await asyncio.gather(*turns, return_exceptions=True)

    async def hasten(self) -> int:
        """Every account is due now; how many there are."""
        now = self._tools.clock.now()
        async with self._storage.write.transaction() as tx:
            await tx.accounts.hasten(now)
            return await tx.accounts.count_due(now)

    async def check(self, handle: Handle) -> Checked:
        """One account, now.

        :raises NotFound: ``attestation-not-found``: nothing vouches for it
        """
        account = await self._storage.read.accounts.get(handle.acct)
        if account is None or await self._storage.read.attestations.vouching(account.order_id) is None:
            raise NotFound("attestation-not-found")
        seen = await self._look(account)
        async with self._storage.write.transaction() as tx:
            return await self._draw(tx, seen)

    async def _claim(self, limit: int) -> Sequence[str]:
        now = self._tools.clock.now()
        # Half of them at least: to find the next ones, all that is due is read.
        if limit * 2 < _HOSTS_AT_ONCE or not await self._storage.read.accounts.is_any_due(now):
            return ()
        async with self._storage.write.transaction() as tx:
            return await tx.accounts.claim_hosts(now, now + _LEASE, limit)

    async def _turn(self, host: str, told: Callable[[Checked], None]) -> list[_Seen]:
        """Some accounts of a host; what is left to be written is what changes nothing, or nearly."""
        loop = asyncio.get_running_loop()
        until, passed = loop.time() + _TURN, list[_Seen]()
        for account in await self._storage.read.accounts.due(host, self._tools.clock.now(), _OF_A_HOST):
            if loop.time() >= until:
                break
            seen = await self._look(account)
            if seen.finding is None or seen.finding.outcome is Outcome.AS_PINNED:
                passed.append(seen)
                continue
            told(await self._draw_alone(seen))
        return passed

    async def _keep(self, passed: Sequence[_Seen], hosts: Sequence[str], told: Callable[[Checked], None]) -> None:
        try:
            async with self._storage.write.transaction() as tx:
                checked = [await self._draw(tx, seen) for seen in passed]
        except Exception:
            log.exception("what was seen of %d accounts is written one by one", len(passed))
            checked = [await self._draw_alone(seen) for seen in passed]
        async with self._storage.write.transaction() as tx:
            await tx.accounts.release_hosts(hosts)
        for each in checked:
            told(each)

    async def _draw_alone(self, seen: _Seen) -> Checked:
        """One account that cannot be written must not keep the others from it."""
        try:
            async with self._storage.write.transaction() as tx:
                return await self._draw(tx, seen)
        except Exception:
            log.exception("what was seen of %s cannot be written; tried again", seen.account.handle)
        async with self._storage.write.transaction() as tx:
            return await self._draw(tx, replace(seen, finding=None))

    async def _draw(self, tx: Tx, seen: _Seen) -> Checked:
        handle = str(Handle.parse(seen.account.handle))
        if seen.finding is None:
            await tx.accounts.look_later(seen.account.id, seen.at + _PUT_OFF)
            if self._stopped_at is not None and self._stopped_at + _WORRY <= seen.at and not self._told:
                self._told = True
                await self._consequences.stopped(tx, self._stopped_at, seen.at)
            return Checked(handle, None, None)
        return Checked(handle, seen.finding, await self._consequences.draw(tx, seen.account, seen.finding, seen.at))

    async def _look(self, account: Watched) -> _Seen:
        finding: Finding | None = None
        try:
            finding = await self._find(account)
        except Exception:
            log.exception("the account %s could not be looked at; tried again", account.handle)
        at = self._tools.clock.now()
        if finding is not None:
            self._stopped_at, self._told = None, False
        elif self._stopped_at is None:
            self._stopped_at = at
        return _Seen(account, finding, at)

    async def _find(self, account: Watched) -> Finding | None:
        attestation = await self._storage.read.attestations.vouching(account.order_id)
        if attestation is None:
            return Finding(Outcome.AS_PINNED)  # nobody is asked about it, and nothing follows
        pin = _pin(account)
        linked = account_method(attestation) == "rel-me-01"
        with suppress(Unavailable):
            page = self._site.page(account.order_id) if linked else None
            records = await self._views.look(lambda tools: look(pin, page, tools))
            finding = agreed([judge(pin, record) for record in records], self._views.quorum)
            return None if self._is_deaf(account.host, finding) else finding
        return None

    def _is_deaf(self, host: str, finding: Finding) -> bool:
        """Whether it is we who hear nobody: then nothing is known of anybody (T68)."""
        if finding.outcome is not Outcome.UNREACHABLE or not finding.why.startswith("fetch-"):
            self._silent.clear()
            return False
        before = len(self._silent)
        self._silent.add(host)
        if before < len(self._silent) == _SILENT:
            log.error("%d hosts in a row do not answer: is the way out open? No account is judged by it", _SILENT)
        return len(self._silent) >= _SILENT


def _pin(account: Watched) -> AccountPin:
    handle = Handle.parse(account.handle)
    return AccountPin(handle, account.actor, account.profile, account.key_digest, account.published)
