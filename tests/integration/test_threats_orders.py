"""Orders against each other, and what a stranger learns by asking (T00b, T63, T65)."""

import asyncio
from itertools import product

import pytest

from tests.initiators import OPERATOR
from tests.integration.house import ALICE, MAILBOX, Answer, Holder, House
from verifier.core.models import Reason
from verifier.proof import bitstring

MALLORY = "mallory.martin@interieur.gouv.fr"


async def test_t00b_the_link_to_the_page_of_another_order_proves_nothing(house: House) -> None:
    await house.attest()
    stranger = await house.order(email=MALLORY)
    answer = await stranger.challenge("rel-me-01")
    assert (answer.json["status"], answer.json["problem"]["type"].partition("#")[2]) == (
        "invalid",
        "backlink-other-order",
    )
    assert (await stranger.finalize()).code == "order-not-ready"


async def test_t00b_an_account_attested_to_somebody_else_is_reviewed(house: House) -> None:
    first = await house.attest()
    before = await house.lookup(ALICE)
    stranger = await house.order(email=MALLORY)
    await stranger.prove()
    answer = await stranger.finalize()
    assert (answer.status, answer.json) == (202, {"status": "in_review"})
    assert await house.lookup(ALICE) == before
    assert before["attestation"] == first.order["attestation"]
    assert 'rel="me"' in (await house.get(f"/v/{first.id}")).text


async def test_t00b_two_strangers_at_once_on_one_account(house: House) -> None:
    """Whoever is first is issued; the other, whom nobody has seen, does not push them out."""
    holders = [await house.order(email=MAILBOX), await house.order(email=MALLORY)]
    for holder in holders:
        await holder.prove()
    answers = await asyncio.gather(*(holder.finalize() for holder in holders))
    assert sorted(answer.json["status"] for answer in answers) == ["in_review", "issued"]
    assert len(await house.service.storage.read.attestations.newest(10)) == 1
    assert [event["kind"] for event in (await house.get("/api/v1/events")).json["events"]] == ["issued"]
    assert (await house.lookup(ALICE))["status"] == "verified"


@pytest.mark.parametrize(
    ("reason", "status"),
    [(Reason.ACCOUNT_COMPROMISED, "in_review"), (Reason.HOLDER_REQUEST, "issued"), (Reason.UNREACHABLE, "issued")],
)
@pytest.mark.parametrize("act", ["suspend", "revoke"])
async def test_t00c_a_withdrawal_with_cause_is_not_undone_by_a_new_order(
    house: House, act: str, reason: Reason, status: str
) -> None:
    """Whoever took the account over has it, and may have the mailbox too: only people may say that it is safe again."""
    first = await house.attest()
    attestation = first.order["attestation"].rpartition("/")[2]
    await getattr(house.service.registration.publisher, act)(attestation, reason, OPERATOR)
    house.time.pass_(60)
    again = await house.order(email="alice.martin@numerique.gouv.fr")
    await again.prove()
    assert (await again.finalize()).json["status"] == status


async def test_the_same_person_again_takes_the_place_of_the_first(house: House) -> None:
    first = await house.attest(listed=True)
    house.time.pass_(60)
    second = await house.attest(email="alice.martin+again@numerique.gouv.fr", listed=True)
    verdict = await house.lookup(ALICE)
    assert (verdict["status"], verdict["attestation"]) == ("verified", second.order["attestation"])
    assert verdict["page"] == second.page
    events = (await house.get("/api/v1/events")).json["events"]
    assert [(event["kind"], event["reason"], event["attestation"]) for event in events] == [
        ("issued", None, first.order["attestation"]),
        ("revoked", "superseded", first.order["attestation"]),
        ("issued", None, second.order["attestation"]),
    ]
    old_page, new_page = await house.get(f"/v/{first.id}"), await house.get(f"/v/{second.id}")
    assert 'rel="me"' not in old_page.text
    assert ALICE not in old_page.text
    assert "Remplacée par une attestation plus récente" in old_page.text
    assert f'href="/v/{second.id}"' in old_page.text
    assert 'rel="me"' in new_page.text
    old = (await house.get(first.order["attestation"])).json
    entry = old["credentialStatus"][0]
    await house.service.clockwork.run_due("status-lists")
    bits = (await house.get(f"/status/{entry['statusPurpose']}/1")).json["credentialSubject"]["encodedList"]
    assert bitstring.is_set(bitstring.decode(bits), int(entry["statusListIndex"]))
    assert (await house.post("/api/v1/verify", {"attestation": old})).json["verified"] is False
    assert (await first.show()).json["status"] == "issued"


@pytest.mark.parametrize(
    ("reason", "status"),
    (
        (Reason.HOLDER_REQUEST, "issued"),
        (Reason.UNREACHABLE, "issued"),
        (Reason.ACCOUNT_COMPROMISED, "in_review"),
        (Reason.ISSUED_IN_ERROR, "in_review"),
    ),
)
@pytest.mark.parametrize("act", ("suspend", "revoke"))
async def test_t00c_who_was_withdrawn_with_cause_does_not_come_back_alone(
    house: House, act: str, reason: Reason, status: str
) -> None:
    first = await house.attest()
    await getattr(house.service.registration.publisher, act)(
        first.order["attestation"].rpartition("/")[2], reason, OPERATOR
    )
    again = await house.order()
    await again.prove()
    assert (await again.finalize()).json["status"] == status
    expected = "verified" if status == "issued" else {"suspend": "suspended", "revoke": "revoked"}[act]
    assert (await house.lookup(ALICE))["status"] == expected


async def test_the_same_person_twice_at_once(house: House) -> None:
    holders = [await house.order(), await house.order()]
    for holder in holders:
        await holder.prove()
    answers = await asyncio.gather(*(holder.finalize() for holder in holders))
    assert [answer.json["status"] for answer in answers] == ["issued", "issued"]
    live = [each for each in await house.service.storage.read.attestations.newest(10) if not each.revoked_at]
    assert len(live) == 1
    assert (await house.lookup(ALICE))["attestation"].endswith(live[0].id)


def told(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return answer.status, answer.body, {name: value for name, value in answer.headers.items() if name != "Date"}


async def test_t63_an_order_of_another_and_no_order_are_told_alike(house: House) -> None:
    mine, other = await house.order(), await house.order(email=MALLORY)
    doors = (("GET", ""), ("POST", "/challenges/rel-me-01"), ("POST", "/challenges/nonsense"), ("POST", "/finalize"))
    tokens: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic " + mine.order["token"]},
        {"Authorization": mine.order["token"]},
        other.bearer,
    )
    answers = [
        await house.ask(method, f"/api/v1/orders/{id_}{path}", headers=headers)
        for (method, path), headers, id_ in product(doors, tokens, (mine.id, "aaaaaaaaaaaaaaaa"))
    ]
    assert {answer.status for answer in answers} == {401}
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert answers[0].code == "unauthorized"
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert (await mine.show()).status == 200


async def test_t63_the_token_is_written_as_it_is(house: House) -> None:
    holder = await house.order()
    token = holder.order["token"]
    for given in (token[:-1], token + "x", token.upper(), token.swapcase(), f'"{token}"'):
        answer = await house.ask("GET", f"/api/v1/orders/{holder.id}", headers={"Authorization": f"Bearer {given}"})
        assert answer.status == 401
    lower = {"authorization": f"bearer {token}"}  # the scheme is case-insensitive (RFC 9110, 11.1)
    assert (await house.ask("GET", f"/api/v1/orders/{holder.id}", headers=lower)).status == 200


async def test_t63_a_handle_with_a_request_is_told_as_one_without(house: House) -> None:
    await house.order("@wanted@social.example")
    reviewed = await house.order("@looked@social.example", "contact@numerique.gouv.fr")
    await reviewed.prove()
    await reviewed.finalize()
    answers = [
        await house.get(f"/api/v1/lookup?handle=@{user}@social.example") for user in ("wanted", "looked", "nobody")
    ]
    bodies = {
        answer.body.replace(user, b"?") for answer, user in zip(answers, (b"wanted", b"looked", b"nobody"), strict=True)
    }
    assert len(bodies) == 1


async def test_t63_a_mailbox_that_is_known_is_told_as_one_that_is_not(house: House) -> None:
    await house.attest()
    known, unknown = await house.order("@new@social.example"), await house.order("@new@social.example", MALLORY)

    def shape(holder: Holder) -> str:
        text = str(holder.order)
        for each in (holder.id, holder.order["token"]):
            text = text.replace(each, "?")
        return text

    assert shape(known) == shape(unknown)
    sent = [await holder.challenge("email-01") for holder in (known, unknown)]
    assert sent[0].body.replace(known.id.encode(), b"?") == sent[1].body.replace(unknown.id.encode(), b"?")


async def test_t63_a_code_typed_for_nobody_is_told_as_a_wrong_one(house: House) -> None:
    """The relay may accept a mailbox that does not exist: what follows is the same."""
    answers = []
    for mailbox in (MAILBOX, "does.not-exist@numerique.gouv.fr"):
        holder = await house.order(email=mailbox)
        await holder.challenge("email-01")
        answer = await holder.challenge("email-01", {"code": "WRXNG222"})
        answers.append(answer.body.replace(holder.id.encode(), b"?"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("attested", (True, False))
async def test_t65_a_thousand_lookups_send_nothing(house: House, attested: bool) -> None:
    if attested:
        await house.attest()
    before = len(house.http.requests), len(house.dns.asked), len(house.smtp.received)
    names = [f"u{n}@host{n}.example" for n in range(400)]
    for start in range(0, 400, 100):
        await house.post("/api/v1/lookup", {"handles": names[start : start + 100]})
    urls = [f"https://host{n}.example/@u{n}" for n in range(200)]
    paths = [f"/api/v1/lookup?handle={text}" for text in (*names[:200], *urls)]
    paths += [f"/?handle={text}" for text in urls[:100]]
    paths += [f"/.well-known/webfinger?resource=acct:{text}" for text in names[:100]]
    paths += [f"/api/v1/accounts/{ALICE[1:]}"] * 10
    answers = await asyncio.gather(*map(house.get, paths))
    assert {answer.status for answer in answers} <= {200, 404}
    assert (len(house.http.requests), len(house.dns.asked), len(house.smtp.received)) == before
