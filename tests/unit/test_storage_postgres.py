"""What is PostgreSQL's own: the turn of the writers, the server that is away, the URL with its password."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.contract.stored import NOW, add_order, publish
from tests.doubles.http import Authority
from tests.doubles.postgres import Postgres
from tests.ports import free_port
from verifier.core.errors import ConfigError, Unavailable
from verifier.storage import Storage, is_there, open_storage, postgres, schema
from verifier.storage.postgres_url import PostgresUrl


@pytest.fixture
def url(server: Postgres) -> str:
    return server.emptied()


@pytest.fixture
def name(url: str) -> str:
    """Of the database."""
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
async def store(url: str) -> AsyncIterator[Storage]:
    async with await open_storage(url) as storage:
        yield storage


@pytest.fixture
def restarted(server: Postgres) -> Iterator[Postgres]:
    """A server that a test may stop."""
    yield server
    if not server.runs:
        server.start()


async def put(store: Storage, fact: str) -> None:
    async with store.write.transaction() as tx:
        await tx.facts.set_once(fact, "1")


def is_failing(store: Storage) -> bool:
    return store.write.failing


async def ask(store: Storage, sql: str) -> object:
    row = await store.read.facts._connection.row(sql)
    assert row is not None
    return row[0]


# The schema


async def test_text_is_in_the_order_of_its_bytes_whatever_the_locale(store: Storage) -> None:
    others = await store.read.facts._connection.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )
    assert [tuple(row) for row in others] == []
    # Of the database itself, letters come in another order: what is left to it would show.
    assert await ask(store, "SELECT 'Z' < 'a'") is False
    for handle in ("acct:Z@x", "acct:a@x", "acct:É@x"):
        async with store.write.transaction() as tx:
            await tx.bodies.ensure(handle, handle, "", NOW)
    assert [body.domain for body in await store.read.bodies.all(9)] == ["acct:Z@x", "acct:a@x", "acct:É@x"]
    assert await ask(store, "SELECT COUNT(*) FROM body WHERE LOWER(domain) = 'acct:z@x'") == 1
    assert await ask(store, "SELECT COUNT(*) FROM body WHERE LOWER(domain) = 'acct:é@x'") == 0, "as in SQLite"


async def test_a_newer_schema_is_refused(server: Postgres) -> None:
    url = server.new()
    assert not await is_there(url)
    async with await open_storage(url):
        assert await is_there(url)
    server.sql("INSERT INTO schema_version VALUES (999)", url.partition("?")[0].rpartition("/")[2])
    with pytest.raises(ConfigError, match="written by a newer version"):
        await open_storage(url)


async def test_a_migration_is_applied_once_and_whole(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.new()
    known = schema.migrations()
    number = known[-1][0] + 1
    broken = [*known, (number, "CREATE TABLE one (a TEXT); CREATE TABLE nonsense (;")]
    mended = [*known, (number, "CREATE TABLE one (a TEXT); CREATE TABLE two (a TEXT);")]
    monkeypatch.setattr(postgres, "migrations", lambda: broken)
    with pytest.raises(ConfigError, match="syntax"):
        await open_storage(url)
    monkeypatch.setattr(postgres, "migrations", lambda: mended)
    for _ in range(2):
        async with await open_storage(url) as store:
            assert await ask(store, "SELECT COUNT(*) FROM pg_tables WHERE tablename IN ('one', 'two')") == 2


async def test_a_database_of_something_else(server: Postgres) -> None:
    url = server.new()
    server.sql("CREATE TABLE body (weight INT)", url.partition("?")[0].rpartition("/")[2])
    with pytest.raises(ConfigError, match="holds something else already"):
        await open_storage(url)


async def test_a_database_of_another_encoding(server: Postgres) -> None:
    server.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(ConfigError, match="its encoding is LATIN1: create the database with ENCODING 'UTF8'"):
        await open_storage(server.url("latin"))


# Turns


async def test_writers_take_turns_whatever_the_isolation_of_the_database(url: str, name: str, server: Postgres) -> None:
    async with await open_storage(url):
        pass
    server.sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    try:
        async with await open_storage(url) as one, await open_storage(url) as two:

            async def count(storage: Storage) -> None:
                for _ in range(10):
                    async with storage.write.transaction() as tx:
                        number = await tx.status_lists.last() + 1
                        await tx.status_lists.add("revocation", number, 1, b"", NOW)

            await asyncio.gather(count(one), count(two))
            assert await one.read.status_lists.last() == 20
    finally:
        server.sql(f"ALTER DATABASE {name} RESET default_transaction_isolation")


async def test_every_wait_of_a_writer_has_an_end(store: Storage) -> None:
    async with store.write.transaction() as tx:
        names = "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"
        ends = [await tx.facts._connection.row(f"SHOW {name}") for name in names]
    assert [row and row[0] for row in ends] == ["10s"] * 3


async def test_who_holds_a_turn_for_too_long_loses_it(url: str) -> None:
    """As a machine that dies in the middle of a transaction, with nobody to tell the server."""
    async with await open_storage(url) as lost, await open_storage(url) as other:
        await put(lost, "before")

        async def work() -> None:
            async with lost.write.transaction() as tx:
                await tx.facts.set_once("a", "lost")
                await tx.facts._connection.row("SELECT set_config('idle_in_transaction_session_timeout', '50ms', true)")
                await put(other, "a")  # waits for the turn, until the server takes it from the one who is silent
                await tx.facts.set_once("b", "lost")

        with pytest.raises(Unavailable, match="storage-unavailable"):
            await work()
        assert is_failing(lost)
        await put(lost, "c")
        assert not is_failing(lost)
        assert [await other.read.facts.get(fact) for fact in "abc"] == ["1", None, "1"]


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_that_the_server_gives_up_is_told_whenever_it_is_noticed(
    url: str, store: Storage, turns: int
) -> None:
    """Its last word comes before its end: who asks in between is answered in another way than who asks later."""

    async def work() -> None:
        async with store.write.transaction() as tx:
            row = await tx.facts._connection.row("SELECT pg_backend_pid()")
            assert row is not None
            await ask(other, f"SELECT pg_terminate_backend({row[0]})")
            for _ in range(turns):
                await asyncio.sleep(0)
            await tx.facts.set_once("a", "1")

    async with await open_storage(url) as other:
        with pytest.raises(Unavailable, match="storage-unavailable"):
            await work()
    await put(store, "b")
    assert [await store.read.facts.get(fact) for fact in "ab"] == [None, "1"]


async def test_who_waits_for_a_turn_for_too_long_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with await open_storage(url) as holder:
        await put(holder, "before")  # with the patience of every day
        monkeypatch.setattr(postgres, "_LOCK", 0.05)
        async with await open_storage(url) as other:
            async with holder.write.transaction():
                with pytest.raises(Unavailable, match="storage-unavailable"):
                    await put(other, "a")
            await put(other, "b")
            assert [await holder.read.facts.get(fact) for fact in "ab"] == [None, "1"]


async def test_a_statement_that_takes_too_long_is_ended(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_STATEMENT", 0.05)
    async with await open_storage(url) as store:
        with pytest.raises(Unavailable, match="storage-unavailable"):
            await ask(store, "SELECT pg_sleep(60)")
        assert await ask(store, "SELECT 1") == 1

        async def work() -> None:
            async with store.write.transaction() as tx:
                await tx.facts.set_once("a", "1")
                await tx.facts._connection.row("SELECT pg_sleep(60)")

        with pytest.raises(Unavailable, match="storage-unavailable"):
            await work()
        assert await store.read.facts.get("a") is None


async def test_who_catches_a_fault_inside_a_transaction_commits_nothing(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.facts.set_once("a", "1")
            with pytest.raises(asyncpg.PostgresSyntaxError):
                await tx.facts._connection.run("NONSENSE")

    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await work()
    assert await store.read.facts.get("a") is None


async def test_what_is_acknowledged_is_on_the_disk(url: str, name: str, server: Postgres) -> None:
    for asked, got in (("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")):
        server.sql(f"ALTER DATABASE {name} SET synchronous_commit = '{asked}'")
        async with await open_storage(url) as store, store.write.transaction() as tx:
            row = await tx.facts._connection.row("SHOW synchronous_commit")
            assert row is not None
            assert row[0] == got
    server.sql(f"ALTER DATABASE {name} RESET synchronous_commit")


async def test_cancelled_tasks_leave_no_transaction_open(store: Storage, url: str) -> None:
    async def work(n: int) -> None:
        async with store.write.transaction() as tx:
            await tx.facts.set_once(f"{n}", "1")
            await tx.facts._connection.row("SELECT pg_sleep(0.002)")

    for turns in range(12):
        tasks = [asyncio.create_task(work(n)) for n in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0.001)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        open_ = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        assert await ask(store, open_) == 0
    await put(store, "after")


# The server that is away


async def test_it_is_away_and_comes_back(url: str, restarted: Postgres) -> None:
    async with await open_storage(url) as store:
        await publish(store)
        version = await store.lookups.version()
        restarted.stop()
        for read in (store.read, store.lookups):
            with pytest.raises(Unavailable, match="storage-unavailable"):
                await read.facts.get("a")
        for _ in range(2):
            with pytest.raises(Unavailable, match="storage-unavailable"):
                await put(store, "a")
        assert is_failing(store)
        restarted.start()
        await put(store, "a")
        assert not is_failing(store)
        assert [await read.facts.get("a") for read in (store.read, store.lookups)] == ["1", "1"]
        assert await store.lookups.version() != version
        assert await store.read.orders.get("order-1") is not None


async def test_who_is_in_a_transaction_when_it_goes_is_told(url: str, restarted: Postgres) -> None:
    async with await open_storage(url) as store:

        async def work() -> None:
            async with store.write.transaction() as tx:
                await tx.facts.set_once("a", "1")
                restarted.stop(signal.SIGINT)
                await tx.facts.set_once("b", "1")

        with pytest.raises(Unavailable, match="storage-unavailable"):
            await work()
        restarted.start()
        assert [await store.read.facts.get(fact) for fact in "ab"] == [None, None]


async def test_nothing_is_believed_for_longer_than_a_second_that_nobody_confirms(
    url: str, restarted: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_DEAF", 0.0)
    async with await open_storage(url) as store:
        first = await store.lookups.version()
        restarted.stop()
        assert await store.lookups.version() != first != await store.lookups.version()


async def test_what_was_committed_while_nobody_listened_is_noticed(
    url: str, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_DEAF", 3600.0)
    async with await open_storage(url) as other:
        listener = store.lookups.version.__self__  # type: ignore[attr-defined]
        version = await store.lookups.version()
        await put(other, "a")
        while await store.lookups.version() == version:  # noqa: ASYNC110 - it is heard of a moment later
            await asyncio.sleep(0.001)
        pids = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'"
        await ask(other, pids)
        await put(other, "b")
        version = await store.lookups.version()
        while await store.lookups.version() == version:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        assert not listener._task.done()


NO_SERVER = [
    ("{host}", "the server does not answer"),
    ("nobody@{socket}/{name}?{where}", "refuses this user"),
    ("postgres@{socket}/nothing?{where}", "there is no such database: create it"),
    ("postgres:sesame@127.0.0.1:{port}/{name}?sslmode=verify-full", "no TLS as sslmode demands it"),
    ("postgres:sesame@127.0.0.1:{port}/{name}?sslmode=require", "no TLS as sslmode demands it"),
]


@pytest.mark.parametrize(("form", "says"), NO_SERVER, ids=map(str, range(len(NO_SERVER))))
async def test_a_start_without_a_database_says_what_to_look_at(
    form: str, says: str, server: Postgres, name: str
) -> None:
    host = f"u:sesame@127.0.0.1:{free_port()}/x"
    where = f"host={server.folder}&port={server.port}"
    given = form.format(host=host, socket="", name=name, where=where, port=server.port)
    for act in (open_storage, is_there):
        with pytest.raises(ConfigError, match=says) as refused:
            await act(f"postgresql://{given}")
        assert str(refused.value).startswith("VERIFIER_DATABASE_URL: ")
        assert "sesame" not in str(refused.value)


async def test_a_user_without_rights(server: Postgres) -> None:
    url = server.new()
    server.sql("CREATE ROLE poor LOGIN")
    with pytest.raises(ConfigError, match="this user lacks rights"):
        await open_storage(url.replace("postgres@", "poor@"))


async def test_the_password_may_stand_in_a_file_and_the_server_be_certified(
    server: Postgres, url: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await open_storage(url):
        pass
    server.sql("CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'sesame'")
    (tmp_path / "pgpass").write_text(f"127.0.0.1:{server.port}:{name}:keeper:sesame\n")
    (tmp_path / "pgpass").chmod(0o600)
    authority = Authority(tmp_path)
    authority.server("127.0.0.1")
    (tmp_path / "root.pem").write_bytes(authority.root)
    (tmp_path / "other.pem").write_bytes(Authority(tmp_path).root)
    over_tls = f"postgresql://keeper@127.0.0.1:{server.port}/{name}?sslmode=verify-full&sslrootcert={tmp_path}"
    with server.certified(tmp_path / "127.0.0.1.pem"):
        with pytest.raises(ConfigError, match="refuses this user"):
            await open_storage(f"{over_tls}/root.pem")
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
        with pytest.raises(ConfigError, match="no TLS as sslmode demands it"):
            await open_storage(f"{over_tls}/other.pem")
        async with await open_storage(f"{over_tls}/root.pem") as store:
            await put(store, "a")
            assert await ask(store, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") is True


# The URL


@pytest.mark.parametrize(
    "url_",
    (
        "postgresql://",
        "postgresql:///",
        "postgresql://u:sesame@h/",
        "postgresql://u:se/same@h/d",
        "postgresql://u:12/sesame@h/d",
        "postgresql://u:ses@me@h/d",
        "postgresql://u:ses#ame@h/d",
        "postgresql://u:sesame@h/d/e",
        "postgresql://u:sesame@h/d#e",
        "postgresql://u:sesame@h:port/d",
        "postgresql://u:sesame@h /d",
        "postgresql://u@h/d?password=sesame",
        "postgresql://u@h/d?sslmode=require&sslmode=sesame",
        "postgresql://u:sesame@h/d?statement_timeout=0",
        "postgresql://u:sesame@h/d?host=/run",
    ),
)
def test_a_url_that_cannot_be_read_is_refused_and_not_shown(url_: str) -> None:
    with pytest.raises(ConfigError, match="VERIFIER_DATABASE_URL") as refused:
        PostgresUrl.parse(url_)
    assert "sesame" not in str(refused.value)
    assert "ame" not in str(refused.value).replace("same", "").replace("parameters", "").replace("name", "")


@pytest.mark.parametrize(
    ("url_", "place"),
    (
        ("postgresql://u:p@db.example:5432/official", "db.example:5432/official"),
        ("postgres://u@a.example,b.example:5433/v?target_session_attrs=primary", "a.example,b.example:5433/v"),
        ("postgresql://u:p%40%2F@[::1]:5432/v?sslmode=verify-full", "[::1]:5432/v"),
        ("postgresql:///v?host=/run/postgresql", "/run/postgresql/v"),
        ("postgresql:///v", "localhost/v"),
    ),
)
def test_of_a_url_servers_and_database_may_be_shown(url_: str, place: str) -> None:
    assert PostgresUrl.parse(url_) == PostgresUrl(url_, place)


async def test_nothing_is_left_open(url: str, server: Postgres, name: str) -> None:
    for _ in range(3):
        async with await open_storage(url) as store:
            await add_order(store)
            await store.lookups.version()
            await store.read.changes.last()
            await store.lookups.changes.last()
            async with store.write.transaction() as tx:
                await tx.orders.drop_ended(NOW, 1)
        server.sql('DELETE FROM challenge; DELETE FROM "authorization"; DELETE FROM "order"', name)
    others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while server.sql(others, name) != "0":  # the server hears that a connection is closed, a moment later
        pass
