"""The registered domains of attested accounts and of bodies, looked at once a day; and what follows (T34).

From one view of the network: what a registry says is the same for all, and no answer of the DNS suspends anything here.
A crash repeats a look.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from ...core.clock import DAY, HOUR
from ...core.identifiers import Handle, Host, HttpsUrl
from ...core.initiator import job
from ...core.models import Cause, Reason
from ...core.strict_json import Json
from ...fetch import registrable
from ...storage import Storage, Tx
from ...validation import Tools
from ...validation.domains.anomalies import Anomaly, Assessment, assess, observe
from ...validation.domains.rdap import Registries
from ..publishing import Publisher
from ..vouching import end_body_proof
from .consequences import Consequences

log = logging.getLogger(__name__)

_BY = job("domains")
_TURN = 200.0  # seconds after which no more looks are begun: the lease of the job must outlast the longest
_PUT_OFF = HOUR  # seconds, when the fault is ours: what follows from a look must not wait a day for our disk
_PAGE = 500  # accounts, or bodies, whose domains are found in one transaction
_REGISTRY = 2  # domains of one top, bought within a day; a third means that their registry has changed its dates
_NOW = frozenset({Anomaly.SERVERS, Anomaly.REGISTRANT, Anomaly.RESTATED})
"""What makes the accounts due for a look: no proof of anything, but they would show it first."""


class Domains:
    """The daily looks at domains. One per process.

    :param tools: whose fetcher keeps a pace
    :param registries: None: registrations are not watched, name servers are
    """

    def __init__(
        self,
        *,
        storage: Storage,
        tools: Tools,
        registries: Registries | None,
        publisher: Publisher,
        consequences: Consequences,
    ) -> None:
        self._storage = storage
        self._publisher = publisher
        self._tools = tools
        self._registries = registries
        self._consequences = consequences
        self._searched_at = 0

    async def run(self, limit: int = 100) -> None:
        """Look at all that are due."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _TURN
        await self._watch_new()
        for name in await self._storage.read.domains.due(self._tools.clock.now(), limit):
            if loop.time() >= until:
                return
            try:
                await self._check(name)
            except Exception:  # one domain must not keep the others from being looked at
                log.exception("the domain %s could not be looked at; tried again", name)
                async with self._storage.write.transaction() as tx:
                    await tx.domains.look_later(name, self._tools.clock.now() + _PUT_OFF)

    async def _watch_new(self) -> None:
        """Watch the domains of new accounts and bodies; once an hour, since it reads all accounts."""
        now = self._tools.clock.now()
        if now < self._searched_at + HOUR:
            return
        self._searched_at = now
        while new := await self._storage.read.accounts.without_domain(_PAGE):
            await self._watch([(subject, _hosts(handle, actor)) for subject, handle, actor in new])
        while names := await self._storage.read.domains.names_unwatched(_PAGE):
            await self._watch([(subject, {Host.parse(name)}) for subject, name in names])

    async def _watch(self, subjects: Sequence[tuple[str, set[Host]]]) -> None:
        now = self._tools.clock.now()
        async with self._storage.write.transaction() as tx:
            for subject, hosts in subjects:
                for domain in set(map(registrable, hosts)):
                    await tx.domains.watch(subject, str(domain), now)

    async def _check(self, name: str) -> None:
        known = await self._storage.read.domains.get(name)
        seen = await observe(Host.parse(name), self._registries, self._tools)
        at = self._tools.clock.now()
        async with self._storage.write.transaction() as tx:
            # Otherwise another process has looked meanwhile, and applied what follows.
            if known is not None and await tx.domains.get(name) == known:
                await self._draw(tx, assess(known, seen, at), at)

    async def _draw(self, tx: Tx, assessment: Assessment, at: int) -> None:
        known, anomalies = assessment.known, list(assessment.anomalies)
        top = known.domain.rpartition(".")[2]
        if Anomaly.BOUGHT in anomalies and await tx.domains.count_bought(top, at - DAY) >= _REGISTRY:
            anomalies[anomalies.index(Anomaly.BOUGHT)] = Anomaly.RESTATED
            known = replace(known, bought_at=None)
        await tx.domains.put(known, at + DAY)
        count = await self._suspend(tx, known.domain, at) if Anomaly.BOUGHT in anomalies else 0
        if not _NOW.isdisjoint(anomalies):
            await tx.domains.hasten_checks(known.domain, at)
        if anomalies:
            about: dict[str, Json] = {
                "domain": known.domain,
                "seen": [each.value for each in anomalies],
                "count": count,
            }
            if known.expires_at is not None:
                about["until"] = known.expires_at
            said = f"{known.domain}: {', '.join(anomalies)}; {count} suspended"
            await self._consequences.alert(tx, "domain-alarm", about, at, said)

    async def _suspend(self, tx: Tx, domain: str, at: int) -> int:
        """All accounts there, and all that rests on a DNS record there, which the new owner can publish again."""
        left = await tx.attestations.vouching_on_domain(domain)
        await self._consequences.suspend_changed(tx, left, _BY, Cause.DOMAIN)
        count = len(left)
        for body in await tx.bodies.proved_on_domain(domain):
            count += await end_body_proof(tx, self._publisher, body, _BY, at, Cause.DOMAIN)
        for host in await tx.instances.hosts_on_domain(domain):
            await tx.instances.end(host, Reason.IDENTITY_LOST, at)
        return count


def _hosts(handle: str, actor: str) -> set[Host]:
    return {Handle.parse(handle).host, HttpsUrl.parse(actor).host}
