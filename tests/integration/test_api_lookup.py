"""Lookups: every way to name an account, one verdict; batches; what a cache needs."""

import asyncio
from urllib.parse import quote

import pytest

from tests.doubles.instance import Instance
from tests.integration.conftest import Town
from tests.integration.house import ALICE, HOST, NAMES, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPELLINGS = (
    "@alice@social.example",
    "alice@social.example",
    "acct:alice@social.example",
    "@Alice@Social.EXAMPLE",
    "https://social.example/@alice",
    "https://social.example/@alice/",
    "https://social.example/@alice/115600000000000001",
    "https://social.example/@alice?max_id=1",
    "https://social.example/users/alice",
    "https://social.example/users/alice/statuses/115600000000000001",
    "https://elsewhere.example/@alice@social.example",
    "https://elsewhere.example/@alice@social.example/115600000000000001",
    "HTTPS://social.example/@alice",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_every_spelling_leads_to_the_one_verdict(town: Town, spelling: str) -> None:
    answer = await town.house.get(f"/api/v1/lookup?handle={quote(spelling, safe='')}")
    assert answer.status == 200
    assert answer.body == (await town.house.get(f"/api/v1/accounts/{ALICE[1:]}")).body


@pytest.mark.parametrize(
    "spelling", ("alice@social.example", "@alice@social.example", "acct:alice@social.example", "ALICE@social.example")
)
async def test_the_same_verdict_at_a_path(town: Town, spelling: str) -> None:
    path = await town.house.get(f"/api/v1/accounts/{spelling}")
    query = await town.house.get(f"/api/v1/lookup?handle={ALICE}")
    assert (path.status, path.body, path.headers["ETag"]) == (200, query.body, query.headers["ETag"])


async def test_the_members_of_a_verdict(town: Town) -> None:
    verdict = await town.house.lookup(ALICE)
    base, at = town.house.base, "2026-11-23T10:00:00Z"
    assert verdict == {
        "handle": ALICE,
        "verified": True,
        "status": "verified",
        "asOf": at,
        "account": {
            "acct": "acct:alice@social.example",
            "actor": "https://social.example/users/alice",
            "profile": "https://social.example/@alice",
        },
        "accountRole": "agent",
        "affiliation": {"domain": "numerique.gouv.fr", "name": "Direction interministérielle du numérique"},
        "checks": [
            {"method": "rel-me-01", "result": "valid", "checkedAt": at, "views": 1},
            {"method": "email-01", "result": "valid", "checkedAt": at, "views": 1, "class": "state"},
        ],
        "attestation": town.listed.order["attestation"],
        "page": f"{base}/v/{town.listed.id}",
        "validUntil": "2027-02-21T10:00:00Z",
        "issuer": "did:web:" + base.removeprefix("http://").replace(":", "%3A"),
        "log": None,
        "otherAccounts": [],
        "reason": None,
        "lookalike": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "handle"),
    (
        ("@nobody@social.example", "@nobody@social.example"),
        ("@carol@social.example", "@carol@social.example"),
        ("https://social.example/@nobody", "@nobody@social.example"),
        ("https://elsewhere.example/@Nobody@social.example", "@Nobody@social.example"),
        ("https://social.example/users/nobody", "@nobody@social.example"),
        ("https://social.example/about", None),
        ("https://social.example/", None),
        ("https://social.example/ap/users/115600000000000001", None),
        ("https://evil.example/https://social.example/@alice", None),
        ("https://evil.example/@alice%40social.example", None),
    ),
)
async def test_an_account_that_is_not_attested(town: Town, text: str, handle: str | None) -> None:
    answer = await town.house.get(f"/api/v1/lookup?handle={quote(text, safe='')}")
    assert answer.status == 200
    assert answer.json == {
        "handle": handle,
        "verified": False,
        "status": "not_attested",
        "asOf": "2026-11-23T10:00:00Z",
        "lookalike": None,
    }


async def test_t30_a_look_alike_is_not_the_account(town: Town) -> None:
    for text in ("@alice@social.example.evil.example", "@alice@s0cial.example", "@alice.@social.example"):
        answer = await town.house.get(f"/api/v1/lookup?handle={text}")
        assert answer.status == 400 or answer.json["status"] == "not_attested"
        assert "attestations" not in answer.text


async def test_a_batch_answers_in_order_with_problems_in_their_places(town: Town) -> None:
    asked = [ALICE, "not a handle", "https://social.example/about", "a@10.0.0.1", "acct:bob@social.example", ALICE]
    answer = await town.house.post("/api/v1/lookup", {"handles": asked})
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json.keys() == {"results"}
    first, second, third, fourth, fifth, sixth = answer.json["results"]
    assert first == sixth == await town.house.lookup(ALICE)
    assert fifth == await town.house.lookup("@bob@social.example")
    assert (third["handle"], third["status"]) == (None, "not_attested")
    assert [(each["type"].partition("#")[2], each["status"], each["pointer"]) for each in (second, fourth)] == [
        ("handle-malformed", 400, "/handles/1"),
        ("host-is-address", 400, "/handles/3"),
    ]


async def test_a_batch_of_a_hundred(town: Town) -> None:
    answer = await town.house.post("/api/v1/lookup", {"handles": [f"u{n}@social.example" for n in range(100)]})
    assert [each["handle"] for each in answer.json["results"]] == [f"@u{n}@social.example" for n in range(100)]


CACHED = (
    f"/api/v1/lookup?handle={ALICE}",
    "/api/v1/lookup?handle=@nobody@social.example",
    f"/api/v1/accounts/{ALICE[1:]}",
    "/status/suspension/1",
    "/.well-known/did.json",
    f"/.well-known/webfinger?resource=acct:{ALICE[1:]}",
    "ATTESTATION",
)


@pytest.mark.parametrize("path", CACHED)
async def test_who_has_it_already_is_told_so(town: Town, path: str) -> None:
    path = town.listed.order["attestation"] if path == "ATTESTATION" else path
    for _ in range(3):  # an answer that is remembered must not be worn by use
        first = await town.house.get(path)
        tag = first.headers["ETag"]
        assert tag.startswith('"')
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await town.house.get(path, If_None_Match=given)
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
            assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
            assert again.headers["Access-Control-Allow-Origin"] == "*"
            assert again.headers.get("Vary") == first.headers.get("Vary")
        other = await town.house.get(path, If_None_Match='"other"')
        assert (other.status, other.body, other.headers["Content-Length"]) == (200, first.body, str(len(first.body)))


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.engines
async def test_t64_what_is_remembered_is_dropped_as_soon_as_it_changes(house: House) -> None:
    path = f"/api/v1/lookup?handle={ALICE}"
    before = [await house.get(path) for _ in range(3)][-1]
    await house.attest()
    after = await house.get(path)
    assert (before.json["status"], after.json["status"]) == ("not_attested", "verified")
    assert before.headers["ETag"] != after.headers["ETag"]
    assert (await house.get(path, If_None_Match=before.headers["ETag"])).status == 200


@pytest.mark.asyncio(loop_scope="function")
async def test_as_of_is_when_it_changed_and_not_when_it_was_asked(house: House) -> None:
    await house.attest()
    at = (await house.lookup(ALICE))["asOf"]
    house.time.pass_(3600)
    assert (await house.lookup(ALICE))["asOf"] == at


@pytest.mark.asyncio(loop_scope="function")
async def test_an_absence_is_of_the_minute_in_which_we_looked(house: House) -> None:
    """Whatever strangers do meanwhile: else it would tell when an unlisted agent was attested."""
    seen = []
    for seconds in (0, 59, 1):
        house.time.pass_(seconds)
        seen += [(await house.lookup(handle))["asOf"] for handle in ("@nobody@social.example", "https://a.example/x")]
    await house.attest()
    seen.append((await house.lookup("@nobody@social.example"))["asOf"])
    assert [at.removeprefix("2026-11-23T") for at in seen] == ["10:00:00Z"] * 4 + ["10:01:00Z"] * 3


@pytest.mark.asyncio(loop_scope="function")
async def test_an_account_that_lives_elsewhere_than_its_name(house: House) -> None:
    """Split domains: only the store knows whose profile that is."""
    house.instance = Instance(house.http, HOST, NAMES)
    handle = f"@dora@{NAMES}"
    await house.attest(handle, "dora.x@numerique.gouv.fr")
    for spelling in (handle, f"https://{HOST}/@dora", f"https://{HOST}/users/dora", f"https://{HOST}/@dora/1"):
        verdict = await house.lookup(spelling)
        assert (verdict["handle"], verdict["status"]) == (handle, "verified")
    # T30: the same user at the other name was not proved.
    assert (await house.lookup(f"@dora@{HOST}"))["status"] == "not_attested"


async def test_many_lookups_at_once(town: Town) -> None:
    paths = [f"/api/v1/lookup?handle={ALICE if n % 2 else f'@u{n}@social.example'}" for n in range(200)]
    answers = await asyncio.gather(*map(town.house.get, paths))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 101
