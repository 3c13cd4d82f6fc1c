"""The warning beside "not attested": who gets it, and whom it never names (T32, T00c, T00d)."""

from tests.initiators import OPERATOR
from tests.integration.house import ALICE, House
from verifier.core.models import Reason

FAKE = "@a1ice@evil.example"


async def test_t32_a_lookup_names_the_account_that_is_imitated(house: House) -> None:
    assert (await house.lookup(FAKE))["lookalike"] is None
    await house.attest(listed=True)
    house.time.pass_(60)  # an absence may be as old as that
    verdict = await house.lookup(FAKE)
    assert (verdict["status"], verdict["verified"]) == ("not_attested", False)
    assert verdict["lookalike"] == {"handle": ALICE, "why": "confusable"}
    page = (await house.get(f"/en/?handle={FAKE}")).text
    assert "this name imitates that of an official account" in page
    assert ALICE in page
    (batch,) = (await house.post("/api/v1/lookup", {"handles": [FAKE]})).json["results"]
    assert batch == verdict
    assert (await house.get(f"/api/v1/accounts/{FAKE[1:]}")).json == verdict


async def test_t00d_unlisted_accounts_are_never_named(house: House) -> None:
    await house.attest()
    assert (await house.lookup(ALICE))["verified"]
    assert (await house.lookup(FAKE))["lookalike"] is None
    assert ALICE not in (await house.get(f"/en/?handle={FAKE}")).text


async def test_t00d_who_is_attested_anew_and_unlisted_is_named_no_more(house: House) -> None:
    await house.attest(listed=True)
    assert (await house.lookup(FAKE))["lookalike"]
    house.person(ALICE).actor["attachment"] = []
    await house.attest()
    assert (await house.lookup(ALICE))["verified"]
    assert (await house.lookup(FAKE))["lookalike"] is None


async def test_t00c_who_is_withdrawn_is_named_no_more(house: House) -> None:
    holder = await house.attest(listed=True)
    assert (await house.lookup(FAKE))["lookalike"]
    attestation = holder.order["attestation"].rpartition("/")[2]
    await house.service.registration.publisher.suspend(attestation, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert (await house.lookup(FAKE))["lookalike"] is None


async def test_who_has_expired_is_named_no_more(house: House) -> None:
    await house.attest(listed=True)
    assert (await house.lookup(FAKE))["lookalike"]
    house.time.pass_(91 * 86_400)
    await house.service.registration.publisher.expire()
    assert (await house.lookup(FAKE))["lookalike"] is None


async def test_an_attested_account_resembles_nobody(house: House) -> None:
    await house.attest(listed=True)
    house.instance.person("a1ice")
    await house.attest("@a1ice@social.example", "bob.petit@numerique.gouv.fr")
    verdict = await house.lookup("@a1ice@social.example")
    assert (verdict["verified"], verdict["lookalike"]) == (True, None)
    assert (await house.lookup("@alic3@social.example"))["lookalike"] is None
