"""The clockwork: each job when it is due, by one process, whatever befell it before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration import house as houses
from tests.integration.house import House
from tests.leases import until
from verifier.app.serving import _watch
from verifier.core import metrics
from verifier.core.clock import Clock
from verifier.jobs.clockwork import LEASE, Clockwork, Job
from verifier.jobs.forgetting import KEPT
from verifier.registration.orders.registrar import ORDER_LIFETIME
from verifier.web.health import Health, Probe


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with houses.running(tmp_path) as house:
        yield house
    metrics.JOB_RUNS.clear()  # of the jobs that are invented here


def with_jobs(house: House, *jobs: Job) -> Clockwork:
    clockwork = house.service.clockwork
    clockwork._jobs = jobs
    return clockwork


async def attempts(house: House, name: str) -> int:
    row = await house.service.storage.read.facts._connection.row("SELECT attempts FROM job WHERE name = $1", name)
    assert row is not None
    return int(row[0])


async def test_a_job_runs_when_it_is_due(house: House) -> None:
    ran: list[int] = []

    async def work() -> None:
        ran.append(house.time.at)

    clockwork = with_jobs(house, Job("work", 60, work))
    start = house.time.at
    for seconds in (0, 59, 1, 60, 1000):
        house.time.pass_(seconds)
        await clockwork.run_due()
        await clockwork.run_due()
    assert [at - start for at in ran] == [0, 60, 120, 1120]


async def test_who_lost_the_lease_of_a_job_does_not_let_go_of_it(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        house.time.pass_(LEASE)
        async with house.service.storage.write.transaction() as tx:
            assert await tx.jobs.claim("work", house.time.at, until(house.time.at + LEASE))

    await with_jobs(house, Job("work", 60, work)).run_due()
    house.time.pass_(LEASE - 1)
    assert not await house.service.storage.read.jobs.is_due("work", house.time.at)
    assert "longer than its lease" in caplog.text


async def test_an_order_that_came_to_nothing_is_forgotten_after_a_month(house: House) -> None:
    issued, open_ = await house.attest(), await house.order("@bob@social.example", "bob.petit@numerique.gouv.fr")
    await open_.challenge("rel-me-01")
    read = house.service.storage.read
    house.time.pass_(ORDER_LIFETIME)
    await house.service.clockwork.run_due("resume")
    for seconds, there in ((KEPT - 1, True), (60, False)):
        house.time.pass_(seconds)
        await house.service.clockwork.run_due("")
        assert (await read.orders.get(open_.id) is not None, bool(await read.records.of_order(open_.id))) == (
            there,
            there,
        )
    assert await read.orders.get(issued.id) is not None


async def test_a_job_that_fails_is_told_and_tried_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    outcomes: list[Exception | None] = [ZeroDivisionError("once"), ZeroDivisionError("twice"), None]
    others: list[int] = []

    async def work() -> None:
        if outcome := outcomes.pop(0):
            raise outcome

    async def other() -> None:
        others.append(1)

    clockwork = with_jobs(house, Job("work", 10, work), Job("other", 10, other))
    counted = []
    for _ in range(3):
        await clockwork.run_due()
        counted.append(await attempts(house, "work"))
        house.time.pass_(10)
    assert counted == [1, 2, 0]
    assert len(others) == 3
    assert [record.getMessage() for record in caplog.records if record.name.startswith("verifier")] == [
        "job work failed"
    ] * 2


async def test_of_several_processes_one_runs_it(house: House) -> None:
    started: asyncio.Queue[int] = asyncio.Queue()
    go_on = asyncio.Event()

    async def work() -> None:
        started.put_nowait(house.time.at)
        await go_on.wait()

    clockwork = with_jobs(house, Job("work", 10, work))
    first = asyncio.create_task(clockwork.run_due())
    await started.get()
    await clockwork.run_due()
    assert started.empty()
    house.time.pass_(LEASE)  # it took so long that it must be dead
    second = asyncio.create_task(clockwork.run_due())
    await started.get()
    go_on.set()
    await asyncio.gather(first, second)


async def test_a_job_that_takes_long_stops_no_other_lane(house: House) -> None:
    others: asyncio.Queue[str] = asyncio.Queue()
    never = asyncio.Event()

    async def long() -> None:
        await never.wait()

    async def short() -> None:
        others.put_nowait("ran")

    clockwork = with_jobs(house, Job("long", 1, long, lane="slow"), Job("short", 0, short))
    running = asyncio.create_task(clockwork.run())
    for _ in range(2):
        assert await others.get() == "ran"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_every_process_takes_part_in_a_shared_job(house: House) -> None:
    go_on = asyncio.Event()
    started: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> None:
        started.put_nowait(1)
        await go_on.wait()

    clockwork = with_jobs(house, Job("work", 0, work, shared=True))
    both = [asyncio.create_task(clockwork.run_due()) for _ in range(2)]
    for _ in both:
        await started.get()
    go_on.set()
    await asyncio.gather(*both)


async def test_a_lane_runs_its_own_jobs_alone(house: House) -> None:
    ran: list[str] = []

    async def note(name: str) -> None:
        ran.append(name)

    clockwork = with_jobs(house, Job("a", 0, lambda: note("a")), Job("b", 0, lambda: note("b"), lane="b"))
    await clockwork.run_due("b")
    assert ran == ["b"]
    await clockwork.run_due()
    assert ran == ["b", "a", "b"]


async def test_the_clockwork_stops_when_it_is_told(house: House) -> None:
    task = asyncio.create_task(house.service.clockwork.run())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with house.service.storage.write.transaction() as tx:
        await tx.facts.set_once("usable", "yes")


async def test_an_empty_house_has_its_lists_after_the_first_round(house: House) -> None:
    assert (await house.get("/status/revocation/1")).status == 404
    await house.service.clockwork.run_due()
    assert (await house.get("/status/revocation/1")).status == 200


async def test_a_cancellation_that_a_job_loses_ends_the_clockwork_all_the_same(house: House) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    running = asyncio.create_task(with_jobs(house, Job("work", 60, work)).run())
    await begun.wait()
    running.cancel()
    await asyncio.wait({running}, timeout=10)
    assert running.cancelled()


async def test_a_cancellation_that_a_probe_loses_ends_the_watch_all_the_same() -> None:
    begun = asyncio.Event()

    async def works() -> bool:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return True

    watching = asyncio.create_task(_watch(Health((Probe("mail", 0, works),), Clock())))
    await begun.wait()
    watching.cancel()
    await asyncio.wait({watching}, timeout=10)
    assert watching.done()
