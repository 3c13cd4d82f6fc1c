"""What goes when its time is over, and what never does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.contract.stored import HANDLE, INTENT, NOW, ORDER, RECORD, SEEN, add_intent, add_order, publish
from verifier.core.models import ChallengeStatus, OrderStatus, Record
from verifier.jobs.forgetting import KEPT
from verifier.storage import Storage

ENDED = (OrderStatus.EXPIRED, OrderStatus.REJECTED, OrderStatus.WITHDRAWN)


async def add(store: Storage, record: Record = RECORD, *, status: ChallengeStatus | None = None) -> int:
    """Keep a record; with `status`, as the one that its challenge rests on."""
    async with store.write.transaction() as tx:
        number = await tx.records.add("order-1", record, SEEN)
        if status:
            await tx.challenges.finish("order-1", record.method, status, {}, number)
    return number


async def kept(store: Storage) -> list[int]:
    return [record.id for record in await store.read.records.of_order("order-1")]


async def test_of_many_failed_checks_the_last_three_are_kept(store: Storage) -> None:
    await add_order(store)
    numbers = [await add(store, status=ChallengeStatus.INVALID) for _ in range(10)]
    assert await kept(store) == numbers[-3:]


@pytest.mark.parametrize(
    "other",
    [lambda record: replace(record, method="rel-me-01"), lambda record: replace(record, view="paris")],
    ids=["another challenge", "another view"],
)
async def test_each_challenge_and_view_has_its_own_three(store: Storage, other: Callable[[Record], Record]) -> None:
    await add_order(store)
    first = [await add(store, other(RECORD)) for _ in range(2)]
    then = [await add(store) for _ in range(5)]
    assert await kept(store) == first + then[-3:]


async def test_what_a_proof_rests_on_stays(store: Storage) -> None:
    await add_order(store)
    proof = await add(store, replace(RECORD, valid=True, problem=None), status=ChallengeStatus.VALID)
    later = [await add(store) for _ in range(5)]
    assert await kept(store) == [proof, *later[-3:]]
    assert [record.id for record in await store.read.records.proofs("order-1")] == [proof]


async def test_another_order_loses_nothing(store: Storage) -> None:
    await add_order(store)
    await add_order(store, replace(ORDER, id="order-2"))
    async with store.write.transaction() as tx:
        number = await tx.records.add("order-2", RECORD, SEEN)
    for _ in range(5):
        await add(store)
    assert [record.id for record in await store.read.records.of_order("order-2")] == [number]


async def left(store: Storage, order_id: str) -> list[int]:
    """How many rows each table has of it."""
    read = store.read
    many = (
        await read.challenges.authorizations(order_id),
        await read.challenges.of_order(order_id),
        await read.records.of_order(order_id),
    )
    return [int(await read.orders.get(order_id) is not None), *map(len, many)]


async def drop(store: Storage, before: int, limit: int = 10) -> int:
    async with store.write.transaction() as tx:
        return await tx.orders.drop_ended(before, limit)


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_only_an_order_that_came_to_nothing_is_dropped(store: Storage, status: OrderStatus) -> None:
    await add_order(store)
    await add(store)
    async with store.write.transaction() as tx:
        await tx.orders.move("order-1", OrderStatus.PENDING, status, NOW + 5)
    assert await left(store, "order-1") == [1, 2, 2, 1]
    assert await drop(store, NOW + 4) == 0
    assert await drop(store, NOW + 5) == (status in ENDED)
    assert await left(store, "order-1") == ([0, 0, 0, 0] if status in ENDED else [1, 2, 2, 1])


@pytest.mark.parametrize("status", ENDED)
async def test_what_was_signed_keeps_its_order(store: Storage, status: OrderStatus) -> None:
    await add_order(store)
    await add_intent(store)
    async with store.write.transaction() as tx:
        await tx.attestations.set_signed("attestation-1", b"signed", NOW)
        await tx.orders.move("order-1", OrderStatus.PENDING, status, NOW)
    assert await drop(store, NOW + KEPT) == 0
    assert await store.read.attestations.get(INTENT.id) is not None
    assert (await left(store, "order-1"))[0] == 1


async def test_what_is_published_is_not_touched(store: Storage) -> None:
    await publish(store)
    await add_order(store, replace(ORDER, id="order-2"))
    async with store.write.transaction() as tx:
        await tx.orders.move("order-2", OrderStatus.PENDING, OrderStatus.EXPIRED, NOW)
    assert await drop(store, NOW) == 1
    assert await store.read.verdicts.answer(HANDLE) is not None
    assert (await left(store, "order-1"))[0] == 1


async def test_so_many_at_a_time(store: Storage) -> None:
    for number in range(5):
        await add_order(store, replace(ORDER, id=f"order-{number}"))
        async with store.write.transaction() as tx:
            await tx.orders.move(f"order-{number}", OrderStatus.PENDING, OrderStatus.EXPIRED, NOW)
    assert [await drop(store, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]
