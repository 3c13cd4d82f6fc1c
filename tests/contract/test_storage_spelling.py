"""Which row answers for a handle: only a server may say that two spellings are one name (T00f)."""

from dataclasses import replace

import pytest

from tests.contract.stored import NOW, ORDER, PIN, add_order
from tests.initiators import OPERATOR
from verifier.core.identifiers import Handle
from verifier.core.models import AccountPin, Folding, Status
from verifier.storage import Storage

ONE, OTHER, THIRD = (f"acct:{user}@social.example" for user in ("Test_Foo", "test_foo", "TEST_FOO"))


def pin_of(acct: str, folding: Folding | None, actor: str = "") -> AccountPin:
    """:param actor: the name in its id, by default its own"""
    handle = Handle.parse(acct)
    actor = f"https://social.example/users/{actor or handle.user}"
    return replace(PIN, handle=handle, folding=folding, actor=actor)


async def pin(store: Storage, number: int, pin: AccountPin) -> None:
    order = f"order-{number}"
    await add_order(store, replace(ORDER, id=order))
    async with store.write.transaction() as tx:
        await tx.accounts.pin(f"account-{number}", pin, order, NOW)
        await tx.verdicts.put(order, Status.VERIFIED, None, NOW, order.encode(), by=OPERATOR)


async def answers(store: Storage) -> list[tuple[bytes | None, str | None]]:
    """For the three spellings: the verdict, and whose pin it is."""
    found: list[tuple[bytes | None, str | None]] = []
    for acct in (ONE, OTHER, THIRD):
        answer, account = await store.read.verdicts.answer(acct), await store.read.accounts.get(acct)
        found.append((answer[0] if answer else None, account.id if account else None))
    return found


FIRST, SECOND, NONE = (b"order-1", "account-1"), (b"order-2", "account-2"), (None, None)


@pytest.mark.parametrize(
    ("folding", "expected"),
    [
        (Folding.YES, [FIRST, FIRST, FIRST]),
        (Folding.NO, [FIRST, NONE, NONE]),
        (Folding.UNKNOWN, [FIRST, NONE, NONE]),
        (None, [FIRST, FIRST, FIRST]),
    ],
)
async def test_t00f_which_spellings_a_pin_answers_for(
    store: Storage, folding: Folding | None, expected: list[tuple[bytes, str]]
) -> None:
    await pin(store, 1, pin_of(ONE, folding))
    assert await answers(store) == expected


@pytest.mark.parametrize("folding", [Folding.YES, None])
async def test_t00f_where_two_spellings_are_attested_neither_speaks_for_a_third(
    store: Storage, folding: Folding | None
) -> None:
    await pin(store, 1, pin_of(ONE, folding))
    await pin(store, 2, pin_of(OTHER, Folding.NO))
    assert await answers(store) == [FIRST, SECOND, NONE]


@pytest.mark.parametrize(
    ("first", "second", "replaced"),
    [
        (pin_of(ONE, Folding.NO), pin_of(ONE, Folding.NO, "another"), True),
        (pin_of(ONE, Folding.NO), pin_of(OTHER, Folding.NO), False),
        (pin_of(ONE, Folding.NO), pin_of(OTHER, Folding.UNKNOWN), False),
        (pin_of(ONE, Folding.NO), pin_of(OTHER, Folding.NO, "Test_Foo"), True),
        (pin_of(ONE, Folding.NO), pin_of(OTHER, Folding.YES), False),
        (pin_of(ONE, Folding.YES), pin_of(OTHER, Folding.YES), True),
        (pin_of(OTHER, None), pin_of(ONE, Folding.YES), True),
        (pin_of(OTHER, None), pin_of(ONE, Folding.NO), False),
        (pin_of(OTHER, None), pin_of(OTHER, Folding.NO), True),
        (pin_of(ONE, Folding.YES), pin_of("acct:other@social.example", Folding.YES, "Test_Foo"), False),
    ],
)
async def test_t00f_which_pin_takes_the_place_of_which(
    store: Storage, first: AccountPin, second: AccountPin, *, replaced: bool
) -> None:
    await pin(store, 1, first)
    assert [each.id for each in await store.read.accounts.replaced_by(second)] == ["account-1"] * replaced
    await pin(store, 2, second)
    current = await store.read.accounts._connection.rows("SELECT id FROM account WHERE current = 1 ORDER BY id")
    assert [row[0] for row in current] == ["account-1"] * (not replaced) + ["account-2"]


async def test_t00f_what_the_code_before_writes_is_found_in_any_spelling(store: Storage) -> None:
    """While processes of both versions run: these are the statements of the version before."""
    await add_order(store)
    async with store.write.transaction() as tx:
        run = tx.accounts._connection.run
        await run(
            "INSERT INTO account (id, handle, actor, profile, key_digest, order_id, host, next_check_at, pinned_at,"
            " current) VALUES ('account-1', $1, 'a', 'p', 'k', 'order-1', 'h', 0, 0, 1)",
            OTHER,
        )
        for body in (b"before", b"order-1"):
            await run(
                "INSERT INTO answer (handle, etag, body)"
                " SELECT handle, $2, $3 FROM account WHERE order_id = $1 AND current = 1"
                " ON CONFLICT (handle) DO UPDATE SET etag = $2, body = $3",
                "order-1",
                "tag",
                body,
            )
    assert await answers(store) == [FIRST, FIRST, FIRST]


async def test_t00f_the_spelling_of_a_pin_is_kept_with_what_was_learned(store: Storage) -> None:
    await pin(store, 1, pin_of(OTHER, None))
    account = await store.read.accounts.get(OTHER)
    assert account is not None
    assert (account.folding, account.folding_asked_at, account.folding_unknown_since) == (None, None, None)
    async with store.write.transaction() as tx:
        await tx.accounts.set_spelling("account-1", pin_of(ONE, Folding.NO), NOW + 1, NOW)
    account = await store.read.accounts.of_order("order-1")
    assert account is not None
    assert (account.handle, account.folding) == (ONE, Folding.NO)
    assert (account.folding_asked_at, account.folding_unknown_since) == (NOW + 1, NOW)
    assert await store.read.accounts.get(OTHER) is None
