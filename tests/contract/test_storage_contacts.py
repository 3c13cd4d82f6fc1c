"""Whose word is a body's, and how long a mailbox counts: kept alike by every store."""

from tests.contract.stored import NOW, publish
from verifier.storage import Storage


async def test_the_first_contact_is_never_replaced(store: Storage) -> None:
    async with store.write.transaction() as tx:
        body = await tx.bodies.ensure("body-9", "culture.gouv.fr", "Culture", NOW)
    for key in (b"first", b"second"):
        async with store.write.transaction() as tx:
            await tx.bodies.set_contact(body, key)
        found = await store.read.bodies.get("culture.gouv.fr")
        assert found is not None
        assert found.contact_key == b"first"


async def test_a_mailbox_counts_until_the_moment_that_its_last_proof_gave(store: Storage) -> None:
    await publish(store)
    order = await store.read.orders.get("order-1")
    assert order is not None
    for at, until in ((NOW, NOW + 1), (NOW + 5, NOW + 180 * 86_400)):
        async with store.write.transaction() as tx:
            body = await tx.bodies.ensure("body-2", order.domain, "N", NOW)
            await tx.identities.ensure("identity-2", order, body, at, until)
            row = await tx.facts._connection.row("SELECT proved_at, proof_until FROM identity WHERE id = 'identity-1'")
        assert row is not None
        assert tuple(row) == (at, until)


async def test_a_body_that_proved_itself_keeps_its_name_whatever_the_one_above_says(store: Storage) -> None:
    async def name() -> str:
        found = await store.read.bodies.get("labo.numerique.gouv.fr")
        assert found is not None
        return found.name

    async with store.write.transaction() as tx:
        above = await tx.bodies.ensure("body-8", "numerique.gouv.fr", "N", NOW)
        body = await tx.bodies.ensure("body-9", "labo.numerique.gouv.fr", "labo.numerique.gouv.fr", NOW)
        await tx.bodies.prove(body, NOW, None, "secure")
        await tx.bodies.vouch(body, above, "Le Labo", NOW)
    assert await name() == "Le Labo", "it had none"
    async with store.write.transaction() as tx:
        await tx.bodies.vouch(body, above, "La Cave", NOW)
    assert await name() == "Le Labo"
