"""The public checks: an answer about somebody else's page or handle, at a small price for them (T22, T65)."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from tests.doubles.http import HttpDouble, raw_server, says
from tests.doubles.instance import property_value
from tests.integration import house as houses
from tests.integration.house import ALICE, HOST, Answer, Holder, House
from verifier.core.clock import to_rfc3339
from verifier.core.strict_json import dumps
from verifier.web.actions import checks
from verifier.web.actions.checks import CHECK_SECONDS

AT_ONCE, CHECKS_AT_ONCE = 4, 32
SHARE = 8  # of the requests to one host
PROFILE = "https://social.example/@alice"
PAGE = "https://social.example/page"
REL_ME = f"/api/v1/checks/rel-me?page={PAGE}&profile={PROFILE}"


async def test_a_page_that_links_back(house: House) -> None:
    house.http.put("social.example", "/page", f'<html><body><a rel="me" href="{PROFILE}">me</a>'.encode())
    answer = await house.get(REL_ME)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json.keys() == {"linked", "why", "evidence", "checkedAt"}
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
    assert answer.json["why"]["type"].endswith("#fetch-name")
    assert "10.0.0.1" not in answer.text


async def test_the_answer_is_kept_for_a_while_and_asked_for_once_at_a_time(house: House) -> None:
    house.http.put("social.example", "/page", b"<html>")
    answers = await asyncio.gather(*(house.get(REL_ME) for _ in range(20)))
    answers.append(await house.get(REL_ME))
    assert {answer.body for answer in answers} == {answers[0].body}
    assert len(house.http.requests) == 1
    assert CHECK_SECONDS == 300


async def test_an_answer_tells_its_time_and_what_failed_is_asked_again_sooner(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "FAILED_SECONDS", 0)
    house.http.put("social.example", "/page", b"<html>")
    first = (await house.get(REL_ME)).json
    assert (first["linked"], first["checkedAt"]) == (False, to_rfc3339(house.time.at))
    house.time.pass_(30)
    house.http.put("social.example", "/page", f'<a rel="me" href="{PROFILE}">'.encode())
    found = (await house.get(REL_ME)).json
    assert (found["linked"], found["checkedAt"]) == (True, to_rfc3339(house.time.at))
    house.time.pass_(30)
    house.http.put("social.example", "/page", b"<html>")
    assert (await house.get(REL_ME)).json == found


async def test_a_handle_that_resolves_both_ways(house: House) -> None:
    house.person(ALICE)
    answer = (await house.get(f"/api/v1/checks/webfinger?handle={ALICE}")).json
    assert answer.pop("evidence")
    assert answer == {
        "accepted": True,
        "handle": ALICE,
        "actor": "https://social.example/users/alice",
        "why": None,
        "checkedAt": to_rfc3339(house.time.at),
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
        answers = [await house.get(f"/api/v1/checks/rel-me?page={PAGE}{n}&profile={PROFILE}") for n in range(31)]
    codes = [answer.status for answer in answers]
    assert codes == [200] * SHARE + [429] * (31 - SHARE)
    assert len(house.http.requests) == SHARE
    assert answers[-1].code == "rate-limited"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


async def test_t65_requests_are_counted_to_each_host_that_is_contacted(tmp_path: Path) -> None:
    evil = [f"e{n}.example" for n in range(3)]

    async def elsewhere(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"https://{HOST}/0"})

    async def further(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"https://{HOST}/{int(request.path[1:]) + 1}"})

    async with HttpDouble.running() as http:
        for host in evil:
            http.handle(host, "/", elsewhere)
        async with houses.running(
            tmp_path, rate_limits=True, trusted_networks="127.0.0.1/32", strangers=http.overrides(*evil)
        ) as house:
            for n in range(10):
                house.http.handle(HOST, f"/{n}", further)
            answers = [
                await house.get(
                    f"/api/v1/checks/rel-me?page=https://{evil[n % 3]}/?{n}&profile={PROFILE}",
                    X_Forwarded_For=f"192.0.2.{n // 15}",
                )
                for n in range(30)
            ]
            assert len(house.http.requests) == 2 * SHARE
    # The check that a limit cuts short is answered so, and not kept.
    done = SHARE // 3
    assert [answer.status for answer in answers] == ([200] * done + [429] * (15 - done)) * 2
    assert {answer.code for answer in answers if answer.status == 429} == {"rate-limited"}


async def test_t09_one_client_cannot_close_the_checks_of_a_host(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True, trusted_networks="127.0.0.1/32") as house:
        house.person(ALICE)
        for n in range(25):
            await house.get(f"/api/v1/checks/webfinger?handle=@n{n}@{HOST}", X_Forwarded_For="198.51.100.1")
        looked = await house.get(f"/api/v1/checks/webfinger?handle={ALICE}", X_Forwarded_For="192.0.2.7")
        page = await house.get(f"/diagnostic?handle={ALICE}", X_Forwarded_For="192.0.2.8")
    assert (looked.status, looked.json["accepted"], page.status) == (200, True, 200)


async def test_t27_strangers_slow_hosts_stop_neither_checks_nor_orders_of_others(tmp_path: Path) -> None:
    hosts = [f"h{n}.example" for n in range(2 * CHECKS_AT_ONCE)]
    began, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.release()
        await go_on.wait()
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with (
        raw_server(slow) as origin,
        houses.running(
            tmp_path, rate_limits=True, trusted_networks="127.0.0.1/32", strangers=dict.fromkeys(hosts, origin)
        ) as house,
    ):

        async def check(number: int, client: int) -> Answer:
            path = f"/api/v1/checks/rel-me?page=https://{hosts[number]}/&profile={PROFILE}"
            return await house.get(path, X_Forwarded_For=f"198.51.100.{client}")

        under_way = []
        for number in range(CHECKS_AT_ONCE):
            under_way.append(asyncio.create_task(check(number, number // AT_ONCE)))
            await asyncio.wait_for(began.acquire(), 5)
            if number == AT_ONCE:
                own = await check(-1, 0)
        full = await check(-2, 100)
        assert (own.status, own.code, own.headers["Retry-After"]) == (429, "rate-limited", "10")
        assert (full.status, full.body) == (429, own.body)
        holder = await house.order()
        holder.link()
        proved = await holder.challenge("rel-me-01")
        assert (proved.status, proved.json["status"]) == (200, "valid")
        go_on.set()
        assert {answer.status for answer in await asyncio.gather(*under_way)} == {200}
        assert (await check(-1, 0)).status == 200


async def test_t27_one_client_answers_so_many_challenges_at_once(tmp_path: Path) -> None:
    began, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_: web.BaseRequest) -> web.StreamResponse:
        began.release()
        await go_on.wait()
        return web.Response(status=404)

    hosts = [f"h{n}.example" for n in range(AT_ONCE + 1)]
    async with HttpDouble.running() as http:
        for host in hosts:
            http.handle(host, "/.well-known/webfinger", slow)
        async with houses.running(tmp_path, rate_limits=True, strangers=http.overrides(*hosts)) as house:
            holders = [await house.order(f"@a@{host}") for host in hosts]
            under_way = []
            for holder in holders[:-1]:
                under_way.append(asyncio.create_task(holder.challenge("rel-me-01")))
                await asyncio.wait_for(began.acquire(), 5)
            assert (await holders[-1].challenge("rel-me-01")).code == "rate-limited"
            go_on.set()
            assert {answer.status for answer in await asyncio.gather(*under_way)} == {200}
            assert (await holders[-1].challenge("rel-me-01")).status == 200


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
        assert [answer.status for answer in answers] == [200] * 4 + [429] * 7
        assert len(house.smtp.received) == 4


async def test_t09_one_client_cannot_use_up_the_letters_of_a_mailbox(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True, trusted_networks="127.0.0.1/32") as house:
        holders = [await house.order() for _ in range(6)]

        async def ask(holder: Holder, client: int) -> Answer:
            path = f"/api/v1/orders/{holder.id}/challenges/email-01"
            headers = holder.bearer | {"X-Forwarded-For": f"192.0.2.{client}"}
            return await house.ask("POST", path, json={}, headers=headers)

        strangers = [await ask(holder, 1) for holder in holders[:2] for _ in range(3)]
        others = [await ask(holder, client) for client, holder in enumerate(holders[2:], 2) for _ in range(3)]
    assert [answer.status for answer in strangers] == [200] * 4 + [429] * 2
    assert [answer.status for answer in others] == [200] * 6 + [429] * 6
    # T63: nobody reads in an answer whether it was their own share, or others have asked.
    assert {(answer.body, answer.headers["Retry-After"]) for answer in strangers[4:] + others[6:]} == {
        (strangers[-1].body, "3600")
    }
    assert len(house.smtp.received) == 10


async def test_t09_letters_to_one_domain_are_limited(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True, limit_mail_domains=3) as house:
        holders = [await house.order(email=f"a.b{n}@numerique.gouv.fr") for n in range(4)]
        answers = [await holder.challenge("email-01") for holder in holders]
    assert [answer.status for answer in answers] == [200] * 3 + [429]
    assert answers[-1].headers["Retry-After"] == "3600"
