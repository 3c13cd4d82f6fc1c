"""Accounts that move: what they say of each other, and what nobody inherits (T35)."""

from collections.abc import AsyncIterator

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Handle
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation.accounts.resolution import resolve
from verifier.validation.trail import Trail

OLD, NEW = Handle.parse("@marianne@social.example"), Handle.parse("@marianne@new.example")


@pytest.fixture
async def trail(http: HttpDouble) -> AsyncIterator[Trail]:
    hosts = http.overrides("social.example", "new.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield Trail(fetcher)


@pytest.fixture
def old(http: HttpDouble) -> Person:
    person = Instance(http).person("marianne")
    person.actor["movedTo"] = "https://new.example/users/marianne"
    return person


@pytest.fixture
def new(http: HttpDouble) -> Person:
    return Instance(http, host="new.example").person("marianne")


async def refusal(trail: Trail) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await resolve(OLD, trail)
    return caught.value


@pytest.mark.parametrize("several", [True, False])
async def test_t35_where_both_ends_agree_the_new_account_is_named(
    old: Person, new: Person, trail: Trail, several: bool
) -> None:
    new.actor["alsoKnownAs"] = ["https://elsewhere.example/u", old.id] if several else old.id
    error = await refusal(trail)
    assert (error.code, error.values) == ("account-moved", {"host": "social.example", "to": new.id})
    assert [item["url"] for item in trail.items][-1] == new.id


@pytest.mark.parametrize(
    "known",
    [
        None,
        [],
        ["https://social.example/@marianne"],
        ["https://social.example/users/marianne/"],
        ["https://SOCIAL.example/users/marianne"],
        [{"id": "https://social.example/users/marianne"}],
        "https://elsewhere.example/users/marianne",
    ],
)
async def test_t35_where_one_end_alone_says_so_the_other_is_not_named(
    old: Person, new: Person, trail: Trail, known: Json
) -> None:
    new.actor["alsoKnownAs"] = known
    error = await refusal(trail)
    assert (error.code, error.values) == ("account-moved-alone", {"host": "social.example"})
    assert old.actor["movedTo"] == new.id


@pytest.mark.parametrize(
    "to",
    ["https://nowhere.example/u", "https://127.0.0.1/u", "http://new.example/u", "me", True, {"id": "x"}, ["x", "y"]],
)
async def test_t35_a_move_to_nowhere_is_a_move_all_the_same(old: Person, trail: Trail, to: Json) -> None:
    old.actor["movedTo"] = to
    assert (await refusal(trail)).code == "account-moved-alone"


@pytest.mark.parametrize("status", [404, 500])
async def test_t35_a_new_account_that_cannot_be_read_confirms_nothing(
    old: Person, new: Person, trail: Trail, status: int
) -> None:
    new.actor["alsoKnownAs"], new.status = [old.id], status
    assert (await refusal(trail)).code == "account-moved-alone"


async def test_t35_a_document_that_is_not_at_home_there_confirms_nothing(
    old: Person, new: Person, trail: Trail
) -> None:
    new.actor |= {"alsoKnownAs": [old.id], "id": "https://elsewhere.example/users/marianne"}
    assert (await refusal(trail)).code == "account-moved-alone"


@pytest.mark.parametrize("nothing", [None, "", [], {}])
async def test_an_account_that_stayed(old: Person, trail: Trail, nothing: Json) -> None:
    old.actor["movedTo"] = nothing
    assert (await resolve(OLD, trail)).canonical == OLD


async def test_t35_who_says_to_have_been_another_inherits_nothing(old: Person, new: Person, trail: Trail) -> None:
    new.actor["alsoKnownAs"] = [old.id]
    resolved = await resolve(NEW, trail)
    assert resolved.canonical == NEW
    assert resolved.pin.actor == new.id
    assert all("social.example" not in item["url"] for item in trail.items)
