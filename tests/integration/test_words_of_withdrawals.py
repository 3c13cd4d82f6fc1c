"""What readers and holders are told of a withdrawal: who acted and what was seen, at every door that has words."""

from email import message_from_bytes
from email.policy import SMTP
from urllib.parse import quote

import pytest

from tests.initiators import OPERATOR
from tests.integration.daily import change_key, later
from tests.integration.house import ALICE, HOST, Holder, House
from verifier.core.clock import DAY
from verifier.core.models import Reason

BY_OPERATOR = "The operator of this service suspended the attestation."
BY_ITSELF = "This service suspended the attestation by itself."


async def told(house: House, holder: Holder) -> dict[str, str]:
    """Each page that tells it."""
    attestation = holder.order["attestation"]
    return {
        "page": (await house.get(f"/en/v/{holder.id}")).text,
        "lookup": (await house.get(f"/en/?handle={quote(ALICE)}")).text,
        "attestation": (await house.get(f"{attestation}?lang=en", Accept="text/html")).text,
        "verify": (await house.get(f"/en/verifier?attestation={quote(attestation)}")).text,
    }


def letter(house: House) -> str:
    message = message_from_bytes(house.smtp.received[-1].content, policy=SMTP)
    return str(message.get_content()).replace("\r\n", "\n")


async def suspend(house: House, holder: Holder, reason: Reason) -> None:
    found = await house.service.storage.read.attestations.vouching(holder.id)
    assert found is not None
    await house.service.registration.publisher.suspend(found.id, reason, OPERATOR)


async def test_an_act_of_the_operator_is_told_as_theirs_and_never_by_name(house: House) -> None:
    holder = await house.attest(locale="en")
    await suspend(house, holder, Reason.ACCOUNT_COMPROMISED)
    for place, text in (await told(house, holder)).items():
        assert BY_OPERATOR in text, place
        assert "Somebody else may have taken the account over." in text, place
        assert "Its holder suspended" not in text, place
        assert "organisation suspended" not in text, place
        assert f"operator:{OPERATOR.name}" not in text, place
    await house.service.clockwork.run_due("letters")
    assert BY_OPERATOR in letter(house)
    for path in (f"/api/v1/lookup?handle={quote(ALICE)}", "/api/v1/events?after=0"):
        answer = await house.get(path)
        assert not [word for word in ('"by"', '"cause"', "operator") if word in answer.text], path


@pytest.mark.parametrize("what", ["link", "key"])
async def test_what_a_look_saw_is_told_and_not_another_thing(house: House, what: str) -> None:
    holder = await house.attest(locale="en")
    sentences = {
        "link": "Its profile no longer links to the page of its attestation.",
        "key": "The key of the account is no longer the one that was proved; its holder must prove it again.",
    }
    if what == "key":
        change_key(house.person(ALICE))
    else:
        house.person(ALICE).actor["attachment"] = []
    await later(house)
    shown = await told(house, holder)
    await house.service.clockwork.run_due("letters")
    for place, text in {**shown, "letter": letter(house)}.items():
        assert BY_ITSELF in text, place
        assert sentences[what] in text, place
        assert not [other for name, other in sentences.items() if name != what and other in text], place


async def test_what_was_suspended_and_is_over_since_says_both(house: House) -> None:
    holder = await house.attest(locale="en")
    await suspend(house, holder, Reason.ACCOUNT_COMPROMISED)
    await later(house, 91 * DAY)
    text = (await house.get(f"/en/v/{holder.id}")).text
    assert "The attestation of this account ended on" in text
    assert "The attestation had been suspended before, on" in text
    assert BY_OPERATOR in text
    assert "Two people must examine such a request" in text


async def test_what_was_replaced_leads_to_what_took_its_place(house: House) -> None:
    first = await house.attest()
    second = await house.attest()
    assert first.id != second.id
    shown = await told(house, first)
    for place in ("page", "attestation"):
        assert "Replaced by a more recent attestation" in shown[place], place
        assert "has not been official" not in shown[place], place
    assert f"/en/v/{second.id}" in shown["page"]
    assert "a more recent one has taken its place" in shown["verify"]
    assert "<h1>Official" not in shown["page"]
    assert (await house.lookup(ALICE))["verified"] is True
    assert HOST not in shown["page"], "a page that does not vouch names no account (T00)"
    await suspend(house, second, Reason.ACCOUNT_COMPROMISED)
    text = (await house.get(f"/en/v/{first.id}")).text
    assert "The more recent one no longer vouches for the account either" in text
    assert f"/en/v/{second.id}" in text


async def test_every_answer_can_be_cited_in_one_sentence_with_its_day(house: House) -> None:
    holder = await house.attest()
    cited = {ALICE: "account of a person", "@nobody@b.example": "no attestation for this account"}
    for handle, claim in cited.items():
        text = (await house.get(f"/en/?handle={quote(handle)}")).text
        sentence = text.partition('<p id="citation">')[2].partition("</p>")[0]
        assert handle in sentence
        assert claim in sentence
        assert "Paris time" in sentence
        assert house.service.site.authority in sentence
        assert f"/en/?handle={quote(handle)}" in sentence.replace("&amp;", "&")
        assert text.count("<script") == 1
    page = (await house.get(f"/en/v/{holder.id}")).text
    assert f"{house.service.site.base_url}/en/v/{holder.id}" in page.partition('<p id="citation">')[2]
    assert "<script" not in page, "the page of an account needs none"


@pytest.mark.parametrize(
    ("typed", "network"),
    [
        ("https://x.com/gouvernementfr", "X"),
        ("https://bsky.app/profile/dinum.bsky.social", "Bluesky"),
        ("https://www.threads.net/@dinum", "Threads"),
        ("https://m.facebook.com/dinum", "Facebook"),
    ],
)
async def test_other_networks_are_told_as_not_covered(house: House, typed: str, network: str) -> None:
    text = (await house.get(f"/en/?handle={quote(typed)}")).text
    assert f"This service covers no account of {network}" in text
    assert "This service answers for accounts of the fediverse alone" in text
    assert "No attestation for this account" not in text
    assert 'id="citation"' not in text


async def test_a_pasted_profile_of_nobody_known_is_no_alarm(house: House) -> None:
    def noted(text: str) -> bool:
        return "not about the page you pasted" in text

    for path in ("@nobody", "users/nobody", "@Nobody/"):
        text = (await house.get(f"/en/?handle={quote(f'https://b.example/{path}')}")).text
        assert "No attestation for this account" in text
        assert not noted(text), path
    for path in ("@nobody/1234", "@nobody@c.example"):
        assert noted((await house.get(f"/en/?handle={quote(f'https://b.example/{path}')}")).text), path
    press = (await house.get(f"/en/?handle={quote('https://news.example/2027/02/an-article')}")).text
    assert "We recognise no account in this link" in press
    assert "This service answers for accounts of the fediverse alone" in press


async def test_what_may_be_a_mailbox_is_told_as_the_account_that_it_is_read_as(house: House) -> None:
    assert "is a mailbox, this answer is not about it" in (await house.get("/en/?handle=alice%40example.org")).text
    assert "is a mailbox" not in (await house.get("/en/?handle=%40alice%40example.org")).text
