"""A look takes seconds; what has changed meanwhile is stronger than what was seen before (T34, T68)."""

import asyncio

from aiohttp import web

from tests.doubles import rdap
from tests.initiators import OPERATOR
from tests.integration.daily import events, later, says
from tests.integration.house import HOST, House
from tests.integration.institution import DINUM, DOMAIN, attest, hosted
from tests.integration.registered import END, Watch, start
from verifier.app import compose
from verifier.core.clock import DAY, HOUR
from verifier.core.identifiers import Host
from verifier.core.models import EventKind


async def test_a_record_seen_before_the_token_was_renewed_proves_nothing_of_the_new_one(house: House) -> None:
    await attest(house)
    bodies, read = house.service.registration.bodies, house.service.storage.read.bodies
    looking = await read.get(DOMAIN)
    assert looking is not None
    await bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    finding, record = await house.service.registration.body_rechecks._check(looking, OPERATOR)
    assert record.valid  # the DNS still holds the former token
    now = await read.get(DOMAIN)
    assert now is not None
    assert (now.proved_at, now.checked_at) == (None, None)
    assert finding.why == ""


async def test_a_denial_seen_before_the_token_was_renewed_ends_nothing(house: House) -> None:
    await attest(house)
    read, checks = house.service.storage.read.bodies, house.service.registration.body_rechecks
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; issuer="']
    await later(house)
    looking = await read.get(DOMAIN)
    assert looking is not None
    assert (await says(house, DINUM))[0] == "degraded"
    house.time.pass_(HOUR)
    await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    await checks._check(looking, OPERATOR)  # the second denial, an hour after the first
    assert (await says(house, DINUM))[0] == "degraded"
    assert [kind for kind, _ in await events(house)] == [EventKind.ISSUED]


async def test_an_instance_looked_at_under_the_former_token_is_left_alone(house: House) -> None:
    await hosted(house)
    instances = house.service.registration.instances
    house.instance.registration(api=True, nodeinfo=True)  # open: ends it at once
    slow, go = asyncio.Event(), asyncio.Event()
    answer = house.http.handlers[HOST, "/api/v2/instance"]

    async def show(request: web.Request) -> web.StreamResponse:
        slow.set()
        await go.wait()
        return await answer(request)

    house.http.handle(HOST, "/api/v2/instance", show)
    house.time.pass_(DAY + 60)
    look = asyncio.create_task(instances.look_again())
    async with asyncio.timeout(30):
        await slow.wait()
        await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
        go.set()
        await look
    found = await house.service.storage.read.instances.get(HOST)
    assert found is not None
    assert (found.ended_at, found.failing_since) == (None, None)


async def test_t34_two_processes_that_look_at_once_raise_one_alarm(watch: Watch) -> None:
    """The other has looked, and applied what follows, while we were asking: we find it done."""
    await start(watch)
    house = watch.house
    house.time.pass_(DAY)
    watch.registry.say(HOST, rdap.domain(HOST, house.time.at - HOUR, END))
    answer, asked = house.http.handlers[rdap.REGISTRY, f"/domain/{HOST}"], 0

    async with compose(house.service.settings, clock=house.time.clock) as other:
        ours, theirs = house.service.registration.domains, other.registration.domains
        assert ours is not None
        assert theirs is not None

        async def show(request: web.Request) -> web.StreamResponse:
            nonlocal asked
            asked += 1
            if asked == 1:
                await theirs._check(HOST)
            return await answer(request)

        house.http.handle(rdap.REGISTRY, f"/domain/{HOST}", show)
        await ours._check(HOST)
    assert asked == 2
    assert watch.alerts == [f"ALERT {HOST}: bought; 1 suspended (T34)"]
    assert await says(house) == ("suspended", "account-changed")
