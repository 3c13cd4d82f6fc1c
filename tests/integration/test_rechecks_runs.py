"""How accounts are looked at again: at what pace, by whom, and what a crash leaves (T65)."""

import asyncio
import itertools
from typing import Any

import pytest
from aiohttp import web

from tests.doubles.instance import Instance
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.daily import attest_all, change_key, colleague, events, later, letters, says
from tests.integration.house import ALICE, HOST, NAMES, NOW, House
from verifier.app import compose
from verifier.core.clock import DAY, to_rfc3339
from verifier.core.errors import NotFound
from verifier.core.identifiers import Handle
from verifier.core.models import EventKind, Reason, Status
from verifier.registration.monitoring import consequences
from verifier.storage import Attestation, Tx
from verifier.validation.watching import Finding, Outcome


async def test_a_host_is_asked_once_a_second_at_most(house: House) -> None:
    house.instance.names = NAMES  # two hosts: one for the names, one for the actors
    Instance(house.http, HOST, NAMES, people=house.instance.people)
    for number in range(4):
        handle, mailbox = f"@agent{number}@{NAMES}", colleague(number)[1]
        await house.attest(handle, mailbox)
    asked = len(house.http.requests)
    moments: dict[str, list[float]] = {}
    serve = dict(house.http.handlers)

    def noting(place: tuple[str, str]) -> None:
        handler = serve[place]

        async def note(request: web.Request) -> web.StreamResponse:
            moments.setdefault(request.host, []).append(house.beat.at)
            return await handler(request)

        house.http.handlers[place] = note

    for place in serve:
        noting(place)
    await later(house)
    assert {host: len(times) for host, times in moments.items()} == {NAMES: 4, HOST: 8}
    assert len(house.http.requests) - asked == 12
    for times in moments.values():
        assert all(after - before >= 1 for before, after in itertools.pairwise(times)), times
    assert [await says(house, f"@agent{number}@{NAMES}") for number in range(4)] == [("verified", None)] * 4


async def test_two_processes_share_the_work(house: House) -> None:
    handles = await attest_all(house, 4)
    house.time.pass_(DAY)
    beat = houses.Beat()
    asked = len(house.http.requests)
    async with compose(house.service.settings, clock=house.time.clock, pace=beat.pace) as other:
        await asyncio.gather(
            house.service.registration.rechecks.run(OPERATOR), other.registration.rechecks.run(OPERATOR)
        )
    assert len(house.http.requests) - asked == 2 * len(handles)
    for handle in handles:
        assert (await house.lookup(handle))["asOf"] == to_rfc3339(house.time.at)


async def test_what_a_crash_interrupts_is_due_still(house: House) -> None:
    await house.attest()
    house.time.pass_(DAY)
    stopped, go_on = asyncio.Event(), asyncio.Event()
    actor = house.http.handlers[HOST, "/users/alice"]

    async def hangs(request: web.Request) -> web.StreamResponse:
        stopped.set()
        await go_on.wait()
        return await actor(request)

    house.http.handle(HOST, "/users/alice", hangs)
    turn = asyncio.create_task(house.service.registration.rechecks.run(OPERATOR))
    await stopped.wait()
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    go_on.set()
    house.http.handle(HOST, "/users/alice", actor)
    asked = len(house.http.requests)
    await house.service.clockwork.run_due()
    assert len(house.http.requests) == asked, "somebody may be at it still"
    await later(house, 300)
    assert (await house.lookup(ALICE))["asOf"] == to_rfc3339(house.time.at)


async def test_what_is_withdrawn_or_replaced_meanwhile_is_left_alone(house: House) -> None:
    holder = await house.attest()
    house.time.pass_(DAY)
    attestation = holder.order["attestation"].rpartition("/")[2]
    actor = house.http.handlers[HOST, "/users/alice"]

    async def withdraws(request: web.Request) -> web.StreamResponse:
        await house.service.registration.publisher.revoke(attestation, Reason.HOLDER_REQUEST, OPERATOR)
        return await actor(request)

    house.http.handle(HOST, "/users/alice", withdraws)
    change_key(house.person(ALICE))
    await house.service.registration.rechecks.run(OPERATOR)
    assert await says(house) == ("revoked", "holder-request")
    assert [kind for kind, _ in await events(house)] == [EventKind.ISSUED, EventKind.REVOKED]


async def test_what_is_not_vouched_for_is_not_asked_about(house: House) -> None:
    holder = await house.attest()
    await house.service.registration.publisher.revoke(
        holder.order["attestation"].rpartition("/")[2], Reason.HOLDER_REQUEST, OPERATOR
    )
    asked = len(house.http.requests)
    for _ in range(3):
        await later(house)
    assert len(house.http.requests) == asked


async def test_a_look_that_fails_by_our_fault_is_told_and_tried_again(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.attest()
    fetcher = house.service.registration.rechecks._tools.fetcher

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(type(fetcher), "get", broken)
        await later(house)
    assert await says(house) == ("verified", None)
    assert "could not be looked at" in caplog.text
    await later(house, 600)
    assert (await house.lookup(ALICE))["asOf"] == to_rfc3339(house.time.at)


async def test_one_account_is_looked_at_on_demand(house: House) -> None:
    await house.attest()
    change_key(house.person(ALICE))
    checked = await house.service.registration.rechecks.check(Handle.parse(ALICE), OPERATOR)
    assert (checked.finding, checked.status) == (Finding(Outcome.CHANGED, "key"), Status.SUSPENDED)
    with pytest.raises(NotFound, match="attestation-not-found"):
        await house.service.registration.rechecks.check(Handle.parse(ALICE), OPERATOR)
    with pytest.raises(NotFound, match="attestation-not-found"):
        await house.service.registration.rechecks.check(Handle.parse(f"@nobody@{HOST}"), OPERATOR)


async def test_t65_a_lookup_asks_nobody(house: House) -> None:
    await house.attest()
    house.time.pass_(5 * DAY)
    asked = len(house.http.requests)
    for handle in (ALICE, f"@nobody@{HOST}"):
        await house.lookup(handle)
    assert len(house.http.requests) == asked


@pytest.mark.parametrize("passes", [True, False])
async def test_what_cannot_be_written_is_written_not_at_all_and_stops_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, passes: bool
) -> None:
    first, second = await attest_all(house, 2)
    if not passes:
        change_key(house.person(first))
    acct = Handle.parse(first).acct
    tell, suspend = consequences.refresh_verdict, house.service.registration.publisher.write

    async def breaks(tx: Tx, attestation: Attestation, *rest: Any, **more: Any) -> None:  # noqa: ANN401
        await (tell if passes else suspend)(tx, attestation, *rest, **more)
        if attestation.handle == acct:
            raise ZeroDivisionError  # the last thing before the commit

    with monkeypatch.context() as patch:
        if passes:
            patch.setattr(consequences, "refresh_verdict", breaks)
        else:
            patch.setattr(type(house.service.registration.publisher), "write", lambda _, *given: breaks(*given))
        await later(house)
    assert "cannot be written" in caplog.text
    assert (await house.lookup(first))["asOf"] == to_rfc3339(NOW)
    assert (await house.lookup(second))["asOf"] == to_rfc3339(NOW + DAY)
    assert letters(house) == []
    assert [kind for kind, _ in await events(house)] == [EventKind.ISSUED] * 2
    await later(house, 600)
    assert (await house.lookup(first))["status"] == ("verified" if passes else "suspended")
    assert (await house.lookup(first))["asOf"] == to_rfc3339(house.time.at)
