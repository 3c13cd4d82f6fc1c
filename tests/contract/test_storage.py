"""What the house relies on of its store, whichever database it is (PostgreSQL joins by a line in BACKENDS)."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from verifier.core.errors import VerifierError
from verifier.core.identifiers import Handle
from verifier.core.models import (
    AccountPin,
    ChallengeStatus,
    End,
    EventKind,
    IdentityType,
    OrderStatus,
    Problem,
    Reason,
    Record,
    Status,
)
from verifier.storage import NewAttestation, NewOrder, Storage, open_storage
from verifier.storage.database import SNAPSHOT_SECONDS
from verifier.storage.writer import Circumstances

NOW = 1_795_428_000
BACKENDS: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'verifier.sqlite3'}"}
HANDLE = "acct:alice@social.example"
PIN = AccountPin(
    Handle.parse(HANDLE), "https://social.example/users/alice", "https://social.example/@alice", "zQm1", None
)
ORDER = NewOrder(
    id="order-1",
    token_digest=b"\x00\xff" * 16,
    handle=HANDLE,
    identity_type=IdentityType.AGENT,
    identity_key=b"\x01" * 32,
    mailbox="alice.martin@numerique.gouv.fr",
    domain="numerique.gouv.fr",
    decision="issue",
    class_="state",
    rule="suffix gouv.fr",
    policy_version="fr-1",
    listed=True,
    affiliation="body",
    locale="fr",
    created_at=NOW,
    expires_at=NOW + 100,
)
INTENT = NewAttestation(
    id="attestation-1",
    order_id="order-1",
    previous_id=None,
    issuer="did:web:a.example",
    handle=HANDLE,
    intent=b'{"\xc3\xa9":1}',
    revocation_list=1,
    revocation_index=7,
    suspension_list=1,
    suspension_index=8,
    listed=True,
    valid_from=NOW,
    valid_until=NOW + 1000,
    reserved_at=NOW,
)
SEEN = Circumstances("fr-1", "state", {"listed": True}, "fr")
RECORD = Record(
    method="email-01",
    end=End.IDENTITY,
    valid=False,
    checked_at=NOW,
    problem=Problem("code-wrong", {"left": 4}),
    evidence={"domain": "é", "list": [1, None]},
)


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Storage]:
    async with await open_storage(url) as storage:
        yield storage


@pytest.fixture
async def other(url: str, store: Storage) -> AsyncIterator[Storage]:
    """Another process's, as far as the database can tell."""
    async with await open_storage(url) as storage:
        yield storage


async def add_order(store: Storage, order: NewOrder = ORDER) -> None:
    async with store.write.transaction() as tx:
        await tx.add_order(
            order, {End.ACCOUNT: "any", End.IDENTITY: "any"}, {"rel-me-01": End.ACCOUNT, "email-01": End.IDENTITY}
        )


async def add_intent(store: Storage, intent: NewAttestation = INTENT) -> None:
    async with store.write.transaction() as tx:
        await tx.reserve(intent)


async def publish(store: Storage) -> None:
    """The rows of one published attestation."""
    await add_order(store)
    await add_intent(store)
    order = await store.read.order("order-1")
    assert order is not None
    async with store.write.transaction() as tx:
        await tx.store_signed("attestation-1", b"signed", NOW)
        body = await tx.ensure_body("body-1", "numerique.gouv.fr", "N", NOW)
        identity = await tx.ensure_identity("identity-1", order, body, NOW, NOW + 10)
        account = await tx.pin_account("account-1", PIN, "order-1", NOW)
        await tx.mark_published("attestation-1", account, identity, NOW)
        await tx.put_verdict("order-1", Status.VERIFIED, None, NOW, b"verdict 1")
        await tx.add_event(EventKind.ISSUED, "attestation-1", HANDLE, NOW, listed=True)


# Opening


def test_four_processes_that_start_at_once_make_one_schema(url: str) -> None:
    script = (
        "import asyncio, sys\n"
        "from verifier.storage import open_storage\n"
        "async def main():\n"
        "    async with await open_storage(sys.argv[1]) as store:\n"
        "        async with store.write.transaction() as tx:\n"
        "            await tx.set_fact_once('first', sys.argv[2])\n"
        "        print(await store.read.fact('first'))\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-W", "error", "-c", script, url]
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
        assert await store.read.answer_of(HANDLE) is not None
        order = await store.read.order("order-1")
    assert order is not None
    assert {name: getattr(order, name) for name in ORDER.__dataclass_fields__} == {
        name: getattr(ORDER, name) for name in ORDER.__dataclass_fields__
    }


@pytest.mark.parametrize("url_", ("", "sqlite:///", "mysql://a/b", "verifier.sqlite3", "sqlite://"))
async def test_a_url_of_no_database(url_: str) -> None:
    with pytest.raises(VerifierError, match="VERIFIER_DATABASE_URL"):
        await open_storage(url_)


# Transactions


async def test_a_transaction_that_fails_leaves_nothing(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.add_order(ORDER, {End.ACCOUNT: "any"}, {})
            assert await tx.order("order-1") is not None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert await store.read.order("order-1") is None
    await add_order(store)
    assert await store.read.order("order-1") is not None


async def test_a_statement_that_fails_undoes_those_before_it(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.set_fact_once("a", "1")
            await tx.add_order(ORDER, {}, {})

    await add_order(store)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await work()
    assert await store.read.fact("a") is None


async def test_who_is_cancelled_inside_a_transaction_leaves_nothing(store: Storage) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.set_fact_once("a", "1")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.write.transaction() as tx:
        assert await tx.fact("a") is None


async def test_who_is_cancelled_while_another_process_writes_leaves_the_writer_usable(
    store: Storage, other: Storage
) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.set_fact_once("a", "mine")

    async with other.write.transaction() as tx:
        await tx.set_fact_once("a", "theirs")
        task = asyncio.create_task(work())
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        done = asyncio.gather(task, return_exceptions=True)
    await done
    async with store.write.transaction() as tx:
        assert await tx.fact("a") == "theirs"
        await tx.set_fact_once("b", "mine")
    assert await other.read.fact("b") == "mine"


async def test_writers_take_turns(store: Storage, other: Storage) -> None:
    async def count(storage: Storage) -> None:
        for _ in range(10):
            async with storage.write.transaction() as tx:
                await tx.put_status_list("revocation", await tx.last_status_list() + 1, 1, b"", NOW)

    await asyncio.gather(count(store), count(store), count(other), count(other))
    assert await store.read.last_status_list() == 40


async def test_a_reader_sees_what_is_committed_and_only_that(store: Storage, other: Storage) -> None:
    async with store.write.transaction() as tx:
        await tx.set_fact_once("a", "1")
        assert await tx.fact("a") == "1"
        assert [await each.fact("a") for each in (store.read, store.lookups, other.read)] == [None] * 3
    assert [await each.fact("a") for each in (store.read, store.lookups, other.read)] == ["1"] * 3


async def test_a_reader_cannot_write(store: Storage) -> None:
    for reader in (store.read, store.lookups):
        with pytest.raises(Exception, match=r"(?i)read.?only"):
            await reader._connection.run("INSERT INTO fact (name, value) VALUES ('a', 'b')")
    assert await store.read.fact("a") is None


async def test_the_version_changes_with_each_commit_of_anybody(store: Storage, other: Storage) -> None:
    versions = [await store.lookups.version()]
    for n, storage in enumerate((store, other, other, store)):
        async with storage.write.transaction() as tx:
            await tx.set_fact_once(f"fact {n}", "1")
        await asyncio.sleep(SNAPSHOT_SECONDS)  # of another process: when the snapshot ends, whose timer was set before
        versions.append(await store.lookups.version())
        assert await store.lookups.fact(f"fact {n}") == "1"
    assert len(set(versions)) == 5


# Orders


async def test_an_order_moves_only_from_where_it_is(store: Storage, other: Storage) -> None:
    await add_order(store)
    moved = []
    for storage in (store, other, store):
        async with storage.write.transaction() as tx:
            moved.append(await tx.move_order("order-1", OrderStatus.PENDING, OrderStatus.READY, NOW + 5))
    assert moved == [True, False, False]
    order = await store.read.order("order-1")
    assert order is not None
    assert (order.status, order.updated_at) == (OrderStatus.READY, NOW + 5)


async def test_orders_by_what_must_be_done(store: Storage) -> None:
    for n, status in enumerate((OrderStatus.PENDING, OrderStatus.READY, OrderStatus.ISSUING, OrderStatus.IN_REVIEW)):
        await add_order(store, replace(ORDER, id=f"order-{n}", expires_at=NOW + n))
        async with store.write.transaction() as tx:
            await tx.move_order(f"order-{n}", OrderStatus.PENDING, status, NOW + n)
    read = store.read
    assert [order.id for order in await read.orders_ended(NOW, 10)] == ["order-0"]
    assert [order.id for order in await read.orders_ended(NOW + 9, 10)] == ["order-0", "order-1"]
    assert [order.id for order in await read.orders_ended(NOW + 9, 1)] == ["order-0"]
    assert [order.id for order in await read.orders_idle_since(OrderStatus.ISSUING, NOW + 2, 10)] == ["order-2"]
    assert await read.orders_idle_since(OrderStatus.ISSUING, NOW + 1, 10) == []
    assert [order.id for order in await read.orders(OrderStatus.IN_REVIEW, 10)] == ["order-3"]
    assert len(await read.orders(None, 10)) == 4


async def test_a_challenge_has_one_worker_at_a_time(store: Storage, other: Storage) -> None:
    await add_order(store)
    claims = []
    for storage, now in ((store, NOW), (other, NOW), (other, NOW + 59), (other, NOW + 60)):
        async with storage.write.transaction() as tx:
            claims.append(await tx.claim_challenge("order-1", "email-01", now, now + 60))
    assert claims == [True, False, False, True]
    challenge = await store.read.challenge("order-1", "email-01")
    assert challenge is not None
    assert (challenge.status, challenge.lease_until) == (ChallengeStatus.PROCESSING, NOW + 120)
    async with store.write.transaction() as tx:
        await tx.finish_challenge("order-1", "email-01", ChallengeStatus.INVALID, {"tries": 1}, 3)
        await tx.finish_challenge("order-1", "email-01", ChallengeStatus.INVALID, {"tries": 2}, None)
        assert await tx.claim_challenge("order-1", "email-01", NOW, NOW + 60)
        assert not await tx.claim_challenge("order-1", "nonsense", NOW, NOW + 60)
    challenge = await store.read.challenge("order-1", "email-01")
    assert challenge is not None
    assert (challenge.state, challenge.record_id) == ({"tries": 2}, 3)


async def test_a_valid_challenge_is_worked_on_by_nobody(store: Storage) -> None:
    await add_order(store)
    async with store.write.transaction() as tx:
        await tx.finish_challenge("order-1", "email-01", ChallengeStatus.VALID, {}, 1)
        assert not await tx.claim_challenge("order-1", "email-01", NOW, NOW + 60)
    challenge = await store.read.challenge("order-1", "email-01")
    assert challenge is not None
    assert challenge.status is ChallengeStatus.VALID


async def test_records_are_kept_whole_and_in_order(store: Storage) -> None:
    await add_order(store)
    valid = replace(RECORD, method="rel-me-01", end=End.ACCOUNT, valid=True, problem=None, account=PIN)
    async with store.write.transaction() as tx:
        numbers = [await tx.add_record("order-1", record, SEEN) for record in (RECORD, valid)]
    first, second = await store.read.records("order-1")
    assert numbers == [first.id, second.id]
    assert await store.read.record(first.id) == first
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
        await tx.forget_mailbox("order-1")
    order = await store.read.order("order-1")
    assert order is not None
    assert (order.mailbox, order.identity_key) == (None, ORDER.identity_key)


# Attestations


async def test_an_attestation_is_signed_once(store: Storage, other: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    stored = []
    for storage, body in ((store, b"first"), (other, b"second")):
        async with storage.write.transaction() as tx:
            stored.append(await tx.store_signed("attestation-1", body, NOW))
    row = await store.read.attestation("attestation-1")
    assert stored == [True, False]
    assert row is not None
    assert (row.body, row.intent) == (b"first", INTENT.intent)


async def test_a_status_index_is_drawn_once(store: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    assert await store.read.status_index_taken(1, 7, 0)
    assert await store.read.status_index_taken(1, 0, 8)
    assert not await store.read.status_index_taken(1, 8, 7)
    assert not await store.read.status_index_taken(2, 7, 8)
    for revocation, suspension in ((7, 9), (9, 8)):
        taken = replace(INTENT, id="attestation-2", revocation_index=revocation, suspension_index=suspension)
        with pytest.raises(Exception, match=r"(?i)unique"):
            await add_intent(store, taken)
    assert await store.read.attestation("attestation-2") is None


async def test_an_intent_is_dropped_until_it_is_signed(store: Storage) -> None:
    await add_order(store)
    await add_intent(store)
    async with store.write.transaction() as tx:
        await tx.drop_intent("attestation-1")
    order = await store.read.order("order-1")
    assert order is not None
    assert order.attestation_id is None
    assert not await store.read.status_index_taken(1, 7, 8)
    await add_intent(store)
    async with store.write.transaction() as tx:
        await tx.store_signed("attestation-1", b"signed", NOW)
        await tx.drop_intent("attestation-1")
    order = await store.read.order("order-1")
    assert order is not None
    assert order.attestation_id == "attestation-1"
    assert await store.read.attestation("attestation-1") is not None


async def test_an_attestation_belongs_to_an_order(store: Storage) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign"):
        await add_intent(store)


async def test_who_an_account_is_attested_to(store: Storage) -> None:
    await publish(store)
    await add_order(store, replace(ORDER, id="order-2", identity_key=b"\x02" * 32))
    assert await store.read.identities_of(HANDLE) == [ORDER.identity_key]
    async with store.write.transaction() as tx:
        await tx.move_order("order-2", OrderStatus.PENDING, OrderStatus.ISSUING, NOW)
        await tx.set_suspended("attestation-1", NOW)
    assert sorted(await store.read.identities_of(HANDLE)) == [ORDER.identity_key, b"\x02" * 32]
    async with store.write.transaction() as tx:
        await tx.set_revoked("attestation-1", NOW)
    assert await store.read.identities_of(HANDLE) == [b"\x02" * 32]
    assert await store.read.live_attestation(HANDLE) is None


async def test_the_bits_that_are_set(store: Storage) -> None:
    await publish(store)
    assert await store.read.status_indexes_set("revocation", 1) == []
    async with store.write.transaction() as tx:
        await tx.set_suspended("attestation-1", NOW)
    assert await store.read.status_indexes_set("suspension", 1) == [8]
    assert await store.read.status_indexes_set("suspension", 2) == []
    async with store.write.transaction() as tx:
        await tx.set_suspended("attestation-1", None)
        await tx.set_revoked("attestation-1", NOW)
    assert await store.read.status_indexes_set("suspension", 1) == []
    assert await store.read.status_indexes_set("revocation", 1) == [7]


async def test_attestations_that_have_ended(store: Storage) -> None:
    await publish(store)
    assert await store.read.attestations_ended(NOW + 999, 10) == []
    assert [each.id for each in await store.read.attestations_ended(NOW + 1000, 10)] == ["attestation-1"]
    async with store.write.transaction() as tx:
        await tx.set_expired("attestation-1", NOW + 1000)
    assert await store.read.attestations_ended(NOW + 1000, 10) == []


async def test_a_body_and_an_identity_are_made_once(store: Storage) -> None:
    await publish(store)
    order = await store.read.order("order-1")
    assert order is not None
    async with store.write.transaction() as tx:
        assert await tx.ensure_body("body-2", "numerique.gouv.fr", "Other", NOW) == "body-1"
        assert await tx.ensure_identity("identity-2", order, "body-1", NOW + 1, NOW + 11) == "identity-1"


# What the world reads


async def test_a_lookup_gets_the_newest_verdict_of_the_order_that_speaks_for_the_handle(store: Storage) -> None:
    await publish(store)
    first = await store.lookups.answer_of(HANDLE)
    assert first is not None
    assert first[0] == b"verdict 1"
    async with store.write.transaction() as tx:
        await tx.put_verdict("order-1", Status.SUSPENDED, Reason.UNREACHABLE, NOW + 1, b"verdict 2")
    second = await store.lookups.answer_of(HANDLE)
    assert second is not None
    assert (second[0], second[1] == first[1]) == (b"verdict 2", False)
    verdict = await store.read.verdict_of_order("order-1")
    assert verdict is not None
    assert (verdict.version, verdict.status, verdict.reason) == (2, Status.SUSPENDED, Reason.UNREACHABLE)
    await add_order(store, replace(ORDER, id="order-2"))
    async with store.write.transaction() as tx:
        await tx.pin_account("account-2", PIN, "order-2", NOW)
        await tx.put_verdict("order-2", Status.VERIFIED, None, NOW + 2, b"verdict of the second order")
        await tx.put_verdict("order-1", Status.REVOKED, Reason.SUPERSEDED, NOW + 3, b"verdict 3")
    third = await store.lookups.answer_of(HANDLE)
    assert third is not None
    assert third[0] == b"verdict of the second order"
    assert await store.read.answer_of("acct:nobody@social.example") is None


async def test_a_url_leads_to_the_handle_that_is_pinned_to_it(store: Storage) -> None:
    await publish(store)
    for known in (PIN.actor, PIN.profile):
        assert await store.read.handle_of_url(known) == HANDLE
    assert await store.read.handle_of_url(PIN.actor + "/") is None
    moved = replace(PIN, profile="https://social.example/@new")
    async with store.write.transaction() as tx:
        await tx.pin_account("account-2", moved, "order-1", NOW)
    assert await store.read.handle_of_url(PIN.profile) is None
    assert await store.read.handle_of_url(moved.profile) == HANDLE


async def test_events_are_numbered_without_a_gap(store: Storage) -> None:
    async def work() -> None:
        async with store.write.transaction() as tx:
            await tx.add_event(EventKind.SUSPENDED, "attestation-1", HANDLE, NOW, listed=True)
            raise ZeroDivisionError

    await publish(store)
    with pytest.raises(ZeroDivisionError):
        await work()
    async with store.write.transaction() as tx:
        await tx.add_event(EventKind.REVOKED, "attestation-1", HANDLE, NOW + 1, listed=False, reason=Reason.ERASED)
    events = await store.read.events(0, 10)
    assert [(event.seq, event.kind, event.reason, event.listed) for event in events] == [
        (1, EventKind.ISSUED, None, True),
        (2, EventKind.REVOKED, Reason.ERASED, False),
    ]
    assert [event.seq for event in await store.read.events(1, 10)] == [2]
    assert [event.seq for event in await store.read.events(0, 1)] == [1]
    assert await store.read.last_change() == NOW + 1


async def test_status_lists(store: Storage) -> None:
    assert await store.read.last_status_list() == 0
    async with store.write.transaction() as tx:
        await tx.put_status_list("revocation", 1, 131_072, b"one", NOW)
        await tx.put_status_list("revocation", 1, 131_072, b"two", NOW + 5)
        await tx.put_status_list("suspension", 1, 131_072, b"three", NOW)
    assert await store.read.status_list("revocation", 1) == (b"two", NOW + 5)
    assert await store.read.status_list("revocation", 2) is None
    assert await store.read.status_lists_signed_before(NOW) == [("suspension", 1)]
    assert await store.read.last_status_list() == 1


# The clockwork


async def test_a_job_is_run_by_one(store: Storage, other: Storage) -> None:
    assert await store.read.job_is_due("a", NOW)
    claims = []
    for storage, now in ((store, NOW), (other, NOW), (other, NOW + 300)):
        async with storage.write.transaction() as tx:
            claims.append(await tx.claim_job("a", now, now + 300))
    assert claims == [True, False, True]
    assert not await store.read.job_is_due("a", NOW + 301)
    async with store.write.transaction() as tx:
        await tx.finish_job("a", NOW + 400, failed=True)
        assert not await tx.claim_job("a", NOW + 399, NOW + 500)
        assert await tx.claim_job("a", NOW + 400, NOW + 500)
        await tx.finish_job("a", NOW + 600, failed=False)
    assert not await store.read.job_is_due("a", NOW + 599)
    assert await store.read.job_is_due("a", NOW + 600)
