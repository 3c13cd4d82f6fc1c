"""What is SQLite's own: durability, the schema's number, the files."""

import asyncio
import fcntl
import os
import sqlite3
import stat
import threading
from importlib import resources
from pathlib import Path

import pytest

from verifier.core.errors import ConfigError, Unavailable
from verifier.storage import (
    DueList,
    accounts,
    attestations,
    bodies,
    open_storage,
    orders,
    records,
    schema,
    sql,
    verdicts,
)
from verifier.storage import sqlite as databases


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_what_is_acknowledged_survives_a_power_cut(tmp_path: Path) -> None:
    async with await open_storage(url(tmp_path / "v.sqlite3")) as store, store.write.transaction() as tx:
        pragmas = {}
        for name in ("journal_mode", "synchronous", "foreign_keys"):
            row = await tx.facts._connection.row(f"PRAGMA {name}")
            assert row is not None
            pragmas[name] = row[0]
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_the_database_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "v.sqlite3"
    async with await open_storage(url(path)) as store:
        async with store.write.transaction() as tx:
            await tx.facts.set_once("a", "1")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert {"v.sqlite3", "v.sqlite3-wal", "v.sqlite3-shm"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    async with await open_storage(url(tmp_path / "v.sqlite3")) as store:
        async with store.write.transaction() as tx:
            await tx.facts._connection.row("PRAGMA max_page_count = 1")  # SQLite makes it as many as there are
        with pytest.raises(Unavailable, match="storage-unavailable"):
            async with store.write.transaction() as tx:
                await tx.facts.set_once("a", "x" * 100_000)


def test_who_starts_while_another_migrates_waits(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite3"
    with path.with_suffix(".migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waits = f":{os.fstat(lock.fileno()).st_ino} "
        second = threading.Thread(target=lambda: asyncio.run(open_and_close(path)))
        second.start()
        while second.is_alive() and not any("->" in line and waits in line for line in locks()):
            second.join(0.01)
        assert second.is_alive()
        assert not path.exists(), "it has made nothing yet"
    second.join()
    assert path.exists()


async def open_and_close(path: Path) -> None:
    async with await open_storage(url(path)):
        pass


def locks() -> list[str]:
    """All locks of files, and, with an arrow, who waits for one (proc_locks(5))."""
    return Path("/proc/locks").read_text().splitlines()


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite3"
    newest = schema.migrations()[-1][0]
    async with await open_storage(url(path)):
        pass
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (newest,)
        database.execute(f"PRAGMA user_version={newest + 1}")
    database.close()
    with pytest.raises(ConfigError, match="newer version"):
        await open_storage(url(path))


async def test_a_migration_is_applied_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v.sqlite3"
    known = schema.migrations()
    number = known[-1][0] + 1
    broken = [*known, (number, "CREATE TABLE one (a TEXT); CREATE TABLE nonsense (;")]
    mended = [*known, (number, "CREATE TABLE one (a TEXT); CREATE TABLE two (a TEXT);")]
    monkeypatch.setattr(databases, "migrations", lambda: broken)
    with pytest.raises(ConfigError, match="cannot be opened"):
        await open_storage(url(path))
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (known[-1][0],)
        assert database.execute("SELECT name FROM sqlite_master WHERE name = 'one'").fetchone() is None
    database.close()
    monkeypatch.setattr(databases, "migrations", lambda: mended)
    for _ in range(2):
        async with await open_storage(url(path)):
            pass
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (number,)
    database.close()


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [number for number, _ in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite3"
    path.write_text("nothing of the kind " * 100)
    with pytest.raises(ConfigError, match="cannot be opened"):
        await open_storage(url(path))


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be opened"):
        await open_storage(url(tmp_path / "file" / "v.sqlite3"))


@pytest.mark.parametrize(
    "query",
    [
        bodies._DUE,
        attestations._RESTING_ON_BODY,
        orders._OVER,
        records._OLDER,
        orders._CONTACTS,
        orders._ON_VOUCHING,
        attestations._EVER_OF_HANDLE,
        attestations._EVER_OF_ACTOR,
        attestations._EVER_OF_KEY,
        attestations._OF_SAME_ACCOUNT,
        accounts._HANDLE_OF_URL,
        verdicts._ANSWERS,
        sql.PINS_IN_ANY_SPELLING,
        accounts._REPLACED,
        f"{attestations._LISTED} AND LOWER(account.handle) = $1",
    ],
    ids=[
        "bodies due",
        "of a body",
        "orders over",
        "older records",
        "contacts",
        "on a word",
        "of a handle",
        "of an actor",
        "of a key",
        "of an account",
        "at an address",
        "an answer in any spelling",
        "a pin in any spelling",
        "pins replaced",
        "listed in any spelling",
    ],
)
async def test_what_anybody_can_add_rows_to_is_found_by_an_index(tmp_path: Path, query: str) -> None:
    async with await open_storage(url(tmp_path / "v.sqlite3")) as store:
        plan = await store.read.facts._connection.rows(f"EXPLAIN QUERY PLAN {query}", 1, 2, 3, 4)
    assert plan
    assert [row[3] for row in plan if row[3].startswith("SCAN")] == []


async def test_bodies_on_which_something_may_rest_are_watched_after_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.sqlite3"
    known = schema.migrations()
    monkeypatch.setattr(databases, "migrations", lambda: known[:3])
    async with await open_storage(url(path)):
        pass
    with sqlite3.connect(path) as database:
        database.executescript(
            "INSERT INTO body (id, domain, name, created_at, proved_at, parent_id) VALUES"
            " ('proved', 'a', '', 5, 7, NULL), ('above', 'b', '', 5, NULL, NULL), ('below', 'c', '', 5, NULL, 'above'),"
            " ('host', 'd', '', 5, NULL, NULL), ('held', 'e', '', 5, NULL, NULL), ('asked', 'f', '', 5, NULL, NULL);"
            "INSERT INTO instance (host, body_id, evidence, proved_at, checked_at) VALUES ('h', 'host', '', 5, 5);"
            "INSERT INTO identity (id, type, key, body_id, class, proved_at, proof_until, created_at) VALUES"
            " ('i', 'institution', x'00', 'held', '', 5, 5, 5), ('j', 'agent', x'01', 'asked', '', 5, 5, 5);"
        )
    database.close()
    monkeypatch.undo()
    async with await open_storage(url(path)) as store:
        rows = await store.read.facts._connection.rows("SELECT id, watched_from FROM body ORDER BY domain")
    watched = {"proved": 7, "above": 5, "below": 5, "host": 5, "held": 5, "asked": None}
    assert {row[0]: row[1] for row in rows} == watched


async def test_pins_of_before_and_of_the_code_of_before_have_no_page_that_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.sqlite3"
    pin = (
        "INSERT INTO account (id, handle, actor, profile, key_digest, pinned_at, order_id, current, host,"
        " next_check_at) VALUES ('{0}', 'acct:{0}@a', 'https://a/{0}', 'https://a/{0}', 'z', 5, 'o', 1, 'a', 5);"
    )
    known = schema.migrations()
    monkeypatch.setattr(databases, "migrations", lambda: [each for each in known if each[0] < 5])
    for name in ("before", "after"):
        async with await open_storage(url(path)):
            pass
        with sqlite3.connect(path) as database:
            database.executescript(pin.format(name))
        database.close()
        monkeypatch.undo()
    async with await open_storage(url(path)) as store:
        accounts = [await store.read.accounts.get(f"acct:{name}@a") for name in ("before", "after")]
    assert [account and account.profile_page for account in accounts] == [None, None]
    assert all(accounts)


def descriptors() -> list[str]:
    return sorted(file.name for file in Path("/proc/self/fd").iterdir())


async def test_nothing_is_left_open(tmp_path: Path) -> None:
    before = descriptors()
    for _ in range(5):
        async with await open_storage(url(tmp_path / "v.sqlite3")) as store:
            await store.read.events.last()
    assert descriptors() == before


async def test_t00h_lists_of_before_are_all_signed_again_after_the_migration(tmp_path: Path) -> None:
    """They were signed by a key that is to leave the DID document."""
    path = tmp_path / "store.sqlite3"
    files = sorted(resources.files(databases.__package__ or "").joinpath("migrations").iterdir(), key=lambda f: f.name)
    before = next(place for place, file in enumerate(files) if file.name.endswith("_status_lists.sql"))
    with sqlite3.connect(path, isolation_level=None) as database:
        for file in files[:before]:
            database.executescript(file.read_text())
        for purpose in ("revocation", "suspension"):
            database.execute("INSERT INTO status_list VALUES (?, 1, 131072, x'7b7d', 1000)", (purpose,))
        database.execute(f"PRAGMA user_version={before}")
    database.close()
    async with await open_storage(url(path)) as storage:
        assert await storage.read.status_lists.due(1000, 3600) == [
            DueList(purpose, 1, 1000) for purpose in ("revocation", "suspension")
        ]
