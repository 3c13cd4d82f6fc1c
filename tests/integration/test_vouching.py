"""What a body named and took in is shown to those who speak for it, and taken back by them alone (T68)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.initiators import OPERATOR
from tests.integration.daily import events, later, letters, says
from tests.integration.house import HOST, Answer, Holder, House, Visitor
from tests.integration.institution import (
    CHILD,
    DINUM,
    attest,
    challenges,
    hosted,
    name_children,
    order,
    publish_record,
    take,
)
from verifier.core.clock import to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.identifiers import Host
from verifier.core.models import End, EventKind, OrderStatus, Reason, Record
from verifier.signer.signers import MemorySigner
from verifier.storage.attestations import AttestationWrites
from verifier.storage.instances import InstanceWrites
from verifier.storage.letters import LetterWrites

PM, PRESS = f"@pm@{HOST}", "presse@pm.gouv.fr"
SGG, DOMAIN, CONTACT = f"@sgg@{HOST}", str(CHILD["domain"]), "presse@sgg.pm.gouv.fr"
LINK = re.compile(r'<link rel="me"|rel="me"')


async def parent_of(house: House) -> Holder:
    """A proved body, that names one below it."""
    parent = await attest(house, PM, "pm.gouv.fr", PRESS)
    assert (await name_children(parent, CHILD | {"contact": CONTACT})).status == 200
    return parent


async def family(house: House) -> tuple[Holder, Holder]:
    """The same, and an attested account of the one below."""
    parent = await parent_of(house)
    child = await order(house, SGG, DOMAIN, CONTACT)
    await child.publish()
    return parent, child


async def read(holder: Holder, what: str) -> Answer:
    return await holder.house.ask("GET", f"/api/v1/orders/{holder.id}/{what}", headers=holder.bearer)


async def take_back(holder: Holder, what: str) -> Answer:
    return await holder.house.ask("DELETE", f"/api/v1/orders/{holder.id}/{what}", headers=holder.bearer)


async def unvouch(holder: Holder, domain: str = DOMAIN) -> Answer:
    return await take_back(holder, f"children/{domain}")


async def state(house: House) -> object:
    """All that taking back could change."""
    reads = house.service.storage.read
    orders = await reads.orders.newest(None, 100)
    told = [await reads.challenges.of_order(each.id) for each in orders]
    body = await reads.bodies.get("pm.gouv.fr")
    assert body is not None
    said = [await reads.verdicts.of_order(each.id) for each in orders]
    lists = [await reads.status_lists.get(purpose, 1) for purpose in ("suspension", "revocation")]
    instance = await reads.instances.get(HOST)
    return (
        await reads.bodies.all(100),
        orders,
        told,
        said,
        lists,
        instance,
        await events(house),
        len(house.smtp.received),
    )


# ── read ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_body_reads_whom_it_named(house: House) -> None:
    parent, _ = await family(house)
    silent = {"domain": "drh.pm.gouv.fr", "name": "DRH"}
    await name_children(parent, silent)
    answer = await read(parent, "children")
    named = to_rfc3339(house.time.at)
    assert answer.json == {
        "children": [
            silent | {"named": named, "contact": False, "record": False, "examined": "class", "accounts": []},
            CHILD | {"named": named, "contact": True, "record": False, "examined": None, "accounts": [SGG]},
        ]
    }
    assert CONTACT not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_body_reads_which_of_them_have_a_record_of_their_own(house: House) -> None:
    parent = await attest(house, PM, "pm.gouv.fr", PRESS)
    await attest(house, SGG, DOMAIN, CONTACT)
    await name_children(parent, CHILD)
    (child,) = (await read(parent, "children")).json["children"]
    assert (child["record"], child["accounts"]) == (True, [SGG])


async def test_a_body_reads_its_instances(house: House) -> None:
    holder = await hosted(house)
    seen = to_rfc3339(house.time.at)
    closed = {"api": "closed", "nodeinfo": "closed"}
    here = {"host": HOST, "status": "hosted", "checkedAt": seen, "registration": closed, "views": 1}
    assert (await read(holder, "instance")).json == {"instances": [here]}
    house.instance.registration(api=None, nodeinfo=None)
    await later(house)
    failing = {"status": "failing", "since": to_rfc3339(house.time.at)}
    assert (await read(holder, "instance")).json == {"instances": [here | failing]}
    ended = {"status": "ended", "endedAt": to_rfc3339(house.time.at), "reason": "holder-request"}
    await take_back(holder, f"instance/{HOST}")
    assert (await read(holder, "instance")).json == {"instances": [here | ended]}


# ── take back ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_body_that_is_taken_back_is_confirmed_nowhere_any_more(house: House) -> None:
    parent, child = await family(house)
    assert LINK.search((await house.get(f"/v/{child.id}")).text)
    attestation = (await house.lookup(SGG))["attestation"]
    answer = await unvouch(parent)
    assert (answer.status, answer.json) == (200, {"domain": DOMAIN, "suspended": 1})

    assert await says(house, SGG) == ("suspended", "identity-lost")
    assert (await house.lookup(SGG))["verified"] is False
    page = await house.get(f"/v/{child.id}")
    assert not LINK.search(page.text)
    assert "Link" not in page.headers
    assert (await events(house))[-1] == (EventKind.SUSPENDED, Reason.IDENTITY_LOST)
    signed = (await house.get(attestation, Accept="application/vc")).json
    appraised = (await house.post("/api/v1/verify", {"attestation": signed})).json
    assert (appraised["verified"], appraised["status"]) == (False, "failed")
    assert await says(house, PM) == ("verified", None)
    assert (await read(parent, "children")).json == {"children": []}
    await house.service.clockwork.run_due()
    assert letters(house)[1:] == [(CONTACT, "Une attestation est suspendue")], "beside the one about the naming"


async def test_taking_back_once_more_changes_nothing(house: House) -> None:
    parent, _ = await family(house)
    await unvouch(parent)
    before = await state(house)
    for spelling in (DOMAIN, DOMAIN.upper()):
        answer = await unvouch(parent, spelling)
        assert (answer.status, answer.json) == (200, {"domain": DOMAIN, "suspended": 0})
    assert await state(house) == before


async def test_what_was_never_named_is_not_there(house: House) -> None:
    parent = await parent_of(house)
    before = await state(house)
    for domain in ("drh.pm.gouv.fr", "pm.gouv.fr", "interieur.gouv.fr"):
        answer = await unvouch(parent, domain)
        assert (answer.status, answer.code) == (404, "child-unknown")
    malformed = await unvouch(parent, "a_b")
    assert (malformed.status, malformed.json["pointer"]) == (400, "/domain")
    gone = await take_back(parent, f"instance/{HOST}")
    assert (gone.status, gone.code) == (404, "instance-not-yours")
    assert await state(house) == before


async def test_a_body_with_a_record_of_its_own_keeps_what_it_has(house: House) -> None:
    parent = await attest(house, PM, "pm.gouv.fr", PRESS)
    await attest(house, SGG, DOMAIN, CONTACT)
    await name_children(parent, CHILD)
    assert (await unvouch(parent)).json == {"domain": DOMAIN, "suspended": 0}
    assert await says(house, SGG) == ("verified", None)
    await later(house)
    assert await says(house, SGG) == ("verified", None), "looked at by its own record"
    second = await order(house, f"@sgg-en@{HOST}", DOMAIN, CONTACT)
    await second.publish()


async def test_a_record_published_since_it_was_named_keeps_what_rests_on_it(house: House) -> None:
    parent = await attest(house, PM, "pm.gouv.fr", PRESS)
    early = await order(house, f"@sgg-en@{HOST}", DOMAIN, CONTACT)
    await name_children(parent, CHILD | {"contact": CONTACT})
    named = await order(house, SGG, DOMAIN, CONTACT)
    await named.publish()
    late = await order(house, f"@sgg-fr@{HOST}", DOMAIN, CONTACT)
    publish_record(house, early)
    assert (await early.challenge("dns-01")).json["status"] == "valid"
    await late.prove()
    assert (await unvouch(parent)).json["suspended"] == 0
    assert await says(house, SGG) == ("verified", None)
    # What is not signed yet must not say that the body above confirms it.
    assert (await late.finalize()).code == "order-not-ready"
    assert (await late.challenge("dns-01")).json["record"]["method"] == "dns-01"
    assert (await late.finalize()).json["status"] == "issued"
    checks = (await house.lookup(f"@sgg-fr@{HOST}"))["checks"]
    assert [each["method"] for each in checks] == ["rel-me-01", "dns-01", "email-01"]


# ── what is under way ──────────────────────────────────────────────────────────────────────────────


async def test_what_was_asked_on_that_word_is_not_published(house: House) -> None:
    parent = await parent_of(house)
    child = await order(house, SGG, DOMAIN, CONTACT)
    await child.prove()
    assert (await child.show()).json["status"] == "ready"
    await unvouch(parent)
    shown = (await child.show()).json
    assert (shown["status"], challenges(shown, "identity")["dns-01"]["status"]) == ("pending", "pending")
    assert (await child.finalize()).code == "order-not-ready"
    assert (await house.lookup(SGG))["status"] == "not_attested"
    page = await house.get(f"/en/demander/{child.id}", Cookie=f"order-{child.id}={child.order['token']}")
    assert "names <bdi>sgg.pm.gouv.fr</bdi> as part of it" not in page.text
    assert "Check the record" in page.text, "its own record may still prove it"
    publish_record(house, child)
    assert (await child.challenge("dns-01")).json["status"] == "valid"
    assert (await child.finalize()).json["status"] == "issued"


@pytest.mark.parametrize("proved", [False, True])
async def test_what_is_asked_later_rests_on_nothing(house: House, *, proved: bool) -> None:
    parent = await parent_of(house)
    early = await order(house, SGG, DOMAIN, CONTACT)
    if not proved:
        await unvouch(parent)
        await early.prove()
        assert (await early.finalize()).code == "order-not-ready"
    else:
        await early.publish()
        await unvouch(parent)
    late = await order(house, f"@sgg-en@{HOST}", DOMAIN, CONTACT)
    assert challenges(late.order, "identity")["dns-01"]["status"] == "pending"


async def test_what_waits_for_reviewers_waits_for_its_domain_first(house: House) -> None:
    parent = await parent_of(house)
    child = await order(house, SGG, DOMAIN, "mallory@sgg.pm.gouv.fr")
    await child.prove()
    assert (await child.finalize()).json["status"] == "in_review"
    await unvouch(parent)
    assert (await child.show()).json["status"] == "pending"


@pytest.mark.parametrize("under_way", [False, True])
async def test_what_is_being_signed_is_not_published(
    house: House, monkeypatch: pytest.MonkeyPatch, *, under_way: bool
) -> None:
    parent = await parent_of(house)
    child = await order(house, SGG, DOMAIN, CONTACT)
    await child.prove()
    real = MemorySigner.sign

    async def last_moment(signer: MemorySigner, data: bytes) -> bytes:
        monkeypatch.setattr(MemorySigner, "sign", real)
        assert (await unvouch(parent)).status == 200
        return await real(signer, data)

    if under_way:
        monkeypatch.setattr(MemorySigner, "sign", last_moment)
        answer = await child.finalize()
        assert (answer.status, answer.json["status"]) == (202, "expired")
    else:  # a crash left it there
        async with house.service.storage.write.transaction() as tx:
            assert await tx.orders.move(child.id, OrderStatus.READY, OrderStatus.ISSUING, house.time.at)
        await unvouch(parent)
        await house.service.clockwork.run_due()
    assert (await house.lookup(SGG))["status"] == "not_attested"
    assert (await child.finalize()).code == "order-closed"
    assert not LINK.search((await house.get(f"/v/{child.id}")).text)
    assert (await events(house)) == [(EventKind.ISSUED, None)], "that of the body above"


# ── who may ────────────────────────────────────────────────────────────────────────────────────────


async def test_t68_nobody_else_reads_or_takes_back(house: House) -> None:
    parent, child = await family(house)
    stranger = await attest(house)
    agent = await house.attest(f"@martin@{HOST}", "alice.martin@pm.gouv.fr")
    reviewed = await order(house, f"@mallory@{HOST}", "pm.gouv.fr", "mallory@pm.gouv.fr")
    await reviewed.prove()
    assert (await reviewed.finalize()).json["status"] == "in_review"
    pending = await order(house, f"@pm-en@{HOST}", "pm.gouv.fr", PRESS)
    before = await state(house)
    for holder, status, code in (
        (stranger, 404, "child-unknown"),
        (child, 404, "child-unknown"),
        (agent, 409, "body-not-proved"),
        (reviewed, 409, "body-not-proved"),
        (pending, 409, "body-not-proved"),
    ):
        answer = await unvouch(holder)
        assert (answer.status, answer.code) == (status, code)
        told = await read(holder, "children")
        assert told.code == code if status == 409 else told.json == {"children": []}
    mixed = Holder(house, parent.order | {"token": child.order["token"]})
    nobody = await house.ask("DELETE", f"/api/v1/orders/{parent.id}/children/{DOMAIN}")
    for answer in (await unvouch(mixed), await read(mixed, "children"), nobody):
        assert (answer.status, answer.code) == (401, "unauthorized")
    assert await state(house) == before


async def test_t68_an_instance_is_ended_by_its_own_body_alone(house: House) -> None:
    holder = await hosted(house)
    stranger = await attest(house, PM, "pm.gouv.fr", PRESS)
    reviewed = await order(house, f"@mallory@{HOST}", email="mallory@numerique.gouv.fr")
    await reviewed.prove()
    assert (await reviewed.finalize()).json["status"] == "in_review"
    before = await state(house)
    for other, status, code in ((stranger, 404, "instance-not-yours"), (reviewed, 409, "body-not-proved")):
        answer = await take_back(other, f"instance/{HOST}")
        assert (answer.status, answer.code) == (status, code)
    assert (await read(stranger, "instance")).json == {"instances": []}
    assert (await read(reviewed, "instance")).code == "body-not-proved"
    assert await state(house) == before
    assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "hosted"
    assert holder.id != stranger.id


async def test_a_token_whose_attestation_was_withdrawn_takes_nothing_back(house: House) -> None:
    parent, _ = await family(house)
    held = await house.service.storage.read.attestations.vouching(parent.id)
    assert held is not None
    await house.service.registration.publisher.suspend(held.id, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert (await unvouch(parent)).code == "body-not-proved"
    assert await says(house, SGG) == ("verified", None)


async def test_taking_back_waits_for_no_dns(house: House) -> None:
    parent, _ = await family(house)
    del house.dns.zone["_official-account.pm.gouv.fr", "TXT"]
    await later(house)
    await later(house)
    await later(house, 1)
    assert (await name_children(parent, CHILD)).code == "body-not-proved"
    assert (await unvouch(parent)).json["suspended"] == 1


async def test_the_body_that_named_it_last_takes_it_back(house: House) -> None:
    upper, domain = await attest(house, PM, "pm.gouv.fr", PRESS), "a.sgg.pm.gouv.fr"
    nearer = await attest(house, SGG, DOMAIN, CONTACT)
    grandchild = {"domain": domain, "name": "Atelier"}
    await name_children(upper, grandchild)
    await name_children(nearer, grandchild)
    assert (await unvouch(upper, domain)).code == "child-unknown"
    assert (await unvouch(nearer, domain)).status == 200


# ── instances ──────────────────────────────────────────────────────────────────────────────────────


async def test_an_instance_that_is_ended_hosts_nobody_at_once(house: House) -> None:
    holder = await hosted(house)
    for _ in range(2):
        answer = await take_back(holder, f"instance/{HOST}")
        assert (answer.status, answer.json) == (200, {"host": HOST, "hosted": False})
        assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"
        house.time.pass_(60)
    known = await house.service.storage.read.instances.get(HOST)
    assert known is not None
    assert known.ended_at == house.time.at - 120, "the second time changes nothing"
    assert await says(house, DINUM) == ("verified", None)
    assert (await take(holder)).json["hosted"] is True


async def test_the_instances_of_a_body_that_is_taken_back_end(house: House) -> None:
    parent, _ = await family(house)
    storage = house.service.storage
    known = await storage.read.bodies.get(DOMAIN)
    assert known is not None
    async with storage.write.transaction() as tx:
        seen = Record("instance-01", End.IDENTITY, valid=True, checked_at=house.time.at)
        await tx.instances.put(HOST, known.id, seen)
    assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "hosted"
    await unvouch(parent)
    assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"


# ── again ──────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_resumes_when_a_body_is_named_again(house: House) -> None:
    parent, _ = await family(house)
    await unvouch(parent)
    assert (await name_children(parent, CHILD | {"contact": CONTACT})).status == 200
    await later(house)
    assert await says(house, SGG) == ("suspended", "identity-lost")
    again = await order(house, SGG, DOMAIN, CONTACT)
    await again.prove()
    assert (await again.finalize()).json["status"] == "in_review", "it was withdrawn with cause"
    other = await order(house, f"@sgg-en@{HOST}", DOMAIN, CONTACT)
    await other.publish()


@pytest.mark.parametrize("attested", [False, True])
async def test_t68_who_acted_for_a_body_that_was_taken_back_does_so_no_more(house: House, *, attested: bool) -> None:
    parent = await parent_of(house)
    if attested:
        await (await order(house, SGG, DOMAIN, CONTACT)).publish()
    await unvouch(parent)
    await name_children(parent, CHILD | {"contact": "direction@sgg.pm.gouv.fr"})
    hijacker = await order(house, f"@sgg-en@{HOST}", DOMAIN, CONTACT)
    await hijacker.prove()
    assert (await hijacker.finalize()).json["status"] == "in_review"
    await (await order(house, f"@sgg-fr@{HOST}", DOMAIN, "direction@sgg.pm.gouv.fr")).publish()


# ── one transaction ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", ["times", "letter", "instances"])
async def test_it_happens_whole_or_not_at_all(house: House, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    parent, _ = await family(house)
    waiting = await order(house, f"@sgg-en@{HOST}", DOMAIN, CONTACT)
    await waiting.prove()
    before = await state(house)

    async def breaks(*_: object) -> None:
        raise ConfigError("the power is cut")

    owner, name = {
        "times": (AttestationWrites, "set_suspended"),
        "letter": (LetterWrites, "add"),
        "instances": (InstanceWrites, "end_of_body"),
    }[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, breaks)
        with pytest.raises(ConfigError):
            await house.service.registration.vouching.take_back(Host("pm.gouv.fr"), Host(DOMAIN), OPERATOR)
    assert await state(house) == before
    assert (await unvouch(parent)).json["suspended"] == 1


# ── pages ──────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def browser_of(holder: Holder) -> AsyncIterator[Visitor]:
    async with holder.house.browser() as browser:
        browser.session.cookie_jar.update_cookies({f"order-{holder.id}": str(holder.order["token"])})
        yield browser


async def test_a_contact_takes_a_body_back_on_the_page(house: House) -> None:
    parent, _ = await family(house)
    async with browser_of(parent) as browser:
        here = f"/en/demander/{parent.id}"
        page = (await browser.get(here)).text
        assert "One organisation is named" in page
        assert SGG in page
        link = f"{here}/organisation/children/{DOMAIN}"
        assert f'href="{link}"' in page
        asked = await browser.get(link)
        assert (asked.status, asked.headers["Cache-Control"]) == (200, "no-store")
        assert "One account is suspended at once" in asked.text
        assert SGG in asked.text
        assert await says(house, SGG) == ("verified", None), "to read is not to act"
        for forged in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": house.base}):
            assert (await browser.ask("POST", link, form={}, headers=forged)).status == 403
        assert await says(house, SGG) == ("verified", None)
        for suspended in ("One account is suspended.", "No account is suspended by it."):
            done = await browser.ask("POST", link, form={})
            assert done.status == 200
            assert "no longer named by your organisation" in done.text
            assert suspended in done.text
            assert link not in done.text
        assert await says(house, SGG) == ("suspended", "identity-lost")
        assert (await browser.get(link)).status == 404


async def test_a_contact_ends_an_instance_on_the_page(house: House) -> None:
    holder = await hosted(house)
    async with browser_of(holder) as browser:
        here = f"/en/demander/{holder.id}"
        link = f"{here}/organisation/instance/{HOST}"
        page = (await browser.get(here)).text
        assert f'href="{link}"' in page
        asked = await browser.get(link)
        assert "keep it" in asked.text
        done = await browser.ask("POST", link, form={})
        assert "no longer read as hosted" in done.text
        assert f'href="{link}"' not in done.text
        assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"
        assert (await browser.get(link)).status == 404


async def test_a_body_with_its_own_record_is_told_to_lose_nothing(house: House) -> None:
    parent = await attest(house, PM, "pm.gouv.fr", PRESS)
    await attest(house, SGG, DOMAIN, CONTACT)
    await name_children(parent, CHILD)
    async with browser_of(parent) as browser:
        asked = (await browser.get(f"/en/demander/{parent.id}/organisation/children/{DOMAIN}")).text
    assert "keeps its attested accounts" in asked
    assert "suspended at once" not in asked


async def test_the_page_is_the_holder_s_alone(house: House) -> None:
    parent, child = await family(house)
    before = await state(house)
    link = f"/en/demander/{parent.id}/organisation/children/{DOMAIN}"
    for browser_holder in (child,):
        async with browser_of(browser_holder) as browser:
            assert (await browser.get(link)).status == 401
            assert (await browser.ask("POST", link, form={})).status == 401
            own = link.replace(parent.id, child.id)
            assert (await browser.get(own)).status == 404
            assert (await browser.ask("POST", own, form={})).status == 404
    assert await state(house) == before
