"""Attested accounts are looked at again, and what stops being true stops being said (T33, T34, T35, T68)."""

import asyncio
import itertools
import logging
import re
from collections import Counter
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.instance import Instance, Person
from tests.integration import house as houses
from tests.integration.house import ALICE, HOST, NAMES, NOW, House
from verifier.app import compose
from verifier.core.clock import DAY, HOUR, to_rfc3339
from verifier.core.errors import NotFound
from verifier.core.identifiers import Handle
from verifier.core.models import EventKind, Reason, Status
from verifier.registration.consequences import GRACE
from verifier.validation.watching import Finding, Outcome

OTHER_PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


async def later(house: House, seconds: int = DAY) -> None:
    """Time passes, and whatever is due then happens."""
    house.time.pass_(seconds)
    await house.service.clockwork.run_due()


async def says(house: House, handle: str = ALICE) -> tuple[str, str | None]:
    verdict = await house.lookup(handle)
    return verdict["status"], verdict["reason"]


async def events(house: House) -> list[tuple[EventKind, Reason | None]]:
    return [(event.kind, event.reason) for event in await house.service.storage.read.events(0, 1000)]


def letters(house: House) -> list[tuple[str, str]]:
    """Recipient and subject of each letter that is no code."""
    found = [(each.rcpt, message_from_bytes(each.content, policy=SMTP)["Subject"]) for each in house.smtp.received]
    return [(re.findall(r"<(.*)>", rcpt)[0], str(subject)) for rcpt, subject in found if "code" not in str(subject)]


def change_key(person: Person) -> None:
    assert isinstance(person.actor, dict)
    person.actor["publicKey"]["publicKeyPem"] = OTHER_PEM


def colleague(number: int) -> tuple[str, str]:
    return f"@agent{number}@{HOST}", f"agent.{'abcdefgh'[number]}@numerique.gouv.fr"


async def attest_all(house: House, count: int) -> list[str]:
    handles = []
    for number in range(count):
        handle, mailbox = colleague(number)
        await house.attest(handle, mailbox)
        handles.append(handle)
    return handles


# As it was pinned


async def test_an_account_that_is_as_pinned_is_told_so_each_day_without_an_event(house: House) -> None:
    holder = await house.attest()
    before, signed = await house.lookup(ALICE), (await house.get(holder.order["attestation"])).body
    happened = await events(house)
    asked = len(house.http.requests)
    await later(house)
    after = await house.lookup(ALICE)
    assert after.pop("asOf") == to_rfc3339(NOW + DAY) != before.pop("asOf")
    assert [check["checkedAt"] for check in after["checks"]] == [to_rfc3339(NOW + DAY), to_rfc3339(NOW)]
    checks = [{**check, "checkedAt": None} for check in after.pop("checks")]
    assert checks == [{**check, "checkedAt": None} for check in before.pop("checks")]
    assert after == before
    assert (await house.get(holder.order["attestation"])).body == signed
    assert await events(house) == happened
    assert house.http.asked()[asked:] == [
        f"{HOST}/.well-known/webfinger?resource=acct:alice@{HOST}",
        f"{HOST}/users/alice",
    ]
    versions = await house.service.storage.read._connection.row("SELECT COUNT(*) FROM verdict")
    assert versions is not None
    assert versions[0] == 1, "a day that changes nothing adds no version"
    assert letters(house) == []


async def test_each_account_is_looked_at_once_a_day_and_not_again(house: House) -> None:
    await house.attest()
    await house.service.clockwork.run_due()
    looked = []
    for _ in range(5 * 24):
        asked = len(house.http.requests)
        await later(house, HOUR)
        if len(house.http.requests) > asked:
            looked.append(house.time.at)
    gaps = [after - before for before, after in zip([NOW, *looked], looked, strict=False)]
    assert len(looked) >= 5
    assert max(gaps) <= DAY
    assert min(gaps[1:]) >= 20 * HOUR


async def test_an_account_that_proved_itself_by_a_token_needs_it_no_more(house: House) -> None:
    holder = await house.order()
    word = (await holder.challenge("profile-token-01")).json["token"]
    person = house.person(ALICE)
    assert isinstance(person.actor, dict)
    person.actor["attachment"] = [{"type": "PropertyValue", "name": "x", "value": word}]
    assert (await holder.challenge("profile-token-01")).json["status"] == "valid"
    await holder.challenge("email-01")
    await holder.challenge("email-01", {"code": house.code()})
    assert (await holder.finalize()).json["status"] == "issued"
    person.actor["attachment"] = []
    await later(house)
    assert await says(house) == ("verified", None)


# What has changed


async def test_t33_same_id_new_key_suspends_in_the_next_run(house: House) -> None:
    holder = await house.attest(locale="en")
    change_key(house.person(ALICE))
    await later(house)
    assert await says(house) == ("suspended", "account-changed")
    assert (await events(house))[-1] == (EventKind.SUSPENDED, Reason.ACCOUNT_CHANGED)
    page = await house.get(f"/v/{holder.id}")
    assert 'rel="me"' not in page.text
    assert "Link" not in page.headers
    assert letters(house) == [(houses.MAILBOX, "An attestation is suspended")]
    # It comes back as it was: nothing resumes by itself.
    house.people.clear()
    house.person(ALICE)
    await later(house, 2 * DAY)
    assert await says(house) == ("suspended", "account-changed")


async def test_t33_a_new_actor_under_the_old_name_is_another_account(house: House) -> None:
    await house.attest()
    house.instance.person("alice", id_="/ap/users/{}7")
    await later(house)
    assert await says(house) == ("suspended", "account-changed")


@pytest.mark.parametrize("gone", ["410", "tombstone"])
async def test_t33_an_account_that_is_gone_is_lost_at_once(house: House, gone: str) -> None:
    await house.attest()
    person = house.person(ALICE)
    if gone == "410":
        person.status = 410
    else:
        person.actor = {"id": person.id, "type": "Tombstone"}
    await later(house)
    assert await says(house) == ("suspended", "account-lost")


async def test_a_link_that_is_taken_away_ends_it_at_once(house: House) -> None:
    await house.attest()
    actor = house.person(ALICE).actor
    assert isinstance(actor, dict)
    actor["attachment"] = []
    await later(house)
    assert await says(house) == ("suspended", "account-lost")


@pytest.mark.parametrize("agreed", [False, True])
async def test_t35_whoever_moves_away_leaves_the_attestation_to_nobody(house: House, *, agreed: bool) -> None:
    await house.attest()
    target = house.instance.person("target")
    actor, there = house.person(ALICE).actor, target.actor
    assert isinstance(actor, dict)
    assert isinstance(there, dict)
    there["alsoKnownAs"] = [actor["id"]] if agreed else []
    actor["movedTo"] = target.id
    await later(house)
    assert await says(house) == ("suspended", "account-changed")
    verdict = await house.lookup(f"@target@{HOST}")
    assert (verdict["status"], verdict["verified"]) == ("not_attested", False)


async def test_t35_who_says_to_be_known_as_an_official_account_is_not(house: House) -> None:
    await house.attest()
    thief = house.instance.person("thief").actor
    actor = house.person(ALICE).actor
    assert isinstance(thief, dict)
    assert isinstance(actor, dict)
    thief["alsoKnownAs"] = [actor["id"]]
    await later(house)
    assert await says(house) == ("verified", None)
    assert (await house.lookup(f"@thief@{HOST}"))["status"] == "not_attested"


# A whole host


async def test_t34_every_key_of_a_host_changes_and_all_of_it_is_suspended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        handles = await attest_all(house, 5)
        for handle in handles[:3]:
            change_key(house.person(handle))
        with caplog.at_level(logging.ERROR):
            await later(house)
            await house.service.clockwork.run_due()
        assert {await says(house, handle) for handle in handles} == {("suspended", "account-changed")}
        alerts = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert [record.getMessage() for record in alerts] == [
            f"ALERT {HOST}: 3 accounts have changed within a day, all are suspended (T34)"
        ]
        assert Counter(to for to, _ in letters(house)) == Counter(
            ["astreinte@numerique.gouv.fr", *(colleague(number)[1] for number in range(5))]
        )
        # No resumption by itself, and no second alert, whatever the host says later.
        house.people.clear()
        for handle in handles:
            house.person(handle)
        for _ in range(3):
            await later(house)
        assert {await says(house, handle) for handle in handles} == {("suspended", "account-changed")}
        assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_t34_two_accounts_that_are_all_of_a_host_are_the_host(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for handle in await attest_all(house, 2):
        change_key(house.person(handle))
    await later(house)
    assert "ALERT" in caplog.text


async def test_t34_two_of_five_are_two(house: House, caplog: pytest.LogCaptureFixture) -> None:
    handles = await attest_all(house, 5)
    for handle in handles[:2]:
        change_key(house.person(handle))
    await later(house)
    assert Counter([(await says(house, handle))[0] for handle in handles]) == {"suspended": 2, "verified": 3}
    assert "ALERT" not in caplog.text


# Outages


async def test_t68_an_outage_is_borne_for_three_days_and_told(house: House) -> None:
    holder = await house.attest(locale="en")
    person = house.person(ALICE)
    person.status = 503
    await later(house)
    start = house.time.at
    verdict = await house.lookup(ALICE)
    assert (verdict["status"], verdict["verified"], verdict["reason"]) == ("degraded", True, None)
    assert verdict["since"] == verdict["asOf"] == to_rfc3339(start)
    assert verdict["checks"][0]["checkedAt"] == to_rfc3339(NOW)
    page = (await house.get(f"/en/v/{holder.id}")).text
    assert "unreachable since" in page
    assert 'rel="me"' in page
    assert await events(house) == [(EventKind.ISSUED, None)]
    assert letters(house) == [], "most servers are back within the hour"
    tries = Counter[int]()
    while house.time.at < start + GRACE - HOUR:
        asked = len(house.http.requests)
        await later(house, HOUR)
        tries[(house.time.at - start) // DAY] += len(house.http.requests) > asked
        assert (await says(house))[0] == "degraded"
    assert tries[0] > tries[1] >= tries[2] > 2
    assert letters(house) == [(houses.MAILBOX, "An attested account does not answer")]
    await later(house, HOUR)
    assert await says(house) == ("suspended", "unreachable")
    assert 'rel="me"' not in (await house.get(f"/v/{holder.id}")).text
    assert letters(house)[1:] == [(houses.MAILBOX, "An attestation is suspended")]
    person.status = 200
    await later(house)
    assert await says(house) == ("suspended", "unreachable"), "it needs a new order"


async def test_t68_a_host_without_a_name_for_an_hour_is_degraded_and_comes_back(house: House) -> None:
    await house.attest()
    overrides = house.service.rechecks._tools.fetcher._overrides
    there = dict(overrides)
    overrides.clear()  # its name leads nowhere: the DNS double does not know it
    await later(house)
    assert (await says(house))[0] == "degraded"
    overrides.update(there)
    await later(house, HOUR)
    assert await says(house) == ("verified", None)
    assert "since" not in await house.lookup(ALICE)
    kinds = [kind for kind, _ in await events(house)]
    assert kinds == [EventKind.ISSUED]
    # A grace that was not needed is forgotten: the next one is whole.
    house.person(ALICE).status = 503
    await later(house)
    failing = house.time.at
    await later(house, GRACE - HOUR)
    assert (await house.lookup(ALICE))["status"] == "degraded"
    assert house.time.at - failing < GRACE


async def test_t68_not_found_is_believed_the_second_time(house: House) -> None:
    await house.attest()
    del house.instance.people[f"acct:alice@{HOST}"]
    await later(house)
    assert (await says(house))[0] == "degraded"
    await later(house, HOUR)
    assert await says(house) == ("suspended", "account-lost")


async def test_t68_a_server_that_finds_nothing_for_a_moment_is_forgiven(house: House) -> None:
    await house.attest()
    person = house.instance.people.pop(f"acct:alice@{HOST}")
    await later(house)
    house.instance.people[f"acct:alice@{HOST}"] = person
    await later(house, HOUR)
    assert await says(house) == ("verified", None)
    del house.instance.people[f"acct:alice@{HOST}"]
    await later(house)
    assert (await says(house))[0] == "degraded"


async def test_t68_time_in_which_we_slept_is_no_outage_of_theirs(house: House) -> None:
    await house.attest()
    house.person(ALICE).status = 503
    await later(house)
    await later(house, 5 * DAY)
    verdict = await house.lookup(ALICE)
    assert (verdict["status"], verdict["since"]) == ("degraded", to_rfc3339(house.time.at))


async def test_t68_when_nobody_answers_it_is_our_own_way_out_that_is_shut(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with houses.running(tmp_path) as house:
        rechecks = house.service.rechecks
        await house.attest()
        account = await house.service.storage.read.watched_account(f"acct:alice@{HOST}")
        assert account is not None
        for number in range(19):
            assert not rechecks._is_deaf(f"h{number}.example", Finding(Outcome.UNREACHABLE, "fetch-timeout"))
        house.person(ALICE).status = 503  # somebody there says that it is out of order: we do hear
        await later(house)
        assert (await says(house))[0] == "degraded"
        house.person(ALICE).status = 200
        await later(house, HOUR)
        for number in range(19):
            rechecks._is_deaf(f"h{number}.example", Finding(Outcome.UNREACHABLE, "fetch-timeout"))
        overrides = rechecks._tools.fetcher._overrides
        there = dict(overrides)
        overrides.clear()
        for _ in range(4 * 24):
            await later(house, HOUR)
        assert await says(house) == ("verified", None), "the last word that was heard holds"
        assert [record.getMessage()[:26] for record in caplog.records if record.levelno == logging.ERROR] == [
            "20 hosts in a row do not a"
        ]
        overrides.update(there)
        await later(house, HOUR)
        assert (await house.lookup(ALICE))["asOf"] == to_rfc3339(house.time.at)


# How


async def test_a_host_is_asked_once_a_second_at_most(house: House) -> None:
    house.instance.names = NAMES  # two hosts: one for the names, one for the actors
    Instance(house.http, HOST, NAMES, people=house.instance.people)
    for number in range(4):
        handle, mailbox = f"@agent{number}@{NAMES}", colleague(number)[1]
        await house.attest(handle, mailbox)
    asked = len(house.http.requests)
    moments: dict[str, list[float]] = {}
    serve = dict(house.http.handlers)

    def noting(place: tuple[str, str]) -> None:
        handler = serve[place]

        async def note(request: web.Request) -> web.StreamResponse:
            moments.setdefault(request.host, []).append(house.beat.at)
            return await handler(request)

        house.http.handlers[place] = note

    for place in serve:
        noting(place)
    await later(house)
    assert {host: len(times) for host, times in moments.items()} == {NAMES: 4, HOST: 8}
    assert len(house.http.requests) - asked == 12
    for times in moments.values():
        assert all(after - before >= 1 for before, after in itertools.pairwise(times)), times
    assert [await says(house, f"@agent{number}@{NAMES}") for number in range(4)] == [("verified", None)] * 4


async def test_two_processes_share_the_work(house: House) -> None:
    handles = await attest_all(house, 4)
    house.time.pass_(DAY)
    beat = houses.Beat()
    asked = len(house.http.requests)
    async with compose(house.service.settings, clock=house.time.clock, pace=beat.pace) as other:
        await asyncio.gather(house.service.rechecks.run(), other.rechecks.run())
    assert len(house.http.requests) - asked == 2 * len(handles)
    for handle in handles:
        assert (await house.lookup(handle))["asOf"] == to_rfc3339(house.time.at)


async def test_what_a_crash_interrupts_is_due_still(house: House) -> None:
    await house.attest()
    house.time.pass_(DAY)
    stopped, go_on = asyncio.Event(), asyncio.Event()
    actor = house.http.handlers[HOST, "/users/alice"]

    async def hangs(request: web.Request) -> web.StreamResponse:
        stopped.set()
        await go_on.wait()
        return await actor(request)

    house.http.handle(HOST, "/users/alice", hangs)
    turn = asyncio.create_task(house.service.rechecks.run())
    await stopped.wait()
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    go_on.set()
    house.http.handle(HOST, "/users/alice", actor)
    asked = len(house.http.requests)
    await house.service.clockwork.run_due()
    assert len(house.http.requests) == asked, "somebody may be at it still"
    await later(house, 300)
    assert (await house.lookup(ALICE))["asOf"] == to_rfc3339(house.time.at)


async def test_what_is_withdrawn_or_replaced_meanwhile_is_left_alone(house: House) -> None:
    holder = await house.attest()
    house.time.pass_(DAY)
    attestation = holder.order["attestation"].rpartition("/")[2]
    actor = house.http.handlers[HOST, "/users/alice"]

    async def withdraws(request: web.Request) -> web.StreamResponse:
        await house.service.publisher.revoke(attestation, Reason.HOLDER_REQUEST)
        return await actor(request)

    house.http.handle(HOST, "/users/alice", withdraws)
    change_key(house.person(ALICE))
    await house.service.rechecks.run()
    assert await says(house) == ("revoked", "holder-request")
    assert [kind for kind, _ in await events(house)] == [EventKind.ISSUED, EventKind.REVOKED]


async def test_what_is_not_vouched_for_is_not_asked_about(house: House) -> None:
    holder = await house.attest()
    await house.service.publisher.revoke(holder.order["attestation"].rpartition("/")[2], Reason.HOLDER_REQUEST)
    asked = len(house.http.requests)
    for _ in range(3):
        await later(house)
    assert len(house.http.requests) == asked


async def test_a_look_that_fails_by_our_fault_is_told_and_tried_again(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.attest()
    fetcher = house.service.rechecks._tools.fetcher

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(type(fetcher), "get", broken)
        await later(house)
    assert await says(house) == ("verified", None)
    assert "could not be looked at" in caplog.text
    await later(house, 600)
    assert (await house.lookup(ALICE))["asOf"] == to_rfc3339(house.time.at)


async def test_one_account_is_looked_at_on_demand(house: House) -> None:
    await house.attest()
    change_key(house.person(ALICE))
    checked = await house.service.rechecks.check(Handle.parse(ALICE))
    assert (checked.finding, checked.status) == (Finding(Outcome.CHANGED, "key"), Status.SUSPENDED)
    with pytest.raises(NotFound, match="attestation-not-found"):
        await house.service.rechecks.check(Handle.parse(ALICE))
    with pytest.raises(NotFound, match="attestation-not-found"):
        await house.service.rechecks.check(Handle.parse(f"@nobody@{HOST}"))


async def test_t65_a_lookup_asks_nobody(house: House) -> None:
    await house.attest()
    house.time.pass_(5 * DAY)
    asked = len(house.http.requests)
    for handle in (ALICE, f"@nobody@{HOST}"):
        await house.lookup(handle)
    assert len(house.http.requests) == asked
