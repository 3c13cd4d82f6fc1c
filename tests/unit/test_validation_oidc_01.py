"""``oidc-01``: what a sign-in proves, whose answer it is, and when it was made (T16, T18, T20)."""

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.doubles.openid import CLIENT, ISSUER, SECRET, Claims
from tests.doubles.tools import METHODS, NOW, ORIGIN, why
from tests.unit.openid import Holder, claim_of, running
from verifier.core.errors import BadInput
from verifier.core.models import End
from verifier.core.strict_json import Json


@pytest.fixture
async def holder() -> AsyncIterator[Holder]:
    async with running() as signed_up:
        yield signed_up


async def test_a_sign_in_proves_the_mailbox(holder: Holder) -> None:
    record = await holder.sign_in()
    assert record.valid, record.problem
    assert (record.method, record.end, record.checked_at) == ("oidc-01", End.IDENTITY, NOW)
    assert record.evidence == {
        "issuer": ISSUER,
        "acr": "eidas1",
        "authTime": "2026-11-23T10:00:00Z",
        "domain": "numerique.gouv.fr",
        "idp": "idp-1",
        "population": "agent",
        "subject": record.evidence["subject"],
    }
    assert holder.state == {}


async def test_what_is_asked_of_proconnect(holder: Holder) -> None:
    """It refuses any parameter beyond these."""
    await holder.go()
    asked = dict(parse_qsl(urlsplit(holder.state["authorize"]).query))
    claims = asked.pop("claims")
    assert json.loads(claims) == {
        "id_token": {"acr": {"essential": True, "values": ["eidas2", "eidas1"]}, "auth_time": {"essential": True}}
    }
    assert asked.pop("redirect_uri") == f"{ORIGIN}/callback/oidc-01"
    assert asked.pop("state").startswith("abcdefghij234567.")
    assert {asked.pop("nonce"), asked.pop("code_challenge")}
    assert asked == {
        "client_id": CLIENT,
        "response_type": "code",
        "scope": "openid email idp_id",
        "prompt": "login",
        "code_challenge_method": "S256",
    }


async def test_a_provider_without_the_claims_parameter_is_asked_by_acr_values(holder: Holder) -> None:
    holder.openid.metadata = {"claims_parameter_supported": None}
    answer = await holder.go()
    asked = dict(parse_qsl(urlsplit(holder.state["authorize"]).query))
    assert (asked["acr_values"], asked["max_age"], "claims" in asked) == ("eidas2 eidas1", "60", False)
    assert (await holder.come(answer)).valid


@pytest.mark.parametrize(("spoken", "asked_for"), [(["en", "fr"], "fr"), (["en"], None), ([], None), (None, None)])
async def test_a_provider_is_asked_for_a_language_that_it_speaks(
    holder: Holder, spoken: list[str] | None, asked_for: str | None
) -> None:
    holder.openid.metadata = {"ui_locales_supported": spoken}
    await holder.go()
    assert dict(parse_qsl(urlsplit(holder.state["authorize"]).query)).get("ui_locales") == asked_for


async def test_a_secret_in_the_header_when_the_provider_wants_it_there(holder: Holder) -> None:
    holder.openid.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_basic"]}
    assert (await holder.sign_in()).valid


async def test_neither_state_nor_record_says_who_it_is(holder: Holder) -> None:
    answer = await holder.go()
    before = holder.state
    record = await holder.come(answer)
    kept = json.dumps([before, record.evidence])
    for secret in (holder.openid.sub, "dupont", SECRET, "code_verifier"):
        assert secret not in kept


async def test_one_person_has_one_subject_and_another_another(holder: Holder) -> None:
    first, second = await holder.sign_in(), await holder.sign_in()
    holder.openid.sub = "sub-of-jean"
    third = await holder.sign_in()
    assert first.evidence["subject"] == second.evidence["subject"] != third.evidence["subject"]


async def test_idp_and_population_may_be_missing(holder: Holder) -> None:
    holder.openid.person |= {"idp_id": None, "belonging_population": ["agent"]}
    record = await holder.sign_in()
    assert (record.evidence["idp"], record.evidence["population"]) == (ISSUER, None)


def test_it_is_offered_only_where_a_provider_is_declared() -> None:
    assert [name for name, method in METHODS.items() if not method.available] == ["oidc-01"]


# Whose answer it is (T16)


async def test_t16_a_return_serves_once(holder: Holder) -> None:
    answer = await holder.go()
    assert (await holder.come(answer)).valid
    with pytest.raises(BadInput, match="signin-state"):
        await holder.come(answer)


async def test_t16_a_stranger_cannot_end_a_sign_in_that_is_under_way(holder: Holder) -> None:
    answer = await holder.go()
    with pytest.raises(BadInput, match="signin-state"):
        await holder.come(answer | {"state": "abcdefghij234567." + "A" * 22})
    assert (await holder.come(answer)).valid


async def test_t16_the_state_of_another_order(holder: Holder) -> None:
    await holder.go()
    other = holder.another()
    answer = await other.go()
    with pytest.raises(BadInput, match="signin-state"):
        await holder.come(answer)


async def test_t16_a_foreign_code_is_refused_by_pkce(holder: Holder) -> None:
    victim = holder.another()
    stolen = (await victim.go())["code"]
    assert why(await holder.come(await holder.go() | {"code": stolen})) == "oidc-code-refused"
    assert holder.state == {}


async def test_t16_a_swapped_nonce(holder: Holder) -> None:
    answer, other = await holder.go(), await holder.another().go()
    grants = holder.openid.grants
    grants[answer["code"]].nonce = grants[other["code"]].nonce
    record = await holder.come(answer)
    assert claim_of(record) == "nonce"
    assert holder.state == {}


@pytest.mark.parametrize("iss", ["https://connexion.example", "https://evil.example/api/v2", f"{ISSUER}/", "", None, 1])
async def test_t16_the_answer_of_another_server(holder: Holder, iss: Json) -> None:
    answer = await holder.go() | {"iss": iss}
    if iss is None:
        del answer["iss"]
    assert why(await holder.come(answer)) == "signin-issuer"
    assert holder.state == {}
    assert holder.openid.asked("/token") == 0


async def test_t16_iss_is_not_asked_of_who_does_not_promise_it(holder: Holder) -> None:
    holder.openid.metadata = {"authorization_response_iss_parameter_supported": None}
    answer = await holder.go()
    del answer["iss"]
    assert (await holder.come(answer)).valid


async def test_t16_a_new_sign_in_ends_the_one_before(holder: Holder) -> None:
    old = await holder.go()
    new = await holder.go()
    with pytest.raises(BadInput, match="signin-state"):
        await holder.come(old)
    assert (await holder.come(new)).valid


async def test_a_person_who_declines(holder: Holder) -> None:
    answer = await holder.go()
    record = await holder.come({"state": answer["state"], "iss": ISSUER, "error": "access_denied"})
    assert why(record) == "signin-declined"


# How one signed in, and when (T18, T20)


@pytest.mark.parametrize("acr", ["eidas0", "eidas1 ", "", None, ["eidas1"], 1])
async def test_t18_a_weaker_sign_in_than_asked(holder: Holder, acr: Json) -> None:
    holder.openid.claims = {"acr": acr}
    assert why(await holder.sign_in()) == "oidc-acr"


async def test_t18_asked_eidas2_got_eidas1(holder: Holder) -> None:
    holder.configure(acr=("eidas2",))
    assert why(await holder.sign_in()) == "oidc-acr"


async def test_t20_the_session_of_a_colleague(holder: Holder) -> None:
    holder.openid.claims = {"auth_time": NOW - 61}
    assert why(await holder.sign_in()) == "oidc-stale"
    holder.openid.claims = {"auth_time": NOW - 60}
    assert (await holder.sign_in()).valid


async def test_t20_a_slow_sign_in_is_fresh_all_the_same(holder: Holder) -> None:
    answer = await holder.go()
    holder.openid.claims = {"auth_time": NOW + 10}
    holder.now[0] += 9 * 60
    assert (await holder.come(answer)).valid


# The mailbox


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ({"email": "a.martin@numerique.gouv.fr"}, "oidc-other-mailbox"),
        ({"email": "m.dupont@evil.example"}, "oidc-other-mailbox"),
        ({"email": "m.dupont@x.numerique.gouv.fr"}, "oidc-other-mailbox"),
        ({"email": None}, "oidc-mailbox-missing"),
        ({"email": ""}, "oidc-mailbox-missing"),
        ({"email": ["m.dupont@numerique.gouv.fr"]}, "oidc-mailbox-missing"),
        ({"email": '"m.dupont@numerique.gouv.fr"@evil.example'}, "oidc-mailbox-missing"),
        ({"email": "m.dupont@numerique.gouv.fr\n"}, "oidc-mailbox-missing"),
        ({"email_verified": False}, "oidc-mailbox-unverified"),
        ({"email_verified": "true"}, "oidc-mailbox-unverified"),
    ],
)
async def test_another_mailbox_proves_nothing(holder: Holder, person: Claims, code: str) -> None:
    holder.openid.person |= person
    record = await holder.sign_in()
    assert why(record) == code
    assert "martin" not in json.dumps([record.evidence, dict(record.problem.values if record.problem else {})])


@pytest.mark.parametrize("email", ["M.Dupont@Numerique.GOUV.fr", "m.dupont+other@numerique.gouv.fr"])
async def test_spellings_of_one_mailbox(holder: Holder, email: str) -> None:
    holder.openid.person |= {"email": email, "email_verified": True}
    assert (await holder.sign_in()).valid
