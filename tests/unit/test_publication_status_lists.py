"""Status lists at scale: places drawn by chance, lists that fill, copies that grow stale."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.unit.office import KEYS, Office, by, lists_of, office_of
from tests.unit.proof.documents import NOW, SITE
from verifier.core.clock import Chance
from verifier.core.errors import ProofError, Unavailable
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.issuance.issuer import DRAWS
from verifier.proof import fixed_shape
from verifier.proof.did import registry_keys
from verifier.proof.sets import verify_set
from verifier.publication.status_lists import (
    LENGTH,
    PURPOSES,
    VALIDITY,
    StatusReader,
    due_lists,
    fresh_for,
    waiting_since,
)
from verifier.signer import Algorithm, Signer
from verifier.storage import DueList


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Of the length of the service, with chance of the system."""
    async with office_of(tmp_path) as made:
        yield made


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Office]:
    """Of 16 places, with chance that can be told again."""
    async with office_of(tmp_path, length=16, chance=Chance(below=Random(7).randrange)) as made:  # noqa: S311
        yield made


async def test_the_next_pair_is_made_when_half_the_places_of_the_newest_are_drawn(small: Office) -> None:
    issued = [await small.issue() for _ in range(20)]
    assert [each.revocation_list for each in issued] == [1] * 8 + [2] * 8 + [3] * 4
    assert all(each.revocation_list == each.suspension_list for each in issued)
    for purpose in PURPOSES:
        assert (await small.document(purpose, 3))["id"] == SITE.status_list(purpose, 3)
    assert await small.storage.read.status_lists.get("revocation", 4) is None


async def test_no_place_is_given_twice(small: Office) -> None:
    issued = [await small.issue() for _ in range(24)]
    assert len({(each.revocation_list, each.revocation_index) for each in issued}) == 24
    assert len({(each.suspension_list, each.suspension_index) for each in issued}) == 24


async def test_another_process_that_draws_is_counted(small: Office) -> None:
    other = lists_of(small.storage, 16)
    for _ in range(8):
        await small.issue()
    drawn = await asyncio.gather(other.with_room(), small.lists.with_room())
    assert set(drawn) == {(2, 16)}


async def test_places_are_what_chance_says_and_nothing_else(tmp_path: Path) -> None:
    asked: list[int] = []
    told = iter([70_000, 5, 131_071, 0])

    def below(length: int) -> int:
        asked.append(length)
        return next(told)

    async with office_of(tmp_path, chance=Chance(below=below)) as office:
        first, second = await office.issue(), await office.issue()
        assert (first.revocation_index, first.suspension_index) == (70_000, 5)
        assert (second.revocation_index, second.suspension_index) == (131_071, 0)
    assert asked == [LENGTH] * 4
    assert LENGTH >= 131_072


async def test_a_place_that_is_taken_is_drawn_again(tmp_path: Path) -> None:
    told = iter([1, 2, 1, 3, 4, 2, 4, 3])
    async with office_of(tmp_path, chance=Chance(below=lambda _: next(told))) as office:
        first, second = await office.issue(), await office.issue()
        assert (first.revocation_index, first.suspension_index) == (1, 2)
        assert (second.revocation_index, second.suspension_index) == (4, 3)


async def test_chance_that_only_says_what_is_taken_ends(tmp_path: Path) -> None:
    async with office_of(tmp_path, chance=Chance(below=lambda _: 1)) as office:
        await office.issue()
        with pytest.raises(Unavailable, match="status-list-full"):
            await office.issue()
    assert DRAWS < 100


async def test_suspended_and_revoked_are_told_apart(office: Office) -> None:
    neither, suspended, revoked, both = [await office.issue() for _ in range(4)]
    for attestation in (suspended, both):
        await office.withdraw("suspension", attestation)
    for attestation in (revoked, both):
        await office.withdraw("revocation", attestation)
    assert await office.set_in("suspension") == {suspended.suspension_index, both.suspension_index}
    assert await office.set_in("revocation") == {revoked.revocation_index, both.revocation_index}
    reader = StatusReader(office.storage.read)
    assert await reader.bit("revocation", 1, neither.revocation_index) == "clear"
    assert await reader.bit("revocation", 1, both.revocation_index) == "set"


async def test_the_rows_say_it_before_any_list_does(office: Office) -> None:
    first, second = await office.issue(), await office.issue()
    reader = StatusReader(office.storage.read)
    async with office.storage.write.transaction() as tx:
        await tx.attestations.set_suspended(first.id, NOW)
    assert await reader.bit("suspension", 1, first.suspension_index) == "set"
    assert await reader.bit("suspension", 1, second.suspension_index) == "clear"
    assert await office.set_in("suspension") == set()


async def test_a_place_that_was_never_given_says_nothing(office: Office) -> None:
    attestation = await office.issue()
    reader = StatusReader(office.storage.read)
    assert await reader.bit("revocation", 1, attestation.revocation_index ^ 1) == "unknown"
    assert await reader.bit("revocation", 2, attestation.revocation_index) == "unknown"


async def test_t00i_a_list_of_older_rows_never_replaces_a_newer_one(office: Office) -> None:
    """One signature takes long. Meanwhile the rows change, and another process signs the list."""
    first, second = await office.issue(), await office.issue()
    async with office.storage.write.transaction() as tx:
        await tx.attestations.set_revoked(first.id, NOW)
    slow, (asked, go) = lists_of(office.storage, now=NOW + 60), held_up()
    slow._by = lambda _: by(Held(KEYS.issuing, asked, go))
    late = asyncio.create_task(slow.sign("revocation", 1))
    await asked.wait()
    await office.withdraw("revocation", second)
    newer = await office.document("revocation")
    go.set()
    await late
    assert await office.document("revocation") == newer
    assert await office.set_in("revocation") == {first.revocation_index, second.revocation_index}
    assert await due_lists(office.storage.read, NOW) == []


async def test_t00i_what_changed_while_a_list_was_signed_is_due_since_then(office: Office) -> None:
    first, second = await office.issue(), await office.issue()
    async with office.storage.write.transaction() as tx:
        await tx.attestations.set_revoked(first.id, NOW - 100)
    slow, (asked, go) = lists_of(office.storage), held_up()
    slow._by = lambda _: by(Held(KEYS.issuing, asked, go))
    signing = asyncio.create_task(slow.sign("revocation", 1))
    await asked.wait()
    assert await waiting_since(office.storage.read, NOW) == NOW - 100
    async with office.storage.write.transaction() as tx:
        await tx.attestations.set_revoked(second.id, NOW + 5)
    go.set()
    await signing
    assert await office.set_in("revocation") == {first.revocation_index}
    assert await due_lists(office.storage.read, NOW + 5) == [DueList("revocation", 1, NOW)]
    await office.lists.sign("revocation", 1)
    assert await office.set_in("revocation") == {first.revocation_index, second.revocation_index}
    assert await waiting_since(office.storage.read, NOW + 5) is None


async def test_a_list_of_the_same_rows_never_goes_back_in_time(office: Office) -> None:
    """A reader that saw a newer ``validFrom`` refuses an older list (T48)."""
    await office.issue()
    await lists_of(office.storage, now=NOW + 60).sign("revocation", 1)
    newer = await office.document("revocation")
    await lists_of(office.storage, now=NOW + 59).sign("revocation", 1)
    assert await office.document("revocation") == newer


async def test_t00i_no_list_is_signed_inside_a_transaction(office: Office) -> None:
    """That the guard of the tests sees it."""
    await office.issue()
    with pytest.raises(AssertionError, match="signed inside a transaction"):
        async with office.storage.write.transaction():
            await office.lists._signed("revocation", 1, (), NOW)


@dataclass
class Held:
    """A signer that answers when it is told to."""

    signer: Signer
    asked: asyncio.Event
    go: asyncio.Event

    @property
    def algorithm(self) -> Algorithm:
        return self.signer.algorithm

    @property
    def public_key_multibase(self) -> str:
        return self.signer.public_key_multibase

    async def sign(self, data: bytes) -> bytes:
        self.asked.set()
        await self.go.wait()
        return await self.signer.sign(data)


def held_up() -> tuple[asyncio.Event, asyncio.Event]:
    return asyncio.Event(), asyncio.Event()


@pytest.mark.parametrize(
    ("age", "seconds"),
    ((0, 60), (VALIDITY - 60, 60), (VALIDITY - 59, 59), (VALIDITY - 1, 1), (VALIDITY, 0), (10**9, 0)),
)
def test_t48_no_copy_outlives_its_list(age: int, seconds: int) -> None:
    assert fresh_for(NOW, NOW + age) == seconds


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_a_list_is_signed_with_the_issuing_key(office: Office, purpose: str) -> None:
    await office.issue()
    document = await office.document(purpose)
    assert document["credentialSubject"]["ttl"] == 60_000
    assert fixed_shape.canonicalize({n: v for n, v in document.items() if n != "proof"}, KEYS.contexts) is not None
    verify_set(document, registry_keys(SITE.did, KEYS.registry, Purpose.ISSUING), KEYS.contexts.through_pyld())


async def test_a_table_that_errs_is_caught_before_anything_is_signed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = fixed_shape.canonicalize

    def wrong(document: dict[str, Json], contexts: Any) -> bytes | None:  # noqa: ANN401
        return (right(document, contexts) or b"").replace(b"agent", b"office") or None

    monkeypatch.setattr(fixed_shape, "canonicalize", wrong)
    with pytest.raises(ProofError, match="signature-wrong"):
        await office.issue()
    order = await office.storage.read.orders.get("order0")
    assert order is not None
    assert order.attestation_id is not None
    intent = await office.storage.read.attestations.get(order.attestation_id)
    assert intent is not None
    assert (intent.linted_at, intent.body) == (None, None)
