"""Orders: the whole way, and what each door of it answers."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from tests.integration.house import ALICE, HOST, MAILBOX, Holder, House
from tests.leases import until
from verifier.registration.orders import finalizing
from verifier.registration.orders import registrar as orders
from verifier.signer.signers import MemorySigner

BOB = "@bob@social.example"


async def test_the_whole_way(house: House) -> None:
    created = await house.new_order()
    order = created.json
    base = house.base
    assert created.status == 201
    assert created.headers["Location"] == f"{base}/api/v1/orders/{order['id']}"
    assert created.headers["Cache-Control"] == "no-store"
    assert order == {
        "id": order["id"],
        "token": order["token"],
        "status": "pending",
        "handle": ALICE,
        "page": f"{base}/v/{order['id']}",
        "expires": "2026-11-25T10:00:00Z",
        "listed": False,
        "affiliation": "body",
        "authorizations": order["authorizations"],
    }
    account, identity = order["authorizations"]
    for authorization, end, type_ in ((account, "account", "rel-me-01"), (identity, "identity", "email-01")):
        challenges = authorization.pop("challenges")
        assert authorization == {"end": end, "status": "pending", "needs": "any"}
        assert type_ in [challenge["type"] for challenge in challenges]
        for challenge in challenges:
            url = f"{base}/api/v1/orders/{order['id']}/challenges/{challenge['type']}"
            assert challenge == {"type": challenge["type"], "url": url, "status": "pending"}
    assert len(order["id"]) == 16
    assert order["id"].isalnum()
    assert order["id"] == order["id"].lower()
    assert len(order["token"]) >= 43

    holder = Holder(house, order)
    holder.link()
    checked = await holder.challenge("rel-me-01")
    assert checked.status == 200
    assert {name: checked.json[name] for name in ("type", "status")} == {"type": "rel-me-01", "status": "valid"}
    record = checked.json["record"]
    assert (record["method"], record["result"], record["view"]) == ("rel-me-01", "valid", "direct")
    assert record["checkedAt"] == "2026-11-23T10:00:00Z"
    assert "problem" not in checked.json

    sent = await holder.challenge("email-01")
    assert (sent.status, sent.json["status"]) == (200, "pending")
    assert "record" not in sent.json
    letter = house.smtp.received[-1]
    assert letter.rcpt.startswith(f"TO:<{MAILBOX}>")

    code = house.code()
    confirmed = await holder.challenge("email-01", {"code": f"{code[:4]} {code[4:]}".lower()})
    assert (confirmed.status, confirmed.json["status"]) == (200, "valid")
    assert (await holder.show()).json["status"] == "ready"

    issued = await holder.finalize()
    assert issued.status == 200
    assert issued.json == {"status": "issued", "attestation": issued.json["attestation"]}
    shown = (await holder.show()).json
    assert (shown["status"], shown["attestation"]) == ("issued", issued.json["attestation"])
    assert "token" not in shown
    verdict = await house.lookup(ALICE)
    assert (verdict["verified"], verdict["status"]) == (True, "verified")
    assert verdict["attestation"] == issued.json["attestation"]
    assert verdict["page"] == order["page"]


async def test_the_mailbox_is_written_to_once_and_told_to_nobody(house: House) -> None:
    holder = await house.attest()
    shown = [
        (await holder.show()).text,
        (await holder.challenge("email-01")).text,
        (await house.get(f"/v/{holder.id}")).text,
        (await house.get(holder.order["attestation"].removeprefix(house.base))).text,
        (await house.get("/api/v1/events")).text,
    ]
    assert not [text for text in shown if "alice.martin" in text]
    assert len(house.smtp.received) == 1
    order = await house.service.storage.read.orders.get(holder.id)
    assert order is not None
    assert order.mailbox is None


async def test_finalize_is_idempotent(house: House) -> None:
    holder = await house.order()
    await holder.prove()
    answers = await asyncio.gather(*(holder.finalize() for _ in range(8)))
    answers.append(await holder.finalize())
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert len(await house.service.storage.read.attestations.newest(10)) == 1
    assert [event["kind"] for event in (await house.get("/api/v1/events")).json["events"]] == ["issued"]


@pytest.mark.parametrize("ends", ((), ("rel-me-01",), ("email-01",)), ids=("neither", "account", "identity"))
async def test_an_order_that_is_not_ready_is_not_issued(house: House, ends: tuple[str, ...]) -> None:
    holder = await house.order()
    if "rel-me-01" in ends:
        holder.link()
        await holder.challenge("rel-me-01")
    if "email-01" in ends:
        await holder.challenge("email-01")
        await holder.challenge("email-01", {"code": house.code()})
    answer = await holder.finalize()
    assert (answer.status, answer.code) == (409, "order-not-ready")
    assert (await holder.show()).json["status"] == "pending"
    assert (await house.lookup(ALICE))["status"] == "not_attested"


async def test_a_failed_check_is_a_record_and_may_be_tried_again(house: House) -> None:
    holder = await house.order()
    failed = await holder.challenge("rel-me-01")
    assert (failed.status, failed.json["status"]) == (200, "invalid")
    assert failed.json["record"]["result"] == "invalid"
    assert failed.json["problem"]["type"].endswith("#backlink-missing")
    assert {"title", "detail", "remedy"} <= failed.json["problem"].keys()
    account = (await holder.show()).json["authorizations"][0]
    assert (account["status"], account["challenges"][0]) == ("pending", failed.json)
    holder.link()
    assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
    assert (await holder.show()).json["authorizations"][0]["status"] == "valid"
    kept = await house.service.storage.read.records.of_order(holder.id)
    assert [record.valid for record in kept] == [False, True]


async def test_an_instance_that_does_not_answer_is_a_failed_check(house: House) -> None:
    holder = await house.order("@nobody@other.example")
    answer = await holder.challenge("rel-me-01")
    assert (answer.status, answer.json["status"]) == (200, "invalid")
    assert answer.json["problem"]["type"].endswith("#fetch-name")


async def test_a_valid_challenge_stays_so(house: House) -> None:
    holder = await house.order()
    await holder.prove()
    before = (await holder.show()).body
    house.person(ALICE).actor["attachment"].clear()
    assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
    assert (await holder.challenge("email-01", {"code": "WRONG222"})).json["status"] == "valid"
    assert (await holder.challenge("email-01")).json["status"] == "valid"
    assert (await holder.show()).body == before
    assert len(house.smtp.received) == 1


async def test_an_unknown_way_of_proving(house: House) -> None:
    holder = await house.order()
    answer = await holder.challenge("dns-01")
    assert (answer.status, answer.code) == (404, "challenge-unknown")


async def test_while_a_check_goes_on_another_is_told_so(house: House) -> None:
    holder = await house.order()
    holder.link()
    asked, go_on = asyncio.Event(), asyncio.Event()
    webfinger = house.http.handlers["social.example", "/.well-known/webfinger"]

    async def slow(request: Any) -> Any:  # noqa: ANN401
        asked.set()
        await go_on.wait()
        return await webfinger(request)

    house.http.handle("social.example", "/.well-known/webfinger", slow)
    first = asyncio.create_task(holder.challenge("rel-me-01"))
    await asked.wait()
    others = await asyncio.gather(*(holder.challenge("rel-me-01") for _ in range(5)))
    assert {(other.status, other.json["status"]) for other in others} == {(202, "processing")}
    go_on.set()
    assert (await first).json["status"] == "valid"
    assert len(await house.service.storage.read.records.of_order(holder.id)) == 1


async def test_a_check_that_stops_half_way_can_be_begun_again(house: House) -> None:
    """What a dead process had claimed is free once its lease is over."""
    holder = await house.order()
    now = house.time.at
    async with house.service.storage.write.transaction() as tx:
        assert await tx.challenges.claim(holder.id, "email-01", now, until(now + orders.CHALLENGE_LEASE))
    assert (await holder.challenge("email-01")).status == 202
    house.time.pass_(orders.CHALLENGE_LEASE)
    house.smtp.refuse["RCPT"] = "450 later"
    assert (await holder.challenge("email-01")).status == 503
    challenges = (await holder.show()).json["authorizations"][1]["challenges"]
    assert challenges[0]["status"] == "pending"


@pytest.mark.parametrize("end", ["valid", "broken off"])
async def test_who_lost_the_lease_of_a_challenge_writes_nothing(house: House, end: str) -> None:
    """A first check sleeps longer than its lease; a second one, begun after it, has the word."""
    holder = await house.order()
    holder.link()
    asked, go_on = asyncio.Event(), asyncio.Event()
    path = (HOST, "/.well-known/webfinger")
    webfinger = house.http.handlers[path]

    async def slow(request: web.Request) -> web.StreamResponse:
        house.http.handle(*path, webfinger)
        asked.set()
        await go_on.wait()
        return await webfinger(request)

    house.http.handle(*path, slow)
    order = await house.service.storage.read.orders.get(holder.id)
    assert order is not None
    first = asyncio.create_task(house.service.registration.registrar.respond(order, "rel-me-01", {}))
    await asked.wait()
    house.time.pass_(orders.CHALLENGE_LEASE)
    now = house.time.at
    async with house.service.storage.write.transaction() as tx:
        assert await tx.challenges.claim(holder.id, "rel-me-01", now, until(now + orders.CHALLENGE_LEASE))
    if end == "broken off":
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    else:
        go_on.set()
        assert (await first).status == "processing"
    go_on.set()
    challenge = await house.service.storage.read.challenges.get(holder.id, "rel-me-01")
    assert challenge is not None
    assert (challenge.status, challenge.lease_until) == ("processing", now + orders.CHALLENGE_LEASE)
    assert await house.service.storage.read.records.of_order(holder.id) == []
    assert {each.status for each in await house.service.storage.read.challenges.authorizations(holder.id)} == {
        "pending"
    }


async def test_a_signer_that_takes_its_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's patience ends, the work goes on, and the same call tells what came of it."""
    holder = await house.order()
    await holder.prove()
    go_on, sign = asyncio.Event(), MemorySigner.sign

    async def slow(signer: MemorySigner, data: bytes) -> bytes:
        await go_on.wait()
        return await sign(signer, data)

    monkeypatch.setattr(MemorySigner, "sign", slow)
    monkeypatch.setattr(finalizing, "FINALIZE_WAIT", 0.01)
    waiting = await holder.finalize()
    assert (waiting.status, waiting.json) == (202, {"status": "issuing"})
    assert (await holder.show()).json["status"] == "issuing"
    go_on.set()
    monkeypatch.setattr(finalizing, "FINALIZE_WAIT", 10)
    assert (await holder.finalize()).json["status"] == "issued"
    assert len(await house.service.storage.read.attestations.newest(10)) == 1


async def test_an_order_whose_time_is_over(house: House) -> None:
    holder = await house.order()
    await holder.prove()
    other = await house.order(BOB)
    house.time.pass_(orders.ORDER_LIFETIME)
    assert [
        (answer.status, answer.code) for answer in (await holder.finalize(), await other.challenge("rel-me-01"))
    ] == [(409, "order-expired")] * 2
    await house.service.clockwork.run_due()
    assert (await holder.show()).json["status"] == "expired"
    closed = [await holder.finalize(), await other.challenge("rel-me-01"), await other.challenge("email-01")]
    assert [(answer.status, answer.code) for answer in closed] == [(409, "order-closed")] * 3
    for order_id in (holder.id, other.id):
        order = await house.service.storage.read.orders.get(order_id)
        assert order is not None
        assert order.mailbox is None
    assert (await house.lookup(ALICE))["status"] == "not_attested"


async def test_a_second_account_of_the_same_person(house: House) -> None:
    first, second = await house.attest(), await house.attest(BOB)
    assert first.order["attestation"] != second.order["attestation"]
    assert [(await house.lookup(handle))["status"] for handle in (ALICE, BOB)] == ["verified", "verified"]


async def test_the_level_that_the_holder_chose_is_what_is_shown(house: House) -> None:
    holder = await house.attest(affiliation="state")
    shown = [
        (await house.get(path)).text
        for path in (
            f"/api/v1/lookup?handle={ALICE}",
            f"/v/{holder.id}",
            f"/?handle={ALICE}",
            holder.order["attestation"],
        )
    ]
    assert not [text for text in shown if "numerique.gouv.fr" in text or "irection" in text]
    assert (await house.lookup(ALICE))["affiliation"]["domain"] == "gouv.fr"
