"""A further key beside the pinned one is no drift; another key in its place is (T33, T34)."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.doubles.instance import ED25519_PEM, Person, key_of, multikey_of
from tests.integration.daily import OTHER_PEM, attest_all, attest_by, later, prove_by, says
from tests.integration.house import ALICE, HOST, House
from verifier.core.clock import HOUR

Keys = Callable[[str, str], dict[str, Any]]
"""The members of an actor that hold its keys, from its id and the key of its own."""

BESIDE: dict[str, Keys] = {
    "a list": lambda id_, own: {"publicKey": [key_of(id_, own), key_of(id_, ED25519_PEM)]},
    "the order changed": lambda id_, own: {"publicKey": [key_of(id_, ED25519_PEM), key_of(id_, own)]},
    "a Multikey": lambda id_, _own: {"assertionMethod": [multikey_of(id_)]},
    "a Multikey in the list": lambda id_, own: {"publicKey": [multikey_of(id_), key_of(id_, own)]},
    "malformed": lambda id_, own: {"publicKey": [key_of(id_, own), key_of(id_, "-----BEGIN"), {}, None, 7, "x"]},
    "twice": lambda id_, own: {"publicKey": [key_of(id_, own)] * 2},
    "somebody's": lambda id_, own: {"publicKey": [key_of(id_, own), key_of(f"{id_}2", ED25519_PEM)]},
    "thousands": lambda id_, own: {"publicKey": [key_of(id_, own)] + [key_of(id_, ED25519_PEM)] * 1_000},
}
INSTEAD: dict[str, Keys] = {
    "replaced": lambda id_, _own: {"publicKey": [key_of(id_, ED25519_PEM)]},
    "replaced by two": lambda id_, _own: {"publicKey": [key_of(id_, ED25519_PEM), key_of(id_, OTHER_PEM)]},
    "replaced, a Multikey beside": lambda id_, _own: {
        "publicKey": key_of(id_, OTHER_PEM),
        "assertionMethod": [multikey_of(id_)],
    },
    "removed": lambda _id, _own: {"publicKey": None},
    "removed, a Multikey stays": lambda id_, _own: {
        "publicKey": [],
        "assertionMethod": [multikey_of(id_)],
    },
    "another owner": lambda id_, own: {"publicKey": [key_of(id_, ED25519_PEM), key_of(f"{id_}2", own)]},
    "behind thousands": lambda id_, own: {"publicKey": [key_of(id_, ED25519_PEM)] * 1_000 + [key_of(id_, own)]},
}


def pem_of(person: Person) -> str:
    """The key an account has from the start, which is the one pinned."""
    pem: str = person.actor["publicKey"]["publicKeyPem"]
    return pem


@pytest.mark.parametrize("method", ["rel-me-01", "oauth-01"])
@pytest.mark.parametrize("keys", BESIDE.values(), ids=BESIDE)
async def test_t33_a_key_beside_the_pinned_one_is_no_drift(house: House, keys: Keys, method: str) -> None:
    await (house.attest() if method == "rel-me-01" else attest_by(house, method))
    person = house.person(ALICE)
    person.actor |= keys(person.id, pem_of(person))
    await later(house)
    assert await says(house) == ("verified", None)


@pytest.mark.parametrize("keys", INSTEAD.values(), ids=INSTEAD)
async def test_t33_a_key_in_the_place_of_the_pinned_one_is_drift(house: House, keys: Keys) -> None:
    await house.attest()
    person = house.person(ALICE)
    person.actor |= keys(person.id, pem_of(person))
    await later(house)
    assert await says(house) == ("suspended", "account-changed")


async def test_t33_the_first_of_several_keys_is_pinned(house: House) -> None:
    person = house.person(ALICE)
    own = pem_of(person)
    person.actor["publicKey"] = [key_of(person.id, own), key_of(person.id, ED25519_PEM)]
    await house.attest()
    person.actor["publicKey"] = key_of(person.id, own)
    await later(house)
    assert await says(house) == ("verified", None)
    person.actor["publicKey"] = key_of(person.id, ED25519_PEM)
    await later(house)
    assert await says(house) == ("suspended", "account-changed")


async def test_t33_a_key_added_since_the_proof_does_not_stop_the_signature(house: House) -> None:
    holder, person = await prove_by(house, "oauth-01"), house.person(ALICE)
    person.actor |= BESIDE["the order changed"](person.id, pem_of(person))
    house.time.pass_(HOUR)
    assert (await holder.finalize()).json["status"] == "issued"
    await later(house)
    assert await says(house) == ("verified", None)


async def test_t34_a_host_whose_accounts_all_get_a_second_key_is_not_suspected(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    handles = await attest_all(house, 4)
    for handle in handles:
        person = house.person(handle)
        person.actor |= BESIDE["the order changed"](person.id, pem_of(person))
    with caplog.at_level(logging.WARNING):
        await later(house)
    assert {await says(house, handle) for handle in handles} == {("verified", None)}
    assert "ALERT" not in caplog.text


async def test_t34_a_host_whose_accounts_all_get_other_keys_is_suspected(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    handles = await attest_all(house, 4)
    for handle in handles[:3]:
        person = house.person(handle)
        person.actor |= INSTEAD["replaced by two"](person.id, pem_of(person))
    with caplog.at_level(logging.ERROR):
        await later(house)
    assert {await says(house, handle) for handle in handles} == {("suspended", "account-changed")}
    assert f"ALERT {HOST}" in caplog.text
