"""What the house relies on of its store: codes, sessions, and the orders that change hands."""

from dataclasses import replace

import pytest

from tests.contract.stored import NOW, ORDER, add_order
from verifier.core.models import OrderStatus
from verifier.storage import Session, SignIn, Storage

PERSON, TOKEN, OTHER = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32
SENT = SignIn(TOKEN, "resume", PERSON, "00ff", NOW, 0)
SESSION = Session(TOKEN, "resume", PERSON, NOW + 10)


async def test_a_code_is_kept_with_its_tries_until_it_is_dropped(store: Storage) -> None:
    async with store.write.transaction() as tx:
        await tx.sign_ins.add(SENT)
        await tx.sign_ins.add(replace(SENT, token_digest=OTHER))
        await tx.sign_ins.set_tries(TOKEN, 3)
    assert await store.read.sign_ins.sent(TOKEN) == replace(SENT, tries=3)
    assert await store.read.sign_ins.sent(OTHER) == replace(SENT, token_digest=OTHER)
    async with store.write.transaction() as tx:
        await tx.sign_ins.drop(TOKEN)
    assert await store.read.sign_ins.sent(TOKEN) is None
    assert await store.read.sign_ins.sent(OTHER) is not None


async def test_a_session_is_of_one_purpose_and_ends(store: Storage) -> None:
    async with store.write.transaction() as tx:
        await tx.sign_ins.open(SESSION)
    read = store.read.sign_ins
    assert await read.session(TOKEN, "resume", NOW + 9) == SESSION
    assert await read.session(TOKEN, "resume", NOW + 10) is None
    assert await read.session(TOKEN, "other", NOW) is None
    assert await read.session(OTHER, "resume", NOW) is None


async def test_what_is_old_is_dropped_and_nothing_else(store: Storage) -> None:
    async with store.write.transaction() as tx:
        await tx.sign_ins.add(SENT)
        await tx.sign_ins.add(replace(SENT, token_digest=OTHER, sent_at=NOW + 1))
        await tx.sign_ins.open(SESSION)
        await tx.sign_ins.open(replace(SESSION, token_digest=OTHER, expires_at=NOW + 11))
        await tx.sign_ins.drop_old(NOW, NOW + 10)
    read = store.read.sign_ins
    assert [await read.sent(each) is None for each in (TOKEN, OTHER)] == [True, False]
    assert [await read.session(each, "resume", 0) is None for each in (TOKEN, OTHER)] == [True, False]


@pytest.mark.parametrize("status", OrderStatus)
async def test_only_open_orders_of_a_mailbox_are_found_the_newest_first(store: Storage, status: OrderStatus) -> None:
    await add_order(store, replace(ORDER, id="order-2", created_at=NOW + 1))
    await add_order(store)
    await add_order(store, replace(ORDER, id="order-3", contact_key=b"\x09" * 32, identity_key=b"\x09" * 32))
    async with store.write.transaction() as tx:
        await tx.orders.move("order-1", OrderStatus.PENDING, status, NOW)
    is_open = status in ("pending", "ready", "in_review", "needs_info", "issuing")
    found = [order.id for order in await store.read.orders.open_of(ORDER.contact_key)]
    assert found == (["order-2", "order-1"] if is_open else ["order-2"])


async def test_an_order_changes_hands_or_is_withdrawn_with_its_mailbox(store: Storage) -> None:
    await add_order(store)
    async with store.write.transaction() as tx:
        await tx.orders.set_token("order-1", OTHER)
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert order.token_digest == OTHER
    async with store.write.transaction() as tx:
        assert await tx.orders.withdraw(order, NOW + 5)
        assert not await tx.orders.withdraw(order, NOW + 6), "it is no longer as it was"
    after = await store.read.orders.get("order-1")
    assert after is not None
    assert (after.status, after.mailbox, after.updated_at) == (OrderStatus.WITHDRAWN, None, NOW + 5)
