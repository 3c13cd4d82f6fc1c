"""The bound on work for strangers (T26, T44), and what the processes that do it know and leave behind."""

import asyncio
import os
import resource
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
import uvloop

from verifier.core.bounded import Bounded
from verifier.core.errors import ProofError
from verifier.validation.html.pages import Pages

JOBS = """
import os, signal, sys
from verifier.core.errors import ProofError
from verifier.core.worker import Bound, serve

KEPT = []

def refuse(value):
    raise ProofError("proof-value", pointer="/proof", suite=value)

def spin():
    while True: pass

def wait():
    signal.pause()

def spawn(fifo):
    child = os.fork()
    if child:
        with open(fifo, "w") as out: out.write(f"{os.getpid()} {child}")
    signal.pause()

def keep(value):
    KEPT.append(value)
    return KEPT

def fail():
    raise ValueError("a bug")

serve({"echo": lambda value: value, "refuse": refuse, "spin": spin, "wait": wait, "spawn": spawn, "keep": keep,
       "fail": fail, "end": lambda: sys.exit(3), "abort": os.abort, "fill": lambda: "x" * 2**31,
       "many": lambda size: "x" * size, "take": lambda size: len(bytearray(size)),
       "half": lambda: os.write(1, b'{"result": 1') and os.abort(),
       "environment": lambda: dict(os.environ), "who": lambda: [os.getppid(), os.getpid()],
       "files": lambda: [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                         if n != "2" and os.path.exists(f"/proc/self/fd/{n}")]}, Bound(seconds=1))
"""


def bounded(seconds: float = 30, at_once: int = 1) -> Bounded:
    command = (sys.executable, "-I", "-c", JOBS)
    return Bounded(command, kind=ProofError, overrun="work-too-long", seconds=seconds, at_once=at_once)


def lives(pid: int) -> bool:
    """Whether there is such a process, as more than a zombie that nobody has looked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def ended(pid: int) -> None:
    """Returns when that process, which need not be ours, has ended."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(watch, over.set)
    try:
        async with asyncio.timeout(30):
            await over.wait()
    finally:
        asyncio.get_running_loop().remove_reader(watch)
        os.close(watch)


async def overruns(worker: Bounded, job: str) -> None:
    with pytest.raises(ProofError, match="work-too-long"):
        await worker.run(job)


async def test_a_job_answers_or_refuses() -> None:
    async with bounded() as worker:
        assert await worker.run("echo", {"é": ["\u2028", 1.5, None]}) == {"é": ["\u2028", 1.5, None]}
        with pytest.raises(ProofError, match="proof-value") as caught:
            await worker.run("refuse", "x")
        assert (caught.value.pointer, caught.value.values) == ("/proof", {"suite": "x"})


async def test_t63_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFIER_SECRET", "s3cret")
    async with bounded() as worker:
        assert set(await worker.run("environment")) <= {"LD_LIBRARY_PATH", "LC_CTYPE"}


async def test_t63_the_process_holds_no_file_or_socket_of_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        ours.set_inheritable(True)
        async with bounded() as worker:
            files = await worker.run("files")
    assert [file.partition(":")[0] for file in files] == ["pipe", "pipe"]


@pytest.mark.parametrize("job", ["fill", "end", "abort", "fail", "half", "spin"])
async def test_t44_memory_and_time_are_bounded_and_the_next_job_is_served(job: str) -> None:
    async with bounded() as worker:
        assert await worker.run("echo", 1) == 1
        await overruns(worker, job)
        assert await worker.run("echo", 1) == 1


async def test_t44_memory_is_bounded_whatever_the_answer_is() -> None:
    """The answer is short: no other bound stops this job. Nothing of these bytes is ever touched."""
    async with bounded() as worker:
        assert await worker.run("take", 256 * 1_048_576) == 256 * 1_048_576
        with pytest.raises(ProofError, match="work-too-long"):
            await worker.run("take", 768 * 1_048_576)


async def test_t26_a_page_is_parsed_in_half_a_gigabyte_and_leaves_no_core() -> None:
    async with Pages() as pages:
        await pages.rel_me_links(b"<a rel=me href=https://a.example/>")
        (child,) = pages._bounded._idle
        assert resource.prlimit(child.pid, resource.RLIMIT_AS) == (536_870_912, 536_870_912)
        assert resource.prlimit(child.pid, resource.RLIMIT_CORE) == (0, 0)


async def test_t44_time_is_bounded_by_the_clock_too() -> None:
    async with bounded(0.2) as worker:
        await overruns(worker, "wait")
        assert await worker.run("echo", 1) == 1


async def test_an_answer_longer_than_we_take_is_none() -> None:
    async with bounded() as worker:
        with pytest.raises(ProofError, match="work-too-long"):
            await worker.run("many", 17 * 1_048_576)
        assert len(await worker.run("many", 15 * 1_048_576)) == 15 * 1_048_576


async def test_no_job_sees_what_another_left() -> None:
    async with bounded() as worker:
        assert await worker.run("keep", 1) == [1]
        assert await worker.run("keep", 2) == [2]


async def test_the_process_stays_and_as_many_work_as_may() -> None:
    async with bounded(at_once=2) as worker:
        first, second = (await worker.run("who"))[0], (await worker.run("who"))[0]
        assert first == second
        pairs = await asyncio.gather(*(worker.run("who") for _ in range(8)))
        assert len({parent for parent, _ in pairs}) == 2
        assert len({job for _, job in pairs}) == 8
        await overruns(worker, "spin")
        assert len(worker._idle) == 2


async def test_nothing_is_left_when_it_is_closed_or_was_never_open() -> None:
    async with bounded() as worker:
        kept = (await worker.run("who"))[0]
        assert lives(kept)
    assert not lives(kept)
    alone = (await worker.run("who"))[0]
    assert not lives(alone)


async def test_a_job_that_is_cancelled_ends_with_all_that_it_started(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    async with bounded() as worker:
        task = asyncio.create_task(worker.run("spawn", str(fifo)))
        started = [int(pid) for pid in (await asyncio.to_thread(fifo.read_text)).split()]
        assert len(started) == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for pid in started:
            await ended(pid)
        assert await worker.run("echo", 1) == 1


async def test_a_process_that_was_killed_while_it_waited_is_replaced() -> None:
    async with bounded() as worker:
        await worker.run("echo", 1)
        worker._idle[0].kill()
        await worker._idle[0].wait()
        assert await worker.run("echo", 2) == 2


PARENT = """
import asyncio, sys
from verifier.core.bounded import Bounded
from verifier.core.errors import ProofError

async def main():
    async with Bounded((sys.executable, "-I", "-c", sys.argv[1]), kind=ProofError, overrun="x") as worker:
        print((await worker.run("who"))[0], flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_process_dies_with_its_parent() -> None:
    command = (sys.executable, "-c", PARENT, JOBS)
    parent = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(await parent.stdout.readline())
    assert lives(worker)
    parent.kill()
    await parent.wait()
    await ended(worker)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_each_loop_of_ours_can_run_it(run: Callable[[Coroutine[None, None, None]], None]) -> None:
    async def work() -> None:
        async with bounded(at_once=2) as worker:
            await asyncio.gather(*(worker.run("echo", number) for number in range(5)))
            await overruns(worker, "end")
            assert await worker.run("echo", 1) == 1

    run(work())
