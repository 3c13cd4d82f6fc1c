"""Whole instances, looked at again: what ends them, what must not, and who is believed (T41, T68)."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from tests.doubles.dns import DnsDouble
from tests.initiators import OPERATOR
from tests.integration.daily import later
from tests.integration.house import HOST, NAMES, Holder, House, running
from tests.integration.institution import DINUM, DOMAIN, attest, challenges, hosted, take
from verifier.core.clock import DAY, HOUR
from verifier.core.errors import Conflict
from verifier.core.identifiers import Host
from verifier.core.models import End, Reason, Record
from verifier.core.strict_json import Json

ACCOUNT = f"@somebody@{HOST}"
RECORD = (f"_official-account.{HOST}", "TXT")


async def status(house: House) -> str:
    return str((await house.lookup(ACCOUNT))["status"])


def answers(house: House, path: str, document: Json, host: str = HOST) -> None:
    async def show(_: web.Request) -> web.Response:
        return web.json_response(document)

    house.http.handle(host, path, show)


@pytest.mark.parametrize(
    "link", [{"rel": {}, "href": "https://x.example/"}, {"rel": []}, {"href": {}}, {}, None, "x"], ids=str
)
async def test_a_malformed_nodeinfo_stops_nothing(house: House, link: Json) -> None:
    await hosted(house)
    answers(house, "/.well-known/nodeinfo", {"links": [link]})
    await later(house)
    assert await status(house) == "hosted"
    answers(house, "/api/v2/instance", {"registrations": {"enabled": True}})
    await later(house)
    assert await status(house) == "not_attested"


async def test_one_instance_that_cannot_be_looked_at_stops_no_other(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await hosted(house)
    body = await house.service.storage.read.bodies.get(DOMAIN)
    assert body is not None
    async with house.service.storage.write.transaction() as tx:
        for number in range(20):
            seen = Record("instance-01", End.IDENTITY, valid=True, checked_at=house.time.at - DAY)
            await tx.instances.put(f"broken{number}", body.id, seen)
    house.instance.registration(api=True, nodeinfo=True)
    house.time.pass_(DAY)
    for _ in range(2):
        await house.service.clockwork.run_due()
        house.time.pass_(60)
    assert caplog.text.count("could not be looked at") == 20
    assert await status(house) == "not_attested"


async def test_t68_the_no_of_an_instance_s_dns_is_believed_the_second_time(house: House) -> None:
    await hosted(house)
    (kept,) = house.dns.zone[RECORD]  # type: ignore[misc]
    ends = f'{kept[:-1]}; persistUntil={house.time.at + HOUR}"'
    for texts, then in (([ends], [kept]), ([ends], [ends])):
        house.dns.zone[RECORD] = texts
        await later(house)
        assert await status(house) == "hosted"
        house.dns.zone[RECORD] = then
        await later(house, HOUR)
    assert await status(house) == "not_attested"


async def test_an_instance_ends_with_the_proof_of_its_body(house: House) -> None:
    await hosted(house)
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; issuer="']
    await later(house)
    assert await status(house) == "hosted"
    await later(house, HOUR)
    assert (await house.lookup(DINUM))["status"] == "suspended"
    assert await status(house) == "not_attested"


async def test_an_instance_of_a_body_with_a_new_token_has_three_days(house: House) -> None:
    await hosted(house)
    renewed = await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    await later(house)
    assert await status(house) == "hosted"
    value = f'"{house.base.partition("://")[2]}; token={renewed.token}"'
    for name in (DOMAIN, HOST):
        house.dns.zone[f"_official-account.{name}", "TXT"] = [value]
    await later(house, HOUR)
    await later(house, HOUR)
    assert await status(house) == "hosted"
    await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    for _ in range(5):
        await later(house)
    assert await status(house) == "not_attested"


class Slow:
    """An instance that answers, closed, when it is told to."""

    def __init__(self, house: House) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        house.http.handle(HOST, "/api/v2/instance", self.show)

    async def show(self, _: web.Request) -> web.Response:
        self.asked.set()
        await self.go.wait()
        return web.json_response({"registrations": {"enabled": False}})


async def test_t09_strangers_cannot_use_up_the_takings_of_an_instance(tmp_path: Path) -> None:
    async with running(tmp_path, rate_limits=True) as house:
        stranger = await house.order()
        assert {(await take(stranger)).code for _ in range(12)} == {"body-not-proved"}
        checks = [await house.get(f"/api/v1/checks/webfinger?handle=@n{n}@{HOST}") for n in range(12)]
        assert checks[-1].code == "rate-limited"
        holder = await hosted(house)
        assert [(await take(holder)).status for _ in range(4)] == [200] * 3 + [429]


@pytest.mark.parametrize("taken", [False, True])
async def test_a_look_under_way_undoes_nothing(house: House, *, taken: bool) -> None:
    await hosted(house)
    slow = Slow(house)
    house.time.pass_(DAY + 60)
    look = asyncio.create_task(house.service.registration.instances.look_again())
    async with asyncio.timeout(5):
        await slow.asked.wait()
    await house.service.registration.instances.unhost(Host.parse(HOST), Reason.ISSUED_IN_ERROR, OPERATOR)
    if taken:
        async with house.service.storage.write.transaction() as tx:
            other = await tx.bodies.ensure("other", "pm.gouv.fr", "PM", house.time.at)
            await tx.instances.put(HOST, other, Record("instance-01", End.IDENTITY, True, house.time.at))
    slow.go.set()
    await look
    verdict = await house.lookup(ACCOUNT)
    assert verdict["status"] == ("hosted" if taken else "not_attested")
    assert not taken or verdict["affiliation"]["domain"] == "pm.gouv.fr"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("taken", "instance-taken"),
        ("token", "body-not-proved"),
        ("ended", "body-not-proved"),
        ("proved anew", "body-not-proved"),
    ],
)
async def test_a_claim_that_was_overtaken_is_refused(house: House, how: str, code: str) -> None:
    await hosted(house)
    instances, storage = house.service.registration.instances, house.service.storage
    await instances.unhost(Host.parse(HOST), Reason.HOLDER_REQUEST, OPERATOR)
    slow = Slow(house)
    claim = asyncio.create_task(instances.host(Host.parse(DOMAIN), Host.parse(HOST), OPERATOR))
    async with asyncio.timeout(5):
        await slow.asked.wait()
    if how == "taken":
        async with storage.write.transaction() as tx:
            other = await tx.bodies.ensure("other", "pm.gouv.fr", "PM", house.time.at)
            await tx.instances.put(HOST, other, Record("instance-01", End.IDENTITY, True, house.time.at))
    elif how == "ended":
        async with storage.write.transaction() as tx:
            body = await tx.bodies.get(DOMAIN)
            assert body is not None
            await tx.bodies.unprove(body.id)
    else:
        renewed = await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
        if how == "proved anew":  # by a record that the instance's does not hold
            async with storage.write.transaction() as tx:
                await tx.bodies.prove(renewed.id, house.time.at, None, "secure")
    slow.go.set()
    with pytest.raises(Conflict) as caught:
        await claim
    assert caught.value.code == code
    assert how == "taken" or await status(house) == "not_attested"


# Who says "closed"


async def names_of(house: House) -> Holder:
    """A proved body, with its record at a domain that only names."""
    holder = await attest(house)
    value = challenges(holder.order, "identity")["dns-01"]["value"]
    house.dns.zone[f"_official-account.{NAMES}", "TXT"] = [f'"{value}"']
    house.instance.registration(api=False, nodeinfo=False)
    return holder


def leads_on(house: House, *paths: str) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"https://{HOST}{request.path}")

    for path in paths:
        house.http.handle(NAMES, path, elsewhere)


def problem_of(answer: Json) -> str:
    assert isinstance(answer, dict)
    return str(answer["problem"]["type"].rpartition("#")[2])


async def test_t41_a_closed_stranger_does_not_speak_for_an_instance(house: House) -> None:
    holder = await names_of(house)
    leads_on(house, "/api/v2/instance", "/.well-known/nodeinfo")
    answer = (await take(holder, NAMES)).json
    assert (answer["hosted"], problem_of(answer)) == (False, "instance-silent")


@pytest.mark.parametrize(
    "named", [{"domain": NAMES.upper()}, {"domain": HOST, "account_domain": NAMES}, {}], ids=["domain", "account", "no"]
)
async def test_an_instance_may_live_elsewhere_than_its_names(house: House, named: dict[str, Json]) -> None:
    holder = await names_of(house)
    answers(house, "/api/v2/instance", named | {"registrations": {"enabled": False}})
    leads_on(house, "/api/v2/instance", "/.well-known/nodeinfo")
    answer = (await take(holder, NAMES)).json
    assert answer["record"]["evidence"]["registration"] == {"api": "closed", "nodeinfo": "closed"}


@pytest.mark.parametrize(("is_open", "code"), [(False, "instance-silent"), (True, "instance-open")])
async def test_t41_nodeinfo_of_a_stranger_says_open_at_most(house: House, *, is_open: bool, code: str) -> None:
    holder = await names_of(house)
    house.instance.registration(api=False, nodeinfo=is_open)
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    index = {"links": [{"rel": rel, "href": f"https://{HOST}/nodeinfo/2.0"}]}
    answers(house, "/.well-known/nodeinfo", index, NAMES)
    answer = (await take(holder, NAMES)).json
    assert (answer["hosted"], problem_of(answer)) == (False, code)


async def test_t41_an_instance_is_closed_to_every_view(tmp_path: Path) -> None:
    async with running(tmp_path, views=[{"name": "plain", "user_agent": "Mozilla/5.0"}]) as house:
        await hosted(house)

        async def cloaked(request: web.Request) -> web.Response:
            shut = request.headers["User-Agent"].startswith("verifier/")
            return web.json_response({"registrations": {"enabled": not shut}})

        house.http.handle(HOST, "/api/v2/instance", cloaked)
        instances = house.service.registration.instances
        await instances.unhost(Host.parse(HOST), Reason.HOLDER_REQUEST, OPERATOR)
        record = await instances.host(Host.parse(DOMAIN), Host.parse(HOST), OPERATOR)
        assert (record.valid, record.problem and record.problem.code) == (False, "views-disagree")
        assert await status(house) == "not_attested"


async def test_t39_a_liar_among_resolvers_takes_no_instance(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        liar = await stack.enter_async_context(DnsDouble.running())
        views = [{"name": "second", "dns_servers": [liar.server]}]
        house = await stack.enter_async_context(running(tmp_path, views=views))
        liar.zone = house.dns.zone
        holder = await attest(house)
        house.instance.registration(api=False, nodeinfo=False)
        value = challenges(holder.order, "identity")["dns-01"]["value"]
        liar.zone = house.dns.zone | {RECORD: [f'"{value}"']}
        answer = (await take(holder)).json
        assert (answer["hosted"], problem_of(answer)) == (False, "views-disagree")
