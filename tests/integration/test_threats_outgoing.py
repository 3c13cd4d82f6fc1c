"""Every door that makes the service ask somebody else, found by asking them all and counting (T27, T65)."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web

from tests.doubles.mastodon_api import Api
from tests.integration.house import HOST, MAILBOX, Holder, House, running
from tests.integration.institution import CHILD, DOMAIN, hosted
from tests.integration.openid import Way, provided
from tests.integration.request_page import send
from tests.integration.resuming import sign_in
from verifier.registration.orders.last_look import FRESH
from verifier.web import openapi
from verifier.web.routes import Door

PROFILE = f"https://{HOST}/@alice"
QUERY = {"handle": f"@alice@{HOST}", "page": f"https://{HOST}/about", "profile": PROFILE, "resource": PROFILE}
JSON = {
    "/api/v1/lookup": {"handles": [f"@alice@{HOST}"]},
    "/api/v1/verify": {"attestation": {}},
    "/api/v1/orders": {"handle": f"@new@{HOST}", "identity": {"type": "agent", "email": MAILBOX}},
    "/api/v1/orders/{id}/children": {"children": [CHILD]},
    "/api/v1/orders/{id}/instance": {"host": HOST},
}
FORMS = {
    "/verifier": {"text": "x"},
    "/demander": {"handle": f"@newer@{HOST}", "email": "n.n@numerique.gouv.fr", "level": "body"},
    "/demander/{id}/organisation/children": {"list": f"{CHILD['domain']},{CHILD['name']}"},
    "/demander/{id}/organisation/instance": {"host": HOST},
}
# What was seen to ask somebody else: the service asks nobody at any other door.
ASKING = {
    "GET /api/v1/checks/rel-me",
    "GET /api/v1/checks/webfinger",
    "GET /diagnostic",
    "GET /callback/oauth-01/{id}",
    "GET /callback/oidc-01",
    "POST /api/v1/orders",
    "POST /demander",
    "POST /api/v1/orders/{id}/challenges/{type}",
    "POST /demander/{id}/{step}",
    "POST /api/v1/orders/{id}/finalize",
    "POST /demander/{id}/publish",
    "POST /api/v1/orders/{id}/instance",
    "POST /demander/{id}/organisation/instance",
}


@dataclass
class Street:
    """A house, its provider, a body with an instance, and as many orders as there are doors.

    :param body: what speaks for the body
    """

    way: Way
    body: Holder
    number: "count[int]" = field(default_factory=count)

    @property
    def house(self) -> House:
        return self.way.house

    async def order(self) -> Holder:
        each = next(self.number)
        return await self.house.order(f"@p{each}@{HOST}", f"p{each}.x@{DOMAIN}")

    async def proved(self) -> Holder:
        """An order that is ready since so long that the account is looked at again."""
        holder = await self.order()
        await holder.prove()
        self.house.time.pass_(FRESH + 60)
        return holder

    async def holder_at(self, door: Door) -> Holder:
        """Whoever finds something to do there."""
        if door.path.endswith(("/finalize", "/publish")):
            return await self.proved()
        return self.body if re.search("/(children|instance)", door.path) else await self.order()

    async def asked_by(self, door: Door) -> int:
        """How many requests, questions and letters leave the service, asked at that door."""
        path, steps = openapi.plain_path(door.path)
        holder = await self.holder_at(door)
        bare = path.removeprefix("/en")
        parts = {"id": holder.id, "handle": f"alice@{HOST}", "domain": str(CHILD["domain"]), "host": HOST}
        parts |= {"type": "rel-me-01", "step": "account", "purpose": "revocation", "n": "1", "file": "x.css"}
        target = re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], path)
        query = {each: QUERY[each] for name in door.about.query if (each := name.removesuffix("?")) in QUERY}
        if "callback" in path:
            query = await self.signed_in(holder, path)
        if query:
            target += f"?{urlencode(query)}"
        if bare.startswith("/reprendre/{id}"):
            return await self.asked_by_who_resumes(holder, target)
        before = self.out()
        headers = {"Cookie": f"order-{holder.id}={holder.order['token']}"} | (
            holder.bearer if door.about.bearer else {}
        )
        if door.about.body is None and door.method == "POST":
            answer = await self.house.ask("POST", target, form=FORMS.get(bare, {}), headers=headers)
        else:
            body = None if door.about.body is None else JSON.get(path, {})
            answer = await self.house.ask(door.method, target, json=body, headers=headers)
        assert answer.status not in (401, 403, 405, 415, 429, 500), (door.method, target, answer.text)
        assert steps == () or "account" in steps
        return self.out() - before

    async def asked_by_who_resumes(self, holder: Holder, target: str) -> int:
        """The same, in the browser of somebody who typed a code sent to the mailbox of that order."""
        kept = await self.house.service.storage.read.orders.get(holder.id)
        assert kept is not None
        assert kept.mailbox is not None
        async with self.house.browser() as browser:
            await sign_in(self.house, browser, kept.mailbox)
            before = self.out()
            answer = await send(browser, target)
            assert answer.status == 303, answer.text
            return self.out() - before

    async def signed_in(self, holder: Holder, path: str) -> dict[str, str]:
        """What the holder comes back with from a sign-in elsewhere."""
        if "oidc" in path:
            return {name: str(value) for name, value in (await self.way.go(holder)).items()}
        api = Api(self.house.http, self.house.person(holder.order["handle"]))
        return api.sign_in((await holder.challenge("oauth-01")).json["authorize"])

    def out(self) -> int:
        house = self.house
        return len(house.http.requests) + len(house.dns.asked) + len(house.smtp.received)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with provided(tmp_path) as way:
        yield Street(way, await hosted(way.house))


async def test_t27_every_door_that_asks_somebody_else_has_a_limit(street: Street) -> None:
    asking = {}
    for door in openapi.described_doors():
        if door.path.startswith("/en/"):
            continue  # the same handlers, with the same limits
        if await street.asked_by(door):
            asking[f"{door.method} {openapi.plain_path(door.path)[0]}"] = door
    assert asking.keys() == ASKING
    assert [name for name, door in asking.items() if door.limit is None] == []
    alone = [name for name, door in asking.items() if not door.shared]
    assert alone == ["POST /api/v1/orders", "POST /demander"]  # they ask the DNS of the mailbox alone


async def test_t27_requests_to_publish_one_order_are_counted_whoever_asks(tmp_path: Path) -> None:
    """Each looks at the account, and asks the DNS, while the account does not answer."""
    async with running(tmp_path, rate_limits=True, trusted_networks="127.0.0.1/32") as house:
        holder = await house.order()
        await holder.prove()
        house.time.pass_(FRESH + 60)
        house.instance.webfinger_status = 503
        path = f"/api/v1/orders/{holder.id}/finalize"

        async def ask(network: int) -> int:
            headers = holder.bearer | {"X-Forwarded-For": f"192.0.2.{network}"}
            return (await house.ask("POST", path, json={}, headers=headers)).status

        assert [await ask(number) for number in range(10)] == [409] * 10
        before = len(house.http.requests), len(house.dns.asked)
        assert [await ask(number) for number in range(10, 60)] == [429] * 50
        form = {"Cookie": f"order-{holder.id}={holder.order['token']}", "X-Forwarded-For": "192.0.2.99"}
        page = await house.ask("POST", f"/en/demander/{holder.id}/publish", form={}, headers=form)
        assert (page.status, page.headers["Retry-After"]) == (429, "60")
        assert (len(house.http.requests), len(house.dns.asked)) == before


async def test_t27_requests_to_publish_hold_four_connections_of_one_client(tmp_path: Path) -> None:
    async with running(tmp_path, rate_limits=True) as house:
        holders = [await house.order(f"@p{number}@{HOST}", f"p{number}.x@{DOMAIN}") for number in range(5)]
        for holder in holders:
            await holder.prove()
            house.time.pass_(60)
        house.time.pass_(FRESH + 60)
        free = asyncio.Event()

        async def slow(_: web.Request) -> web.StreamResponse:
            await free.wait()
            return web.Response(status=503)

        house.http.handle(HOST, "/.well-known/webfinger", slow)
        asked = [asyncio.create_task(holder.finalize()) for holder in holders]
        (refused,), others = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        free.set()
        assert (refused.result().status, refused.result().headers["Retry-After"]) == (429, "10")
        assert [answer.status for answer in await asyncio.gather(*others)] == [409] * 4
