"""The DNS records of bodies are looked at again, and what rests on them falls with them (T68)."""

from collections.abc import Mapping
from typing import Any

import dns.rcode
import pytest

from tests.doubles.dns import Answer
from tests.initiators import OPERATOR
from tests.integration.daily import events, later, letters, says
from tests.integration.house import HOST, House
from tests.integration.institution import (
    CHILD,
    CONTACT,
    DINUM,
    DOMAIN,
    attest,
    name_children,
    order,
    publish_record,
)
from verifier.core.clock import DAY, HOUR, to_rfc3339
from verifier.core.identifiers import Host
from verifier.core.models import EventKind, Reason
from verifier.registration.monitoring.consequences import GRACE

RECORD = (f"_official-account.{DOMAIN}", "TXT")
SGG = f"presse@{CHILD['domain']}"


def gone(house: House) -> Answer:
    return house.dns.zone.pop(RECORD)


async def body(house: House, domain: str = DOMAIN) -> Mapping[str, Any]:
    found = await house.service.storage.read.bodies.get(domain)
    assert found is not None
    return {"proved": found.proved_at is not None, "checked": found.checked_at}


async def test_a_record_that_stays_is_seen_each_day(house: House) -> None:
    await attest(house)
    start = house.time.at
    for _ in range(3):
        await later(house)
        assert await body(house) == {"proved": True, "checked": house.time.at}
    verdict = await house.lookup(DINUM)
    assert (verdict["status"], verdict["asOf"]) == ("verified", to_rfc3339(house.time.at))
    seen = {check["method"]: check["checkedAt"] for check in verdict["checks"]}
    assert seen == {
        "rel-me-01": to_rfc3339(house.time.at),
        "dns-01": to_rfc3339(house.time.at),
        "email-01": to_rfc3339(start),
    }
    assert await events(house) == [(EventKind.ISSUED, None)]
    asked = house.dns.count(*RECORD)
    await later(house, HOUR)
    assert house.dns.count(*RECORD) == asked


@pytest.mark.parametrize("how", ["no such name", "no record", "servfail"])
async def test_t68_a_record_that_is_missing_for_an_hour_degrades_and_comes_back(house: House, how: str) -> None:
    await attest(house)
    await later(house)
    kept = gone(house)
    if how != "no such name":
        house.dns.zone[RECORD] = [] if how == "no record" else dns.rcode.SERVFAIL
    await later(house)
    failing = house.time.at
    verdict = await house.lookup(DINUM)
    assert (verdict["status"], verdict["verified"], verdict["since"]) == ("degraded", True, to_rfc3339(failing))
    assert letters(house) == [(CONTACT, "L'enregistrement DNS d'un organisme n'est plus visible")]
    assert {check["method"]: check.get("since") for check in verdict["checks"] if check["result"] == "invalid"} == {
        "dns-01": to_rfc3339(failing)
    }
    shown = (await house.get(f"/?handle={DINUM}")).text
    assert "Le domaine ne le confirme pas en ce moment." in shown
    assert "Le compte, lui, répond." in shown
    assert "injoignable" not in shown
    await later(house, HOUR)
    assert (await says(house, DINUM))[0] == "degraded", "the account itself answers, its body does not"
    house.dns.zone[RECORD] = kept
    await later(house, HOUR)
    assert await says(house, DINUM) == ("verified", None)
    assert await events(house) == [(EventKind.ISSUED, None)]
    assert [(check["result"], "since" in check) for check in (await house.lookup(DINUM))["checks"]] == [
        ("valid", False)
    ] * 3


async def test_t68_a_record_that_stays_away_ends_it_after_three_days(house: House) -> None:
    await attest(house)
    await later(house)
    gone(house)
    await later(house)
    start = house.time.at
    while house.time.at < start + GRACE - 6 * HOUR:
        await later(house, 6 * HOUR)
        assert (await says(house, DINUM))[0] == "degraded"
    await later(house, 6 * HOUR)
    assert await says(house, DINUM) == ("suspended", "identity-lost")
    assert (await body(house))["proved"] is False
    assert len(letters(house)) == 2


async def test_t68_a_record_with_another_token_ends_it_the_second_time(house: House) -> None:
    await attest(house)
    service = house.base.partition("://")[2]
    house.dns.zone[RECORD] = [f'"{service}; token=somebodyelses"']
    await later(house)
    assert (await says(house, DINUM))[0] == "degraded", "nobody signed that answer"
    await later(house, HOUR)
    assert await says(house, DINUM) == ("suspended", "identity-lost")
    assert (await events(house))[-1] == (EventKind.SUSPENDED, Reason.IDENTITY_LOST)
    assert (await body(house))["proved"] is False
    assert [to for to, _ in letters(house)] == [CONTACT, CONTACT]


async def test_t68_one_forged_answer_about_a_body_is_forgiven(house: House) -> None:
    await attest(house)
    kept = gone(house)
    for _ in range(2):  # the second time it is as the first
        house.dns.zone[RECORD] = [f'"{house.base.partition("://")[2]}; token=forged"']
        await later(house)
        house.dns.zone[RECORD] = kept
        await later(house, HOUR)
        assert await says(house, DINUM) == ("verified", None)


async def test_a_record_that_says_when_it_ends_is_believed(house: House) -> None:
    holder = await order(house)
    publish_record(house, holder)
    (text,) = house.dns.zone[RECORD]  # type: ignore[misc]
    house.dns.zone[RECORD] = [f'{text[:-1]}; persistUntil={house.time.at + DAY}"']
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    await holder.publish()
    await later(house, DAY - 1)
    assert (await says(house, DINUM))[0] == "verified"
    await later(house, DAY)
    await later(house, HOUR)
    assert await says(house, DINUM) == ("suspended", "identity-lost")


@pytest.mark.engines
async def test_what_a_body_vouched_for_falls_with_it(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    await name_children(parent, CHILD | {"contact": SGG})
    child, beside = f"@sgg@{HOST}", f"@martin@{HOST}"
    await (await order(house, child, CHILD["domain"], SGG)).publish()
    await house.attest(beside, "alice.martin@pm.gouv.fr")  # rests on a mailbox, not on the record
    assert (await says(house, child))[0] == "verified"
    record = ("_official-account.pm.gouv.fr", "TXT")
    kept = house.dns.zone.pop(record)
    await later(house)
    assert [(await says(house, handle))[0] for handle in (f"@pm@{HOST}", child)] == ["degraded"] * 2
    house.dns.zone[record] = kept
    await later(house, HOUR)
    assert [(await says(house, handle))[0] for handle in (f"@pm@{HOST}", child)] == ["verified"] * 2
    house.dns.zone[record] = [f'"{house.base.partition("://")[2]}; token=somebodyelses"']
    await later(house)
    await later(house, HOUR)
    assert await says(house, f"@pm@{HOST}") == ("suspended", "identity-lost")
    assert await says(house, child) == ("suspended", "identity-lost")
    assert await says(house, beside) == ("verified", None)


async def test_a_body_with_a_new_token_has_three_days_to_publish_it(house: House) -> None:
    await attest(house)
    await later(house)
    renewed = await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    await later(house)
    assert (await says(house, DINUM))[0] == "degraded"
    house.dns.zone[RECORD] = [f'"{house.base.partition("://")[2]}; token={renewed.token}"']
    await later(house, HOUR)
    assert await says(house, DINUM) == ("verified", None)
    assert (await body(house))["proved"] is True
    await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    await later(house)
    await later(house, GRACE)
    assert await says(house, DINUM) == ("suspended", "identity-lost")


PARENT = f"@pm@{HOST}"
PARENT_RECORD = ("_official-account.pm.gouv.fr", "TXT")
NOBODY = ['"policy; issuer="']


async def families(house: House) -> str:
    """A body, and the account of one that it vouches for."""
    parent = await attest(house, PARENT, "pm.gouv.fr", "presse@pm.gouv.fr")
    await name_children(parent, CHILD | {"contact": SGG})
    child = f"@sgg@{HOST}"
    await (await order(house, child, CHILD["domain"], SGG)).publish()
    return child


async def test_a_body_is_looked_at_while_it_speaks_for_another(house: House) -> None:
    child = await families(house)
    attestation = await house.service.storage.read.attestations.on_handle(f"acct:pm@{HOST}")
    assert attestation is not None
    await house.service.registration.publisher.revoke(attestation.id, Reason.HOLDER_REQUEST, OPERATOR)
    await house.service.registration.bodies.renew_token(Host.parse("pm.gouv.fr"), OPERATOR)
    del house.dns.zone[PARENT_RECORD]
    await later(house)
    assert (await says(house, child))[0] == "degraded"
    await later(house, GRACE)
    assert await says(house, child) == ("suspended", "identity-lost")


async def test_a_new_token_hides_nobody_from_the_fall_of_the_body_above(house: House) -> None:
    parent = await attest(house, PARENT, "pm.gouv.fr", "presse@pm.gouv.fr")
    child = f"@sgg@{HOST}"
    await attest(house, child, CHILD["domain"], SGG)
    await name_children(parent, CHILD | {"contact": SGG})
    house.dns.zone[PARENT_RECORD] = NOBODY
    await later(house)
    await later(house, HOUR)
    assert [(await says(house, handle))[0] for handle in (PARENT, child)] == ["suspended", "verified"]
    await house.service.registration.bodies.renew_token(Host.parse(CHILD["domain"]), OPERATOR)
    house.dns.zone[f"_official-account.{CHILD['domain']}", "TXT"] = NOBODY
    await later(house)
    await later(house, GRACE)
    assert await says(house, child) == ("suspended", "identity-lost")


async def test_a_child_with_a_new_token_rests_on_the_body_above(house: House) -> None:
    child = await families(house)
    asked = await order(house, f"@sgg-en@{HOST}", CHILD["domain"], SGG)
    publish_record(house, asked)
    await later(house)
    await house.service.registration.bodies.renew_token(Host.parse(CHILD["domain"]), OPERATOR)
    for _ in range(5):
        await later(house)
    assert await says(house, child) == ("verified", None)


async def test_one_body_that_cannot_be_looked_at_stops_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await attest(house)
    await attest(house, PARENT, "pm.gouv.fr", "presse@pm.gouv.fr")
    async with house.service.storage.write.transaction() as tx:
        await tx.bodies.ensure("broken", "broken", "No domain at all", house.time.at)
        await tx.bodies.set_token("broken", "token")
        await tx.bodies.prove("broken", house.time.at, None, "secure")
    house.dns.zone[PARENT_RECORD] = NOBODY
    await later(house)
    await later(house, HOUR)
    assert (await says(house, PARENT))[0] == "suspended"
    assert caplog.text.count("broken could not be looked at") == 2
