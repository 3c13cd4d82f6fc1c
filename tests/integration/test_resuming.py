"""A request that goes on in another browser, by a code sent to its mailbox (T08, T09, T63)."""

import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import cast

import pytest

from tests.integration.house import ALICE, HOST, MAILBOX, Answer, House, Visitor, running
from tests.integration.institution import CONTACT, DOMAIN, publish_record
from tests.integration.institution import order as order_of_body
from tests.integration.request_page import open_one, send
from tests.integration.resuming import ask, sign_in
from verifier.core.bearer import digest_of
from verifier.core.clock import HOUR
from verifier.core.codes import LIFETIME, TRIES
from verifier.core.errors import Conflict
from verifier.core.models import End, OrderStatus
from verifier.registration.sign_in import KEPT, SESSION_LIFETIME, Purpose

THIEF = f"@alise@{HOST}"
UNKNOWN = "nobody.here@numerique.gouv.fr"
TRAILS = ("/reprendre", "/en/reprendre")


def sent(house: House) -> list[tuple[str, str]]:
    """Recipient and subject of each letter."""
    found = [(each.rcpt, message_from_bytes(each.content, policy=SMTP)["Subject"]) for each in house.smtp.received]
    return [(re.findall(r"<(.*)>", rcpt)[0], str(subject)) for rcpt, subject in found]


async def resume(house: House, browser: Visitor, order_id: str) -> Answer:
    await sign_in(house, browser)
    taken = await send(browser, f"/en/reprendre/{order_id}")
    assert taken.headers["Location"] == f"/en/demander/{order_id}", taken.text
    return await browser.get(taken.headers["Location"])


def tokens(browser: Visitor, name: str) -> list[str]:
    return [each.value for each in browser.session.cookie_jar if each.key == name]


# The way


@pytest.mark.parametrize("path", TRAILS)
async def test_a_request_goes_on_in_another_browser_with_all_that_is_proved(house: House, path: str) -> None:
    async with house.browser() as first, house.browser() as second:
        order_id = await open_one(house, first)
        page = f"{house.base}/v/{order_id}"
        house.person(ALICE).actor["attachment"] = [{"type": "PropertyValue", "name": "x", "value": page}]
        await send(first, f"/demander/{order_id}/account")
        await send(second, path, email=MAILBOX)
        await house.service.clockwork.run_due()
        assert (await send(second, f"{path}/code", code=f" {house.code().lower()} ")).status == 303
        assert ALICE in (await second.get(path)).text
        taken = await send(second, f"{path}/{order_id}")
        shown = await second.get(taken.headers["Location"])
        assert shown.status == 200
        await send(second, f"/demander/{order_id}/send")
        await send(second, f"/demander/{order_id}/code", code=house.code())
        await send(second, f"/demander/{order_id}/publish")
        assert (await house.lookup(ALICE))["status"] == "verified"


async def test_the_letter_names_each_account_and_its_code_stands_alone(house: House) -> None:
    await house.order()
    await house.order(THIEF)
    async with house.browser() as browser:
        await ask(house, browser)
    ((to, subject),) = sent(house)
    assert (to, subject) == (MAILBOX, "A code to go on with a request")
    letter = house.smtp.received[-1].content.decode().replace("=\r\n", "")
    assert ALICE in letter
    assert THIEF in letter
    assert "http" not in letter.partition("\r\n\r\n")[2]
    assert len(re.findall(r"^[2-9A-HJ-NP-Z]{8}\r$", letter, re.MULTILINE)) == 1


async def test_who_holds_several_requests_chooses_and_ends_those_that_are_not_theirs(house: House) -> None:
    hers, foreign = await house.order(), await house.order(THIEF)
    of_body = await order_of_body(house, f"@dinum@{HOST}", DOMAIN, MAILBOX)
    other = await house.order(f"@bob@{HOST}", "bob.petit@numerique.gouv.fr")
    async with house.browser() as browser:
        listed = await sign_in(house, browser)
        for holder in (hers, foreign, of_body):
            assert f"/en/reprendre/{holder.id}" in listed
        assert other.id not in listed
        assert (await send(browser, f"/en/reprendre/{other.id}")).status == 404
        ended = await send(browser, f"/en/reprendre/{foreign.id}/end")
        assert ended.status == 303
        assert THIEF not in (await browser.get("/en/reprendre")).text
        assert (await foreign.show()).json["status"] == "withdrawn"
        assert (await foreign.challenge("email-01")).code == "order-closed"
        row = await house.service.storage.read.orders.get(foreign.id)
        assert row is not None
        assert row.mailbox is None
        assert (await hers.show()).status == 200, "nobody took it"


async def test_an_order_that_is_over_or_published_does_not_wait(house: House) -> None:
    await house.attest()
    late = await house.order(f"@late@{HOST}")
    house.time.pass_(3 * 24 * HOUR)
    async with house.browser() as browser:
        await ask(house, browser)
    assert "A code to go on with a request" not in [subject for _, subject in sent(house)]
    assert (await late.show()).status == 200


async def test_a_request_under_review_can_be_found_and_ended(house: House) -> None:
    await house.attest()
    holder = await house.order(email="zoe.martin@numerique.gouv.fr")
    await holder.prove()
    assert (await holder.finalize()).json["status"] == "in_review"
    async with house.browser() as browser:
        listed = await sign_in(house, browser, "zoe.martin@numerique.gouv.fr")
        assert "Being examined" in listed
        assert (await send(browser, f"/en/reprendre/{holder.id}/end")).status == 303
    assert (await holder.show()).json["status"] == "withdrawn"
    entries = await house.service.storage.read.audit.after(0, 100)
    assert [entry.act for entry in entries][-1] == "order.withdraw"


# The thief, in both directions


async def test_t08_a_thief_whose_order_the_victim_takes_over_has_it_no_more(house: House) -> None:
    """He begins an order for his account, with her mailbox; she goes on with it."""
    async with house.browser() as thief, house.browser() as victim:
        order_id = await open_one(house, thief, THIEF)
        cookie = tokens(thief, f"order-{order_id}")[0]
        page = f"{house.base}/v/{order_id}"
        house.person(THIEF).actor["attachment"] = [{"type": "PropertyValue", "name": "x", "value": page}]
        await send(thief, f"/en/demander/{order_id}/account")
        shown = await resume(house, victim, order_id)
        assert THIEF in shown.text
        # The code of before proved nothing: the mailbox is still to be proved.
        assert "We send a code to" in shown.text or "A code was sent to" in shown.text
        order = await house.service.registration.registrar.view(order_id)
        assert {each.end: each.status for each in order.authorizations}[End.IDENTITY] == "pending"
        # Neither his cookie nor his token is worth anything.
        for path in ("send", "code", "publish", "change"):
            refused = await send(thief, f"/en/demander/{order_id}/{path}", code="ABCD2345", handle=ALICE)
            assert refused.status == 401, path
        assert (await thief.get(f"/en/demander/{order_id}")).status == 401
        bearer = {"Authorization": f"Bearer {cookie}"}
        assert (await house.ask("GET", f"/api/v1/orders/{order_id}", headers=bearer)).status == 401
        finalize = await house.ask("POST", f"/api/v1/orders/{order_id}/finalize", json={}, headers=bearer)
        assert finalize.status == 401
        # Should she prove it all the same, it is hers to publish, and he is not told how far she is.
        await send(victim, f"/en/demander/{order_id}/send")
        await send(victim, f"/en/demander/{order_id}/code", code=house.code())
        assert (await send(thief, f"/en/demander/{order_id}/publish")).status == 401
        assert (await house.lookup(THIEF))["status"] == "not_attested"


async def test_t08_the_code_to_resume_proves_no_mailbox(house: House) -> None:
    holder = await house.order()
    await holder.challenge("email-01")
    mailed = house.code()
    async with house.browser() as browser:
        await ask(house, browser)
        code = house.code()
        wrong = await holder.challenge("email-01", {"code": code})
        assert wrong.json["status"] == "invalid"
        assert (await send(browser, "/en/reprendre/code", code=mailed)).status == 422
        assert (await send(browser, "/en/reprendre/code", code=code)).status == 303
    assert (await holder.show()).json["authorizations"][1]["status"] == "pending"


async def test_t08_a_code_typed_in_another_browser_opens_nothing(house: House) -> None:
    """A scanner, or a thief who has the victim's letter, has no browser that asked for it."""
    holder = await house.order()
    async with house.browser() as asked, house.browser() as other:
        await ask(house, asked)
        code = house.code()
        assert (await send(other, "/en/reprendre/code", code=code)).status == 409
        await send(other, "/en/reprendre", email=MAILBOX)
        assert (await send(other, "/en/reprendre/code", code=code)).status == 422
        for _ in range(20):
            for path in ("/en/reprendre", f"/en/reprendre/{holder.id}", "/en/reprendre/code"):
                await asked.get(path)
        assert (await send(asked, "/en/reprendre/code", code=code)).status == 303
        assert (await send(other, f"/en/reprendre/{holder.id}")).status == 401
        assert (await house.get("/en/reprendre", Cookie=f"session-resume={'x' * 43}")).text.count(ALICE) == 0
    assert (await holder.show()).status == 200


async def test_t08_a_code_serves_once_and_the_session_is_another(house: House) -> None:
    await house.order()
    async with house.browser() as browser, house.browser() as again:
        await ask(house, browser)
        (token,) = tokens(browser, "code-resume")
        code = house.code()
        await send(browser, "/en/reprendre/code", code=code)
        assert tokens(browser, "code-resume") == []
        (session,) = tokens(browser, "session-resume")
        assert session != token
        fixed = await house.get("/en/reprendre", Cookie=f"session-resume={token}")
        assert ALICE not in fixed.text
        again.session.cookie_jar.update_cookies({"code-resume": token})
        assert (await send(again, "/en/reprendre/code", code=code)).status == 409


async def test_t08_the_store_keeps_neither_code_nor_token(house: House) -> None:
    holder = await house.order()
    async with house.browser() as browser:
        await send(browser, "/en/reprendre", email=MAILBOX)
        waiting = [path.read_bytes() for path in house.folder.glob("verifier.sqlite3*")]
        await house.service.clockwork.run_due()
        code = house.code().encode()
        await send(browser, "/en/reprendre/code", code=code.decode())
        await send(browser, f"/en/reprendre/{holder.id}")
        secrets = [code, *(each.value.encode() for each in browser.session.cookie_jar)]
    kept = waiting + [path.read_bytes() for path in house.folder.glob("verifier.sqlite3*")]
    assert len(secrets) == 3
    assert [secret for secret in secrets if any(secret in each for each in kept)] == []


async def test_t08_a_code_is_of_one_purpose_and_one_browser_whatever_the_store_holds(house: House) -> None:
    await house.order()
    sign_ins = house.service.registration.sign_ins
    async with house.browser() as asked, house.browser() as other:
        await ask(house, other)
        await ask(house, asked)
        code = house.code()
        (token,), (elsewhere,) = tokens(asked, "code-resume"), tokens(other, "code-resume")
        with pytest.raises(Conflict, match="code-not-sent"):
            await sign_ins.answer(cast("Purpose", "examine"), token, code)
        row = await sign_ins.sent(Purpose.RESUME, token)
        assert row is not None
        async with house.service.storage.write.transaction() as tx:
            await tx.sign_ins._update("sign_in", "token_digest", digest_of(elsewhere), {"mac": row.mac})
        assert (await send(other, "/en/reprendre/code", code=code)).status == 422
        assert (await send(asked, "/en/reprendre/code", code=code)).status == 303


async def test_what_is_being_published_is_not_ended(house: House) -> None:
    holder = await house.order()
    async with house.browser() as browser:
        await sign_in(house, browser)
        async with house.service.storage.write.transaction() as tx:
            await tx.orders.move(holder.id, OrderStatus.PENDING, OrderStatus.ISSUING, house.time.at)
        assert "Being signed" in (await browser.get("/en/reprendre")).text
        refused = await send(browser, f"/en/reprendre/{holder.id}/end")
        assert (refused.status, "This request is closed" in refused.text) == (409, True)


# Limits


async def test_t09_five_wrong_codes_lock_and_a_new_one_unlocks(house: House) -> None:
    await house.order()
    async with house.browser() as browser:
        await ask(house, browser)
        code = house.code()
        wrong = ("3" if code[0] == "2" else "2") + code[1:]
        for left in range(TRIES - 1, 0, -1):
            told = await send(browser, "/en/reprendre/code", code=wrong)
            assert (told.status, f"Tries left: {left}." in told.text) == (422, True)
        for typed in (wrong, code):
            assert "Too many wrong codes" in (await send(browser, "/en/reprendre/code", code=typed)).text
        await ask(house, browser)
        assert (await send(browser, "/en/reprendre/code", code=house.code())).status == 303


async def test_t09_a_code_lives_fifteen_minutes_and_a_session_thirty(house: House) -> None:
    holder = await house.order()
    async with house.browser() as browser:
        await ask(house, browser)
        house.time.pass_(LIFETIME)
        assert "This code is too old" in (await send(browser, "/en/reprendre/code", code=house.code())).text
        await sign_in(house, browser)
        house.time.pass_(SESSION_LIFETIME - 1)
        assert ALICE in (await browser.get("/en/reprendre")).text
        house.time.pass_(1)
        assert ALICE not in (await browser.get("/en/reprendre")).text
        (session,) = tokens(browser, "session-resume") or ("",)
        cookie = {"Cookie": f"session-resume={session}"}
        late = await house.ask("POST", f"/en/reprendre/{holder.id}", form={}, headers=cookie | ours(house))
        assert (late.status, "Too much time has passed" in late.text) == (401, True)


def ours(house: House) -> dict[str, str]:
    return {"Origin": house.base}


@pytest.fixture
async def house_with_limits(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path, rate_limits=True) as house:
        yield house


async def test_t09_letters_are_limited_whoever_asks_with_those_of_a_request(house_with_limits: House) -> None:
    house = house_with_limits
    for mailbox in (MAILBOX, UNKNOWN):
        await house.order(f"@{mailbox[:3]}@{HOST}", mailbox)
        async with house.browser() as browser:
            answers = [(await send(browser, "/en/reprendre", email=mailbox)).status for _ in range(5)]
            assert answers == [303] * 4 + [429], mailbox


async def test_t63_a_mailbox_that_is_unknown_is_told_as_one_that_is_not(house: House) -> None:
    await house.order()
    seen = []
    for mailbox in (MAILBOX, UNKNOWN, "who@example.org"):
        async with house.browser() as browser:
            asked = await ask(house, browser, mailbox)
            waiting = await browser.get("/en/reprendre")
            wrong = await send(browser, "/en/reprendre/code", code="ABCD2345")
            again = await send(browser, "/en/reprendre", email=mailbox)
            cookies = [re.sub(r"=[\w-]{43};", "=;", each) for each in asked.headers.getall("Set-Cookie")]  # type: ignore[attr-defined]
            seen.append((asked.status, asked.body, cookies, waiting.body, wrong.status, wrong.body, again.status))
    assert seen[0] == seen[1] == seen[2]
    assert {to for to, _ in sent(house)} == {MAILBOX}


async def test_t63_no_letter_goes_to_an_address_that_no_order_keeps(house: House) -> None:
    """Where a server knows no tags, it is the mailbox of somebody else."""
    await house.order()
    async with house.browser() as browser:
        await ask(house, browser, MAILBOX.replace("@", "+x@"))
    assert sent(house) == []


async def test_t08_an_address_with_a_tag_leads_to_the_requests_of_that_very_address(house: House) -> None:
    """Nor does a request of their own give the one of `a+x` those of `a`."""
    hers = await house.order()
    tagged = MAILBOX.replace("@", "+x@")
    theirs = await house.order(THIEF, tagged)
    async with house.browser() as thief:
        listed = await sign_in(house, thief, tagged)
        assert ALICE not in listed
        assert ALICE not in house.smtp.received[-1].content.decode()
        for action in ("", "/end"):
            assert (await send(thief, f"/en/reprendre/{hers.id}{action}")).status == 404
        assert (await send(thief, f"/en/reprendre/{theirs.id}")).status == 303
    assert (await hers.show()).json["status"] == "pending"


# What is kept


async def test_a_letter_whose_code_is_too_old_is_not_sent(house: House) -> None:
    await house.order()
    house.smtp.refuse["RCPT"] = "451 Later"
    async with house.browser() as browser:
        await ask(house, browser)
        house.smtp.refuse.clear()
        house.time.pass_(LIFETIME)
        await house.service.clockwork.run_due()
    assert sent(house) == []
    assert not await house.service.storage.read.letters.is_due(house.time.at + 10 * HOUR)


async def test_what_is_over_is_deleted(house: House) -> None:
    await house.order()
    async with house.browser() as browser:
        await sign_in(house, browser)
        await send(browser, "/en/reprendre", email=MAILBOX)
        house.time.pass_(KEPT)
        await house.service.clockwork.run_due()
        (token,) = tokens(browser, "code-resume")
        assert await house.service.registration.sign_ins.sent(Purpose.RESUME, token) is None
    count = await house.service.storage.read.sign_ins._int(
        "SELECT (SELECT COUNT(*) FROM session) + COUNT(*) FROM sign_in"
    )
    assert count == 0


# Another account


async def test_a_wrong_account_is_changed_for_another_order_and_page(house: House) -> None:
    async with house.browser() as browser:
        order_id = await open_one(house, browser, THIEF)
        await send(browser, f"/en/demander/{order_id}/send")
        await send(browser, f"/en/demander/{order_id}/code", code=house.code())
        changed = await send(browser, f"/en/demander/{order_id}/change", handle=f" https://{HOST}/@alice ")
        assert changed.status == 303
        new_id = changed.headers["Location"].rpartition("/")[2]
        assert new_id != order_id
        shown = (await browser.get(changed.headers["Location"])).text
        assert ALICE in shown
        assert f"/v/{new_id}" in shown
        # What the mailbox confirmed was the other account: a letter names this one.
        order = await house.service.registration.registrar.view(new_id)
        assert {each.end: each.status for each in order.authorizations}[End.IDENTITY] == "pending"
        await send(browser, f"/en/demander/{new_id}/send")
        assert ALICE in house.smtp.received[-1].content.decode()
        old = await house.service.storage.read.orders.get(order_id)
        assert old is not None
        assert (old.status, old.mailbox) == (OrderStatus.WITHDRAWN, None)
        assert (await browser.get(f"/en/demander/{order_id}")).status == 401
        assert THIEF not in (await browser.get("/en/demander")).text


async def test_t00b_the_link_to_the_page_of_before_proves_nothing_for_the_other_account(house: House) -> None:
    async with house.browser() as browser:
        order_id = await open_one(house, browser, THIEF)
        page = f"{house.base}/v/{order_id}"
        house.person(ALICE).actor["attachment"] = [{"type": "PropertyValue", "name": "x", "value": page}]
        changed = await send(browser, f"/en/demander/{order_id}/change", handle=ALICE)
        checked = await send(browser, f"{changed.headers['Location']}/account")
        assert checked.headers["Location"].endswith("?failed=account")
        assert (await house.get(f"/v/{order_id}")).text == (await house.get("/v/aaaaaaaaaaaaaaaa")).text


async def test_a_body_that_is_proved_stays_so_when_its_account_is_changed(house: House) -> None:
    holder = await order_of_body(house)
    publish_record(house, holder)
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    cookie = {"Cookie": f"order-{holder.id}={holder.order['token']}"}
    changed = await house.ask("POST", f"/en/demander/{holder.id}/change", form={"handle": ALICE}, headers=cookie)
    new_id = changed.headers["Location"].rpartition("/")[2]
    order = await house.service.registration.registrar.view(new_id)
    assert {each.type: each.status for each in order.challenges}["dns-01"] == "valid"
    assert (order.order.domain, order.order.mailbox) == (DOMAIN, CONTACT)


async def test_an_order_that_is_closed_is_not_changed_and_the_same_account_changes_nothing(house: House) -> None:
    async with house.browser() as browser:
        order_id = await open_one(house, browser)
        same = await send(browser, f"/en/demander/{order_id}/change", handle=ALICE)
        wrong = await send(browser, f"/en/demander/{order_id}/change", handle="alice")
        assert (wrong.status, 'value="alice"' in wrong.text) == (400, True)
        house.time.pass_(3 * 24 * HOUR)
        assert (await send(browser, f"/en/demander/{order_id}/change", handle=THIEF)).status == 409
    assert same.headers["Location"] == f"/en/demander/{order_id}"
