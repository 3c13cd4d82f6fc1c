"""A DNS record that is not there yet: looked for by the service itself, politely, and told once it is seen."""

import re

import pytest

from tests.integration.daily import later, letters
from tests.integration.house import HOST, Holder, House
from tests.integration.institution import CONTACT, challenges, order, publish_record
from tests.integration.request_page import page
from verifier.core.clock import HOUR
from verifier.fetch.dns import Resolver
from verifier.storage.letters import LetterWrites

SEEN = "L'enregistrement DNS que votre demande attendait est là"


async def asked(house: House) -> Holder:
    """An order whose mailbox is proved, and its record not there."""
    holder = await order(house)
    await holder.prove()
    return holder


async def state(holder: Holder) -> str:
    return str(challenges((await holder.show()).json, "identity")["dns-01"]["status"])


async def test_a_record_that_comes_later_is_seen_without_anybody_asking_and_told_once(house: House) -> None:
    holder = await asked(house)
    await later(house, 60)
    assert (await state(holder), letters(house)) == ("invalid", [])
    publish_record(house, holder)
    await later(house, 60)
    assert await state(holder) == "invalid", "not each minute"
    await later(house, 300)
    assert (await holder.show()).json["status"] == "ready"
    await later(house, HOUR)
    assert [each for each in letters(house) if each[1] == SEEN] == [(CONTACT, SEEN)]
    assert (await holder.finalize()).json["status"] == "issued"


async def test_t10_nobody_has_us_ask_and_write_without_a_proved_mailbox(house: House) -> None:
    holder = await order(house)
    publish_record(house, holder)
    for _ in range(3):
        await later(house, HOUR)
    assert (await state(holder), letters(house)) == ("pending", [])


async def test_who_checks_it_gets_no_letter(house: House) -> None:
    holder = await asked(house)
    publish_record(house, holder)
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    await later(house, HOUR)
    assert SEEN not in [subject for _, subject in letters(house)]


async def test_the_older_the_order_the_rarer_the_looks_and_none_after_its_end(house: House) -> None:
    await asked(house)
    by_day = [0] * 8
    for turn in range(8 * 24 * 12):
        house.time.pass_(300)
        before = len(house.dns.asked)
        await house.service.clockwork.run_due("awaited")
        by_day[turn // (24 * 12)] += len(house.dns.asked) > before
    assert by_day[0] < 30
    assert by_day[1:6] == [8] * 5
    assert by_day[7] == 0, "the order has ended"


async def test_a_crash_while_it_is_kept_loses_neither_proof_nor_letter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = await asked(house)
    publish_record(house, holder)

    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(LetterWrites, "add", crash)
        await later(house, 60)
    assert await state(holder) != "valid", "one is not kept without the other"
    await later(house, 360)
    assert (await state(holder), letters(house)) == ("valid", [(CONTACT, SEEN)])


async def test_a_resolver_of_ours_that_is_out_harms_no_order(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await asked(house), await order(house, f"@second@{HOST}")
    await second.prove()
    publish_record(house, second)
    asked_for = []

    async def out(self: Resolver, *_: object) -> None:
        asked_for.append(self)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Resolver, "texts", out)
        await later(house, 60)
    assert len(asked_for) >= 2, "one that fails does not keep the others waiting"
    await later(house, 360)
    assert (await state(first), await state(second)) == ("valid", "valid")


async def test_the_page_says_that_it_waits_and_when_to_come_back(house: House) -> None:
    holder = await order(house)
    first = await page(house, holder)
    assert "Once the mailbox is proved, we look for it by ourselves and write to you." in first
    await holder.challenge("dns-01")
    unproved = await page(house, holder)
    assert "The record is not seen yet" in unproved
    assert "Prove the mailbox, above: we then look again by ourselves" in unproved
    assert "To be corrected" not in unproved
    cookie = f"order-{holder.id}={holder.order['token']}"
    for prefix, title in (("/en", "Waiting: The record is not seen yet"), ("", "En attente\u00a0: L'enregistrement")):
        just_looked = (await house.get(f"{prefix}/demander/{holder.id}?failed=domain", Cookie=cookie)).text
        assert f"<title>{title}" in just_looked.replace("&#39;", "'"), "it is no error, at the top either"
        assert 'role="alert"' not in just_looked
        assert just_looked.count("autofocus") == 1
    await holder.prove()
    await later(house, 60)
    waiting = (await page(house, holder)).replace("\u00a0", " ")
    assert "To be corrected" not in waiting
    assert re.search("We look again by ourselves, next on <time[^>]*>23 November 2026 at 11:06", waiting)
    assert f"we write to <bdi>{CONTACT}</bdi> once the record is seen" in waiting
    assert "none names" in waiting, "what was seen"


async def test_a_record_that_is_wrong_is_to_be_corrected(house: House) -> None:
    holder = await asked(house)
    asked_for = challenges(holder.order, "identity")["dns-01"]
    house.dns.zone[asked_for["name"], "TXT"] = [f'"{asked_for["value"][:-1]}"']
    await holder.challenge("dns-01")
    shown = await page(house, holder)
    assert "To be corrected" in shown
    assert "The record is not seen yet" not in shown
