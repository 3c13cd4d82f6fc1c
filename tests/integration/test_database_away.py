"""The database goes away and comes back: what each door answers meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.initiators import OPERATOR
from tests.integration.house import ALICE, House
from verifier.core.models import Reason
from verifier.storage.sqlite import SNAPSHOT_SECONDS
from verifier.web import keys

NOBODY = "@nobody@social.example"
PATHS = (f"/api/v1/lookup?handle={ALICE}", f"/api/v1/accounts/{ALICE[1:]}", f"/?handle={ALICE}", f"/en/?handle={ALICE}")


def database(house: House) -> Path:
    return house.folder / "verifier.sqlite3"


@asynccontextmanager
async def away(house: House) -> AsyncIterator[None]:
    """Its file is elsewhere."""
    await asyncio.sleep(SNAPSHOT_SECONDS)  # what was read last is let go of: its timer was set before this one
    elsewhere = database(house).rename(house.folder / "elsewhere.sqlite3")
    try:
        yield
    finally:
        elsewhere.rename(database(house))


async def test_what_is_kept_is_answered_for_a_minute_with_its_age(house: House) -> None:
    await house.attest()
    before = [await house.get(path) for path in PATHS]
    assert {answer.headers.get("Age") for answer in before} == {None}
    async with away(house):
        for age in (1, 60):
            house.time.pass_(age - (age > 1))
            answers = [await house.get(path) for path in PATHS]
            assert [(answer.status, answer.headers["Age"]) for answer in answers] == [(200, str(age))] * 4
            assert [answer.json["asOf"] for answer in answers[:2]] == [before[0].json["asOf"]] * 2
            assert answers[2].body == before[2].body
            missed = await house.get(f"/api/v1/lookup?handle={NOBODY}")
            assert (missed.status, missed.code, missed.headers["Retry-After"]) == (503, "storage-unavailable", "30")
        ready = await house.get("/readyz")
        assert (ready.status, ready.json["impaired"]) == (200, ["database"])
        house.time.pass_(1)
        for path in PATHS:
            answer = await house.get(path)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
            assert answer.headers["Cache-Control"] == "no-store"
        assert (await house.get("/readyz")).status == 503
        assert (await house.get("/healthz")).status == 200
    following = asyncio.create_task(house.service.web[keys.LOOKUPS].answers.keep_up())
    while (await house.get(PATHS[0])).status != 200:  # noqa: ASYNC110 - a client sees it in no other way
        await asyncio.sleep(0.02)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    assert [(await house.get(path)).headers.get("Age") for path in PATHS] == [None] * 4
    assert (await house.get("/readyz")).json["impaired"] == []


async def test_a_withdrawal_is_told_in_words_meanwhile(house: House) -> None:
    holder = await house.attest()
    attestation = holder.order["attestation"].rpartition("/")[2]
    await house.service.registration.publisher.suspend(attestation, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    for path in PATHS:
        assert (await house.get(path)).status == 200
    async with away(house):
        house.time.pass_(1)
        for path in PATHS[2:]:
            answer = await house.get(path)
            assert (answer.status, answer.headers["Age"]) == (200, "1")
            assert "verified" not in answer.text


async def test_who_has_it_already_is_told_so_meanwhile(house: House) -> None:
    await house.attest()
    tag = (await house.get(PATHS[0])).headers["ETag"]
    async with away(house):
        house.time.pass_(5)
        answer = await house.get(PATHS[0], If_None_Match=tag)
    assert (answer.status, answer.headers["ETag"], answer.headers["Age"]) == (304, tag, "5")


async def test_of_a_batch_what_is_kept_is_answered(house: House) -> None:
    await house.attest()
    await house.lookup(ALICE)
    async with away(house):
        answer = await house.post("/api/v1/lookup", {"handles": [ALICE, NOBODY]})
    assert [each["status"] for each in answer.json["results"]] == ["verified", 503]


async def test_t00c_what_is_not_stored_is_not_acknowledged(house: House) -> None:
    """A file that was moved can still be written, by who has it open: what is written there may never be seen."""
    holder = await house.attest()
    async with away(house):
        assert (await house.new_order("@bob@social.example", "bob.petit@numerique.gouv.fr")).status == 503
        with pytest.raises(Exception, match="storage-unavailable"):
            await house.service.registration.publisher.suspend(
                holder.order["attestation"].rpartition("/")[2],
                Reason.ACCOUNT_COMPROMISED,
                "x",  # type: ignore[arg-type]
            )
    assert (await house.lookup(ALICE))["status"] == "verified"


async def test_a_database_that_was_overwritten_ends_no_process(house: House) -> None:
    """And is read again once its bytes are back."""
    await house.attest()
    await house.lookup(ALICE)
    await house.service.storage.write._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    await asyncio.sleep(SNAPSHOT_SECONDS)
    whole = database(house).read_bytes()
    for broken in (b"\0" * len(whole), whole[:100], b""):
        database(house).write_bytes(broken)  # in place
        answer = await house.get(PATHS[0])
        assert (answer.status, answer.json["status"]) == (200, "verified")
        assert (await house.get(f"/v/{'a' * 16}")).status in (200, 503)
        assert (await house.get("/healthz")).status == 200
    database(house).write_bytes(whole)
    house.time.pass_(1)
    await house.service.web[keys.LOOKUPS].answers.ask()
    assert (await house.lookup(ALICE))["status"] == "verified"
    assert (await house.lookup(NOBODY))["status"] == "not_attested"
