"""Somebody who signs in at the OpenID provider that plays there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.doubles.http import HttpDouble
from tests.doubles.openid import CLIENT, HOST, ISSUER, SECRET, OpenIdDouble
from tests.doubles.tools import NOW, tools, why
from tests.unit.test_validation_email import SUBJECT
from verifier.core.models import Record
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation import METHODS, State, Tools
from verifier.validation.sign_in.openid_provider import OpenId, Provider

METHOD = METHODS["oidc-01"]
PROVIDER = Provider(ISSUER, CLIENT, SECRET, ("eidas2", "eidas1"), "openid email idp_id", "Connexion")


@dataclass
class Holder:
    """Somebody who goes and comes back."""

    openid: OpenIdDouble
    tools: Tools
    now: list[int] = field(default_factory=lambda: [NOW])
    state: State = field(default_factory=dict)

    async def go(self) -> dict[str, Json]:
        """To the provider; what the browser brings back."""
        self.state = await METHOD.begin(SUBJECT, self.state, self.tools)
        return self.openid.sign_in(METHOD.shows(self.state)["authorize"])

    async def come(self, answer: dict[str, Json]) -> Record:
        record, self.state = await METHOD.check(SUBJECT, self.state, answer, self.tools)
        return record

    async def sign_in(self) -> Record:
        return await self.come(await self.go())

    def configure(self, **given: Any) -> None:  # noqa: ANN401 - the fields of Provider
        openid = OpenId(replace(PROVIDER, **given), self.tools.fetcher, self.tools.clock)
        self.tools = replace(self.tools, openid=openid)


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
