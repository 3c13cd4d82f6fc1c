"""The public checks: an answer about somebody else's page or handle, at a small price for them (T22, T65)."""

import asyncio
from pathlib import Path

from tests.doubles.http import raw_server, says
from tests.doubles.instance import property_value
from tests.integration import house as houses
from tests.integration.house import ALICE, HOST, House
from verifier.core.strict_json import dumps
from verifier.web.api import CHECK_SECONDS
from verifier.web.limits import CHECKS, TARGETS

PROFILE = "https://social.example/@alice"
PAGE = "https://social.example/page"
REL_ME = f"/api/v1/checks/rel-me?page={PAGE}&profile={PROFILE}"


async def test_a_page_that_links_back(house: House) -> None:
    house.http.put("social.example", "/page", f'<html><body><a rel="me" href="{PROFILE}">me</a>'.encode())
    answer = await house.get(REL_ME)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json.keys() == {"linked", "why", "evidence"}
    assert (answer.json["linked"], answer.json["why"]) == (True, None)
    assert house.http.asked() == ["social.example/page"]


async def test_a_page_that_does_not(house: House) -> None:
    house.http.put("social.example", "/page", b"<html><body><p>nothing")
    answer = await house.get(REL_ME)
    assert (answer.status, answer.json["linked"]) == (200, False)
    assert {"type", "title", "detail", "remedy"} <= answer.json["why"].keys()


async def test_a_page_that_cannot_be_reached_is_an_answer(house: House) -> None:
    for page in ("https://nowhere.example/", "https://social.example/missing"):
        answer = await house.get(f"/api/v1/checks/rel-me?page={page}&profile={PROFILE}")
        assert (answer.status, answer.json["linked"]) == (200, False)
        assert answer.json["why"]["type"]


async def test_t42_what_is_no_text_in_a_header_is_an_answer_too(tmp_path: Path) -> None:
    says_raw = says(b"HTTP/1.1 200 OK\r\nContent-Type: text/\xff\xfe\r\nContent-Length: 2\r\n\r\n{}")
    async with raw_server(says_raw) as origin, houses.running(tmp_path, strangers={"raw.example": origin}) as house:
        link = {"rel": "self", "type": "application/activity+json", "href": "https://raw.example/users/a"}
        house.http.put(HOST, "/.well-known/webfinger", dumps({"subject": f"acct:{ALICE[1:]}", "links": [link]}))
        looked = await house.get(f"/api/v1/checks/webfinger?handle={ALICE}")
        assert (looked.status, looked.json["why"]["type"].rpartition("#")[2]) == (200, "actor-type")
        checked = await (await house.order()).challenge("rel-me-01")
        assert (checked.status, checked.json["status"]) == (200, "invalid")
        assert checked.json["problem"]["type"].endswith("#actor-type")
        assert (await house.get(f"/diagnostic?handle={ALICE}")).status == 200


async def test_t22_a_page_at_a_private_address(house: House) -> None:
    house.dns.zone["inside.example", "A"] = ["10.0.0.1"]
    answer = await house.get(f"/api/v1/checks/rel-me?page=https://inside.example/&profile={PROFILE}")
    assert answer.json["why"]["type"].endswith("#fetch-address-refused")
    assert "10.0.0.1" not in answer.text


async def test_the_answer_is_kept_for_a_while_and_asked_for_once_at_a_time(house: House) -> None:
    house.http.put("social.example", "/page", b"<html>")
    answers = await asyncio.gather(*(house.get(REL_ME) for _ in range(20)))
    answers.append(await house.get(REL_ME))
    assert {answer.body for answer in answers} == {answers[0].body}
    assert len(house.http.requests) == 1
    assert CHECK_SECONDS == 300


async def test_a_handle_that_resolves_both_ways(house: House) -> None:
    house.person(ALICE)
    answer = (await house.get(f"/api/v1/checks/webfinger?handle={ALICE}")).json
    assert answer.pop("evidence")
    assert answer == {
        "accepted": True,
        "handle": ALICE,
        "actor": "https://social.example/users/alice",
        "why": None,
    }


async def test_t30_a_handle_that_points_at_somebody_else_is_told_by_its_real_name(house: House) -> None:
    house.person(ALICE)
    house.instance.people["acct:minister@social.example"] = house.person(ALICE)
    answer = (await house.get("/api/v1/checks/webfinger?handle=@minister@social.example")).json
    assert (answer["accepted"], answer["handle"]) == (True, ALICE)


async def test_a_handle_of_nobody(house: House) -> None:
    answer = await house.get("/api/v1/checks/webfinger?handle=@nobody@social.example")
    assert answer.status == 200
    assert (answer.json["accepted"], answer.json["handle"], answer.json["actor"]) == (False, None, None)
    assert answer.json["why"]["type"].endswith("#account-unknown")


async def test_t65_checks_are_limited_by_client_and_by_target(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True) as house:
        house.person(ALICE).actor["attachment"] = [property_value("x")]
        answers = [
            await house.get(f"/api/v1/checks/rel-me?page={PAGE}{n}&profile={PROFILE}") for n in range(CHECKS.amount + 1)
        ]
    codes = [answer.status for answer in answers]
    assert codes == [200] * TARGETS.amount + [429] * (len(codes) - TARGETS.amount)
    assert len(house.http.requests) == TARGETS.amount
    assert answers[-1].code == "rate-limited"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


async def test_a_lookup_is_never_limited(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True) as house:
        answers = [await house.get(f"/api/v1/lookup?handle={ALICE}") for _ in range(200)]
    assert {answer.status for answer in answers} == {200}


async def test_t09_orders_are_limited(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True) as house:
        answers = [await house.new_order(email=f"a.b{n}@numerique.gouv.fr") for n in range(21)]
        assert [answer.status for answer in answers] == [201] * 20 + [429]
        # T64: what a client writes about itself is not believed.
        headers = {"X-Forwarded-For": "192.0.2.7"}
        body = {"handle": ALICE, "identity": {"type": "agent", "email": "a.b@numerique.gouv.fr"}}
        assert (await house.ask("POST", "/api/v1/orders", json=body, headers=headers)).status == 429


async def test_t09_letters_to_one_mailbox_are_limited_whoever_asks(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True) as house:
        holders = [await house.order(email=f"alice.martin+{n}@numerique.gouv.fr") for n in range(11)]
        answers = [await holder.challenge("email-01") for holder in holders]
        assert [answer.status for answer in answers] == [200] * 10 + [429]
        assert len(house.smtp.received) == 10
