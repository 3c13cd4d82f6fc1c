"""Status lists at scale: places drawn by chance, lists that fill, copies that grow stale."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.unit.office import KEYS, Office, lists_of, office_of
from tests.unit.proof.documents import NOW, SITE
from verifier.core.clock import Chance, Clock
from verifier.core.errors import ProofError, Unavailable
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.issuance.issuer import DRAWS
from verifier.proof import fixed_shape
from verifier.proof.did import registry_keys
from verifier.proof.sets import verify_set
from verifier.publication.status_lists import LENGTH, PURPOSES, VALIDITY, StatusReader, fresh_for


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
    other = lists_of(16)
    for _ in range(8):
        await small.issue()
    async with small.storage.write.transaction() as tx:
        assert await other.with_room(tx, NOW) == (2, 16)
        assert await small.lists.with_room(tx, NOW) == (2, 16)


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
    reader = StatusReader(office.storage.read, Clock(lambda: NOW))
    assert await reader.bit("revocation", 1, neither.revocation_index) == "clear"
    assert await reader.bit("revocation", 1, both.revocation_index) == "set"


async def test_a_change_in_the_second_of_another_is_seen(office: Office) -> None:
    first, second = await office.issue(), await office.issue()
    reader = StatusReader(office.storage.read, Clock(lambda: NOW))
    await office.withdraw("suspension", first)
    assert await reader.bit("suspension", 1, second.suspension_index) == "clear"
    await office.withdraw("suspension", second)
    assert await reader.bit("suspension", 1, second.suspension_index) == "set"


@pytest.mark.parametrize(("age", "said"), ((0, "clear"), (VALIDITY - 1, "clear"), (VALIDITY, "unknown")))
async def test_t48_a_stale_list_says_nothing(office: Office, age: int, said: str) -> None:
    attestation = await office.issue()
    reader = StatusReader(office.storage.read, Clock(lambda: NOW + age))
    assert await reader.bit("revocation", 1, attestation.revocation_index) == said


async def test_a_list_that_does_not_exist_says_nothing(office: Office) -> None:
    await office.issue()
    assert await StatusReader(office.storage.read, Clock(lambda: NOW)).bit("revocation", 2, 0) == "unknown"


@pytest.mark.parametrize(
    ("age", "seconds"),
    ((0, 60), (VALIDITY - 60, 60), (VALIDITY - 59, 59), (VALIDITY - 1, 1), (VALIDITY, 0), (10**9, 0)),
)
def test_t48_no_copy_outlives_its_list(age: int, seconds: int) -> None:
    assert fresh_for(NOW, NOW + age) == seconds


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_a_list_is_signed_with_the_status_key_alone(office: Office, purpose: str) -> None:
    await office.issue()
    document = await office.document(purpose)
    assert document["credentialSubject"]["ttl"] == 60_000
    assert fixed_shape.canonicalize({n: v for n, v in document.items() if n != "proof"}, KEYS.contexts) is not None
    verify_set(document, registry_keys(SITE.did, KEYS.registry, Purpose.STATUS), KEYS.contexts.through_pyld())
    with pytest.raises(ProofError, match="method-unknown"):
        verify_set(document, KEYS.resolve_key, KEYS.contexts)


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
