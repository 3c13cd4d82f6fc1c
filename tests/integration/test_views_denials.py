"""A word against an account, a body or an instance needs a quorum wherever it is weighed (T39, T41, T68).

One view denies and the other sees nothing: with a quorum of one, whoever stands in the way of one view, while the other
is cut off, would end what is attested.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.rcode
import pytest
from aiohttp import web

from tests.doubles.dns import DnsDouble
from tests.doubles.instance import ACTIVITY
from tests.integration.daily import later, says
from tests.integration.house import ALICE, HOST, House, running
from tests.integration.institution import DINUM, DOMAIN, attest, hosted
from verifier.core.clock import DAY, HOUR
from verifier.core.strict_json import Json

MX = {("numerique.gouv.fr", "MX"): ["10 mx.numerique.gouv.fr."]}
BODY = (f"_official-account.{DOMAIN}", "TXT")
DENIED = ['"policy; issuer="']
INSTANCE = (f"_official-account.{HOST}", "TXT")


@dataclass(frozen=True)
class Two:
    """A house that looks from two places, with a resolver each."""

    house: House
    second: DnsDouble

    def agree(self) -> None:
        """Both resolvers say the same."""
        self.second.zone = self.house.dns.zone

    def part(self, name: tuple[str, str], *, denied_to: str) -> None:
        """The record is not there for one view, and the other's resolver fails."""
        self.second.zone = dict(self.house.dns.zone)
        denying, failing = (self.house.dns, self.second) if denied_to == "direct" else (self.second, self.house.dns)
        denying.zone[name] = DENIED
        failing.zone[name] = dns.rcode.SERVFAIL


@asynccontextmanager
async def two_views(folder: Path) -> AsyncIterator[Two]:
    async with DnsDouble.running(MX) as second:
        views = [{"name": "second", "user_agent": "Mozilla/5.0", "dns_servers": [second.server]}]
        async with running(folder, views=views) as house:
            two = Two(house, second)
            two.agree()
            yield two


def part_over_http(house: House, handle: str, *, denied_to: str, actor: Json) -> None:
    """The account's actor is another for one view, and the other is answered 503."""
    person = house.person(handle)

    async def show(request: web.Request) -> web.Response:
        ours = request.headers["User-Agent"].startswith("verifier/")
        if ours is not (denied_to == "direct"):
            return web.Response(status=503)
        return web.json_response(actor, content_type=ACTIVITY)

    house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), show)


EITHER = pytest.mark.parametrize("denied_to", ["direct", "second"])


@EITHER
async def test_t68_an_account_denied_to_one_view_alone_is_kept(tmp_path: Path, denied_to: str) -> None:
    async with two_views(tmp_path) as two:
        house = two.house
        await house.attest()
        actor = house.person(ALICE).actor
        assert isinstance(actor, dict)
        part_over_http(house, ALICE, denied_to=denied_to, actor=actor | {"attachment": []})
        for seconds in (DAY, HOUR, HOUR):
            await later(house, seconds)
        assert (await says(house))[0] == "degraded"


@EITHER
async def test_t68_a_body_denied_to_one_view_alone_is_kept(tmp_path: Path, denied_to: str) -> None:
    async with two_views(tmp_path) as two:
        await attest(two.house)
        two.part(BODY, denied_to=denied_to)
        for seconds in (DAY, HOUR, HOUR):
            await later(two.house, seconds)
        assert (await says(two.house, DINUM))[0] == "degraded"
        two.second.zone = two.house.dns.zone
        two.house.dns.zone[BODY] = DENIED  # now both are told
        for _ in range(2):
            await later(two.house, HOUR)
        assert await says(two.house, DINUM) == ("suspended", "identity-lost")


@EITHER
async def test_t68_an_instance_denied_to_one_view_alone_is_kept(tmp_path: Path, denied_to: str) -> None:
    async with two_views(tmp_path) as two:
        await hosted(two.house)
        two.part(INSTANCE, denied_to=denied_to)
        for seconds in (DAY, HOUR, HOUR):
            await later(two.house, seconds)
        assert (await two.house.lookup(f"@somebody@{HOST}"))["status"] == "hosted"
        two.second.zone = two.house.dns.zone
        two.house.dns.zone[INSTANCE] = DENIED
        for _ in range(2):
            await later(two.house, HOUR)
        assert (await two.house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"


@EITHER
async def test_t33_the_last_look_ends_nothing_on_the_word_of_one_view(tmp_path: Path, denied_to: str) -> None:
    async with two_views(tmp_path) as two:
        house = two.house
        holder = await house.order()
        await holder.prove()
        house.time.pass_(HOUR)
        actor = house.person(ALICE).actor
        assert isinstance(actor, dict)
        part_over_http(house, ALICE, denied_to=denied_to, actor=actor | {"attachment": []})
        refused = await holder.finalize()
        assert (refused.status, refused.code) == (409, "account-not-seen")
        assert (await holder.show()).json["status"] == "ready"  # the proof stands, to be looked at again
