"""A resolver over a signed tree: what the tests of DNSSEC share."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.doubles.signed_zones import SignedZones
from tests.doubles.tools import NOW
from verifier.core.clock import Clock
from verifier.core.identifiers import Host
from verifier.fetch import Resolver, Secured

DOMAIN = Host.parse("numerique.gouv.fr")
LABEL = "_official-account"
NAME = f"{LABEL}.{DOMAIN}"
TEXT = "comptes.example.gouv.fr; token=abc"


@dataclass
class World:
    dns: SignedZones
    anchor: Path
    now: list[int] = field(default_factory=lambda: [NOW])

    def resolver(self, *, lenient: bool = False, timeout: float = 1.0) -> Resolver:
        clock = Clock(lambda: self.now[0])
        return Resolver([self.dns.server], timeout=timeout, clock=clock, anchor=self.anchor, lenient=lenient)

    async def ask(self, host: str = str(DOMAIN), *, lenient: bool = False) -> Secured:
        return await self.resolver(lenient=lenient).texts(Host.parse(host), LABEL)


def secure(*texts: str, name: str = NAME) -> Secured:
    return Secured(name, texts, "secure", None)
