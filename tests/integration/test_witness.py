"""The witness over HTTP: what it cosigns, what it refuses, and what it remembers when it is killed."""

import asyncio
import os
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from tests.integration.mortal_witness import STEPS
from tests.log_writer import ORIGIN, LogWriter
from tests.ports import free_port
from verifier.app.serving import Place, listening
from verifier.core.clock import Chance, Clock
from verifier.core.errors import BadInput, ConfigError, Unavailable
from verifier.tlog import note, tree
from verifier.tlog.checkpoint import Checkpoint
from verifier.tlog.keys import Kind, VerifierKey, time_of
from verifier.tlog.lines import encode
from verifier.tlog.note import Note
from verifier.witness import LARGEST_BODY, State, Witness, application, open_witness
from verifier.witness.opening import KEY, STATE
from verifier.witness.state import NOTHING, Seen

NAME = "witness.example.edu/w1"
NOW = 1_790_000_000


@pytest.fixture(scope="module")
def log() -> LogWriter:
    return LogWriter([b"entry %d" % number for number in range(1_000)])


@pytest.fixture(scope="module")
def fork(log: LogWriter) -> LogWriter:
    """The same log, with the same key, as it shows itself to somebody else."""
    return LogWriter([*log.entries[:100], b"hidden", *log.entries[101:]], key=log.signer)


@dataclass
class Answer:
    status: int
    kind: str
    body: bytes


@dataclass
class Door:
    url: str
    witness: Witness
    session: ClientSession

    async def post(self, data: bytes) -> Answer:
        async with self.session.post(f"{self.url}/add-checkpoint", data=data) as answer:
            return Answer(answer.status, answer.headers["Content-Type"], await answer.read())

    async def add(self, log: LogWriter, old: int, new: int) -> Answer:
        return await self.post(await request(log, old, new))


async def request(log: LogWriter, old: int, new: int, *, proof: list[bytes] | None = None) -> bytes:
    if proof is None:
        proof = await log.tiles(new).consistency(old) if old <= new else []
    lines = "".join(f"{encode(each)}\n" for each in proof)
    return f"old {old}\n{lines}\n".encode() + (await log.checkpoint(new)).data


@pytest.fixture
async def door(log: LogWriter, tmp_path: Path) -> AsyncIterator[Door]:
    clock, port = Clock(lambda: NOW), free_port()
    with open_witness(tmp_path / "w", NAME, [log.vkey], clock, Chance()) as witness:
        async with listening(application(witness), Place("127.0.0.1", port)), ClientSession() as session:
            yield Door(f"http://127.0.0.1:{port}", witness, session)


def cosigned(answer: Answer, log: LogWriter, size: int, key: VerifierKey) -> int:
    """When it was cosigned, with what a log does: put the line below its checkpoint, and check it."""
    assert answer.status == 200
    lines = note.signatures(answer.body.decode())
    return time_of(Note(log.text(size), lines).signed_by([key])[key].data)


# ── what it answers ────────────────────────────────────────────────────────────────────────────────


async def test_a_log_grows(door: Door, log: LogWriter) -> None:
    sizes = [0, 0, 1, 2, 255, 256, 257, 257, 1_000]
    for old, new in zip([0, *sizes], sizes, strict=False):
        answer = await door.add(log, old, new)
        assert cosigned(answer, log, new, door.witness.key) == NOW
    assert door.witness.state.seen(ORIGIN) == Seen(1_000, log.root(1_000))
    assert door.witness.key.kind is Kind.COSIGNATURE


async def test_the_size_that_it_has_seen(door: Door, log: LogWriter) -> None:
    await door.add(log, 0, 256)
    for old in (0, 1, 255, 257):
        answer = await door.add(log, old, 700)
        assert answer == Answer(409, "text/x.tlog.size", b"256\n")
    # An older tree, which the log once had, is nothing that it may be rolled back to.
    assert (await door.add(log, 100, 200)).status == 409
    assert door.witness.state.seen(ORIGIN).size == 256


async def test_t54_a_fork_is_not_cosigned(
    door: Door, log: LogWriter, fork: LogWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """Two trees of one log: of the same size 409, of a greater one 422."""
    await door.add(log, 0, 300)
    same = await door.add(fork, 300, 300)
    assert same == Answer(409, "text/x.tlog.size", b"300\n")
    assert encode(fork.root(300)) in caplog.text
    caplog.clear()
    greater = await door.add(fork, 300, 500)
    assert greater.status == 422
    assert encode(fork.root(500)) in caplog.text
    assert door.witness.state.seen(ORIGIN) == Seen(300, log.root(300))
    assert cosigned(await door.add(log, 300, 500), log, 500, door.witness.key)


async def test_a_proof_that_shows_nothing(door: Door, log: LogWriter) -> None:
    await door.add(log, 0, 300)
    good = await log.tiles(500).consistency(300)
    for proof in ([], good[1:], [*good, good[0]], [*good[:-1], tree.EMPTY]):
        assert (await door.post(await request(log, 300, 500, proof=proof))).status == 422
    assert (await door.post(await request(log, 300, 300, proof=good))).status == 422
    assert door.witness.state.seen(ORIGIN).size == 300


async def test_nothing_comes_before_the_first_tree(door: Door, log: LogWriter) -> None:
    assert (await door.post(await request(log, 0, 300, proof=[tree.EMPTY]))).status == 422
    assert door.witness.state.seen(ORIGIN) == NOTHING


async def test_who_signs(door: Door, log: LogWriter) -> None:
    other = LogWriter(log.entries[:5], origin="other.example/log")
    assert (await door.add(other, 0, 5)).status == 404
    stolen_name = LogWriter(log.entries[:5])
    assert (await door.add(stolen_name, 0, 5)).status == 403
    text = log.text(5)
    wrong = note.Signature(ORIGIN, log.vkey.id, bytes(64))
    assert (await door.post(b"old 0\n\n" + Note(text, (wrong,)).data)).status == 403
    by_other = Note(text, (await note.sign(text, other.origin, other.signer),))
    assert (await door.post(b"old 0\n\n" + by_other.data)).status == 403
    for_other = Checkpoint(other.origin, 5, log.root(5)).text
    signed = Note(for_other, (await note.sign(for_other, ORIGIN, log.signer),))
    assert (await door.post(b"old 0\n\n" + signed.data)).status == 404
    assert door.witness.state.seen(ORIGIN) == NOTHING


async def test_what_is_no_request(door: Door, log: LogWriter) -> None:
    good = await request(log, 0, 5)
    for data in (
        b"",
        b"old 0\n",
        good[:-1],
        good.replace(b"old 0", b"old  0"),
        good.replace(b"old 0", b"old 00"),
        good.replace(b"\n5\n", b"\n05\n"),
        good.replace(b"old 0\n\n", b"old 0\nAAAA\n\n"),
        b"\xff" + good,
        await request(log, 6, 5),  # older than it was
    ):
        assert (await door.post(data)).status == 400
    assert (await door.post(good + b"x" * LARGEST_BODY)).status == 400
    assert door.witness.state.seen(ORIGIN) == NOTHING


async def test_other_doors_are_closed(door: Door) -> None:
    for method, path in (("GET", "/add-checkpoint"), ("POST", "/"), ("GET", "/"), ("POST", "/add-checkpoint/")):
        async with door.session.request(method, door.url + path) as answer:
            assert answer.status in (400, 404, 405)


async def test_of_two_at_once_one_is_first(door: Door, log: LogWriter) -> None:
    await door.add(log, 0, 300)
    requests = [await request(log, 300, 300 + number) for number in range(1, 21)]
    answers = await asyncio.gather(*map(door.post, requests))
    assert sorted(answer.status for answer in answers) == [200, *[409] * 19]


async def test_two_processes_share_one_state(log: LogWriter, tmp_path: Path) -> None:
    one, two = State.open(tmp_path / STATE), State.open(tmp_path / STATE)
    with closing(one), closing(two):
        first, second = Seen(1, log.root(1)), Seen(2, log.root(2))
        assert one.move(ORIGIN, NOTHING, first)
        assert not two.move(ORIGIN, NOTHING, second)
        assert two.move(ORIGIN, first, second)
        assert not one.move(ORIGIN, first, Seen(3, log.root(3)))
        assert one.seen(ORIGIN) == second


async def test_a_state_that_cannot_be_written_is_not_signed(door: Door, log: LogWriter, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "w" / STATE, isolation_level=None)) as other:
        door.witness.state._database.execute("PRAGMA busy_timeout = 1")
        other.execute("BEGIN EXCLUSIVE")
        assert (await door.add(log, 0, 5)).status == 503
        with pytest.raises(Unavailable, match="storage-unavailable"):
            door.witness.state.seen(ORIGIN)
        other.execute("ROLLBACK")
    assert (await door.add(log, 0, 5)).status == 200


# ── its files ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened(log: LogWriter, folder: Path, name: str = NAME) -> Iterator[Witness]:
    with open_witness(folder, name, [log.vkey], Clock(), Chance()) as witness:
        yield witness


def test_its_key_is_made_once_and_is_its_own(log: LogWriter, tmp_path: Path) -> None:
    with opened(log, tmp_path / "w") as witness:
        first = witness.key
    with opened(log, tmp_path / "w") as witness:
        assert witness.key == first
    assert stat.S_IMODE((tmp_path / "w" / KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "w").stat().st_mode) == 0o700
    (tmp_path / "w" / KEY).chmod(0o644)
    with pytest.raises(ConfigError, match="others may read it"), opened(log, tmp_path / "w"):
        pass


def test_t55_a_witness_that_has_forgotten_does_not_start(log: LogWriter, tmp_path: Path) -> None:
    with opened(log, tmp_path):
        pass
    (tmp_path / STATE).unlink()
    with pytest.raises(ConfigError, match="it is gone"), opened(log, tmp_path):
        pass
    assert not (tmp_path / STATE).exists()
    (tmp_path / KEY).unlink()
    with opened(log, tmp_path):
        pass


def test_its_state_is_on_the_disk_when_it_is_written(log: LogWriter, tmp_path: Path) -> None:
    with opened(log, tmp_path) as witness:
        assert witness.state._database.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA
        assert witness.state._database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert not witness.state._database.in_transaction


def test_what_it_is_told_of_logs(log: LogWriter, tmp_path: Path) -> None:
    witness_key = VerifierKey(ORIGIN, Kind.COSIGNATURE, log.vkey.public)
    for logs in ([log.vkey, LogWriter([b"x"]).vkey], [witness_key]):
        with (
            pytest.raises(ConfigError, match="one key of kind 01"),
            open_witness(tmp_path, NAME, logs, Clock(), Chance()),
        ):
            pass
    for name in ("", "a b", "a+b"):
        with pytest.raises(BadInput, match="log-malformed"), opened(log, tmp_path, name):
            pass
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / STATE).write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigError, match="State of the witness"), opened(log, tmp_path / "x"):
        pass


# ── killed ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Killed:
    """A witness in its process, as `verifier log witness` runs it."""

    process: asyncio.subprocess.Process
    url: str
    key: VerifierKey
    session: ClientSession

    async def add(self, data: bytes) -> Answer | None:
        """None: it died first."""
        try:
            async with self.session.post(f"{self.url}/add-checkpoint", data=data) as answer:
                return Answer(answer.status, answer.headers["Content-Type"], await answer.read())
        except ClientError:
            return None


@asynccontextmanager
async def living(log: LogWriter, folder: Path, step: str = "never") -> AsyncIterator[Killed]:
    port = free_port()
    arguments = ("--name", NAME, "--log", log.vkey.text, "--data", str(folder), "--port", str(port))
    module = ("-m", "tests.integration.mortal_witness", step)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *module, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        key = VerifierKey.parse((await process.stdout.readline()).decode().strip())
        ready = (await process.stdout.readline()).decode()
        assert ready == f"Ready on http://127.0.0.1:{port}/add-checkpoint\n"
        async with ClientSession() as session:
            yield Killed(process, f"http://127.0.0.1:{port}", key, session)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("step", [step for step in STEPS if step != "never"])
async def test_t55_its_state_is_never_behind_its_answer(log: LogWriter, tmp_path: Path, step: str) -> None:
    async with living(log, tmp_path) as witness:
        answer = await witness.add(await request(log, 0, 300))
        assert answer is not None
        assert cosigned(answer, log, 300, witness.key)
        first = witness.key
    async with living(log, tmp_path, step) as witness:
        assert await witness.add(await request(log, 300, 500)) is None
        assert await witness.process.wait() == -signal.SIGKILL
    async with living(log, tmp_path) as witness:
        assert witness.key == first
        # What it may have signed, it knows.
        size = 300 if step == "before move" else 500
        assert await witness.add(await request(log, 0, 700)) == Answer(409, "text/x.tlog.size", b"%d\n" % size)
        again = await witness.add(await request(log, size, 500))
        assert again is not None
        assert cosigned(again, log, 500, witness.key)


async def test_so_many_connections(log: LogWriter, tmp_path: Path) -> None:
    async with living(log, tmp_path) as witness:
        port = int(witness.url.rpartition(":")[2])
        taken = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
        for each in (writer, *(writer for _, writer in taken)):
            each.close()


async def test_it_ends_when_it_is_told_to(log: LogWriter, tmp_path: Path) -> None:
    async with living(log, tmp_path) as witness:
        os.kill(witness.process.pid, signal.SIGTERM)
        assert await witness.process.wait() == 0
