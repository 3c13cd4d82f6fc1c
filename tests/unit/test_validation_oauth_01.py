"""``oauth-01``: a sign-in at the holder's own instance, there and back (T16, T30, T68)."""

import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person
from tests.doubles.mastodon_api import ACCOUNT, APPS, METADATA, REVOKE, SECRET, TOKEN, Api
from tests.doubles.tools import NOW, ORIGIN, OWN_SECRET, tools, why
from tests.unit.signin import HOST, MARIANNE, METHOD, asked, begin, check, signed_in, subject
from verifier.core import strict_json
from verifier.core.errors import BadInput, OutsideError, TooMany
from verifier.core.identifiers import Handle
from verifier.core.models import End
from verifier.fetch import Fetcher, Resolver
from verifier.validation import State, Tools
from verifier.validation.sign_in import authorization_code as flow
from verifier.validation.sign_in.authorization_code import LIFETIME

BACK = f"{ORIGIN}/callback/oauth-01/abcdefghij234567"


@pytest.fixture
async def ways_out(http: HttpDouble) -> AsyncIterator[Tools]:
    hosts = http.overrides(HOST, "names.example", "other.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


async def test_the_whole_way(ways_out: Tools, api: Api) -> None:
    assert METHOD.is_preparation({}, {})
    state = await begin(ways_out)
    there = urlsplit(METHOD.instructions(state)["authorize"])
    assert (there.scheme, there.netloc, there.path) == ("https", HOST, "/oauth/authorize")
    members = asked(state)
    order, _, drawn = members.pop("state").partition(".")
    assert (order, len(drawn)) == ("abcdefghij234567", 22)
    assert len(members.pop("code_challenge")) == 43
    assert members == {
        "response_type": "code",
        "client_id": "client-7",
        "redirect_uri": BACK,
        "scope": "read:accounts",
        "force_login": "true",
        "lang": "en",
        "code_challenge_method": "S256",
    }
    ((path, form),) = api.posted
    assert path == APPS
    assert form == {
        "client_name": form["client_name"],
        "redirect_uris": BACK,
        "scopes": "read:accounts",
        "website": ORIGIN,
    }
    answer = api.sign_in(state["authorize"])
    assert not METHOD.is_preparation(state, answer)
    record = await check(ways_out, state, answer)
    assert record.valid, record.problem
    assert (record.method, record.end, record.checked_at) == ("oauth-01", End.ACCOUNT, NOW)
    assert record.account is not None
    assert record.account.handle == MARIANNE
    assert record.evidence["found"] == {
        "in": "sign-in",
        "host": HOST,
        "scope": "read:accounts",
        "profilePage": 200,
    }
    assert api.revoked == [api.token]
    assert api.asked() == [METADATA, APPS, TOKEN, ACCOUNT, REVOKE]


async def test_t68_an_outage_is_not_a_refusal(ways_out: Tools, api: Api) -> None:
    api.statuses[APPS] = 503
    with pytest.raises(OutsideError, match="instance-error"):
        await begin(ways_out)
    del api.statuses[APPS]
    state = await begin(ways_out)
    api.statuses[TOKEN] = 502
    assert why(await check(ways_out, state, api.sign_in(state["authorize"]))) == "instance-error"


async def test_t30_the_handle_must_lead_there_both_ways(http: HttpDouble, ways_out: Tools) -> None:
    person = Instance(http, names="names.example").person("marianne")
    api = Api(http, person)
    with pytest.raises(OutsideError, match="handle-not-canonical"):
        await begin(ways_out)
    assert api.asked() == []
    with pytest.raises(OutsideError, match="account-unknown"):
        await begin(ways_out, handle=Handle.parse("@nobody@social.example"))
    canonical = Handle.parse("@marianne@names.example")
    state = await begin(ways_out, handle=canonical)
    assert urlsplit(state["authorize"]).netloc == HOST  # where the actor is, not where the name is
    record, _ = await METHOD.check(subject(canonical), state, api.sign_in(state["authorize"]), ways_out)
    assert record.valid, record.problem


async def test_t30_a_name_that_only_looks_alike_is_another(http: HttpDouble, ways_out: Tools) -> None:
    api, karim = Api(http, Instance(http).person("karim")), Handle.parse(f"@karim@{HOST}")
    for username, valid in (("Karim", True), ("\N{KELVIN SIGN}arim", False)):
        api.account["username"] = username
        state = await begin(ways_out, handle=karim)
        record, _ = await METHOD.check(subject(karim), state, api.sign_in(state["authorize"]), ways_out)
        assert record.valid is valid, username


async def test_t30_the_account_is_resolved_again_when_the_holder_is_back(
    http: HttpDouble, person: Person, ways_out: Tools, api: Api
) -> None:
    state = await begin(ways_out)
    person.status = 410
    assert why(await check(ways_out, state, api.sign_in(state["authorize"]))) == "account-gone"
    person.status = 200
    # The handle now leads to an account of another host, which confirms it: the old host speaks for it no more.
    other = Instance(http, "other.example", names=HOST).person("marianne")
    record = await check(ways_out, state, api.sign_in(state["authorize"]))
    assert other.id.startswith("https://other.example/")
    assert why(record) == "oauth-moved"
    assert TOKEN not in api.asked()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "abcdefghij234567.AAAAAAAAAAAAAAAAAAAAAA"},
        {"state": ""},
        {"state": 7},
        {"state": None},
        {"state": "x"},
    ],
)
async def test_t16_a_foreign_state_is_refused_and_ends_nothing(ways_out: Tools, api: Api, change: State) -> None:
    state = await begin(ways_out)
    answer = api.sign_in(state["authorize"])
    with pytest.raises(BadInput, match="signin-state"):
        await METHOD.check(subject(), state, {**answer, **change}, ways_out)
    with pytest.raises(BadInput, match="signin-state"):
        await METHOD.check(subject(), state, {"code": answer["code"]}, ways_out)
    assert (await check(ways_out, state, answer)).valid


async def test_t16_a_state_serves_once(ways_out: Tools, api: Api) -> None:
    state = await begin(ways_out)
    answer = api.sign_in(state["authorize"])
    _, kept = await METHOD.check(subject(), state, answer, ways_out)
    with pytest.raises(BadInput, match="signin-state"):
        await METHOD.check(subject(), kept, answer, ways_out)
    assert api.asked().count(TOKEN) == 1


async def test_t16_the_code_of_another_sign_in_is_worth_nothing(ways_out: Tools, api: Api) -> None:
    mine, theirs = await begin(ways_out), await begin(ways_out)
    answer = api.sign_in(mine["authorize"]) | {"code": api.sign_in(theirs["authorize"])["code"]}
    assert why(await check(ways_out, mine, answer)) == "oauth-token"  # PKCE: the verifier is of the state
    assert api.revoked == []


@pytest.mark.parametrize("iss", ["https://other.example", f"https://{HOST}/", f"HTTPS://{HOST}", ""])
async def test_t16_an_answer_of_another_server_is_refused(ways_out: Tools, api: Api, iss: str) -> None:
    assert why(await signed_in(ways_out, api, iss=iss)) == "signin-issuer"
    assert TOKEN not in api.asked()


async def test_the_issuer_may_name_itself(ways_out: Tools, api: Api) -> None:
    assert (await signed_in(ways_out, api, iss=f"https://{HOST}")).valid


@pytest.mark.usefixtures("api")
async def test_what_the_instance_answers_instead_of_a_code(ways_out: Tools) -> None:
    for answer, code in (
        ({"error": "access_denied"}, "signin-declined"),
        ({"error": "server_error"}, "signin-failed"),
        ({"error": "server_error", "code": "x"}, "signin-failed"),
        ({"code": ""}, "signin-failed"),
        ({}, "signin-failed"),
    ):
        state = await begin(ways_out)
        assert why(await check(ways_out, state, answer | {"state": asked(state)["state"]})) == code


@pytest.mark.usefixtures("api")
async def test_a_sign_in_that_is_under_way_is_shown_again(ways_out: Tools) -> None:
    state = await begin(ways_out)
    assert await begin(ways_out, state) == state


async def test_t16_a_sign_in_lasts_ten_minutes(ways_out: Tools, api: Api) -> None:
    at = [NOW]
    later = tools(ways_out.fetcher, now=lambda: at[0])
    state = await begin(later)
    at[0] += LIFETIME
    assert why(await check(later, state, api.sign_in(state["authorize"]))) == "signin-expired"
    fresh = await begin(later, state)
    assert asked(fresh)["state"] != asked(state)["state"]
    assert (await check(later, fresh, api.sign_in(fresh["authorize"]))).valid


async def test_an_order_begins_so_often(ways_out: Tools, api: Api) -> None:
    state: State = {}
    for _ in range(5):
        state = await begin(ways_out, state)
        declined = {"error": "access_denied", "state": asked(state)["state"]}
        _, state = await METHOD.check(subject(), state, declined, ways_out)
    with pytest.raises(TooMany, match="signin-exhausted"):
        await begin(ways_out, state)
    assert api.asked().count(APPS) == 5


async def test_secrets_are_in_no_state_record_or_log(
    ways_out: Tools, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    state = await begin(ways_out)
    answer = api.sign_in(state["authorize"])
    record, kept = await METHOD.check(subject(), state, answer, ways_out)
    request = flow.AuthorizationRequest.of_state("oauth-01", answer["state"], OWN_SECRET)
    told = caplog.text + repr(record) + repr(request)
    for secret in (SECRET, api.token, answer["code"], request.verifier, request.nonce):
        assert secret not in told + strict_json.dumps({"state": dict(state), "kept": dict(kept)}).decode()
    assert api.posted[1][1]["code_verifier"] == request.verifier
    assert OWN_SECRET.unseal(state["secret"]) == SECRET.encode()
    assert kept == {"begun": 1}


def test_a_sealed_secret_opens_whole_or_not() -> None:
    sealed = OWN_SECRET.seal(b"secret")
    assert sealed != OWN_SECRET.seal(b"secret")
    broken = ("A" if sealed[20] != "A" else "B").join((sealed[:20], sealed[21:]))
    for wrong in ("", "AAAA", broken, sealed[:-4]):
        with pytest.raises(ValueError, match=r"sealed|Nonce"):
            OWN_SECRET.unseal(wrong)


def test_a_state_names_its_order() -> None:
    assert flow.order_of("abcdefghij234567." + "A" * 22) == "abcdefghij234567"
    for other in ("", "abcdefghij234567", "../../etc/passwd." + "A" * 22, "abcdefghij234567." + "A" * 22 + "\n"):
        assert flow.order_of(other) is None
