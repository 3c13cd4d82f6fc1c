"""``oidc-01``: what a sign-in proves, and every way in which its answer may lie (T16 to T20)."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from joserfc.jwk import ECKey, RSAKey

from tests.doubles.http import HttpDouble
from tests.doubles.openid import CLIENT, HOST, ISSUER, SECRET, Claims, OpenIdDouble, by_hand, hmac_signed, new_key, sign
from tests.doubles.tools import NOW, ORIGIN, tools, why
from tests.unit.test_validation_email import SUBJECT
from verifier.core.errors import BadInput, Unavailable
from verifier.core.identifiers import Host
from verifier.core.models import End, Record
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation import METHODS, State, Tools, available
from verifier.validation.openid_provider import FRESH, MAX_KEYS, REFRESH, OpenId, Provider, trial_label
from verifier.validation.openid_tokens import at_hash

METHOD = METHODS["oidc-01"]
PROVIDER = Provider(ISSUER, CLIENT, SECRET, ("eidas2", "eidas1"), "openid email idp_id", "Connexion")


@dataclass
class Holder:
    """Somebody who goes and comes back."""

    openid: OpenIdDouble
    tools: Tools
    now: list[int] = field(default_factory=lambda: [NOW])
    state: State = field(default_factory=dict)

    async def go(self) -> dict[str, Json]:
        """To the provider; what the browser brings back."""
        self.state = await METHOD.begin(SUBJECT, self.state, self.tools)
        return self.openid.sign_in(METHOD.shows(self.state)["authorize"])

    async def come(self, answer: dict[str, Json]) -> Record:
        record, self.state = await METHOD.check(SUBJECT, self.state, answer, self.tools)
        return record

    async def sign_in(self) -> Record:
        return await self.come(await self.go())

    def configure(self, **given: Any) -> None:  # noqa: ANN401 - the fields of Provider
        openid = OpenId(replace(PROVIDER, **given), self.tools.fetcher, self.tools.clock)
        self.tools = replace(self.tools, openid=openid)


@pytest.fixture
async def holder() -> AsyncIterator[Holder]:
    now = [NOW]
    async with (
        HttpDouble.running() as http,
        Fetcher(Resolver([]), user_agent="test", overrides=http.overrides(HOST)) as fetcher,
    ):
        holder = Holder(OpenIdDouble(http, lambda: now[0]), tools(fetcher, now=lambda: now[0]), now)
        holder.configure()
        yield holder


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
    names = set(available(replace(_NO_TOOLS, openid=None)))
    assert "oidc-01" not in names
    assert names | {"oidc-01"} == set(METHODS)


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
    other = Holder(holder.openid, holder.tools)
    answer = await other.go()
    with pytest.raises(BadInput, match="signin-state"):
        await holder.come(answer)


async def test_t16_a_foreign_code_is_refused_by_pkce(holder: Holder) -> None:
    victim = Holder(holder.openid, holder.tools)
    stolen = (await victim.go())["code"]
    assert why(await holder.come(await holder.go() | {"code": stolen})) == "oidc-code-refused"
    assert holder.state == {}


async def test_t16_a_swapped_nonce(holder: Holder) -> None:
    answer, other = await holder.go(), await Holder(holder.openid, holder.tools).go()
    grants = holder.openid.grants
    grants[answer["code"]].nonce = grants[other["code"]].nonce
    record = await holder.come(answer)
    assert _claim(record) == "nonce"
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


# The tokens (T17)


def _claims(**changed: Json) -> dict[str, Any]:
    return {"claims": changed}


def _mint(make: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of claims and key
    return {"mint": make}


def _alg_none(claims: Claims, key: ECKey) -> str:
    return by_hand({"alg": "none", "typ": "JWT", "kid": key.kid}, claims)


def _rs256(claims: Claims, key: ECKey) -> str:
    from joserfc import jws  # noqa: PLC0415 - of this token alone

    rsa = RSAKey.generate_key(2048)
    return jws.serialize_compact({"alg": "RS256", "kid": key.kid}, json.dumps(claims), rsa, algorithms=["RS256"])


def _tampered(claims: Claims, key: ECKey) -> str:
    head, _, signature = sign(claims, key).split(".")
    return f"{head}.{by_hand({}, claims | {'sub': 'somebody-else'}).split('.')[1]}.{signature}"


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "alg none": (_mint(_alg_none), "signature"),
    "HS256 with the public key": (_mint(hmac_signed), "signature"),
    "RS256": (_mint(_rs256), "signature"),
    "another key of the same id": (_mint(lambda claims, key: sign(claims, new_key(key.kid))), "signature"),
    "a changed payload": (_mint(_tampered), "signature"),
    "an access token": (_mint(lambda claims, key: sign(claims, key, typ="at+jwt")), "typ"),
    "a logout token": (_mint(lambda claims, key: sign(claims, key, typ="logout+jwt")), "typ"),
    "no key id": (_mint(lambda claims, key: sign(claims, key, kid=None)), "kid"),
    "a header that embeds its own key": (
        _mint(lambda claims, key: sign(claims, other := new_key(key.kid), jwk=other.as_dict(private=False))),
        "signature",
    ),
    "no token at all": (_mint(lambda _claims, _key: "not a token"), "jws"),
    "a second signature part": (_mint(lambda claims, key: sign(claims, key) + ".AA"), "jws"),
    "another issuer": (_claims(iss="https://evil.example/api/v2"), "iss"),
    "the issuer with a slash": (_claims(iss=f"{ISSUER}/"), "iss"),
    "another audience": (_claims(aud="another-client"), "aud"),
    "two audiences": (_claims(aud=[CLIENT, "another-client"]), "aud"),
    "no audience": (_claims(aud=None), "aud"),
    "another authorized party": (_claims(azp="another-client"), "azp"),
    "expired": (_claims(exp=NOW - 60), "exp"),
    "no end": (_claims(exp=None), "exp"),
    "an end that is text": (_claims(exp="2099"), "exp"),
    "an end that is true": (_claims(exp=True), "exp"),
    "issued in the future": (_claims(iat=NOW + 61), "iat"),
    "no time of issue": (_claims(iat=None), "iat"),
    "not yet valid": (_claims(nbf=NOW + 61), "nbf"),
    "no nonce": (_claims(nonce=None), "nonce"),
    "a nonce that is a list": (_claims(nonce=["x"]), "nonce"),
    "another access token": (_claims(at_hash=at_hash("another")), "at_hash"),
    "no subject": (_claims(sub=None), "sub"),
    "an empty subject": (_claims(sub=""), "sub"),
    "a long subject": (_claims(sub="x" * 256), "sub"),
    "a subject in letters of elsewhere": (_claims(sub="мария"), "sub"),
    "signed in tomorrow": (_claims(auth_time=NOW + 61), "auth_time"),
    "no time of the sign-in": (_claims(auth_time=None), "auth_time"),
    "userinfo of somebody else": ({"userinfo": {"sub": "somebody-else"}}, "sub"),
    "userinfo for another client": ({"userinfo": {"aud": "another-client"}}, "aud"),
    "userinfo of another issuer": ({"userinfo": {"iss": "https://evil.example"}}, "iss"),
    "userinfo that has expired": ({"userinfo": {"exp": NOW - 60}}, "exp"),
    "unsigned userinfo": ({"tell": lambda claims, _key: web.json_response(claims)}, "userinfo"),
    "userinfo with alg none": (
        {"tell": lambda claims, key: web.Response(text=_alg_none(claims, key), content_type="application/jwt")},
        "signature",
    ),
    "userinfo with HS256": (
        {"tell": lambda claims, key: web.Response(text=hmac_signed(claims, key), content_type="application/jwt")},
        "signature",
    ),
    "userinfo that fails": ({"tell": lambda _claims, _key: web.Response(status=500)}, "userinfo"),
    "no bearer token": ({"answer": {"token_type": "DPoP"}}, "token_type"),
    "an access token with a line end": ({"answer": {"access_token": "at\r\nX: y"}}, "access_token"),
    "no id token": ({"answer": {"id_token": None}}, "id_token"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_t17_a_token_that_lies(holder: Holder, lie: str) -> None:
    changes, claim = LIES[lie]
    holder.openid = replace(holder.openid, **changes)
    record = await holder.sign_in()
    assert _claim(record) == claim
    assert "subject" not in record.evidence


async def test_t17_payloads_that_two_readers_read_in_two_ways(holder: Holder) -> None:
    def twice(claims: Claims, key: ECKey) -> str:
        from joserfc import jws  # noqa: PLC0415 - of this token alone

        text = json.dumps(claims)[:-1] + ', "sub": "somebody-else"}'
        return jws.serialize_compact({"alg": "ES256", "kid": key.kid}, text, key, algorithms=["ES256"])

    holder.openid.mint = twice
    assert _claim(await holder.sign_in()) == "payload"


@pytest.mark.parametrize(
    "honest",
    [
        {"aud": [CLIENT]},
        {"azp": CLIENT},
        {"exp": NOW - 59},
        {"iat": NOW + 60},
        {"nbf": NOW},
        {"at_hash": at_hash("at")},
        {"sub": "x" * 255},
    ],
    ids=str,
)
async def test_what_an_honest_token_may_say(holder: Holder, honest: Claims) -> None:
    holder.openid.claims = honest
    holder.openid.userinfo = {"sub": honest.get("sub", holder.openid.sub)}
    assert (await holder.sign_in()).valid


async def test_unsigned_userinfo_where_the_operator_allows_it(holder: Holder) -> None:
    holder.configure(plain_userinfo=True)
    holder.openid.tell = lambda claims, _: web.json_response(claims)
    assert (await holder.sign_in()).valid
    holder.openid.userinfo = {"sub": "somebody-else"}
    assert _claim(await holder.sign_in()) == "sub"


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


# What the provider says of itself, and its keys (T19)


async def test_t19_a_flood_of_unknown_keys_costs_one_fetch(holder: Holder) -> None:
    assert (await holder.sign_in()).valid
    holder.now[0] += REFRESH
    openid = holder.tools.openid
    assert openid is not None
    before = holder.openid.asked("/jwks")
    asked = await asyncio.gather(*(openid.key(f"invented-{n}") for n in range(100)), return_exceptions=True)
    assert {str(error) for error in asked} == {"oidc-key-unknown"}
    assert holder.openid.asked("/jwks") == before + 1
    assert (await holder.sign_in()).valid


async def test_t19_a_new_key_is_found_within_a_minute(holder: Holder) -> None:
    assert (await holder.sign_in()).valid
    holder.openid.key = new_key("two")
    assert why(await holder.sign_in()) == "oidc-key-unknown"
    holder.now[0] += REFRESH
    assert (await holder.sign_in()).valid
    assert holder.openid.asked("/jwks") == 2


async def test_t19_a_withdrawn_key_is_forgotten_within_the_hour(holder: Holder) -> None:
    old = holder.openid.key
    assert (await holder.sign_in()).valid
    holder.openid.key, holder.openid.mint = new_key("two"), lambda claims, _: sign(claims, old)
    holder.now[0] += FRESH
    assert why(await holder.sign_in()) == "oidc-key-unknown"


async def test_t19_what_is_known_serves_an_hour(holder: Holder) -> None:
    for _ in range(3):
        assert (await holder.sign_in()).valid
    assert (holder.openid.asked("/.well-known"), holder.openid.asked("/jwks")) == (1, 1)
    holder.now[0] += FRESH
    assert (await holder.sign_in()).valid
    assert (holder.openid.asked("/.well-known"), holder.openid.asked("/jwks")) == (2, 2)


async def test_t19_an_outage_of_the_keys_trusts_no_old_ones(holder: Holder) -> None:
    assert (await holder.sign_in()).valid
    holder.openid.jwks = b"out of order"
    holder.now[0] += FRESH
    assert why(await holder.sign_in()) == "oidc-metadata"
    assert why(await holder.sign_in()) == "oidc-key-unknown"


def _jwks(*keys: Json) -> bytes:
    return json.dumps({"keys": keys}).encode()


_POINT = new_key("one").as_dict(private=False)


@pytest.mark.parametrize(
    ("jwks", "code"),
    [
        (b"x" * 65_537, "fetch-too-large"),
        (_jwks(*[_POINT | {"kid": str(n)} for n in range(MAX_KEYS + 1)]), "oidc-metadata"),
        (_jwks(_POINT, _POINT), "oidc-metadata"),
        (_jwks(_POINT | {"x": "AAAA"}), "oidc-metadata"),
        (_jwks(_POINT | {"y": None}), "oidc-metadata"),
        (_jwks(new_key("one").as_dict(private=True)), "oidc-metadata"),
        (_jwks({"kty": "oct", "kid": "one", "k": "c2VjcmV0"}, "no key"), "oidc-key-unknown"),
        (_jwks(_POINT | {"use": "enc"}), "oidc-key-unknown"),
        (_jwks(_POINT | {"alg": "ES384"}), "oidc-key-unknown"),
        (b'{"keys": {}}', "oidc-metadata"),
        (b"[]", "oidc-metadata"),
    ],
    ids=["long", "many", "twice", "no point", "half a point", "private", "oct", "enc", "ES384", "no list", "no object"],
)
async def test_t19_key_sets_that_are_none(holder: Holder, jwks: bytes, code: str) -> None:
    holder.openid.jwks = jwks
    assert why(await holder.sign_in()) == code


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example/api/v2"},
        {"issuer": f"{ISSUER}/"},
        {"issuer": None},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"token_endpoint": "https://connexion.example.evil.example/token"},
        {"token_endpoint": "http://connexion.example/token"},
        {"userinfo_endpoint": "https://x.connexion.example/userinfo"},
        {"userinfo_endpoint": None},
        {"jwks_uri": "https://evil.example/jwks"},
        {"jwks_uri": ["https://connexion.example/jwks"]},
        {"id_token_signing_alg_values_supported": ["RS256", "none"]},
        {"id_token_signing_alg_values_supported": None},
        {"id_token_signing_alg_values_supported": "ES256"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
    ids=str,
)
async def test_t19_a_provider_that_describes_itself_otherwise(holder: Holder, metadata: Claims) -> None:
    holder.openid.metadata = metadata
    with pytest.raises(Unavailable, match="oidc-unavailable"):
        await holder.go()


async def test_t19_discovery_that_redirects(holder: Holder) -> None:
    holder.openid.http.redirect(HOST, "/api/v2/.well-known/openid-configuration", "https://evil.example/")
    with pytest.raises(Unavailable, match="oidc-unavailable"):
        await holder.go()


# Providers made for trials (T13)


@pytest.mark.parametrize(
    "host",
    [
        "fca.integ01.dev-agentconnect.fr",
        "auth.integ.example",
        "test.moncomptepro.beta.gouv.fr",
        "identite-sandbox.proconnect.gouv.fr",
        "dev-connect.example",
        "connect-preprod.example",
        "app-test.example",
        "integ01.example",
    ],
)
def test_t13_providers_made_for_trials(host: str) -> None:
    assert trial_label(Host.parse(host)) in host.split(".")


@pytest.mark.parametrize(
    "host", ["auth.agentconnect.gouv.fr", "auth.proconnect.gouv.fr", "attestation.example", "protest.example"]
)
def test_t13_providers_of_production(host: str) -> None:
    assert trial_label(Host.parse(host)) is None


def test_the_secret_is_not_in_the_text_of_the_provider() -> None:
    assert SECRET not in repr(PROVIDER)


def _claim(record: Record) -> str:
    assert why(record) == "oidc-token"
    assert record.problem is not None
    return str(record.problem.values["claim"])


_NO_TOOLS = tools(Fetcher(Resolver([]), user_agent="test"))
