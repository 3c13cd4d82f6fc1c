"""`verifier serve` with several workers: one port, one count of what is limited, nothing lost when one of them ends."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from tests.doubles.instance import Instance
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.crew import Crew, crew
from tests.integration.daily import letters
from tests.integration.house import ALICE, HOST, House, Time
from tests.integration.neighbours import Neighbours, neighbours
from tests.integration.process import PRODUCTION, VERIFIER, environment, serving
from tests.ports import free_port
from verifier.app import compose
from verifier.core.models import Reason
from verifier.publication.status_lists import due_lists

LOOKUP = "/api/v1/lookup?handle=@nobody@elsewhere.example"


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbours]:
    async with neighbours(tmp_path, HOST, VERIFIER_WORKERS="2", VERIFIER_METRICS_PORT=str(free_port())) as found:
        yield found


@asynccontextmanager
async def client(near: Neighbours, *, again: bool = False) -> AsyncIterator[ClientSession]:
    """:param again: a connection is used again"""
    connector = TCPConnector(force_close=not again)
    async with ClientSession(near.base, cookie_jar=DummyCookieJar(), connector=connector) as session:
        yield session


@contextmanager
def only(crew: Crew, number: int) -> Iterator[None]:
    """The other workers stand still: that one alone accepts."""
    others = [pid for place, pid in enumerate(crew.workers) if place != number]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


async def statuses(session: ClientSession, *paths: str) -> list[int]:
    found = []
    for path in paths:
        async with session.get(path) as answer:
            found.append(answer.status)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(*pids: int) -> None:
    while any(map(alive, pids)):  # noqa: ASYNC110 - the kernel tells nobody who is no parent of theirs
        await asyncio.sleep(0.01)


async def test_t63_limits_hold_for_all_workers_together(near: Neighbours, tmp_path: Path) -> None:
    """What one worker has counted, the other refuses; a name that was counted is free at both."""
    limits = {"VERIFIER_LIMIT_LOOKUPS": "4", "VERIFIER_LIMIT_APPRAISALS": "3"}
    names = [f"/api/v1/lookup?handle=@u{number}@elsewhere.example" for number in range(8)]
    async with crew(near.variables | limits, tmp_path) as all_, client(near) as session:
        with only(all_, 0):
            assert await statuses(session, *names[:3]) == [200] * 3
            async with session.post("/api/v1/verify", json={"attestation": {}}) as answer:
                assert answer.status == 422
        with only(all_, 1):
            assert await statuses(session, names[0], *names[3:6], names[3], names[4]) == [200, 200, 429, 429, 200, 429]
            told = []
            for _ in range(4):
                async with session.post("/api/v1/verify", json={"attestation": {}}) as answer:
                    told.append(answer.status)
            assert told == [422, 422, 429, 429]
        with only(all_, 0):
            assert await statuses(session, names[6], names[3]) == [429, 200]
        assert all_.log == [line for line in all_.log if "counts alone" not in line]


async def test_t27_a_killed_worker_leaves_no_place_taken(near: Neighbours, tmp_path: Path) -> None:
    """Checks at once: a worker is killed while it makes as many as there may be."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        asked.set()
        await go_on.wait()
        return web.Response(status=404)

    near.http.handle(HOST, "/.well-known/webfinger", slow)
    check = "/api/v1/checks/webfinger?handle="
    async with (
        crew(near.variables | {"VERIFIER_LIMIT_CHECKS_AT_ONCE": "1"}, tmp_path) as all_,
        client(near) as session,
    ):
        with only(all_, 0):
            # By hand: a library that asks again by itself would ask the other worker.
            answer, question = await asyncio.open_connection("127.0.0.1", int(near.variables["VERIFIER_PORT"]))
            question.write(f"GET {check}@a@{HOST} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            await asked.wait()
        with only(all_, 1):
            assert await statuses(session, f"{check}@b@{HOST}") == [429]
        await all_.end(all_.workers[0], signal.SIGKILL)
        with suppress(ConnectionError):
            assert await answer.read() == b""
        question.close()
        go_on.set()
        assert await statuses(session, f"{check}@c@{HOST}") == [200]


async def test_t27_both_workers_heed_a_429_that_one_of_them_got(near: Neighbours, tmp_path: Path) -> None:
    asked = Counter[str]()

    async def too_many(request: web.Request) -> web.Response:
        asked[request.query["resource"]] += 1
        return web.Response(status=429, headers={"Retry-After": "600"})

    near.http.handle(HOST, "/.well-known/webfinger", too_many)
    async with crew(near.variables, tmp_path) as all_, client(near) as session:
        for number in (0, 1):
            with only(all_, number):
                assert await statuses(session, f"/api/v1/checks/webfinger?handle=@u{number}@{HOST}") == [200]
    assert list(asked) == [f"acct:u0@{HOST}"]


async def test_no_request_is_lost_when_a_worker_ends_and_another_takes_its_place(
    near: Neighbours, tmp_path: Path
) -> None:
    """SIGTERM to each worker in turn, under load, over connections that are used again and over new ones."""
    answered = Counter[int]()
    off = {"VERIFIER_RATE_LIMITS": "off"}
    async with crew(near.variables | off, tmp_path) as all_, client(near) as new, client(near, again=True) as again:
        over = asyncio.Event()

        async def ask(session: ClientSession) -> None:
            while not over.is_set():
                async with session.post("/api/v1/lookup", json={"handles": ["@nobody@elsewhere.example"]}) as answer:
                    await answer.read()
                    answered[answer.status] += 1

        asking = [asyncio.create_task(ask(session)) for session in (new, new, again, again, again, again)]
        for pid in all_.workers:
            await all_.end(pid, signal.SIGTERM)
        over.set()
        await asyncio.gather(*asking)  # any failure is raised here
        assert set(answered) == {200}
        assert sum("started again" in line for line in all_.log) == 2
        assert all_.workers != []


async def test_what_is_under_way_is_answered_when_the_supervisor_is_told_to_stop(
    near: Neighbours, tmp_path: Path
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        asked.set()
        await go_on.wait()
        return web.Response(status=404)

    near.http.handle(HOST, "/.well-known/webfinger", slow)
    async with crew(near.variables, tmp_path) as all_, client(near) as session:
        checking = asyncio.create_task(statuses(session, f"/api/v1/checks/webfinger?handle={ALICE}"))
        await asked.wait()
        all_.supervisor.send_signal(signal.SIGTERM)
        go_on.set()
        assert await checking == [200]
        assert await all_.supervisor.wait() == 0


async def test_without_their_supervisor_workers_end(near: Neighbours, tmp_path: Path) -> None:
    async with crew(near.variables, tmp_path) as all_:
        workers = all_.workers
        assert len(workers) == 2
        all_.supervisor.kill()
        try:
            async with asyncio.timeout(30):
                await gone(*workers)
        finally:
            for pid in filter(alive, workers):
                os.kill(pid, signal.SIGKILL)
    async with crew(near.variables, tmp_path) as all_, client(near) as session:
        assert await statuses(session, LOOKUP) == [200], "the port is free again"


async def test_counters_outlive_a_worker_and_one_port_tells_of_all(near: Neighbours, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{near.variables['VERIFIER_METRICS_PORT']}/metrics"
    async with crew(near.variables, tmp_path) as all_, client(near) as session:

        async def value(line: str) -> float:
            async with session.get(address) as answer:
                found = re.findall(rf"^{re.escape(line)} (\S+)$", await answer.text(), re.MULTILINE)
            return float(found[0])

        for number in (0, 1):
            with only(all_, number):
                assert await statuses(session, *([LOOKUP] * 4), "/api/v1/lookup") == [200] * 4 + [400]
        await all_.end(all_.workers[0], signal.SIGKILL)
        for number in (0, 1):
            with only(all_, number):
                assert await statuses(session, LOOKUP) == [200]
                looked = [await value(f'verifier_lookups_total{{source="{each}"}}') for each in ("read", "remembered")]
                assert sum(looked) == 9 + number
                assert await value('verifier_problems_total{code="handle-missing",status="400"}') == 2
        for worker in (1, 2):
            assert await value(f'process_resident_memory_bytes{{worker="{worker}"}}') > 10**7


async def test_whichever_worker_answers_sees_what_the_other_stored(near: Neighbours, tmp_path: Path) -> None:
    """Each step goes over a connection of its own."""
    async with crew(near.variables, tmp_path), client(near) as session:
        session._base_url = None
        people = near.http, Instance(near.http, HOST), near.smtp, near.dns
        house = House(near.base, session, None, Time(), *people, tmp_path)  # type: ignore[arg-type]
        for number in range(3):
            handle = f"@u{number}@{HOST}"
            await house.attest(handle, f"u.n{number}@numerique.gouv.fr")
            assert (await house.lookup(handle))["status"] == "verified"


async def test_when_none_can_start_the_supervisor_says_so(tmp_path: Path) -> None:
    variables = environment(tmp_path, **PRODUCTION, VERIFIER_PORT=str(free_port()))
    process = await asyncio.create_subprocess_exec(
        VERIFIER, "serve", "--workers", "3", env=variables, cwd=tmp_path, stdout=-1, stderr=-1
    )
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert b"keys" in err
    assert err.decode().splitlines()[-1] == "None of the workers can start: the reason stands above."
    assert b"Traceback" not in err


async def test_a_worker_that_dies_at_its_start_is_started_again_later(near: Neighbours, tmp_path: Path) -> None:
    """The other one goes on answering meanwhile."""
    async with crew(near.variables, tmp_path) as all_, client(near) as session:
        first, second = all_.workers
        os.kill(second, signal.SIGKILL)
        while not (new := [pid for pid in all_.workers if pid not in (first, second)]):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        os.kill(new[0], signal.SIGKILL)  # it has only begun
        await all_.said("worker 2 died at its start; it is started again in 1 seconds")
        assert await statuses(session, LOOKUP) == [200]
        await all_.said("worker 2 answers", 2)
        assert first in all_.workers


async def test_one_worker_is_one_process(near: Neighbours, tmp_path: Path) -> None:
    async with serving(near.variables | {"VERIFIER_WORKERS": "1"}, tmp_path) as process:
        assert Crew(process, []).workers == []


async def test_a_port_that_is_taken_is_told_before_anything_is_started(near: Neighbours, tmp_path: Path) -> None:
    async with crew(near.variables, tmp_path):
        process = await asyncio.create_subprocess_exec(
            VERIFIER, "serve", env=near.variables, cwd=tmp_path, stdout=-1, stderr=-1
        )
        out, err = await process.communicate()
        assert (process.returncode, out) == (1, b"")
        assert b"VERIFIER_PORT: cannot listen" in err
        assert b"worker" not in err


async def test_what_one_process_withdraws_another_signs_and_tells(tmp_path: Path) -> None:
    """The one that withdraws does nothing more, as if it had died: the other looks each second."""
    async with houses.running(tmp_path) as house:
        holder = await house.attest()
        name = holder.order["attestation"].rpartition("/")[2]
        async with compose(house.service.settings, clock=house.time.clock) as other:
            looking = asyncio.create_task(other.clockwork.run())
            await house.service.registration.publisher.suspend(name, Reason.HOLDER_REQUEST, OPERATOR)
            read = house.service.storage.read
            while await due_lists(read, house.time.at) or await read.letters.count_due(house.time.at):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        assert len(letters(house)) == 1
