"""An account that its own instance has suspended or deleted is vouched for no longer (T00g)."""

import pytest

from tests.doubles.mastodon_api import Api
from tests.doubles.software import SOFTWARE
from tests.integration.daily import attest_by, events, later, letters, prove_by, says
from tests.integration.house import ALICE, HOST, MAILBOX, House
from verifier.core.clock import DAY, HOUR
from verifier.core.models import EventKind, Reason

METHODS = ("oauth-01", "profile-token-01")
PAGE = f"{HOST}/@alice"


def suspend(house: House, software: str) -> None:
    suspends = SOFTWARE[software].suspends
    assert suspends is not None
    suspends(house.person(ALICE))


async def forget_page(house: House) -> None:
    """The pin as it was before anybody looked at pages."""
    async with house.service.storage.write.transaction() as tx:
        await tx.facts._connection.run("UPDATE account SET profile_page = NULL")


@pytest.mark.parametrize("method", METHODS)
async def test_t00g_where_the_actor_says_suspended_it_is_withdrawn_at_once(house: House, method: str) -> None:
    await attest_by(house, method)
    suspend(house, "Mastodon")
    await later(house)
    assert await says(house) == ("suspended", "account-lost")
    assert (await events(house))[-1] == (EventKind.SUSPENDED, Reason.ACCOUNT_LOST)
    assert [to for to, _ in letters(house)] == [MAILBOX]


@pytest.mark.parametrize("method", METHODS)
async def test_t00g_where_only_the_page_is_missing_it_is_withdrawn_at_the_second_look(
    house: House, method: str
) -> None:
    await attest_by(house, method)
    await later(house)
    assert await says(house) == ("verified", None)
    suspend(house, "GoToSocial")
    await later(house)
    assert await says(house) == ("degraded", None)
    await later(house, HOUR)
    assert await says(house) == ("suspended", "account-lost")


@pytest.mark.parametrize(("software", "at_once"), [("Mastodon", True), ("GoToSocial", False)])
async def test_t00g_an_account_proved_by_a_link_is_withdrawn_too(house: House, software: str, *, at_once: bool) -> None:
    await house.attest()
    suspend(house, software)
    await later(house)
    assert (await says(house) == ("suspended", "account-lost")) is at_once
    await later(house, HOUR)
    assert await says(house) == ("suspended", "account-lost")


@pytest.mark.parametrize("method", METHODS)
async def test_t00g_a_page_that_is_gone_for_good_ends_it_at_once(house: House, method: str) -> None:
    await attest_by(house, method)
    house.person(ALICE).page_status = 410
    await later(house)
    assert await says(house) == ("suspended", "account-lost")


@pytest.mark.parametrize("method", ["rel-me-01", "profile-token-01", "oauth-01"])
async def test_t00g_a_suspended_account_cannot_be_proved(house: House, method: str) -> None:
    holder, person = await house.order(), house.person(ALICE)
    Api(house.http, person)
    if method == "profile-token-01":
        await holder.challenge(method)
    if method == "rel-me-01":
        holder.link()
    person.actor["suspended"] = True
    answer = (await holder.challenge(method)).json
    assert (answer["status"], answer["problem"]["type"].rpartition("#")[2]) == ("invalid", "account-suspended")


async def test_t00g_an_account_suspended_while_its_holder_signs_in_is_not_proved(house: House) -> None:
    holder, person = await house.order(), house.person(ALICE)
    answer = Api(house.http, person).sign_in((await holder.challenge("oauth-01")).json["authorize"])
    person.actor["suspended"] = True
    query = "&".join(f"{name}={value}" for name, value in answer.items())
    await house.ask("GET", f"/callback/oauth-01/{holder.id}?{query}", headers=holder.bearer)
    assert (await holder.show()).json["authorizations"][0]["status"] == "pending"


@pytest.mark.parametrize(
    ("software", "code"), [("Mastodon", "account-proof-ended"), ("GoToSocial", "account-not-seen")]
)
async def test_t00g_an_account_suspended_since_its_proof_is_not_signed(house: House, software: str, code: str) -> None:
    holder = await prove_by(house, "oauth-01")
    suspend(house, software)
    house.time.pass_(HOUR)
    assert (await holder.finalize()).code == code
    assert (await house.lookup(ALICE))["status"] == "not_attested"


@pytest.mark.parametrize("status", [404, 406, 410])
async def test_t00g_software_without_pages_says_nothing_by_their_absence(house: House, status: int) -> None:
    house.person(ALICE).page_status = status
    await attest_by(house, "profile-token-01")
    asked = len(house.http.requests)
    for _ in range(3):
        await later(house)
        assert await says(house) == ("verified", None)
    assert PAGE not in house.http.asked()[asked:], "it is not asked for in vain each day"


@pytest.mark.parametrize("status", [401, 403, 406, 503])
async def test_t68_a_page_that_is_shut_or_out_of_order_says_nothing(house: House, status: int) -> None:
    await attest_by(house, "oauth-01")
    house.person(ALICE).page_status = status
    for _ in range(4):
        await later(house)
        assert await says(house) == ("verified", None)
    house.person(ALICE).page_status = 404
    await later(house)
    assert await says(house) == ("degraded", None), "that it answered once is not forgotten"


async def test_t68_a_page_that_is_missing_once_is_an_accident(house: House) -> None:
    await attest_by(house, "oauth-01")
    house.person(ALICE).page_status = 404
    await later(house)
    house.person(ALICE).page_status = 200
    await later(house, HOUR)
    assert await says(house) == ("verified", None)
    house.person(ALICE).page_status = 404
    await later(house)
    assert await says(house) == ("degraded", None)


async def test_t00g_a_pin_of_before_learns_at_its_first_look_whether_its_page_answers(house: House) -> None:
    await attest_by(house, "oauth-01")
    await forget_page(house)
    await later(house)
    suspend(house, "GoToSocial")
    await later(house)
    await later(house, HOUR)
    assert await says(house) == ("suspended", "account-lost")


async def test_t00g_a_first_look_in_vain_is_none(house: House) -> None:
    await attest_by(house, "oauth-01")
    await forget_page(house)
    house.person(ALICE).page_status = 503
    await later(house)
    house.person(ALICE).page_status = 200
    await later(house)
    suspend(house, "GoToSocial")
    await later(house)
    assert await says(house) == ("degraded", None)


async def test_t00g_a_pin_of_before_whose_page_never_answered_stays(house: House) -> None:
    await attest_by(house, "oauth-01")
    await forget_page(house)
    house.person(ALICE).page_status = 404
    for _ in range(3):
        await later(house)
    assert await says(house) == ("verified", None)


async def test_t00g_the_page_that_the_actor_names_now_is_looked_at(house: House) -> None:
    await attest_by(house, "oauth-01")
    person = house.person(ALICE)
    person.page_status = 404
    house.http.put(HOST, "/a/alice", b"<!DOCTYPE html><title>Alice</title>", content_type="text/html")
    person.actor["url"] = f"https://{HOST}/a/alice"
    await later(house, 2 * DAY)
    assert await says(house) == ("verified", None)


async def test_a_day_with_a_page_takes_three_requests(house: House) -> None:
    await attest_by(house, "oauth-01")
    asked = len(house.http.requests)
    await later(house)
    assert house.http.asked()[asked:] == [
        f"{HOST}/.well-known/webfinger?resource=acct:alice@{HOST}",
        f"{HOST}/users/alice",
        PAGE,
    ]
