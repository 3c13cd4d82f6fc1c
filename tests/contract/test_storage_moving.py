"""``verifier migrate-storage``: all that a database holds, or nothing."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.contract.stored import HANDLE, NOW, ORDER, RECORD, SEEN, add_order, publish
from tests.doubles.postgres import Postgres
from tests.initiators import OPERATOR
from verifier.cli import group
from verifier.core.initiator import Role
from verifier.core.models import EventKind
from verifier.storage import AuditEntry, AuditPerson, Storage, open_storage
from verifier.storage.connection import Row
from verifier.storage.moving import file, move, server
from verifier.storage.moving.table import Table, tables


@pytest.fixture(autouse=True)
def _few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (file, server):
        monkeypatch.setattr(module, "BATCH", 4)


@pytest.fixture(params=("sqlite", "postgresql"))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'verifier.sqlite3'}"
    server: Postgres = request.getfixturevalue("server")
    return server.new()


async def fill(store: Storage) -> None:
    """Rows of many kinds: text and bytes that are no ASCII, absent values, rows that refer to their own table."""
    await publish(store)
    await add_order(store, replace(ORDER, id="order-2", handle="acct:Éva@social.example", mailbox=None))
    async with store.write.transaction() as tx:
        await tx.records.add("order-1", RECORD, SEEN)
        above = await tx.bodies.ensure("z-above", "gouv.fr", "Above", NOW)
        below = await tx.bodies.ensure("a-below", "below.gouv.fr", "Below", NOW)
        await tx.bodies.vouch(below, above, "Below", NOW)
        await tx.letters.add(None, "late", "fr", {"é": "\U0001f600"}, NOW)
        await tx.audit.add(
            AuditEntry(1, NOW, "act", Role.OPERATOR, {"é": 1}, b"\x00" * 32, b"", b"\xff" * 32),
            AuditPerson(1, b"\x00", "operator:é"),
        )
        for number in range(2, 12):
            await tx.events.add(EventKind.ISSUED, "attestation-1", HANDLE, number, listed=False, by=OPERATOR)


async def run(*arguments: str) -> Result:
    # In a thread: the command runs an event loop of its own.
    return await asyncio.to_thread(CliRunner().invoke, group, ["migrate-storage", *arguments])


async def test_all_that_it_holds_is_there_and_the_same(url: str, target: str) -> None:
    async with await open_storage(url) as store:
        await fill(store)
    ran = await run(url, target, "--json")
    assert ran.exit_code == 0, ran.output
    found = {each["table"]: each for each in json.loads(ran.stdout)}
    assert found.keys() == {table.name for table in tables()}
    assert {name: found[name]["rows"] for name in ("event", "order", "body", "audit_person", "job")} == {
        "event": 11,
        "order": 2,
        "body": 3,
        "audit_person": 1,
        "job": 0,
    }
    assert "event: 11 rows" in ran.stderr
    async with await open_storage(target) as store:
        assert await store.read.events.last() == 11
        assert (await store.read.verdicts.answer(HANDLE) or [b""])[0] == b"verdict 1"
        async with store.write.transaction() as tx:  # numbers go on where they were
            await tx.events.add(EventKind.ISSUED, "attestation-1", HANDLE, NOW, listed=True, by=OPERATOR)
        assert await store.read.events.last() == 12


async def test_there_and_back_is_the_same(url: str, target: str, tmp_path: Path) -> None:
    async with await open_storage(url) as store:
        await fill(store)
    there = await move(url, target, lambda _: None)
    back = await move(target, f"sqlite:///{tmp_path / 'back.sqlite3'}", lambda _: None)
    assert there == back
    assert sum(each.rows for each in there) > 20


async def test_a_service_that_runs_is_not_moved(url: str, target: str) -> None:
    async with await open_storage(url) as store:
        await fill(store)
        ran = await run(url, target)
    assert ran.exit_code == 1
    assert "is in use" in str(ran.exception)
    assert await is_empty(target)


async def test_what_holds_something_is_not_moved_to(url: str, target: str) -> None:
    for each in (url, target):
        async with await open_storage(each) as store, store.write.transaction() as tx:
            await tx.facts.set("whose", each)
    ran = await run(url, target)
    assert ran.exit_code == 1
    assert "holds something already" in str(ran.exception)
    async with await open_storage(target) as store:
        assert await store.read.facts.get("whose") == target


async def test_nowhere_is_no_source(target: str, tmp_path: Path) -> None:
    ran = await run(f"sqlite:///{tmp_path / 'none.sqlite3'}", target)
    assert ran.exit_code == 1
    assert "No such file" in str(ran.exception)
    assert not (tmp_path / "none.sqlite3").exists()
    assert await is_empty(target)


async def test_what_arrives_otherwise_is_not_kept(url: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with await open_storage(url) as store:
        await fill(store)
    fill_file, fill_server = file.FileSide.fill, server.ServerSide.fill

    async def lossy(side: Any, table: Table, batches: AsyncIterator[Sequence[Row]]) -> None:  # noqa: ANN401 - either
        async def some() -> AsyncIterator[Sequence[Row]]:
            async for rows in batches:
                yield rows[:-1] if table.name == "event" else rows

        await (fill_file if isinstance(side, file.FileSide) else fill_server)(side, table, some())

    monkeypatch.setattr(file.FileSide, "fill", lossy)
    monkeypatch.setattr(server.ServerSide, "fill", lossy)
    ran = await run(url, target)
    assert ran.exit_code == 1
    assert "event is not what it is" in str(ran.exception)
    assert await is_empty(target)


async def test_a_kill_in_the_middle_leaves_the_target_empty(url: str, target: str) -> None:
    async with await open_storage(url) as store:
        await fill(store)
    script = (
        "import asyncio, os, signal, sys\n"
        "from verifier.storage.moving import move\n"
        "def progress(content):\n"
        "    if content.table == 'event':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(move(sys.argv[1], sys.argv[2], progress))\n"
    )
    killed = await asyncio.to_thread(subprocess.run, (sys.executable, "-c", script, url, target), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert await is_empty(target)
    ran = await run(url, target)
    assert ran.exit_code == 0, ran.exception


async def is_empty(url: str) -> bool:
    return await asyncio.to_thread(_is_empty, url)


def _is_empty(url: str) -> bool:
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        if not path.exists():
            return True
        with closing(sqlite3.connect(path)) as database:
            return bool(database.execute("SELECT COUNT(*) = 0 FROM sqlite_master").fetchone()[0])
    count = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"
    ran = subprocess.run(("psql", "-XAtq", url, "-c", count), check=True, capture_output=True, text=True)
    return ran.stdout.strip() == "0"
