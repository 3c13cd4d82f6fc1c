"""What the house relies on of its store: each row, as it was written, and only where it may be."""

from contextlib import suppress
from dataclasses import make_dataclass, replace

import pytest

from tests.contract.stored import HANDLE, INTENT, NOW, ORDER, PIN, RECORD, SEEN, add_intent, add_order, publish
from tests.initiators import OPERATOR
from tests.leases import until
from verifier.core.identifiers import Handle
from verifier.core.initiator import job
from verifier.core.models import (
    Cause,
    ChallengeStatus,
    End,
    EventKind,
    IdentityType,
    OrderStatus,
    Reason,
    Status,
)
from verifier.storage import DueList, ListedAccount, NewOrder, Storage

SECOND = replace(INTENT, id="attestation-2", order_id="order-2", revocation_index=17, suspension_index=18)
FIELDS = NewOrder.__dataclass_fields__

# Orders


async def test_an_order_moves_only_from_where_it_is(store: Storage, other: Storage) -> None:
    await add_order(store)
    moved = []
    for storage in (store, other, store):
        async with storage.write.transaction() as tx:
            moved.append(await tx.orders.move("order-1", OrderStatus.PENDING, OrderStatus.READY, NOW + 5))
    assert moved == [True, False, False]
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert (order.status, order.updated_at) == (OrderStatus.READY, NOW + 5)


async def test_orders_by_what_must_be_done(store: Storage) -> None:
    for n, status in enumerate((OrderStatus.PENDING, OrderStatus.READY, OrderStatus.ISSUING, OrderStatus.IN_REVIEW)):
        await add_order(store, replace(ORDER, id=f"order-{n}", expires_at=NOW + n))
        async with store.write.transaction() as tx:
            await tx.orders.move(f"order-{n}", OrderStatus.PENDING, status, NOW + n)
    read = store.read
    assert [order.id for order in await read.orders.overdue(NOW, 10)] == ["order-0"]
    assert [order.id for order in await read.orders.overdue(NOW + 9, 10)] == ["order-0", "order-1"]
    assert [order.id for order in await read.orders.overdue(NOW + 9, 1)] == ["order-0"]
    assert [order.id for order in await read.orders.idle_since(OrderStatus.ISSUING, NOW + 2, 10)] == ["order-2"]
    assert await read.orders.idle_since(OrderStatus.ISSUING, NOW + 1, 10) == []
    assert [order.id for order in await read.orders.newest(OrderStatus.IN_REVIEW, 10)] == ["order-3"]
    assert len(await read.orders.newest(None, 10)) == 4


async def test_a_challenge_has_one_worker_at_a_time(store: Storage, other: Storage) -> None:
    await add_order(store)
    claims = []
    for storage, now in ((store, NOW), (other, NOW), (other, NOW + 59), (other, NOW + 60)):
        async with storage.write.transaction() as tx:
            claims.append(await tx.challenges.claim("order-1", "email-01", now, until(now + 60)))
    assert claims == [True, False, False, True]
    challenge = await store.read.challenges.get("order-1", "email-01")
    assert challenge is not None
    assert (challenge.status, challenge.lease_until) == (ChallengeStatus.PROCESSING, NOW + 120)
    async with store.write.transaction() as tx:
        assert not await tx.challenges.is_held("order-1", "email-01", until(NOW + 60)), "of who was too slow"
        assert await tx.challenges.is_held("order-1", "email-01", until(NOW + 120))
        await tx.challenges.finish("order-1", "email-01", ChallengeStatus.INVALID, {"tries": 1}, 3)
        assert not await tx.challenges.is_held("order-1", "email-01", until(NOW + 120))
        await tx.challenges.finish("order-1", "email-01", ChallengeStatus.INVALID, {"tries": 2}, None)
        assert await tx.challenges.claim("order-1", "email-01", NOW, until(NOW + 60))
        assert not await tx.challenges.claim("order-1", "nonsense", NOW, until(NOW + 60))
    challenge = await store.read.challenges.get("order-1", "email-01")
    assert challenge is not None
    assert (challenge.state, challenge.record_id) == ({"tries": 2}, 3)


async def test_a_valid_challenge_is_worked_on_by_nobody(store: Storage) -> None:
    await add_order(store)
    async with store.write.transaction() as tx:
        await tx.challenges.finish("order-1", "email-01", ChallengeStatus.VALID, {}, 1)
        assert not await tx.challenges.claim("order-1", "email-01", NOW, until(NOW + 60))
    challenge = await store.read.challenges.get("order-1", "email-01")
    assert challenge is not None
    assert challenge.status is ChallengeStatus.VALID


async def test_records_are_kept_whole_and_in_order(store: Storage) -> None:
    await add_order(store)
    valid = replace(RECORD, method="rel-me-01", end=End.ACCOUNT, valid=True, problem=None, account=PIN)
    async with store.write.transaction() as tx:
        numbers = [await tx.records.add("order-1", record, SEEN) for record in (RECORD, valid)]
    first, second = await store.read.records.of_order("order-1")
    assert numbers == [first.id, second.id]
    assert await store.read.records.get(first.id) == first
    assert (first.problem, first.evidence, first.account) == (
        {"code": "code-wrong", "values": {"left": 4}},
        {"domain": "é", "list": [1, None]},
        None,
    )
    assert (second.valid, second.problem, second.end) == (True, None, End.ACCOUNT)
    assert second.account is not None
    assert second.account["keyDigest"] == "zQm1"
    assert (first.policy_version, first.class_, first.consent, first.locale) == (
        "fr-1",
        "state",
        {"listed": True},
        "fr",
    )


async def test_a_mailbox_is_forgotten(store: Storage) -> None:
    await add_order(store)
    async with store.write.transaction() as tx:
        await tx.orders.forget_mailbox("order-1")
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert (order.mailbox, order.identity_key) == (None, ORDER.identity_key)


# Attestations


async def test_an_attestation_is_signed_once(store: Storage, other: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    stored = []
    for storage, body in ((store, b"first"), (other, b"second")):
        async with storage.write.transaction() as tx:
            stored.append(await tx.attestations.set_signed("attestation-1", body, NOW))
    row = await store.read.attestations.get("attestation-1")
    assert stored == [True, False]
    assert row is not None
    assert (row.body, row.intent) == (b"first", INTENT.intent)


async def test_a_status_index_is_drawn_once(store: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    assert await store.read.status_lists.is_index_taken(1, 7, 0)
    assert await store.read.status_lists.is_index_taken(1, 0, 8)
    assert not await store.read.status_lists.is_index_taken(1, 8, 7)
    assert not await store.read.status_lists.is_index_taken(2, 7, 8)
    for revocation, suspension in ((7, 9), (9, 8)):
        taken = replace(INTENT, id="attestation-2", revocation_index=revocation, suspension_index=suspension)
        with pytest.raises(Exception, match=r"(?i)unique"):
            await add_intent(store, taken)
    assert await store.read.attestations.get("attestation-2") is None


async def test_an_intent_is_dropped_until_it_is_signed(store: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    async with store.write.transaction() as tx:
        await tx.attestations.drop_intent("attestation-1")
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert order.attestation_id is None
    assert not await store.read.status_lists.is_index_taken(1, 7, 8)
    await add_intent(store)
    async with store.write.transaction() as tx:
        await tx.attestations.set_signed("attestation-1", b"signed", NOW)
        await tx.attestations.drop_intent("attestation-1")
    order = await store.read.orders.get("order-1")
    assert order is not None
    assert order.attestation_id == "attestation-1"
    assert await store.read.attestations.get("attestation-1") is not None


async def test_what_was_signed_and_never_published_is_disowned_and_stays(store: Storage) -> None:
    await add_order(store)
    for signed in (False, True):
        await add_intent(store)
        async with store.write.transaction() as tx:
            if signed:
                await tx.attestations.set_signed("attestation-1", b"signed", NOW)
            await tx.orders.disown("order-1")
        order = await store.read.orders.get("order-1")
        assert order is not None
        assert order.attestation_id is None
        assert (await store.read.attestations.get("attestation-1") is not None) is signed


async def test_an_attestation_belongs_to_an_order(store: Storage) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign"):
        await add_intent(store)


async def test_to_whom_an_account_is_about_to_be_attested(store: Storage) -> None:
    await publish(store)
    await add_order(store, replace(ORDER, id="order-2", identity_key=b"\x02" * 32))
    assert await store.read.orders.keys_issuing(HANDLE) == []
    async with store.write.transaction() as tx:
        await tx.orders.move("order-2", OrderStatus.PENDING, OrderStatus.ISSUING, NOW)
    for handle in (HANDLE, HANDLE.replace("alice", "Alice")):
        assert await store.read.orders.keys_issuing(handle) == [b"\x02" * 32]


async def test_the_attestations_of_an_account_past_ones_too(store: Storage) -> None:
    """By handle in any case, by actor, and by the key of another actor."""
    await publish(store)
    read = store.read.attestations
    (first,) = await read.ever_of_handle(HANDLE.replace("alice", "Alice"))
    assert await read.of_same_account(first) == await read.of_actor(PIN.actor) == [first]
    renamed = replace(PIN, handle=Handle.parse("@bob@social.example"))
    await add_order(store, replace(ORDER, id="order-2", handle=renamed.handle.acct))
    await add_intent(store, replace(SECOND, handle=renamed.handle.acct))
    assert await read.ever_of_handle(renamed.handle.acct) == [], "it is not published yet"
    async with store.write.transaction() as tx:
        await tx.accounts.pin("account-2", renamed, "order-2", NOW + 1)
        await tx.attestations.set_published("attestation-2", "account-2", "identity-1", NOW + 1)
    second = await read.get("attestation-2")
    assert second is not None
    for asked in (first, second):
        assert [each.id for each in await read.of_same_account(asked)] == ["attestation-2", "attestation-1"]
    async with store.write.transaction() as tx:
        await tx.attestations.set_suspended("attestation-1", NOW)
        await tx.attestations.set_revoked("attestation-2", NOW)
    assert [each.id for each in await read.of_actor(PIN.actor)] == ["attestation-1"], "suspended, and still in force"
    async with store.write.transaction() as tx:
        await tx.attestations.set_expired("attestation-1", NOW)
    assert await read.of_same_account(second) == await read.of_actor(PIN.actor) == []
    ever = ["attestation-2", "attestation-1"]
    assert [each.id for each in await read.ever_of_actor(PIN.actor)] == ever
    assert [each.id for each in await read.ever_of_key(PIN.key_digest, "https://other.example/users/x")] == ever
    assert await read.ever_of_key(PIN.key_digest, PIN.actor) == await read.ever_of_key("zQmOther", "https://x/") == []
    assert [each.id for each in await read.ever_of_handle(HANDLE)] == ["attestation-1"]


async def test_why_an_attestation_was_ever_withdrawn(store: Storage) -> None:
    await publish(store)
    assert await store.read.verdicts.reasons("order-1") == []
    async with store.write.transaction() as tx:
        await tx.verdicts.put("order-1", Status.SUSPENDED, Reason.ACCOUNT_COMPROMISED, NOW, b"2", by=OPERATOR)
        await tx.verdicts.put("order-1", Status.REVOKED, Reason.HOLDER_REQUEST, NOW, b"3", by=OPERATOR)
    found = await store.read.verdicts.reasons("order-1")
    assert sorted(found) == [Reason.ACCOUNT_COMPROMISED, Reason.HOLDER_REQUEST]


async def test_who_withdrew_an_attestation_and_what_was_seen(store: Storage) -> None:
    await publish(store)
    assert await store.read.verdicts.withdrawal("order-1") is None
    async with store.write.transaction() as tx:
        lost = Reason.ACCOUNT_LOST
        await tx.verdicts.put("order-1", Status.SUSPENDED, lost, NOW + 1, b"2", by=job("rechecks"), cause=Cause.LINK)
        await tx.verdicts.put("order-1", Status.EXPIRED, lost, NOW + 2, b"3", by=job("expire"))
    found = await store.read.verdicts.withdrawal("order-1")
    assert found is not None
    kept = (found.status, found.reason, found.at, found.by, found.cause)
    assert kept == (Status.SUSPENDED, lost, NOW + 1, "job:rechecks", Cause.LINK)
    current = await store.read.verdicts.of_order("order-1")
    assert current is not None
    assert (current.status, current.cause) == (Status.EXPIRED, None)


@pytest.mark.parametrize("whose", IdentityType)
async def test_listed_accounts_bear_the_name_of_their_body_and_of_nobody_else(
    store: Storage, whose: IdentityType
) -> None:
    await publish(store, replace(ORDER, identity_type=whose))
    body = ("numerique.gouv.fr", "N") if whose is IdentityType.INSTITUTION else (None, None)
    assert await store.read.attestations.listed() == [ListedAccount(HANDLE, whose, *body)]
    assert await store.read.attestations.listed_as(HANDLE.upper()) == [ListedAccount(HANDLE, whose, *body)]
    assert await store.read.attestations.listed_as("acct:bob@social.example") == []


async def test_the_institution_of_a_body(store: Storage) -> None:
    await publish(store)
    assert await store.read.identities.of_body("identity-1") is None
    office = replace(ORDER, id="order-2", identity_type=IdentityType.INSTITUTION, identity_key=b"\x02" * 32)
    await add_order(store, office)
    order = await store.read.orders.get("order-2")
    assert order is not None
    async with store.write.transaction() as tx:
        await tx.identities.ensure("identity-2", order, "body-1", NOW, NOW + 10)
    for identity in ("identity-1", "identity-2"):
        assert await store.read.identities.of_body(identity) == "identity-2"


async def test_the_bits_that_are_set(store: Storage) -> None:
    await publish(store)
    assert await store.read.status_lists.indexes_set("revocation", 1) == []
    async with store.write.transaction() as tx:
        await tx.attestations.set_suspended("attestation-1", NOW)
    assert await store.read.status_lists.indexes_set("suspension", 1) == [8]
    assert await store.read.status_lists.indexes_set("suspension", 2) == []
    async with store.write.transaction() as tx:
        await tx.attestations.set_suspended("attestation-1", None)
        await tx.attestations.set_revoked("attestation-1", NOW)
    assert await store.read.status_lists.indexes_set("suspension", 1) == []
    assert await store.read.status_lists.indexes_set("revocation", 1) == [7]


async def test_attestations_that_have_ended(store: Storage) -> None:
    await publish(store)
    assert await store.read.attestations.overdue(NOW + 999, 10) == []
    assert [each.id for each in await store.read.attestations.overdue(NOW + 1000, 10)] == ["attestation-1"]
    async with store.write.transaction() as tx:
        await tx.attestations.set_expired("attestation-1", NOW + 1000)
    assert await store.read.attestations.overdue(NOW + 1000, 10) == []


async def test_a_body_and_an_identity_are_made_once(store: Storage) -> None:
    await publish(store)
    order = await store.read.orders.get("order-1")
    assert order is not None
    async with store.write.transaction() as tx:
        assert await tx.bodies.ensure("body-2", "numerique.gouv.fr", "Other", NOW) == "body-1"
        assert await tx.identities.ensure("identity-2", order, "body-1", NOW + 1, NOW + 11) == "identity-1"


# What the world reads


async def test_a_lookup_gets_the_newest_verdict_of_the_order_that_speaks_for_the_handle(store: Storage) -> None:
    await publish(store)
    first = await store.lookups.verdicts.answer(HANDLE)
    assert first is not None
    assert first[0] == b"verdict 1"
    async with store.write.transaction() as tx:
        await tx.verdicts.put("order-1", Status.SUSPENDED, Reason.UNREACHABLE, NOW + 1, b"verdict 2", by=OPERATOR)
    second = await store.lookups.verdicts.answer(HANDLE)
    assert second is not None
    assert (second[0], second[1] == first[1]) == (b"verdict 2", False)
    verdict = await store.read.verdicts.of_order("order-1")
    assert verdict is not None
    assert (verdict.version, verdict.status, verdict.reason) == (2, Status.SUSPENDED, Reason.UNREACHABLE)
    await add_order(store, replace(ORDER, id="order-2"))
    async with store.write.transaction() as tx:
        await tx.accounts.pin("account-2", PIN, "order-2", NOW)
        await tx.verdicts.put("order-2", Status.VERIFIED, None, NOW + 2, b"verdict of the second order", by=OPERATOR)
        await tx.verdicts.put("order-1", Status.REVOKED, Reason.SUPERSEDED, NOW + 3, b"verdict 3", by=OPERATOR)
    third = await store.lookups.verdicts.answer(HANDLE)
    assert third is not None
    assert third[0] == b"verdict of the second order"
    assert await store.read.verdicts.answer("acct:nobody@social.example") is None


async def test_a_url_leads_to_the_handle_that_is_pinned_to_it(store: Storage) -> None:
    await publish(store)
    for known in (PIN.actor, PIN.profile):
        assert await store.read.accounts.handle_of_url(known) == HANDLE
    assert await store.read.accounts.handle_of_url(PIN.actor + "/") is None
    moved = replace(PIN, profile="https://social.example/@new")
    async with store.write.transaction() as tx:
        await tx.accounts.pin("account-2", moved, "order-1", NOW)
    assert await store.read.accounts.handle_of_url(PIN.profile) is None
    assert await store.read.accounts.handle_of_url(moved.profile) == HANDLE
    for number, user in enumerate("azb", 1):  # renamed: the newest name, however it is spelled
        renamed = replace(moved, handle=Handle.parse(f"@{user}@social.example"))
        async with store.write.transaction() as tx:
            await tx.accounts.pin(f"renamed-{number}", renamed, "order-1", NOW + number)
        assert await store.read.accounts.handle_of_url(PIN.actor) == renamed.handle.acct


async def test_events_are_numbered_without_a_gap(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.events.add(EventKind.SUSPENDED, "attestation-1", HANDLE, NOW, listed=True, by=OPERATOR)
            raise ZeroDivisionError

    await publish(store)
    with pytest.raises(ZeroDivisionError):
        await work()
    async with store.write.transaction() as tx:
        await tx.events.add(
            EventKind.REVOKED, "attestation-1", HANDLE, NOW + 1, listed=False, reason=Reason.ERASED, by=OPERATOR
        )
    events = await store.read.events.after(0, 10)
    assert [(event.seq, event.kind, event.reason, event.listed) for event in events] == [
        (1, EventKind.ISSUED, None, True),
        (2, EventKind.REVOKED, Reason.ERASED, False),
    ]
    assert [event.seq for event in await store.read.events.after(1, 10)] == [2]
    assert [event.seq for event in await store.read.events.after(0, 1)] == [1]


async def test_status_lists(store: Storage) -> None:
    assert await store.read.status_lists.last() == 0
    async with store.write.transaction() as tx:
        await tx.status_lists.add("revocation", 1, 131_072, b"one", NOW)
        await tx.status_lists.add("revocation", 1, 131_072, b"another", NOW + 5)
        await tx.status_lists.add("suspension", 1, 131_072, b"two", NOW)
    read = store.read.status_lists
    assert await read.get("revocation", 1) == (b"one", NOW)
    assert await read.get("revocation", 2) is None
    assert sorted(await read.bodies()) == [b"one", b"two"]
    assert await read.last() == 1
    assert await read.due(NOW + 59, 60) == []
    assert await read.due(NOW + 60, 60) == [
        DueList(purpose, 1, NOW + 60) for purpose in ("revocation", "suspension")
    ]  # fmt: skip


async def test_a_list_is_due_with_its_rows_until_it_says_them(store: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    read = store.read.status_lists
    async with store.write.transaction() as tx:
        for purpose in ("revocation", "suspension"):
            await tx.status_lists.add(purpose, 1, 131_072, b"none", NOW)
    assert [await read.is_set("suspension", 1, 8), await read.is_set("suspension", 1, 7)] == [False, None]
    for at in (NOW + 5, NOW + 6):
        async with store.write.transaction() as tx:
            await tx.attestations.set_suspended("attestation-1", at)
    assert await read.is_set("suspension", 1, 8)
    assert await read.due(NOW + 6, 60) == [DueList("suspension", 1, NOW + 5)]
    assert (await read.version("suspension", 1), await read.version("revocation", 1)) == (2, 0)
    async with store.write.transaction() as tx:
        assert await tx.status_lists.replace("suspension", 1, b"as of the first", 1, NOW + 5)
        assert not await tx.status_lists.replace("suspension", 1, b"as of none", 0, NOW + 9)
    assert await read.get("suspension", 1) == (b"as of the first", NOW + 5)
    assert await read.due(NOW + 6, 60) == [DueList("suspension", 1, NOW + 5)]
    async with store.write.transaction() as tx:
        assert await tx.status_lists.replace("suspension", 1, b"as of both", 2, NOW + 7)
        assert not await tx.status_lists.replace("suspension", 1, b"as of both, before", 2, NOW + 6)
    assert await read.get("suspension", 1) == (b"as of both", NOW + 7)
    assert await read.due(NOW + 7, 60) == []
    async with store.write.transaction() as tx:
        await tx.attestations.set_revoked("attestation-1", NOW + 8)
    assert await read.due(NOW + 8, 60) == [DueList("revocation", 1, NOW + 8)]
    async with store.write.transaction() as tx:
        await tx.status_lists.sign_all_again(NOW + 9)
    assert await read.due(NOW + 9, 60) == [DueList("revocation", 1, NOW + 8), DueList("suspension", 1, NOW + 9)]


async def test_what_comes_after_a_commit_comes_after_no_rollback(store: Storage) -> None:
    done: list[str] = []
    with suppress(ZeroDivisionError):
        async with store.write.transaction() as tx:
            tx.afterwards(lambda: done.append("rolled back"))
            raise ZeroDivisionError
    async with store.write.transaction() as tx:
        tx.afterwards(lambda: done.append("committed"))
        await tx.facts.set("a", "1")
        assert done == []
    assert done == ["committed"]
    async with store.write.transaction():
        pass
    assert done == ["committed"]


# The clockwork


async def test_a_job_is_run_by_one(store: Storage, other: Storage) -> None:
    assert await store.read.jobs.is_due("a", NOW)
    claims = []
    for storage, now in ((store, NOW), (other, NOW), (other, NOW + 300)):
        async with storage.write.transaction() as tx:
            claims.append(await tx.jobs.claim("a", now, until(now + 300)))
    assert claims == [True, False, True]
    assert not await store.read.jobs.is_due("a", NOW + 301)
    async with store.write.transaction() as tx:
        assert not await tx.jobs.finish("a", until(NOW + 300), NOW + 1, failed=False), "by who was too slow"
        assert not await tx.jobs.claim("a", NOW + 599, until(NOW + 900))
        assert await tx.jobs.finish("a", until(NOW + 600), NOW + 400, failed=True)
        assert not await tx.jobs.claim("a", NOW + 399, until(NOW + 500))
        assert await tx.jobs.claim("a", NOW + 400, until(NOW + 500))
        assert await tx.jobs.finish("a", until(NOW + 500), NOW + 600, failed=False)
    assert not await store.read.jobs.is_due("a", NOW + 599)
    assert await store.read.jobs.is_due("a", NOW + 600)


# Any row


async def test_a_row_whose_fields_are_in_another_order_lands_in_the_same_columns(store: Storage) -> None:
    reversed_ = make_dataclass("Reversed", reversed([(name, field.type) for name, field in FIELDS.items()]))
    values = {name: getattr(ORDER, name) for name in FIELDS}
    async with store.write.transaction() as tx:
        await tx.orders.add(reversed_(**values), {}, ())
    order = await store.read.orders.get(ORDER.id)
    assert {name: getattr(order, name) for name in FIELDS} == values


async def test_a_field_that_is_no_column_is_refused(store: Storage) -> None:
    more = make_dataclass("More", [("nonsense", str)], bases=(NewOrder,), frozen=True)
    values = {name: getattr(ORDER, name) for name in FIELDS}
    with pytest.raises(Exception, match="nonsense"):
        async with store.write.transaction() as tx:
            await tx.orders.add(more(**values, nonsense="x"), {}, ())
    assert await store.read.orders.get(ORDER.id) is None
