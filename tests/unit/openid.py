"""Somebody who signs in at the OpenID provider that plays there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.doubles.http import HttpDouble
from tests.doubles.openid import CLIENT, HOST, ISSUER, SECRET, OpenIdDouble
from tests.doubles.tools import METHODS, NOW, OWN_SECRET, SITE, tools, why
from tests.unit.mailbox import SUBJECT
from verifier.core.models import Record
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Method, MethodContext, State, Tools, build_methods
from verifier.validation.sign_in.openid_provider import OpenId, Provider

PROVIDER = Provider(ISSUER, CLIENT, SECRET, ("eidas2", "eidas1"), "openid email idp_id", "Connexion")


@dataclass
class Holder:
    """Somebody who goes and comes back."""

    openid: OpenIdDouble
    tools: Tools
    now: list[int] = field(default_factory=lambda: [NOW])
    state: State = field(default_factory=dict)
    method: Method = METHODS["oidc-01"]

    async def go(self) -> dict[str, Json]:
        """To the provider; what the browser brings back."""
        self.state = await self.method.prepare(SUBJECT, self.state, self.tools)
        return self.openid.sign_in(self.method.instructions(self.state)["authorize"])

    async def come(self, answer: dict[str, Json]) -> Record:
        record, self.state = await self.method.check(SUBJECT, self.state, answer, self.tools)
        return record

    async def sign_in(self) -> Record:
        return await self.come(await self.go())

    def configure(self, **given: Any) -> None:  # noqa: ANN401 - the fields of Provider
        openid = OpenId(replace(PROVIDER, **given), self.tools.fetcher, self.tools.clock)
        self.method = build_methods(MethodContext(SITE, OWN_SECRET, openid))["oidc-01"]

    def another(self) -> "Holder":
        """Somebody else, at the same provider."""
        return replace(self, state={})


@asynccontextmanager
async def running() -> AsyncIterator[Holder]:
    """With a provider that is up."""
    now = [NOW]
    async with (
        HttpDouble.running() as http,
        Fetcher(Resolver([]), user_agent="test", overrides=http.overrides(HOST)) as fetcher,
    ):
        holder = Holder(OpenIdDouble(http, lambda: now[0]), tools(fetcher, now=lambda: now[0]), now)
        holder.configure()
        yield holder


def claim_of(record: Record) -> str:
    """The claim at fault, of an answer that cannot be relied on."""
    assert why(record) == "oidc-token"
    assert record.problem is not None
    return str(record.problem.values["claim"])
