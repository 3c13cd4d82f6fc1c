"""What the house relies on of its store: opening, transactions, who sees what."""

import asyncio
import subprocess
import sys

import pytest

from tests.contract.stored import HANDLE, NOW, ORDER, add_order, publish
from verifier.core.errors import VerifierError
from verifier.core.models import (
    End,
)
from verifier.storage import Storage, open_storage

# Opening


def test_four_processes_that_start_at_once_make_one_schema(new_url: str) -> None:
    script = (
        "import asyncio, sys\n"
        "from verifier.storage import open_storage\n"
        "async def main():\n"
        "    async with await open_storage(sys.argv[1]) as store:\n"
        "        async with store.write.transaction() as tx:\n"
        "            await tx.facts.set_once('first', sys.argv[2])\n"
        "        print(await store.read.facts.get('first'))\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-W", "error", "-c", script, new_url]
    processes = [
        subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    outputs = [process.communicate() for process in processes]
    assert [error for _, error in outputs] == [""] * 4
    assert len({text for text, _ in outputs}) == 1


async def test_what_was_committed_is_there_after_a_restart(url: str) -> None:
    async with await open_storage(url) as store:
        await publish(store)
    async with await open_storage(url) as store:
        assert await store.read.verdicts.answer(HANDLE) is not None
        order = await store.read.orders.get("order-1")
    assert order is not None
    assert {name: getattr(order, name) for name in ORDER.__dataclass_fields__} == {
        name: getattr(ORDER, name) for name in ORDER.__dataclass_fields__
    }


@pytest.mark.parametrize("url_", ("", "sqlite:///", "mysql://a/b", "verifier.sqlite3", "sqlite://", "postgresql://"))
async def test_a_url_of_no_database(url_: str) -> None:
    with pytest.raises(VerifierError, match="VERIFIER_DATABASE_URL"):
        await open_storage(url_)


# Transactions


async def test_a_transaction_that_fails_leaves_nothing(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.orders.add(ORDER, {End.ACCOUNT: "any"}, ())
            assert await tx.orders.get("order-1") is not None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert await store.read.orders.get("order-1") is None
    await add_order(store)
    assert await store.read.orders.get("order-1") is not None


async def test_a_statement_that_fails_undoes_those_before_it(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.facts.set_once("a", "1")
            await tx.orders.add(ORDER, {}, ())

    await add_order(store)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await work()
    assert await store.read.facts.get("a") is None


async def test_who_is_cancelled_inside_a_transaction_leaves_nothing(store: Storage) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.facts.set_once("a", "1")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.write.transaction() as tx:
        assert await tx.facts.get("a") is None


async def test_who_is_cancelled_while_another_process_writes_leaves_the_writer_usable(
    store: Storage, other: Storage
) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.facts.set_once("a", "mine")

    async with other.write.transaction() as tx:
        await tx.facts.set_once("a", "theirs")
        task = asyncio.create_task(work())
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        done = asyncio.gather(task, return_exceptions=True)
    await done
    async with store.write.transaction() as tx:
        assert await tx.facts.get("a") == "theirs"
        await tx.facts.set_once("b", "mine")
    assert await other.read.facts.get("b") == "mine"


async def test_writers_take_turns(store: Storage, other: Storage) -> None:
    async def count(storage: Storage) -> None:
        for _ in range(10):
            async with storage.write.transaction() as tx:
                await tx.status_lists.add("revocation", await tx.status_lists.last() + 1, 1, b"", NOW)

    await asyncio.gather(count(store), count(store), count(other), count(other))
    assert await store.read.status_lists.last() == 40


async def test_a_reader_sees_what_is_committed_and_only_that(store: Storage, other: Storage) -> None:
    async with store.write.transaction() as tx:
        await tx.facts.set_once("a", "1")
        assert await tx.facts.get("a") == "1"
        assert [await each.facts.get("a") for each in (store.read, store.lookups, other.read)] == [None] * 3
    assert [await each.facts.get("a") for each in (store.read, store.lookups, other.read)] == ["1"] * 3


async def test_a_reader_cannot_write(store: Storage) -> None:
    for reader in (store.read, store.lookups):
        with pytest.raises(Exception, match=r"(?i)read.?only"):
            await reader.facts._connection.run("INSERT INTO fact (name, value) VALUES ('a', 'b')")
    assert await store.read.facts.get("a") is None


async def test_the_version_changes_with_each_commit_of_anybody(store: Storage, other: Storage) -> None:
    versions = [await store.lookups.version()]
    for n, storage in enumerate((store, other, other, store)):
        async with storage.write.transaction() as tx:
            await tx.facts.set_once(f"fact {n}", "1")
        # What another process did is heard of a moment later; nothing here tells of it.
        while await store.lookups.version() == versions[-1]:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        versions.append(await store.lookups.version())
        assert await store.lookups.facts.get(f"fact {n}") == "1"
    assert len(set(versions)) == 5, "each is another"
