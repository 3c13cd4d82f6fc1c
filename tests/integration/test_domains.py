"""The registered domains of attested accounts are looked at each day, and what a lapse leads to (T34, T68)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import dns.rcode
import pytest

from tests.doubles import rdap
from tests.doubles.dns import Answer
from tests.doubles.instance import Instance
from tests.doubles.rdap import Rdap
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.daily import attest_all, events, later, says
from tests.integration.house import HOST, NAMES, NOW, House
from tests.integration.institution import DINUM, DOMAIN
from tests.integration.institution import attest as attest_body
from tests.integration.registered import END, NS, OLD, PLAIN, SERVERS, SUBJECT, Watch, start
from verifier.core.clock import DAY, HOUR
from verifier.core.domains import KnownDomain
from verifier.core.models import End, EventKind, Reason, Record

# What is recorded


async def test_what_a_registry_says_is_recorded_once_a_day_and_never_more(watch: Watch) -> None:
    await start(watch)
    assert await watch.known() == KnownDomain(
        domain=HOST,
        name_servers=frozenset({"ns1.before.example", "ns2.before.example"}),
        registered_at=OLD,
        expires_at=END,
        changed_at=OLD,
        registrant="ABC123-NIC",
        statuses=frozenset({"active"}),
        read_at=NOW,
    )
    for hour in range(1, 3 * 24 + 1):
        await later(watch.house, HOUR)
        assert watch.registry.asked(HOST) == watch.house.dns.count(*NS) == 1 + hour // 24
    assert watch.house.http.asked().count(f"{rdap.IANA}/rdap/dns.json") == 4
    assert watch.registry.asked(NAMES) == 0, "nothing that is attested lives there"
    asked = next(each for each in watch.house.http.requests if each.host == rdap.REGISTRY)
    assert "application/rdap+json" in asked.headers["Accept"]
    assert "Signature" not in asked.headers
    await watch.is_as_before()


async def test_the_domain_of_a_handle_is_watched_beside_that_of_its_actor(watch: Watch) -> None:
    watch.house.instance = Instance(watch.house.http, HOST, NAMES)
    handle = f"@dora@{NAMES}"
    await watch.house.attest(handle)
    await watch.house.service.clockwork.run_due()
    assert (watch.registry.asked(HOST), watch.registry.asked(NAMES)) == (1, 1)
    assert watch.house.http.asked().count(f"{rdap.IANA}/rdap/dns.json") == 1
    await later(watch.house)
    watch.registry.say(NAMES, rdap.domain(NAMES, watch.house.time.at + HOUR, END))
    await later(watch.house)
    assert await says(watch.house, handle) == ("suspended", "account-changed")


async def test_a_domain_where_nothing_is_attested_any_more_is_not_asked_about(watch: Watch) -> None:
    await start(watch)
    await watch.house.service.registration.publisher.suspend(
        (await _only(watch.house)), Reason.HOLDER_REQUEST, OPERATOR
    )
    await later(watch.house)
    assert watch.registry.asked(HOST) == 1


async def _only(house: House) -> str:
    (attestation,) = await house.service.storage.read.attestations.vouching_on_host(HOST)
    return attestation.id


async def test_without_a_list_registries_are_not_asked(tmp_path: Path) -> None:
    async with houses.running(tmp_path) as house:
        Rdap(house.http)
        await house.attest()
        await later(house)
        assert not [each for each in house.http.requests if each.host in rdap.HOSTS]
        assert house.dns.count(*NS) == 0, "a trial asks its toys alone"


async def test_a_registry_that_hands_on_to_another_host_is_followed(watch: Watch) -> None:
    watch.registry.list = rdap.listed([["example"], [f"https://{rdap.OTHER}/"]])
    watch.house.http.redirect(rdap.OTHER, f"/domain/{HOST}", f"https://{rdap.REGISTRY}/domain/{HOST}")
    await start(watch)
    assert (await watch.known()).registered_at == OLD


# A domain that was bought


async def test_t34_a_domain_that_is_registered_anew_takes_all_of_its_accounts_with_one_alert(watch: Watch) -> None:
    house = watch.house
    handles = await attest_all(house, 3)
    await later(house)
    assert {await says(house, handle) for handle in handles} == {("verified", None)}
    # The accounts look as before: whoever bought the name has put a copy there.
    watch.registry.say(HOST, rdap.domain(HOST, house.time.at + HOUR, END))
    await later(house)
    assert {await says(house, handle) for handle in handles} == {("suspended", "account-changed")}
    assert watch.alerts == [f"ALERT {HOST}: bought; 3 suspended (T34)"]
    assert watch.mailed == [SUBJECT]
    bodies = [message_from_bytes(each.content, policy=SMTP).get_content() for each in house.smtp.received]
    assert sum(HOST in body and "(par cet acte : 3)".replace(" :", "\u00a0:") in body for body in bodies) == 1
    # Nothing resumes by itself, whatever the registry says later.
    for said in (PLAIN, rdap.domain(HOST, house.time.at, END), PLAIN):
        watch.registry.say(HOST, said)
        await later(house)
    assert {await says(house, handle) for handle in handles} == {("suspended", "account-changed")}
    assert (len(watch.alerts), len(watch.mailed)) == (1, 1)
    assert Counter(await events(house))[EventKind.SUSPENDED, Reason.ACCOUNT_CHANGED] == 3


async def test_t34_a_body_whose_domain_was_registered_anew_is_proved_no_more(watch: Watch) -> None:
    house = watch.house
    watch.registry.list = rdap.listed([["fr", "example"], [f"https://{rdap.REGISTRY}/"]])
    watch.registry.say(DOMAIN, rdap.domain(DOMAIN, OLD, END))
    await attest_body(house)
    await later(house)
    assert watch.registry.asked(DOMAIN) == 1
    # The record is still there: its words are public, and whoever has the domain can publish them.
    watch.registry.say(DOMAIN, rdap.domain(DOMAIN, house.time.at + HOUR, END))
    await later(house)
    assert await says(house, DINUM) == ("suspended", "identity-lost")
    body = await house.service.storage.read.bodies.get(DOMAIN)
    assert body is not None
    assert body.proved_at is None


async def test_t34_an_instance_whose_domain_was_registered_anew_is_hosted_no_more(watch: Watch) -> None:
    house = watch.house
    async with house.service.storage.write.transaction() as tx:
        body = await tx.bodies.ensure("body-1", DOMAIN, DOMAIN, NOW)
        await tx.instances.put(HOST, body, Record("dns-01", End.IDENTITY, True, NOW, None, {}))
    await house.service.clockwork.run_due()
    watch.registry.say(HOST, rdap.domain(HOST, NOW + HOUR, END))
    await later(house, DAY - HOUR)
    instance = await house.service.storage.read.instances.get(HOST)
    assert instance is not None
    assert instance.ended_at is None
    await later(house, HOUR)
    instance = await house.service.storage.read.instances.get(HOST)
    assert instance is not None
    assert (instance.ended_at, instance.reason) == (NOW + DAY, Reason.IDENTITY_LOST)
    assert watch.alerts == [f"ALERT {HOST}: bought; 0 suspended (T34)"]


async def test_t34_what_cannot_be_written_is_seen_again_within_the_hour(watch: Watch) -> None:
    await start(watch)
    watch.registry.say(HOST, rdap.domain(HOST, NOW + HOUR, END))
    database = watch.house.service.storage.write._database  # type: ignore[attr-defined]
    await database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON outbox WHEN NEW.payload LIKE '%domain-alarm%'"
        " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    await later(watch.house)
    assert await says(watch.house) == ("verified", None), "what was seen and what follows are kept together"
    assert (await watch.known()).registered_at == OLD
    await database.execute("DROP TRIGGER full")
    await later(watch.house, HOUR)
    assert await says(watch.house) == ("suspended", "account-changed")
    assert watch.mailed == [SUBJECT]


async def test_t34_two_processes_that_look_at_once_draw_one_consequence(watch: Watch) -> None:
    await start(watch)
    watch.registry.say(HOST, rdap.domain(HOST, NOW + HOUR, END))
    watch.house.time.pass_(DAY)
    (job,) = (job for job in watch.house.service.clockwork._jobs if job.name == "domains")
    await asyncio.gather(job.run(), job.run())
    assert watch.registry.asked(HOST) == 3
    assert await says(watch.house) == ("suspended", "account-changed")
    assert len(watch.alerts) == 1


async def test_t68_a_registry_that_corrects_its_dates_takes_nothing(watch: Watch) -> None:
    await start(watch)
    await later(watch.house, 20 * DAY)
    watch.registry.say(HOST, rdap.domain(HOST, NOW + 5 * DAY, END))  # we looked after that, and it was the old one
    await later(watch.house)
    assert await says(watch.house) == ("verified", None)
    assert watch.alerts == [f"ALERT {HOST}: restated; 0 suspended (T34)"]
    await later(watch.house)
    assert len(watch.alerts) == 1


@pytest.mark.parametrize(
    ("others", "at", "sign"),
    [
        (("a.example", "b.example"), NOW + HOUR, "restated"),
        (("a.example",), NOW + HOUR, "bought"),
        (("a.example", "b.test", "c.nexample"), NOW + HOUR, "bought"),  # of other registries
        (("a.example", "b.example"), NOW - HOUR, "bought"),  # more than a day ago
    ],
)
async def test_t68_a_registry_that_gives_new_dates_to_many_is_not_believed_a_third_time(
    watch: Watch, others: Sequence[str], at: int, sign: str
) -> None:
    await start(watch)
    async with watch.house.service.storage.write.transaction() as tx:
        for name in others:
            await tx.domains.watch("nobody", name, NOW)
            await tx.domains.put(KnownDomain(name, bought_at=at), NOW + 10 * DAY)
    watch.registry.say(HOST, rdap.domain(HOST, NOW + HOUR, END))
    await later(watch.house)
    assert (await says(watch.house))[0] == ("verified" if sign == "restated" else "suspended")
    assert watch.alerts == [f"ALERT {HOST}: {sign}; {int(sign == 'bought')} suspended (T34)"]


# Name servers


@pytest.mark.parametrize(
    ("servers", "hastened"),
    [
        (["ns1.after.example.", "ns2.after.example."], True),
        (["ns2.before.example.", "ns1.after.example."], False),  # one of them has stayed
        (SERVERS[::-1], False),
        ([], False),
        (dns.rcode.NXDOMAIN, False),
        (dns.rcode.SERVFAIL, False),
        (None, False),
    ],
)
async def test_t34_other_name_servers_are_told_and_the_accounts_looked_at_now(
    watch: Watch, servers: Answer, *, hastened: bool
) -> None:
    house = watch.house
    await start(watch)
    await later(house, DAY - HOUR)  # the account was looked at an hour ago; its domain is due in an hour
    house.dns.zone[NS] = servers
    asked = len([each for each in house.http.requests if each.host == HOST])
    await later(house, HOUR)
    looks = len([each for each in house.http.requests if each.host == HOST]) - asked
    assert looks == (2 if hastened else 0)
    assert await says(house) == ("verified", None), "a body may move its DNS (T68)"
    assert watch.alerts == ([f"ALERT {HOST}: servers; 0 suspended (T34)"] if hastened else [])
    assert watch.mailed == ([SUBJECT] if hastened else [])
    await later(house)
    assert len(watch.alerts) == hastened, "the new ones are known now"


# What goes on for a while


async def test_t34_the_end_of_a_registration_is_told_once_a_month(watch: Watch) -> None:
    watch.registry.say(HOST, rdap.domain(HOST, OLD, NOW + 15 * DAY))
    await start(watch)
    told = list[int]()
    for day in range(1, 45):
        await later(watch.house)
        if len(watch.alerts) > len(told):
            told.append(day)
    assert told == [1, 31]
    assert watch.alerts[0] == f"ALERT {HOST}: expiring; 0 suspended (T34)"
    assert await says(watch.house) == ("verified", None)


@pytest.mark.parametrize("status", ["redemption period", "pending delete"])
async def test_t34_a_domain_that_is_about_to_be_deleted_is_told(watch: Watch, status: str) -> None:
    await start(watch)
    watch.registry.say(HOST, rdap.domain(HOST, OLD, END, status=["inactive", status]))
    await later(watch.house)
    assert watch.alerts == [f"ALERT {HOST}: ending; 0 suspended (T34)"]
    assert await says(watch.house) == ("verified", None)
