"""A holder who signs in at an OpenID provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.doubles.openid import CLIENT, ISSUER, SECRET, OpenIdDouble
from tests.integration.house import MAILBOX, Answer, Holder, House, running
from verifier.core.strict_json import Json
from verifier.sandbox.openid import IDP

SETTINGS: dict[str, Any] = {
    "oidc_issuer": ISSUER,
    "oidc_client_id": CLIENT,
    "oidc_client_secret": SECRET,
    "oidc_acr": ("eidas1",),
}


@dataclass
class Way:
    """A holder with a provider to sign in at."""

    house: House
    openid: OpenIdDouble

    async def go(self, holder: Holder) -> dict[str, Json]:
        answer = await holder.challenge("oidc-01")
        assert answer.status == 200, answer.text
        return self.openid.sign_in(answer.json["authorize"])

    async def come(self, holder: Holder, answer: dict[str, Json]) -> Answer:
        return await self.house.ask("GET", f"/callback/oidc-01?{urlencode(answer)}", headers=holder.bearer)

    async def sign_in(self, holder: Holder) -> Json:
        """The challenge, when the holder is back."""
        answer = await self.come(holder, await self.go(holder))
        assert answer.status == 303, answer.text
        return await self.challenge(holder)

    async def challenge(self, holder: Holder) -> Json:
        (identity,) = [end for end in (await holder.show()).json["authorizations"] if end["end"] == "identity"]
        return next(each for each in identity["challenges"] if each["type"] == "oidc-01")

    async def prove(self, holder: Holder) -> Json:
        holder.link()
        assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
        return await self.sign_in(holder)


@asynccontextmanager
async def provided(folder: Path, **changes: Any) -> AsyncIterator[Way]:  # noqa: ANN401 - settings
    """A house with a provider, which knows the holder of ``MAILBOX``."""
    async with running(folder, **SETTINGS | changes) as house:
        openid = OpenIdDouble(house.http, lambda: house.time.at)
        openid.person |= {"email": MAILBOX, "idp_id": IDP}
        yield Way(house, openid)


async def attest(way: Way, handle: str) -> Holder:
    holder = await way.house.order(handle=handle)
    await way.prove(holder)
    assert (await holder.finalize()).json["status"] == "issued"
    return holder
