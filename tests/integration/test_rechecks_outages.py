"""An account that cannot be seen is not yet one that is lost (T68)."""

import logging
from collections import Counter
from pathlib import Path

import pytest

from tests.integration import house as houses
from tests.integration.daily import events, later, letters, says
from tests.integration.house import ALICE, HOST, NOW, House
from verifier.app import compose
from verifier.core.clock import DAY, HOUR, to_rfc3339
from verifier.core.models import EventKind
from verifier.registration.monitoring.consequences import GRACE
from verifier.validation.watching import Finding, Outcome


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
    overrides = house.service.registration.rechecks._tools.fetcher._overrides
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
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        rechecks = house.service.registration.rechecks
        await house.attest()
        account = await house.service.storage.read.accounts.get(f"acct:alice@{HOST}")
        assert account is not None
        for number in range(19):
            assert not rechecks._is_deaf(f"h{number}.example", Finding(Outcome.UNREACHABLE, "fetch-timeout"))
        # A strange answer is one: somebody is heard.
        assert not rechecks._is_deaf("strange.example", Finding(Outcome.UNREACHABLE, "fetch-headers"))
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
        for _ in range(8):
            await later(house, 12 * HOUR)
        assert await says(house) == ("verified", None), "the last word that was heard holds"
        assert [record.getMessage()[:26] for record in caplog.records if record.levelno == logging.ERROR] == [
            "20 hosts in a row do not a"
        ]
        alarms = [subject for _, subject in letters(house) if subject.startswith("Alerte")]
        assert len(alarms) == 1, "four days, one letter"
        async with compose(house.service.settings, clock=house.time.clock, pace=house.beat.pace) as other:
            async with other.storage.write.transaction() as tx:
                await other.registration.rechecks._consequences.alert_stopped(
                    tx, rechecks._stopped_at or 0, house.time.at
                )
            await other.clockwork.run_due("letters")
        assert len([subject for _, subject in letters(house) if subject.startswith("Alerte")]) == 1, "of all processes"
        overrides.update(there)
        await later(house, HOUR)
        assert (await house.lookup(ALICE))["asOf"] == to_rfc3339(house.time.at)
