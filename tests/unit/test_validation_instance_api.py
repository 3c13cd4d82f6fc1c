"""``oauth-01``: what an instance's API may answer, and what its words are worth (T16, T25, T26, T28)."""

from collections.abc import AsyncIterator

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.mastodon_api import ACCOUNT, APPS, METADATA, REVOKE, TOKEN, Api
from tests.doubles.tools import tools, why
from tests.unit.signin import HOST, METHOD, asked, begin, check, signed_in, subject
from verifier.core.errors import OutsideError
from verifier.core.strict_json import Json
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Tools


@pytest.fixture
async def ways_out(http: HttpDouble) -> AsyncIterator[Tools]:
    hosts = http.overrides(HOST, "names.example", "other.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


def metadata(**members: Json) -> dict[str, Json]:
    """As Mastodon 4.3 and later write it."""
    return {
        "issuer": f"https://{HOST}/",
        "authorization_endpoint": f"https://{HOST}/oauth/authorize",
        "token_endpoint": f"https://{HOST}{TOKEN}",
        "revocation_endpoint": f"https://{HOST}{REVOKE}",
        "scopes_supported": ["read", "profile", "write", "read:accounts"],
    } | members


async def test_metadata_gives_the_places_and_the_smallest_scope(ways_out: Tools, api: Api) -> None:
    there = f"https://{HOST}/elsewhere"
    api.metadata = metadata(authorization_endpoint=f"{there}?a=b")
    api.granted = "profile"
    state = await begin(ways_out)
    assert state["authorize"].startswith(f"{there}?a=b&")
    assert asked(state)["scope"] == "profile"
    assert (await check(ways_out, state, api.sign_in(state["authorize"], iss=f"https://{HOST}/"))).valid


@pytest.mark.parametrize(
    ("supported", "scope"),
    [
        (["read", "write", "profile"], "profile"),
        (["write", "read:accounts", "read"], "read:accounts"),
        (["read", "write", "push"], "read"),
        ([], "read:accounts"),
        ("profile", "read:accounts"),
        (None, "read:accounts"),
    ],
)
async def test_the_least_scope_that_is_known(ways_out: Tools, api: Api, supported: Json, scope: str) -> None:
    api.metadata = metadata(scopes_supported=supported)
    assert asked(await begin(ways_out))["scope"] == scope


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://other.example"},
        {"issuer": f"https://{HOST}/x"},
        {"issuer": f"http://{HOST}"},
        {"issuer": None},
        {"token_endpoint": "https://other.example/oauth/token"},
        {"token_endpoint": f"http://{HOST}/oauth/token"},
        {"token_endpoint": f"https://{HOST}:444/oauth/token"},
        {"token_endpoint": f"https://{HOST}@other.example/oauth/token"},
        {"token_endpoint": 7},
        {"revocation_endpoint": "https://other.example/"},
        {"authorization_endpoint": "https://other.example/oauth/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": f'https://{HOST}/"><script>'},
        {"authorization_endpoint": "http://127.0.0.1:8081/social.example/oauth/authorize"},
    ],
)
async def test_t16_t28_an_instance_speaks_for_its_own_host_alone(ways_out: Tools, api: Api, lie: Json) -> None:
    api.metadata = metadata(**lie)
    with pytest.raises(OutsideError) as caught:
        await begin(ways_out)
    assert caught.value.code == "oauth-metadata"
    assert caught.value.values["member"] in lie
    assert APPS not in api.asked()


async def test_metadata_that_is_no_metadata(http: HttpDouble, ways_out: Tools, api: Api) -> None:
    http.put(HOST, METADATA, b"<!doctype html><title>App</title>")
    assert asked(await begin(ways_out))["scope"] == "read:accounts"  # a page for any address
    api.http.put(HOST, METADATA, b"{", content_type="application/json")
    with pytest.raises(OutsideError, match="oauth-not-json"):
        await begin(ways_out)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b""),
        (403, b"{}"),
        (422, b'{"error":"x"}'),
        (200, b"<!doctype html>"),
        (200, b"{}"),
        (200, b'{"client_id":7,"client_secret":"x"}'),
        (200, b'{"client_id":"x","client_secret":""}'),
        (200, b'{"client_id":"x","client_secret":"' + b"x" * 1_025 + b'"}'),
    ],
)
async def test_software_without_this_api(ways_out: Tools, api: Api, status: int, body: bytes) -> None:
    api.http.put(HOST, APPS, body, status=status)
    with pytest.raises(OutsideError) as caught:
        await begin(ways_out)
    assert (caught.value.code, caught.value.values) == ("oauth-unsupported", {"host": HOST})


@pytest.mark.parametrize(
    "lie",
    [
        {"username": "impostor", "uri": "https://social.example/users/impostor"},
        {"uri": "https://social.example/users/impostor"},
        {"uri": "https://other.example/users/marianne"},
        {"uri": "https://social.example/users/marianne/"},
        {"uri": ""},
        {"uri": 7},
        {"username": "impostor"},
        {"username": "marianne2"},
        {"username": "mariann\u0435"},
        {"username": None},
        {"uri": None, "url": "https://social.example/@impostor"},
        {"uri": None, "url": None},
    ],
)
async def test_t28_another_account_proves_nothing(ways_out: Tools, api: Api, lie: dict[str, Json]) -> None:
    api.account |= lie
    record = await signed_in(ways_out, api)
    assert why(record) == "oauth-other-account"
    assert api.revoked == [api.token]


async def test_accounts_as_other_software_describes_them(ways_out: Tools, api: Api) -> None:
    del api.account["uri"]  # GoToSocial, Pixelfed, Mastodon before 4.2
    assert (await signed_in(ways_out, api)).valid
    api.revoked.clear()
    api.account["username"] = "Marianne"  # as its holder spells it
    assert (await signed_in(ways_out, api)).valid
    api.revoked.clear()
    api.granted = None  # Pixelfed
    assert (await signed_in(ways_out, api)).valid


@pytest.mark.parametrize(
    "granted", ["read", "read:accounts write", "read:accounts follow", "read:accountsx", "profile"]
)
async def test_a_scope_that_was_not_asked_is_not_used(ways_out: Tools, api: Api, granted: str) -> None:
    api.granted = granted
    record = await signed_in(ways_out, api)
    assert why(record) == "oauth-scope"
    assert ACCOUNT not in api.asked()
    assert api.revoked == [api.token]


async def test_software_that_knows_no_small_scope(ways_out: Tools, api: Api) -> None:
    state = await begin(ways_out)
    answer = {"error": "invalid_scope", "state": asked(state)["state"]}
    record, state = await METHOD.check(subject(), state, answer, ways_out)
    assert why(record) == "oauth-scope-unknown"
    state = await begin(ways_out, state)
    assert asked(state)["scope"] == "read"
    api.granted = "read"
    assert (await check(ways_out, state, api.sign_in(state["authorize"]))).valid
    again = {"error": "invalid_scope", "state": asked(state)["state"]}
    assert why(await check(ways_out, state, again)) == "signin-failed"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"access_token":"x"}',
        b'{"token_type":"Bearer"}',
        b'{"access_token":"x","token_type":"mac"}',
        b'{"access_token":"","token_type":"Bearer"}',
        b'{"access_token":"x\\r\\nHost: other.example","token_type":"Bearer"}',
        b'{"access_token":"x y","token_type":"Bearer"}',
        b'{"access_token":"' + b"x" * 8_193 + b'","token_type":"Bearer"}',
        b'{"access_token":"x","token_type":"Bearer","scope":["read:accounts"]}',
    ],
)
async def test_tokens_that_are_none(ways_out: Tools, api: Api, answer: bytes) -> None:
    api.http.put(HOST, TOKEN, answer, content_type="application/json")
    assert why(await signed_in(ways_out, api)) == "oauth-token"
    assert ACCOUNT not in api.asked()


async def test_the_token_is_given_back_whatever_comes_of_it(ways_out: Tools, api: Api) -> None:
    for status, code in ((401, "oauth-account"), (503, "instance-error")):
        api.statuses = {ACCOUNT: status}
        assert why(await signed_in(ways_out, api)) == code
    api.statuses = {}
    api.http.put(HOST, ACCOUNT, b"[]", content_type="application/json")
    assert why(await signed_in(ways_out, api)) == "oauth-account"
    assert api.revoked == [api.token] * 3


@pytest.mark.parametrize("status", [404, 503])
async def test_a_token_that_is_not_taken_back_stands_in_the_trail(ways_out: Tools, api: Api, status: int) -> None:
    api.statuses[REVOKE] = status
    record = await signed_in(ways_out, api)
    assert record.valid
    asked = [item["status"] for item in record.evidence["trail"] if item["url"] == f"https://{HOST}{REVOKE}"]
    assert asked == [status]


@pytest.mark.parametrize("path", [APPS, TOKEN, REVOKE])
async def test_t25_no_form_follows_a_redirect(ways_out: Tools, api: Api, path: str) -> None:
    api.http.redirect(HOST, path, f"https://{HOST}/elsewhere", status=307)
    if path == APPS:
        with pytest.raises(OutsideError, match="fetch-redirect"):
            await begin(ways_out)
    else:
        record = await signed_in(ways_out, api)
        assert record.valid is (path == REVOKE)
        assert {"url": f"https://{HOST}{path}", "problem": "fetch-redirect"} in record.evidence["trail"]
    assert f"{HOST}/elsewhere" not in api.http.asked()


async def test_t25_the_token_follows_no_redirect(ways_out: Tools, api: Api) -> None:
    api.http.redirect(HOST, ACCOUNT, f"https://{HOST}/elsewhere")
    assert why(await signed_in(ways_out, api)) == "fetch-redirect"
    assert f"{HOST}/elsewhere" not in api.http.asked()
    assert api.revoked == [api.token]


@pytest.mark.parametrize("path", [TOKEN, ACCOUNT])
async def test_t26_answers_are_read_to_a_limit(ways_out: Tools, api: Api, path: str) -> None:
    api.http.put(HOST, path, b" " * 262_145, content_type="application/json")
    assert why(await signed_in(ways_out, api)) == "fetch-too-large"
