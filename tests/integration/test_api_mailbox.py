"""The mailbox end of an order by its doors: codes, letters, and who is taken for whom (T05, T06, T09, T11)."""

import asyncio
from collections import Counter

import pytest

from tests.integration.house import ALICE, Answer, Holder, House
from verifier.core.codes import LIFETIME, TRIES

WRONG = {"code": "WRXNG222"}


def problem(answer: Answer) -> str:
    """Of a challenge."""
    return str(answer.json["problem"]["type"].partition("#")[2])


@pytest.fixture
async def holder(house: House) -> Holder:
    """With a code in the mailbox."""
    holder = await house.order()
    assert (await holder.challenge("email-01")).status == 200
    return holder


async def test_a_code_before_any_was_sent(house: House) -> None:
    answer = await (await house.order()).challenge("email-01", WRONG)
    assert (answer.status, answer.json["status"], problem(answer)) == (200, "invalid", "code-not-sent")


async def test_t09_a_code_takes_five_tries(house: House, holder: Holder) -> None:
    answers = [await holder.challenge("email-01", WRONG) for _ in range(TRIES)]
    assert [problem(answer) for answer in answers] == ["code-wrong"] * (TRIES - 1) + ["code-locked"]
    right = await holder.challenge("email-01", {"code": house.code()})
    assert (right.status, right.json["status"], problem(right)) == (200, "invalid", "code-locked")
    await holder.challenge("email-01")
    assert (await holder.challenge("email-01", {"code": house.code()})).json["status"] == "valid"


async def test_t09_fifty_wrong_codes_at_once_are_five_tries_at_most(house: House, holder: Holder) -> None:
    tried: list[Answer] = []
    while "code-locked" not in [problem(answer) for answer in tried]:
        answers = await asyncio.gather(*(holder.challenge("email-01", WRONG) for _ in range(50)))
        assert {answer.status for answer in answers} <= {200, 202}
        tried += [answer for answer in answers if answer.status == 200]
    assert tried
    assert Counter(map(problem, tried))["code-wrong"] == TRIES - 1
    challenge = await house.service.storage.read.challenges.get(holder.id, "email-01")
    assert challenge is not None
    assert challenge.state["tries"] == TRIES
    assert problem(await holder.challenge("email-01", {"code": house.code()})) == "code-locked"


async def test_the_right_code_twice_at_once(house: House, holder: Holder) -> None:
    code = {"code": house.code()}
    answers = await asyncio.gather(*(holder.challenge("email-01", code) for _ in range(10)))
    assert {(answer.status, answer.json["status"]) for answer in answers} <= {(200, "valid"), (202, "processing")}
    assert (await holder.show()).json["authorizations"][1]["status"] == "valid"
    assert len(await house.service.storage.read.records.of_order(holder.id)) == 1


async def test_a_code_that_is_too_old(house: House, holder: Holder) -> None:
    house.time.pass_(LIFETIME - 1)
    assert problem(await holder.challenge("email-01", WRONG)) == "code-wrong"
    house.time.pass_(1)
    right = await holder.challenge("email-01", {"code": house.code()})
    assert (right.json["status"], problem(right)) == ("invalid", "code-expired")


async def test_a_new_code_ends_the_one_before(house: House, holder: Holder) -> None:
    first = house.code()
    await holder.challenge("email-01")
    assert house.code() != first
    assert problem(await holder.challenge("email-01", {"code": first})) == "code-wrong"
    assert (await holder.challenge("email-01", {"code": house.code()})).json["status"] == "valid"


async def test_a_code_of_another_order(house: House, holder: Holder) -> None:
    other = await house.order()
    await other.challenge("email-01")
    assert problem(await holder.challenge("email-01", {"code": house.code()})) == "code-wrong"


async def test_the_fourth_letter_is_refused(house: House, holder: Holder) -> None:
    for _ in range(2):
        assert (await holder.challenge("email-01")).status == 200
    answer = await holder.challenge("email-01")
    assert (answer.status, answer.code) == (429, "email-sends-exhausted")
    assert int(answer.headers["Retry-After"]) > 0
    assert len(house.smtp.received) == 3
    assert (await holder.challenge("email-01", {"code": house.code()})).json["status"] == "valid"


@pytest.mark.parametrize("verb", ("RCPT", "DATA"))
async def test_a_letter_that_the_relay_refuses_is_not_counted(house: House, verb: str) -> None:
    holder = await house.order()
    for reply, status, code in (("550 not here", 422, "mail-refused"), ("451 not now", 503, "mail-delayed")) * 2:
        house.smtp.refuse[verb] = reply
        answer = await holder.challenge("email-01")
        assert (answer.status, answer.code) == (status, code)
        assert ("Retry-After" in answer.headers) == (status == 503)  # what is refused for good is not told to come back
    assert (await holder.show()).json["authorizations"][1]["challenges"][0]["status"] == "pending"
    house.smtp.refuse.clear()
    assert (await holder.challenge("email-01")).status == 200


async def test_t11_a_domain_that_takes_no_mail(house: House) -> None:
    house.dns.zone["numerique.gouv.fr", "MX"] = ["0 ."]
    answer = await (await house.order()).challenge("email-01")
    assert (answer.status, answer.code) == (422, "mail-domain-null-mx")
    assert house.smtp.received == []


@pytest.mark.parametrize(
    ("mailbox", "class_"),
    (
        ("jean.dupont@ext.numerique.gouv.fr", "contractor"),
        ("contact@numerique.gouv.fr", "shared"),
        ("j.dupont@labo.unknown.gouv.fr", "state-deeper"),
    ),
)
async def test_t06_a_mailbox_to_be_reviewed_is_not_issued_at_once(house: House, mailbox: str, class_: str) -> None:
    holder = await house.order(email=mailbox)
    await holder.prove()
    for _ in range(2):
        answer = await holder.finalize()
        assert (answer.status, answer.json) == (202, {"status": "in_review"})
    assert (await holder.show()).json["status"] == "in_review"
    order = await house.service.storage.read.orders.get(holder.id)
    assert order is not None
    assert (order.decision, order.class_) == ("review", class_)
    assert (await house.lookup(ALICE))["status"] == "not_attested"
    assert (await house.get("/api/v1/events")).json["events"] == []
    house.time.pass_(30 * 86_400)
    await house.service.clockwork.run_due()
    assert (await holder.show()).json["status"] == "in_review"


@pytest.mark.parametrize(
    ("mailbox", "code"),
    (
        ("leo@eleve.insp.gouv.fr", "mailbox-pupil"),
        ("contact@gouvf.fr", "mailbox-typosquat"),
        ("marie@gmail.com", "mailbox-free"),
        ("a.b@notgouv.fr", "mailbox-domain-unknown"),
        ("a.b@gouv.fr.evil.example", "mailbox-domain-unknown"),
        ("a.b@intradef.gouv.fr", "mailbox-armed-forces"),
        ("a.b@gouv.fr", "mailbox-domain-unknown"),
    ),
)
async def test_t06_a_mailbox_that_the_policy_refuses_opens_no_order(house: House, mailbox: str, code: str) -> None:
    answer = await house.new_order(email=mailbox)
    assert (answer.status, answer.code) == (422, code)
    assert answer.json["pointer"] == "/identity/email"
    assert answer.json["remedy"]
    assert await house.service.storage.read.orders.newest(None, 10) == []


async def test_t05_tags_and_case_are_one_person(house: House) -> None:
    spellings = (
        "alice.martin@numerique.gouv.fr",
        "Alice.Martin+mastodon@numerique.gouv.fr",
        "ALICE.MARTIN+x@NUMERIQUE.gouv.fr",
    )
    holders = [
        await house.attest(handle, mailbox)
        for handle, mailbox in zip((ALICE, "@ali@social.example", "@a@social.example"), spellings, strict=True)
    ]
    assert [letter.rcpt.split()[0].lower() for letter in house.smtp.received] == [
        f"to:<{m.lower()}>" for m in spellings
    ]
    identities = set()
    for holder in holders:
        order = await house.service.storage.read.orders.get(holder.id)
        assert order is not None
        identities.add((order.identity_id, order.identity_key))
    assert len(identities) == 1
