"""Answers kept in memory over a real store: when they are dropped, and what is said while the store is away."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.contract.stored import HANDLE, NOW, PIN, RECORD, publish
from tests.initiators import OPERATOR
from verifier.core.clock import Clock
from verifier.core.errors import Unavailable
from verifier.core.models import Reason, Status
from verifier.publication.lookup import Question, parse
from verifier.storage import Storage, open_storage
from verifier.storage.connection import Connection, Row
from verifier.web.answers import AWAY, Answers

ALICE, ABSENT, PROFILE = parse(HANDLE), parse("@nobody@social.example"), parse(PIN.profile)


@dataclass
class Gate:
    """A connection that stops once behind a read, as that of a remote database would."""

    inner: Connection
    behind: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def row(self, sql: str, *values: object) -> Row | None:
        return await self.inner.row(sql, *values)

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        found = await self.inner.rows(sql, *values)
        if "FROM answer" in sql and self.behind:
            await self.behind.pop()()
        return found

    async def run(self, sql: str, *values: object) -> int:
        return await self.inner.run(sql, *values)


@dataclass
class Desk:
    """Answers over a store, a second process's among them, and the time."""

    store: Storage
    other: Storage
    path: Path
    gate: Gate
    answers: Answers
    now: int = NOW

    async def ask(self, question: Question = ALICE) -> tuple[bytes, int, bool]:
        """What is answered, its age, and whether it was kept."""
        answer, kept = await self.answers.of(question)
        return answer.body, answer.age, kept

    async def renew(self, body: bytes, *, by: Storage | None = None) -> None:
        async with (by or self.store).write.transaction() as tx:
            await tx.verdicts.renew("order-1", self.now, body)

    def away(self) -> None:
        """Its file is gone, and no snapshot is open any more."""
        self.path.rename(self.path.with_name("elsewhere.sqlite3"))
        self.gate.inner.renew()  # type: ignore[attr-defined]

    def back(self) -> None:
        self.path.with_name("elsewhere.sqlite3").rename(self.path)

    async def ask_store(self) -> bool:
        """What the following does once a second."""
        try:
            await self.answers.ask()
        except Unavailable:
            return False
        return True


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    path = tmp_path / "v.sqlite3"
    url = f"sqlite:///{path}"
    async with await open_storage(url) as store, await open_storage(url) as other:
        await publish(store)
        gate = store.lookups.verdicts._connection = Gate(store.lookups.verdicts._connection)
        made = Desk(store, other, path, gate, Answers(store.lookups, Clock(lambda: made.now), 2**20))
        yield made


async def test_an_answer_is_kept_until_it_changes(desk: Desk) -> None:
    assert await desk.ask() == (b"verdict 1", 0, False)
    assert await desk.ask() == (b"verdict 1", 0, True)
    await desk.renew(b"verdict 2")
    assert await desk.ask() == (b"verdict 2", 0, False)


async def test_what_others_commit_drops_nothing(desk: Desk) -> None:
    await desk.ask()
    await desk.ask(ABSENT)
    async with desk.store.write.transaction() as tx:
        await tx.instances.put("other.example", "body-1", RECORD)
        await tx.facts.set_once("a", "b")
    assert [(await desk.ask(question))[2] for question in (ALICE, ABSENT)] == [True, True]


@pytest.mark.parametrize("follow", [False, True], ids=["nobody follows", "another lookup follows"])
async def test_what_changes_while_an_answer_is_read_is_not_lost(desk: Desk, follow: bool) -> None:
    async def meanwhile() -> None:
        await desk.renew(b"verdict 2")
        if follow:
            await desk.answers.follow()

    desk.gate.behind.append(meanwhile)
    assert (await desk.ask())[0] == b"verdict 1"
    assert (await desk.ask())[0] == b"verdict 2"


async def test_an_absence_ends_with_its_minute(desk: Desk) -> None:
    desk.now -= desk.now % 60
    first = await desk.ask(ABSENT)
    desk.now += 59
    assert await desk.ask(ABSENT) == (first[0], 0, True)
    desk.now += 1
    second = await desk.ask(ABSENT)
    assert (second[0] == first[0], second[2]) == (False, False)


async def test_an_absence_ends_when_there_is_an_answer(desk: Desk) -> None:
    assert b"not_attested" in (await desk.ask(ABSENT))[0]
    async with desk.other.write.transaction() as tx:
        await tx.instances.put("social.example", "body-1", RECORD)
    desk.now += 1
    assert b"hosted" in (await desk.ask(ABSENT))[0]


async def test_a_url_is_answered_anew_when_it_is_another_account_s(desk: Desk) -> None:
    assert (await desk.ask(PROFILE))[0] == b"verdict 1"
    assert (await desk.ask(PROFILE))[2]
    await desk.renew(b"verdict 2")
    assert (await desk.ask(PROFILE))[0] == b"verdict 2"


async def test_who_was_too_far_behind_drops_all(desk: Desk) -> None:
    await desk.ask()
    async with desk.store.write.transaction() as tx:
        await tx.verdicts._connection.run("UPDATE answer SET body = $1", b"unheard of")
        await tx.changes._connection.run("UPDATE changed SET seq = seq + 1000")
    assert (await desk.ask())[0] == b"unheard of"


async def test_a_change_that_nobody_woke_us_for_shows_within_a_second(desk: Desk) -> None:
    """A notice of PostgreSQL may be lost with its connection."""
    version = await desk.store.lookups.version()

    async def deaf() -> int:
        return version

    desk.store.lookups.version = deaf
    await desk.ask()
    await desk.renew(b"verdict 2", by=desk.other)
    desk.gate.inner.renew()  # type: ignore[attr-defined]
    assert (await desk.ask())[0] == b"verdict 1"
    desk.now += 1
    assert (await desk.ask())[0] == b"verdict 2"


# The database is away


async def test_while_the_database_is_away_what_is_kept_is_told_with_its_age(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.ask()
    desk.away()
    with caplog.at_level(logging.WARNING):
        for age in (1, AWAY):
            desk.now = NOW + age
            assert await desk.ask() == (b"verdict 1", age, True)
            with pytest.raises(Unavailable, match="storage-unavailable"):
                await desk.ask(ABSENT)
        desk.now += 1
        with pytest.raises(Unavailable, match="storage-unavailable"):
            await desk.ask()
        assert not await desk.ask_store()
        desk.back()
        assert await desk.ask_store()
    assert await desk.ask() == (b"verdict 1", 0, True)
    said = [record.message for record in caplog.records]
    assert [line.partition(":")[0] for line in said] == [
        "the database cannot be asked",
        "the database can be asked again",
    ]


async def test_an_absence_is_told_while_it_was_true_when_we_last_could_ask(desk: Desk) -> None:
    desk.now -= desk.now % 60 - 30
    await desk.ask(ABSENT)
    desk.away()
    desk.now += 40
    assert (await desk.ask(ABSENT))[1:] == (40, True)


async def test_what_changed_meanwhile_shows_when_the_database_is_back(desk: Desk) -> None:
    await desk.ask()
    desk.away()
    desk.now += 10
    assert (await desk.ask())[0] == b"verdict 1"
    desk.back()
    await desk.renew(b"verdict 2", by=desk.other)
    assert await desk.ask_store()
    assert (await desk.ask())[0] == b"verdict 2"


async def test_t00c_what_this_process_withdrew_is_not_told_from_memory(desk: Desk) -> None:
    """Though nothing can be read, as long as something can be written."""
    await desk.ask()

    async def broken() -> int:
        raise Unavailable("storage-unavailable")

    desk.store.lookups.version = broken
    assert (await desk.ask())[2]
    async with desk.store.write.transaction() as tx:
        await tx.verdicts.put("order-1", Status.SUSPENDED, Reason.ACCOUNT_COMPROMISED, NOW, b"2", by=OPERATOR)
    with pytest.raises(Unavailable):
        await desk.ask()


async def test_before_the_first_answer_of_the_database_nothing_is_told(desk: Desk) -> None:
    desk.away()
    with pytest.raises(Unavailable):
        await desk.ask()
