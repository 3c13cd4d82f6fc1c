"""A service that looks at registered domains, and the registry that it asks: what the tests of both share."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.doubles import rdap
from tests.doubles.rdap import Rdap
from tests.integration import house as houses
from tests.integration.daily import letters, says
from tests.integration.house import HOST, NAMES, NOW, House
from verifier.core.clock import DAY
from verifier.core.domains import KnownDomain

OPERATOR = "astreinte@numerique.gouv.fr"
SUBJECT = "Alerte : un domaine de comptes attestés".replace(" :", "\u00a0:")
OLD = NOW - 3_000 * DAY
END = NOW + 400 * DAY
NS = (HOST, "NS")
SERVERS = ["ns1.before.example.", "ns2.before.example."]
PLAIN = rdap.domain(HOST, OLD, END)


@dataclass
class Watch:
    """A house whose operator reads alerts, the registry that it asks, and its log."""

    house: House
    registry: Rdap
    log: pytest.LogCaptureFixture

    @property
    def alerts(self) -> list[str]:
        return [record.getMessage() for record in self.log.records if record.levelno >= logging.ERROR]

    @property
    def mailed(self) -> list[str]:
        return [subject for to, subject in letters(self.house) if to == OPERATOR]

    async def known(self, domain: str = HOST) -> KnownDomain:
        found = await self.house.service.storage.read.domains.get(domain)
        assert found is not None
        return found

    async def is_as_before(self) -> None:
        """Nothing has followed."""
        assert await says(self.house) == ("verified", None)
        assert self.alerts == []
        assert letters(self.house) == []
        assert (await self.known()).registered_at == OLD


@asynccontextmanager
async def watching(folder: Path, log: pytest.LogCaptureFixture) -> AsyncIterator[Watch]:
    async with houses.running(folder, alerts_to=OPERATOR, rdap_bootstrap=rdap.LIST) as house:
        registry = Rdap(house.http)
        for name in (HOST, NAMES):
            registry.say(name, rdap.domain(name, OLD, END))
            house.dns.zone[name, "NS"] = SERVERS
        yield Watch(house, registry, log)


async def start(watch: Watch) -> None:
    """One attested account, whose domain was seen once."""
    await watch.house.attest()
    await watch.house.service.clockwork.run_due()
