"""Between the proofs and the signature lie up to two days: the account is looked at once more (T33, T35)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.doubles.instance import property_value
from tests.integration.daily import change_key
from tests.integration.house import ALICE, HOST, NOW, Holder, House
from verifier.core.clock import HOUR
from verifier.registration.orders.last_look import FRESH


async def proved(house: House) -> Holder:
    """An order that is ready since an hour."""
    holder = await house.order()
    await holder.prove()
    house.time.pass_(HOUR)
    return holder


async def proved_by_token(house: House) -> tuple[Holder, str]:
    """An order that is ready, and the token in the profile."""
    holder = await house.order()
    word = (await holder.challenge("profile-token-01")).json["token"]
    actor(house)["attachment"] = [{"type": "PropertyValue", "name": "x", "value": word}]
    await holder.challenge("profile-token-01")
    await holder.challenge("email-01")
    await holder.challenge("email-01", {"code": house.code()})
    return holder, str(word)


def actor(house: House) -> dict[str, Any]:
    found = house.person(ALICE).actor
    assert isinstance(found, dict)
    return found


def take_link_away(house: House) -> None:
    actor(house)["attachment"] = []


def move(house: House) -> None:
    actor(house)["movedTo"] = house.instance.person("target").id


def rename(house: House) -> None:
    house.instance.person("alice", *actor(house)["attachment"], id_="/ap/users/{}7")


def rekey(house: House) -> None:
    change_key(house.person(ALICE))


def leave(house: House) -> None:
    house.person(ALICE).status = 410


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (rekey, "account-other-since"),
        (rename, "account-other-since"),
        (take_link_away, "backlink-missing"),
        (move, "account-moved-alone"),
        (leave, "account-gone"),
    ],
)
async def test_t33_what_has_changed_since_its_proof_is_not_signed(
    house: House, change: Callable[[House], None], seen: str
) -> None:
    holder = await proved(house)
    change(house)
    answer = await holder.finalize()
    assert (answer.status, answer.code) == (409, "account-proof-ended")
    assert (await house.lookup(ALICE))["status"] == "not_attested"
    shown = (await holder.show()).json
    assert shown["status"] == "pending"
    ends = {each["end"]: each for each in shown["authorizations"]}
    assert (ends["account"]["status"], ends["identity"]["status"]) == ("pending", "valid")
    link = next(each for each in ends["account"]["challenges"] if each["type"] == "rel-me-01")
    assert (link["status"], link["problem"]["type"].rpartition("#")[2]) == ("invalid", seen)
    assert (await holder.finalize()).code == "order-not-ready"


async def test_what_is_proved_anew_is_signed(house: House) -> None:
    holder = await proved(house)
    rekey(house)
    await holder.finalize()
    assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
    assert (await holder.finalize()).json["status"] == "issued"
    assert (await house.lookup(ALICE))["verified"] is True


async def test_t36_a_token_that_stood_in_a_profile_does_not_prove_what_came_after(house: House) -> None:
    holder, word = await proved_by_token(house)
    house.time.pass_(HOUR)
    rekey(house)
    assert (await holder.finalize()).code == "account-proof-ended"
    assert (await holder.challenge("profile-token-01")).json["token"] != word
    assert (await holder.challenge("profile-token-01")).json["status"] == "invalid"


async def test_a_word_that_was_taken_away_after_its_proof_is_not_missed(house: House) -> None:
    holder, _ = await proved_by_token(house)
    actor(house)["attachment"] = []
    house.time.pass_(HOUR)
    assert (await holder.finalize()).json["status"] == "issued"


@pytest.mark.parametrize("status", [404, 503])
async def test_an_account_that_cannot_be_seen_waits_and_loses_nothing(house: House, status: int) -> None:
    holder = await proved(house)
    house.instance.webfinger_status = status
    answer = await holder.finalize()
    assert (answer.status, answer.code) == (409, "account-not-seen")
    assert (await holder.show()).json["status"] == "ready"
    house.instance.webfinger_status = 200
    house.time.pass_(HOUR)
    assert (await holder.finalize()).json["status"] == "issued"


async def test_who_proves_and_publishes_in_one_go_is_looked_at_once(house: House) -> None:
    holder = await house.order()
    await holder.prove()
    asked = len(house.http.requests)
    house.time.pass_(FRESH - 1)
    assert (await holder.finalize()).json["status"] == "issued"
    assert house.http.asked()[asked:] == []


async def test_the_look_is_kept_and_the_attestation_says_when_it_was_proved(house: House) -> None:
    holder = await proved(house)
    attestation = (await holder.finalize()).json["attestation"]
    records = await house.service.storage.read.records.of_order(holder.id)
    looks = [(each.method, each.valid, each.checked_at) for each in records if each.end == "account"]
    assert looks == [("rel-me-01", True, NOW), ("rel-me-01", True, NOW + HOUR)]
    evidence = (await house.get(attestation)).json["evidence"]
    assert evidence[0]["checkedAt"] == "2026-11-23T10:00:00Z"


async def test_a_link_beside_others_is_found_again(house: House) -> None:
    holder = await proved(house)
    actor(house)["attachment"].insert(0, property_value(f"https://{HOST}/"))
    assert (await holder.finalize()).json["status"] == "issued"
