"""``oidc-01``: every way in which a signed answer may lie (T17)."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.doubles.openid import CLIENT, ISSUER, Claims, by_hand, hmac_signed, new_key, sign
from tests.doubles.tools import NOW
from tests.unit.openid import Holder, claim_of, running
from verifier.core.strict_json import Json
from verifier.validation.sign_in.openid_tokens import at_hash


@pytest.fixture
async def holder() -> AsyncIterator[Holder]:
    async with running() as signed_up:
        yield signed_up


def _claims(**changed: Json) -> dict[str, Any]:
    return {"claims": changed}


def _sub(sub: Json) -> dict[str, Any]:
    """Both answers name one subject: there is no other fault."""
    return {"claims": {"sub": sub}, "userinfo": {"sub": sub}}


def _mint(make: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of claims and key
    return {"mint": make}


def _alg_none(claims: Claims, key: ECKey) -> str:
    return by_hand({"alg": "none", "typ": "JWT", "kid": key.kid}, claims)


def _rs256(claims: Claims, key: ECKey) -> str:
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
    "an end that was a half second ago": (_claims(exp=NOW - 60.5), "exp"),
    "issued a fraction too late": (_claims(iat=NOW + 60.5), "iat"),
    "an end that is true": (_claims(exp=True), "exp"),
    "issued in the future": (_claims(iat=NOW + 61), "iat"),
    "no time of issue": (_claims(iat=None), "iat"),
    "not yet valid": (_claims(nbf=NOW + 61), "nbf"),
    "no nonce": (_claims(nonce=None), "nonce"),
    "a nonce that is a list": (_claims(nonce=["x"]), "nonce"),
    "another access token": (_claims(at_hash=at_hash("another")), "at_hash"),
    "no subject": (_claims(sub=None), "sub"),
    "an empty subject": (_sub(""), "sub"),
    "a long subject": (_sub("x" * 256), "sub"),
    "a subject in letters of elsewhere": (_sub("мария"), "sub"),
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
    assert claim_of(record) == claim
    assert "subject" not in record.evidence


async def test_t17_payloads_that_two_readers_read_in_two_ways(holder: Holder) -> None:
    def twice(claims: Claims, key: ECKey) -> str:
        text = json.dumps(claims)[:-1] + ', "sub": "somebody-else"}'
        return jws.serialize_compact({"alg": "ES256", "kid": key.kid}, text, key, algorithms=["ES256"])

    holder.openid.mint = twice
    assert claim_of(await holder.sign_in()) == "payload"


@pytest.mark.parametrize(
    "honest",
    [
        {"aud": [CLIENT]},
        {"azp": CLIENT},
        {"exp": NOW - 59},
        {"exp": NOW + 60.5, "iat": NOW - 0.25, "nbf": NOW - 0.25, "auth_time": NOW + 0.75},
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


@pytest.mark.parametrize("typ", ["JWT", "jwt", "application/JWT"])
async def test_a_type_of_token_is_read_in_any_case_and_form(holder: Holder, typ: str) -> None:
    holder.openid.mint = lambda claims, key: sign(claims, key, typ=typ)
    holder.openid.answer = {"token_type": "BEARER"}
    assert (await holder.sign_in()).valid


async def test_unsigned_userinfo_where_the_operator_allows_it(holder: Holder) -> None:
    holder.configure(plain_userinfo=True)
    holder.openid.tell = lambda claims, _: web.json_response(claims)
    assert (await holder.sign_in()).valid
    holder.openid.userinfo = {"sub": "somebody-else"}
    assert claim_of(await holder.sign_in()) == "sub"
