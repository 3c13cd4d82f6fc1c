"""What the page of a request says that is true of it at that moment: who will examine it, and what became of it."""

from tests.initiators import OPERATOR
from tests.integration.house import ALICE, HOST, MAILBOX, House
from tests.integration.institution import CONTACT, DINUM, DOMAIN, attest, order, publish_record
from tests.integration.request_page import page, publish_page, send
from verifier.core.models import Reason


async def test_a_holder_learns_before_sending_that_people_examine_the_request_and_why(house: House) -> None:
    await attest(house)
    holder = await order(house, f"@alex@{HOST}", email="alex.bernard@numerique.gouv.fr")
    why = "Another mailbox acts for this organisation so far."
    # Whether a mailbox is the one that acts for a body is no answer to whoever types it.
    assert why not in await page(house, holder)
    await holder.prove()
    ready = await page(house, holder)
    assert why in ready
    assert "Send my request to be examined" in ready
    assert "Publish my attestation" not in ready
    assert (await holder.finalize()).json["status"] == "in_review"
    assert why in await page(house, holder)


async def test_what_nobody_examines_is_published_by_its_button(house: House) -> None:
    holder = await order(house)
    publish_record(house, holder)
    await holder.challenge("dns-01")
    await holder.prove()
    ready = await page(house, holder)
    assert "Publish my attestation" in ready
    assert "examine" not in ready


async def test_the_page_of_a_request_follows_its_attestation(house: House) -> None:
    holder = await attest(house)
    issued = await page(house, holder)
    assert "Your attestation is published" in issued
    assert "without it, the attestation is suspended at the next daily look" in issued
    found = await house.service.storage.read.attestations.vouching(holder.id)
    assert found is not None
    await house.service.registration.publisher.suspend(found.id, Reason.ACCOUNT_CHANGED, OPERATOR)
    ended = await page(house, holder)
    assert "Careful: this account has not been confirmed since" in ended
    assert "Two people must examine such a request" in ended
    assert "Your attestation is published" not in ended
    assert "For the whole organisation" not in ended
    assert "Two people must examine such a request" in (await house.get(f"/en/v/{holder.id}")).text


async def test_what_could_not_be_reached_is_only_proved_again(house: House) -> None:
    holder = await attest(house)
    found = await house.service.storage.read.attestations.vouching(holder.id)
    assert found is not None
    await house.service.registration.publisher.suspend(found.id, Reason.UNREACHABLE, OPERATOR)
    assert "may be proved again" in await page(house, holder)


async def test_another_request_for_the_account_takes_the_place_of_the_first(house: House) -> None:
    first = await attest(house)
    second = await order(house)
    await second.publish()
    replaced = await page(house, first)
    assert "Replaced by a more recent attestation" in replaced
    assert f"/en/v/{second.id}" in replaced


async def test_a_proof_that_is_begun_takes_away_the_error_of_another(house: House) -> None:
    house.person(ALICE)
    async with house.browser() as browser:
        asked = await send(browser, "/en/demander", handle=ALICE, email=MAILBOX, level="body")
        here = asked.headers["Location"]
        await send(browser, f"{here}/account")
        failed = "The profile does not link to the page"
        assert failed in (await browser.get(here)).text
        begun = (await send(browser, f"{here}/token")).headers["Location"]
        assert failed not in (await browser.get(begun)).text
        tried = (await send(browser, f"{here}/token")).headers["Location"]
        assert "The code is not in the profile" in (await browser.get(tried)).text


async def test_a_mail_is_in_the_language_of_the_page_that_it_was_asked_from(house: House) -> None:
    house.person(ALICE)
    async with house.browser() as browser:
        asked = await send(browser, "/demander", handle=ALICE, email=MAILBOX, level="body")
        await send(browser, f"/en{asked.headers['Location']}/send")
    assert b"\r\nHello," in house.smtp.received[-1].content


async def test_a_line_that_cannot_be_read_is_told_as_it_was_pasted(house: House) -> None:
    holder = await attest(house)

    async def name(text: str) -> str:
        return await publish_page(house, holder, "children", list=text)

    told = await name("\r\nlabo.numerique.gouv.fr,Labo\r\nhttps://x.numerique.gouv.fr,X\r\n")
    assert "Line <bdi>" not in told
    assert "Line 3: <bdi>https://x.numerique.gouv.fr,X</bdi>" in told
    assert "domain,name" not in told
    assert "This organisation is your own" in await name(f"{DOMAIN},Itself")
    assert "One organisation is named." in await name("labo.numerique.gouv.fr,Labo")
    two = "domain,name\na.numerique.gouv.fr,A\nb.numerique.gouv.fr,B,presse@b.numerique.gouv.fr"
    assert "2 organisations are named." in await name(two)


async def test_an_instance_without_its_record_is_told_the_record(house: House) -> None:
    holder = await attest(house)
    body = await house.service.storage.read.bodies.get(DOMAIN)
    assert body is not None
    told = await publish_page(house, holder, "instance", host=f"https://{HOST}/about")
    assert f'value="_official-account.{HOST}"' in told
    assert f'token={body.token}"' in told


async def test_the_other_records_of_the_name_are_shown(house: House) -> None:
    holder = await order(house)
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"other.example; token=<b>"']
    assert (await holder.challenge("dns-01")).json["status"] == "invalid"
    assert "<bdi>other.example; token=&lt;b&gt;</bdi>" in await page(house, holder)


async def test_a_domain_may_be_pasted_and_a_form_filled_by_a_link(house: House) -> None:
    house.person(DINUM)
    link = f"/en/demander?for=body&handle={DINUM}&domain={DOMAIN}&email={CONTACT}"
    async with house.browser() as browser:
        form = (await browser.get(link)).text
        assert all(f'value="{value}"' in form for value in (DINUM, DOMAIN, CONTACT))
        given = {"for": "body", "handle": DINUM, "email": CONTACT, "domain": f"https://www.{DOMAIN}/contact"}
        opened = await send(browser, "/en/demander", **given)
        assert opened.status == 303
        assert f"_official-account.{DOMAIN}" in (await browser.get(opened.headers["Location"])).text


SHARED = {"handle": ALICE, "email": "presse@numerique.gouv.fr"}
TOLD = "This mailbox is that of a function, not of a person"


async def test_t06_a_function_s_mailbox_is_told_before_anything_is_opened(house: House) -> None:
    house.person(ALICE)
    async with house.browser() as browser:
        told = await send(browser, "/en/demander", **SHARED)
        assert told.status == 422
        assert TOLD in told.text
        assert "The word <bdi>presse</bdi> in it names a function" in told.text
        assert await house.service.storage.read.orders.newest(None, 10) == []


async def test_what_was_typed_is_in_the_form_of_the_organisation_and_in_no_address(house: House) -> None:
    async with house.browser() as browser:
        filled = await send(browser, "/en/demander", **SHARED, **{"for": "body", "domain": DOMAIN, "fill": "yes"})
        assert filled.status == 200
        for value in (*SHARED.values(), DOMAIN):
            assert f'value="{value}" required' in filled.text
        assert "presse%40" not in filled.text
        assert "=presse@" not in filled.text
        assert await house.service.storage.read.orders.newest(None, 10) == []
        opened = await send(browser, "/en/demander", **SHARED, **{"for": "body", "domain": DOMAIN})
        assert opened.status == 303


async def test_a_person_whose_mailbox_looks_like_a_function_s_goes_on(house: House) -> None:
    house.person(ALICE)
    async with house.browser() as browser:
        assert (await send(browser, "/en/demander", **SHARED, alone="yes")).status == 303
        (opened,) = await house.service.storage.read.orders.newest(None, 10)
        assert (opened.decision, opened.class_) == ("review", "shared")


async def test_a_mailbox_typed_for_the_account_is_told_from_one(house: House) -> None:
    house.person(f"@{MAILBOX}")
    async with house.browser() as browser:
        for prefix, title in (("/en", "This is your mailbox, not an account"), ("", "C'est votre adresse de courriel")):
            told = await send(browser, f"{prefix}/demander", handle=MAILBOX.upper(), email=MAILBOX)
            assert told.status == 400
            assert title in told.text.replace("&#39;", "'")
        assert await house.service.storage.read.orders.newest(None, 10) == []
        # An account may have that name all the same.
        opened = await send(browser, "/en/demander", handle=f"@{MAILBOX}", email=MAILBOX)
        assert opened.status == 303
        here = opened.headers["Location"]
        assert (await send(browser, f"{here}/change", handle=MAILBOX)).status == 400
