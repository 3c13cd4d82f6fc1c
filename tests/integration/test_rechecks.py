"""Attested accounts are looked at again, and what stops being true stops being said (T33, T34, T35)."""

import logging
from collections import Counter
from pathlib import Path

import pytest

from tests.integration import house as houses
from tests.integration.daily import attest_all, change_key, colleague, events, later, letters, says
from tests.integration.house import ALICE, HOST, NOW, House
from verifier.core.clock import DAY, HOUR, to_rfc3339
from verifier.core.models import EventKind, Reason

# As it was pinned


@pytest.mark.engines
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
    versions = await house.service.storage.read.facts._connection.row("SELECT COUNT(*) FROM verdict")
    assert versions is not None
    assert versions[0] == 1, "a day that changes nothing adds no version"
    assert letters(house) == []


async def test_each_account_is_looked_at_once_a_day_and_not_again(house: House) -> None:
    await house.attest()
    await house.service.clockwork.run_due()
    looked = []
    for _ in range(3 * 24):
        asked = len(house.http.requests)
        await later(house, HOUR)
        if len(house.http.requests) > asked:
            looked.append(house.time.at)
    gaps = [after - before for before, after in zip([NOW, *looked], looked, strict=False)]
    assert len(looked) >= 3
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


@pytest.mark.engines
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


@pytest.mark.engines
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
            f"ALERT {HOST}: accounts of 3 holders have changed within a day, all are suspended (T34)"
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


async def test_t34_one_holder_with_many_accounts_takes_nobody_else_s(house: House) -> None:
    (victim,) = await attest_all(house, 1)
    theirs = [f"@mallory{number}@{HOST}" for number in range(3)]
    for handle in theirs:
        await house.attest(handle, "mallory.agent@numerique.gouv.fr")
    for handle in theirs:
        change_key(house.person(handle))
    await later(house)
    assert {await says(house, handle) for handle in theirs} == {("suspended", "account-changed")}
    assert await says(house, victim) == ("verified", None)


@pytest.mark.parametrize(
    ("accounts", "drifted", "suspended"),
    [
        (5, 3, 5),
        (5, 2, 2),
        (2, 2, 2),  # nothing is left there
        (3, 1, 1),
        (1, 1, 1),
    ],
)
async def test_t34_a_host_of_one_holder_alone_is_suspected_for_accounts(
    house: House, caplog: pytest.LogCaptureFixture, accounts: int, drifted: int, suspended: int
) -> None:
    theirs = [f"@service{number}@{HOST}" for number in range(accounts)]
    for handle in theirs:
        await house.attest(handle, "mallory.agent@numerique.gouv.fr")
    for handle in theirs[:drifted]:
        change_key(house.person(handle))
    await later(house)
    assert Counter([(await says(house, handle))[0] for handle in theirs])["suspended"] == suspended
    said = f"ALERT {HOST}: {drifted} accounts of its one holder have changed within a day, all are suspended (T34)"
    alerted = suspended > drifted or accounts == drifted > 1
    assert [record.getMessage() for record in caplog.records if "ALERT" in record.getMessage()] == [said] * alerted


async def test_t68_two_holders_of_whom_one_drifts_are_no_host_of_one(house: House) -> None:
    victims = await attest_all(house, 2)
    theirs = [f"@mallory{number}@{HOST}" for number in range(4)]
    for handle in theirs:
        await house.attest(handle, "mallory.agent@numerique.gouv.fr")
    for handle in [*theirs[:3], victims[0]]:
        change_key(house.person(handle))
    await later(house)
    assert await says(house, victims[1]) == ("verified", None), "of two holders, and there is something left"
    assert await says(house, theirs[3]) == ("verified", None)
