"""``oidc-01``: what the provider says of itself, and its keys (T13, T19)."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.doubles.openid import HOST, ISSUER, SECRET, Claims, new_key, sign
from tests.doubles.tools import why
from tests.unit.openid import PROVIDER, Holder, running
from verifier.core.errors import Unavailable
from verifier.core.identifiers import Host
from verifier.core.strict_json import Json
from verifier.validation.sign_in.openid_provider import FRESH, MAX_KEYS, REFRESH, trial_label


@pytest.fixture
async def holder() -> AsyncIterator[Holder]:
    async with running() as signed_up:
        yield signed_up


async def test_t19_a_flood_of_unknown_keys_costs_one_fetch(holder: Holder) -> None:
    assert (await holder.sign_in()).valid
    holder.now[0] += REFRESH
    openid = holder.method.context.provider
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
        (_jwks(_POINT | {"x": f"AAAA{_POINT['x']}"}), "oidc-metadata"),  # the same number
        (_jwks(_POINT | {"y": None}), "oidc-metadata"),
        (_jwks(new_key("one").as_dict(private=True)), "oidc-metadata"),
        (_jwks({"kty": "oct", "kid": "one", "k": "c2VjcmV0"}, "no key"), "oidc-key-unknown"),
        (_jwks(_POINT | {"use": "enc"}), "oidc-key-unknown"),
        (_jwks(_POINT | {"alg": "ES384"}), "oidc-key-unknown"),
        (b'{"keys": {}}', "oidc-metadata"),
        (b"[]", "oidc-metadata"),
    ],
    ids=[
        "long",
        "many",
        "twice",
        "no point",
        "long point",
        "half a point",
        "private",
        "oct",
        "enc",
        "ES384",
        "no list",
        "no object",
    ],
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
