"""The warning beside "not attested": who gets it, and whom it never names (T32, T00c, T00d)."""

from tests.initiators import OPERATOR
from tests.integration import institution
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
    assert "Here, the digit 1 stands in place of the letter l. It is character 2 of the name." in page
    assert "Its server is <bdi>evil.example</bdi>; that of the official account is" in page
    assert "It is held by a public servant, in their own name." in page
    official = (await house.lookup(ALICE))["page"]
    assert f'<a href="{official.replace("/v/", "/en/v/")}">See the verdict on the official account</a>' in page
    assert "As of <time datetime=" in page
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


async def test_t32_the_name_of_a_body_dressed_up_or_written_in_full(house: House) -> None:
    await institution.attest(house)
    user = institution.DINUM.split("@")[1]
    for fake, why, told in (
        (f"{user}_officiel", "dressed", "Ici, un mot a été ajouté au nom officiel\u00a0: officiel."),
        (institution.DOMAIN, "body-name", "C&#39;est un domaine internet de l&#39;organisme"),
        ("direction_interministerielle_du_numerique", "body-name", "C&#39;est le nom de l&#39;organisme"),
        (f"{user}s", "similar", "Ce nom ressemble à celui d&#39;un compte officiel"),
    ):
        asked = f"@{fake}@evil.example"
        assert (await house.lookup(asked))["lookalike"] == {"handle": institution.DINUM, "why": why}
        page = (await house.get(f"/?handle={asked}")).text
        assert told.replace("&#39;", "'") in page.replace("&#39;", "'")
        assert "Direction interministérielle du numérique" in page
        assert ("ce nom imite" in page) == (why != "similar")
    assert (await house.lookup(f"@{user}_parodie@evil.example"))["lookalike"] is None
