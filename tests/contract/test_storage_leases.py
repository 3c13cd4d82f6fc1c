"""Two claims that end in the same second are two: after a clock went back, or by the clock of another machine."""

from dataclasses import replace

from tests.contract.stored import HANDLE, NOW, ORDER, add_order, publish
from tests.leases import until
from verifier.core.models import ChallengeStatus
from verifier.storage import Storage
from verifier.storage.accounts import FIRST_CHECK

DUE = NOW + FIRST_CHECK
OURS, THEIRS = until(NOW + 60, "ours"), until(NOW + 60, "theirs")
LATER = until(NOW + 61, "theirs")
END = 60


async def test_a_challenge_is_held_by_one_of_two_that_end_together(store: Storage, other: Storage) -> None:
    await add_order(store)
    async with store.write.transaction() as tx:
        assert await tx.challenges.claim("order-1", "email-01", NOW, OURS)
        await tx.challenges.finish("order-1", "email-01", ChallengeStatus.PENDING, {}, None)
    async with other.write.transaction() as tx:
        assert await tx.challenges.claim("order-1", "email-01", NOW, THEIRS)
        assert await tx.challenges.is_held("order-1", "email-01", THEIRS)
    async with store.write.transaction() as tx:
        assert not await tx.challenges.is_held("order-1", "email-01", OURS)
        assert not await tx.challenges.is_held("order-1", "email-01", LATER), "a release from before writes no holder"


async def test_a_job_is_finished_by_one_of_two_that_end_together(store: Storage, other: Storage) -> None:
    async with store.write.transaction() as tx:
        assert await tx.jobs.claim("work", NOW, OURS)
        assert await tx.jobs.finish("work", OURS, NOW, failed=False)
    async with other.write.transaction() as tx:
        assert await tx.jobs.claim("work", NOW, THEIRS)
    async with store.write.transaction() as tx:
        assert not await tx.jobs.finish("work", OURS, NOW + 1, failed=False)
        assert not await tx.jobs.finish("work", LATER, NOW + 1, failed=False)
    assert not await store.read.jobs.is_due("work", NOW + 1), "it is still theirs"


async def test_a_letter_is_dropped_by_one_of_two_that_end_together(store: Storage, other: Storage) -> None:
    await add_order(store, ORDER)
    async with store.write.transaction() as tx:
        await tx.letters.add("identity-1", "first", "fr", {"handle": HANDLE, "at": NOW}, NOW)
        (ours,) = await tx.letters.claim(NOW, OURS, 1)
        await tx.letters.put_off(ours, NOW)
    async with other.write.transaction() as tx:
        (theirs,) = await tx.letters.claim(NOW, THEIRS, 1)
    assert ours == replace(theirs, lease=OURS, attempts=1)
    async with store.write.transaction() as tx:
        await tx.letters.drop(ours)
        await tx.letters.drop(replace(theirs, lease=LATER))
        await tx.letters.put_off(ours, NOW + 1)
    assert not await store.read.letters.is_due(NOW + END - 1), "it is still theirs"
    assert await store.read.letters.is_due(NOW + END)


async def test_a_host_is_let_go_by_one_of_two_that_end_together(store: Storage, other: Storage) -> None:
    await publish(store)
    ours, theirs = replace(OURS, until=DUE + END), replace(THEIRS, until=DUE + END)
    async with store.write.transaction() as tx:
        assert await tx.accounts.claim_hosts(DUE, ours, 10) == ["social.example"]
        await tx.accounts.release_hosts({"social.example": ours})
    async with other.write.transaction() as tx:
        assert await tx.accounts.claim_hosts(DUE, theirs, 10) == ["social.example"]
    async with store.write.transaction() as tx:
        await tx.accounts.release_hosts({"social.example": ours})
        await tx.accounts.release_hosts({"social.example": replace(theirs, until=theirs.until + 1)})
        assert await tx.accounts.claim_hosts(DUE, replace(ours, holder="third"), 10) == [], "it is still theirs"
