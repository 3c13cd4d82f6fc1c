"""Who signed in, and whose mailbox it is: kept alike by every store (T07)."""

from dataclasses import replace

from tests.contract.stored import NOW, ORDER, publish
from verifier.storage import Storage


async def test_what_a_sign_in_makes_of_an_order(store: Storage) -> None:
    await publish(store)
    async with store.write.transaction() as tx:
        await tx.orders.set_ruling("order-1", decision="review", class_="contractor", rule="a line", subject=b"\x00s")
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert (order.decision, order.class_, order.rule, order.subject) == ("review", "contractor", "a line", b"\x00s")
    async with store.write.transaction() as tx:
        await tx.orders.forget_mailbox("order-1")
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert (order.mailbox, order.subject, order.identity_key) == (None, None, ORDER.identity_key)


async def test_who_signed_in_is_remembered_and_never_replaced(store: Storage) -> None:
    await publish(store)
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert await store.read.identities.of_key(ORDER.identity_key) == ("identity-1", None)
    for subject, kept in ((b"first", b"first"), (None, b"first"), (b"second", b"first")):
        async with store.write.transaction() as tx:
            body = await tx.bodies.ensure("body-2", "numerique.gouv.fr", "N", NOW)
            signed_in = replace(order, subject=subject)
            assert await tx.identities.ensure("identity-2", signed_in, body, NOW, NOW + 10) == "identity-1"
        assert await store.read.identities.of_key(ORDER.identity_key) == ("identity-1", kept)


async def test_a_retired_identity_has_neither_key_nor_orders_of_that_mailbox(store: Storage) -> None:
    await publish(store)
    (held,) = await store.read.attestations.of_identity("identity-1")
    assert held.id == "attestation-1"
    async with store.write.transaction() as tx:
        await tx.identities.retire("identity-1", b"nobody has this")
    assert await store.read.identities.of_key(ORDER.identity_key) is None
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert order.identity_key == b"nobody has this"
    async with store.write.transaction() as tx:
        await tx.attestations.set_revoked("attestation-1", NOW)
    assert await store.read.attestations.of_identity("identity-1") == []


async def test_an_address_is_kept_when_an_order_gives_none(store: Storage) -> None:
    await publish(store)
    order = await store.read.orders.get("order-1")
    assert order is not None
    new = "martin@numerique.gouv.fr"
    for mailbox, kept in ((None, ORDER.mailbox), (new, new), (None, new)):
        async with store.write.transaction() as tx:
            await tx.identities.ensure("identity-2", replace(order, mailbox=mailbox), "body-1", NOW, NOW + 10)
        assert await store.read.identities.contact("identity-1") == kept
