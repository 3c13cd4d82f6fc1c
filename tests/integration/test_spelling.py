"""Names that only their server may fold: `@Test_Foo@h` and `@test_foo@h` may be two people (T00f)."""

import re
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from tests.doubles.instance import Instance, Person
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.daily import change_key, events, later, letters
from tests.integration.house import HOST, MAILBOX, NAMES, Holder, House, running
from tests.integration.institution import attest as attest_office
from tests.integration.institution import hosted
from tests.integration.real import fedify
from tests.ports import free_port
from verifier.core import strict_json
from verifier.core.clock import DAY
from verifier.core.models import Folding, Reason

EXACT, OTHER, THIRD = f"@Test_Foo@{HOST}", f"@test_foo@{HOST}", f"@TEST_foo@{HOST}"
MONTH = 30 * DAY
NARROWED = (MAILBOX, "An attestation holds for one spelling of a name from now on")


@pytest.fixture
async def exact(house: House) -> House:
    """A server that knows each name in one spelling only."""
    house.instance.folds = False
    return house


async def attest(house: House, handle: str = EXACT, email: str = MAILBOX) -> Holder:
    return await house.attest(handle, email, listed=True, locale="en")


async def status(house: House, handle: str) -> str:
    return str((await house.lookup(quote(handle, safe="")))["status"])


async def folding(house: House, handle: str = EXACT) -> Folding | None:
    found = await house.service.storage.read.accounts.get(f"acct:{handle[1:]}")
    assert found is not None
    return found.folding


def asked(house: House, since: int = 0) -> list[str]:
    """The names that WebFinger was asked for."""
    return [path.partition("resource=acct:")[2] for path in house.http.asked()[since:] if "resource=acct:" in path]


def made_before(house: House) -> None:
    """The database as the code before this one left it: names in lower case, and nothing known of their servers."""
    with closing(sqlite3.connect(house.folder / "verifier.sqlite3")) as database, database:
        database.create_function("before", 1, written_before)
        database.executescript(
            "UPDATE account SET handle = LOWER(handle), folding = NULL, folding_asked_at = NULL;"
            "UPDATE answer SET handle = LOWER(handle), folding = NULL, body = before(body);"
            "UPDATE verdict SET body = before(body);"
        )


def written_before(verdict: bytes) -> bytes:
    body = strict_json.loads_object(verdict)
    account = {**body["account"], "acct": body["account"]["acct"].lower()}
    account.pop("caseSensitive", None)
    return strict_json.dumps({**body, "handle": body["handle"].lower(), "account": account})


# The server makes a difference


async def test_t00f_the_spelling_is_asked_as_given_and_kept_as_the_server_has_it(exact: House) -> None:
    holder = await attest(exact)
    assert asked(exact)[0] == EXACT[1:]
    verdict = await exact.lookup(EXACT)
    assert (verdict["handle"], verdict["status"]) == (EXACT, "verified")
    assert verdict["account"] == {
        "acct": f"acct:{EXACT[1:]}",
        "actor": f"https://{HOST}/users/Test_Foo",
        "profile": f"https://{HOST}/@Test_Foo",
        "caseSensitive": True,
    }
    signed = (await exact.get(holder.order["attestation"], Accept=houses.VC)).json
    assert signed["credentialSubject"]["handle"] == f"acct:{EXACT[1:]}"
    appraised = await exact.post("/api/v1/verify", {"attestation": signed})
    assert appraised.json["verified"] is True
    assert await folding(exact) is Folding.NO


@pytest.mark.parametrize(
    "named",
    [
        OTHER,
        OTHER[1:],
        f"acct:{OTHER[1:]}",
        f"https://{HOST}/@test_foo",
        f"https://{HOST}/users/test_foo",
        f"https://{HOST}/@test_foo/115600000000000001",
        f"https://elsewhere.example/@test_foo@{HOST}",
    ],
)
async def test_t00f_another_spelling_is_another_account_and_names_the_exact_one(exact: House, named: str) -> None:
    await attest(exact)
    verdict = await exact.lookup(quote(named, safe=""))
    assert (verdict["handle"], verdict["verified"], verdict["status"]) == (OTHER, False, "not_attested")
    assert verdict["lookalike"] == {"handle": EXACT, "why": "case"}


async def test_t00f_no_door_answers_for_another_spelling(exact: House) -> None:
    await attest(exact)
    (batch,) = (await exact.post("/api/v1/lookup", {"handles": [OTHER]})).json["results"]
    path = (await exact.get(f"/api/v1/accounts/{OTHER[1:]}")).json
    assert batch == path == await exact.lookup(OTHER)
    assert path["lookalike"] == {"handle": EXACT, "why": "case"}
    for resource in (f"acct:{OTHER[1:]}", f"https://{HOST}/@test_foo", f"https://{HOST}/users/test_foo"):
        assert (await exact.get(f"/.well-known/webfinger?resource={resource}")).status == 404
    page = (await exact.get(f"/en/?handle={OTHER}")).text
    assert "an official account has the same name, with other capital letters" in page
    assert "On its server, capital and small letters make two names" in page
    assert EXACT in page
    assert 'rel="me"' not in page
    french = (await exact.get(f"/?handle={OTHER}")).text
    assert "un compte officiel porte le même nom, avec d&#39;autres majuscules" in french
    feed = (await exact.get("/api/v1/events")).json["events"]
    assert [each["handle"] for each in feed] == [EXACT]


async def test_t00f_the_check_of_a_name_asks_for_it_as_it_is_spelled(exact: House) -> None:
    exact.person(EXACT)
    for handle, accepted in ((OTHER, False), (EXACT, True)):
        answer = (await exact.get(f"/api/v1/checks/webfinger?handle={handle}")).json
        assert (answer["accepted"], answer["handle"]) == (accepted, handle if accepted else None)


async def test_t00f_the_links_of_a_page_are_spelled_as_the_account_is(exact: House) -> None:
    holder = await attest(exact)
    page = await exact.get(f"/v/{holder.id}")
    linked = set(re.findall(r'<link rel="me" href="([^"]*)"', page.text))
    assert linked == {f"https://{HOST}/@Test_Foo", f"https://{HOST}/users/Test_Foo"}


async def test_t00d_t00f_an_unlisted_account_is_not_named_for_another_spelling(exact: House) -> None:
    await exact.attest(EXACT)
    assert await status(exact, EXACT) == "verified"
    assert (await exact.lookup(OTHER))["lookalike"] is None


async def test_t00d_t00f_who_is_attested_anew_and_unlisted_is_not_named_in_the_former_spelling(house: House) -> None:
    await attest(house)
    made_before(house)
    fake = f"@test_f0o@{HOST}"
    assert (await house.lookup(fake))["lookalike"] == {"handle": OTHER, "why": "confusable"}
    house.time.pass_(60)
    house.people["Test_Foo"].actor["attachment"] = []
    await house.attest(EXACT)
    assert await status(house, OTHER) == "verified"
    assert (await house.lookup(fake))["lookalike"] is None


async def test_t00f_who_is_withdrawn_is_not_named_for_another_spelling(exact: House) -> None:
    holder = await attest(exact)
    attestation = holder.order["attestation"].rpartition("/")[2]
    await exact.service.registration.publisher.suspend(attestation, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert (await exact.lookup(EXACT))["account"]["caseSensitive"] is True
    assert ((await exact.lookup(OTHER))["status"], (await exact.lookup(OTHER))["lookalike"]) == ("not_attested", None)


async def test_t00f_two_spellings_are_two_accounts(exact: House) -> None:
    first, second = await attest(exact), await attest(exact, OTHER)
    for handle, holder in ((EXACT, first), (OTHER, second)):
        verdict = await exact.lookup(handle)
        assert (verdict["status"], verdict["attestation"]) == ("verified", holder.order["attestation"])
    assert (await exact.lookup(THIRD))["status"] == "not_attested"
    await later(exact)
    assert {await status(exact, handle) for handle in (EXACT, OTHER)} == {"verified"}
    attestation = first.order["attestation"].rpartition("/")[2]
    await exact.service.registration.publisher.revoke(attestation, Reason.HOLDER_REQUEST, OPERATOR)
    assert [await status(exact, handle) for handle in (EXACT, OTHER)] == ["revoked", "verified"]


async def test_t00f_an_account_of_an_instance_is_hosted_and_no_more(house: House) -> None:
    await hosted(house)
    house.instance.folds = False
    await attest_office(house, EXACT)
    assert await status(house, EXACT) == "verified"
    assert await status(house, OTHER) == "hosted"


async def test_t00f_a_url_is_compared_before_a_name_is_read_out_of_it(exact: House) -> None:
    """The actor's id spells another name than the account has; and that other name is somebody else's."""
    ours = exact.instance.person("Test_Foo", id_="/users/test_foo", url="/@test_foo")
    exact.people["Test_Foo"] = ours
    await attest(exact)
    for url in (ours.id, ours.url, f"HTTPS://{HOST.upper()}/users/test_foo"):
        verdict = await exact.lookup(quote(url, safe=""))
        assert (verdict["handle"], verdict["verified"]) == (EXACT, True)
    for url in (f"https://{HOST}/users/Test_foo", f"https://{HOST}/@TEST_FOO"):
        assert (await exact.lookup(quote(url, safe="")))["verified"] is False


async def test_t00f_a_profile_that_reads_like_a_remote_view_is_compared_first(exact: House) -> None:
    exact.people["Test_Foo"] = exact.instance.person("Test_Foo", url=f"/@{{}}@{NAMES}")
    await attest(exact)
    verdict = await exact.lookup(quote(f"https://{HOST}/@Test_Foo@{NAMES}", safe=""))
    assert (verdict["handle"], verdict["verified"]) == (EXACT, True)


@pytest.mark.parametrize("slash", ["", "/"])
async def test_t00f_a_profile_at_the_root_of_its_host(house: House, slash: str) -> None:
    house.people["blog"] = house.instance.person("blog", url=slash)
    await house.attest(f"@blog@{HOST}")
    for url in (f"https://{HOST}", f"https://{HOST}/"):
        assert (await house.lookup(quote(url, safe="")))["verified"] is True


async def test_t00f_real_software_that_knows_one_spelling(tmp_path: Path) -> None:
    """Fedify answers for the exact name only: before, such an account could not be attested."""
    port = free_port()
    async with AsyncExitStack() as stack:
        strangers = {HOST: f"http://127.0.0.1:{port}"}
        house = await stack.enter_async_context(running(tmp_path, strangers=strangers))
        holder = await house.order(EXACT, listed=True)
        await stack.enter_async_context(fedify(holder.page, port=port, user="Test_Foo"))
        assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
        await holder.challenge("email-01")
        await holder.challenge("email-01", {"code": house.code()})
        assert (await holder.finalize()).json["status"] == "issued"
        verdict = await house.lookup(EXACT)
        assert (verdict["verified"], verdict["account"]["caseSensitive"]) == (True, True)
        other = await house.lookup(OTHER)
        assert (other["status"], other["lookalike"]) == ("not_attested", {"handle": EXACT, "why": "case"})


# The server folds


async def test_t00f_a_server_that_folds_is_answered_for_in_any_spelling(house: House) -> None:
    house.person(EXACT)
    await attest(house, OTHER)
    assert await folding(house) is Folding.YES
    exact_ = await house.lookup(EXACT)
    assert (exact_["handle"], exact_["verified"]) == (EXACT, True)
    assert "caseSensitive" not in exact_["account"]
    for named in (OTHER, THIRD, f"https://{HOST}/@test_foo", f"ACCT:TEST_FOO@{HOST.upper()}"):
        assert await house.lookup(quote(named, safe="")) == exact_
    assert (await house.get(f"/api/v1/accounts/{THIRD[1:]}")).json == exact_


async def test_t00f_our_webfinger_answers_every_spelling_that_the_lookup_answers(house: House) -> None:
    await attest(house)
    expected = (await house.get(f"/.well-known/webfinger?resource=acct:{EXACT[1:]}")).json
    assert expected["subject"] == f"acct:{EXACT[1:]}"
    for resource in (
        f"acct:{THIRD[1:]}",
        f"ACCT:test_foo@{HOST.upper()}",
        f"HTTPS://{HOST.upper()}/@Test_Foo",
        f"https://{HOST.title()}/users/Test_Foo",
    ):
        answer = await house.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")
        assert (answer.status, answer.status == 200 and answer.json) == (200, expected), resource
    own = house.base.partition("://")[2]
    ours = (await house.get(f"/.well-known/webfinger?resource=acct:attestations@{own}")).json
    assert ours["subject"] == f"acct:attestations@{own}"
    for resource in (f"ACCT:Attestations@{own.upper()}", f"{house.base.upper()}/actor"):
        answer = await house.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")
        assert (answer.status, answer.status == 200 and answer.json) == (200, ours), resource
    for resource in (f"https://{HOST}/@Test_Foo/1", f"{house.base}/ACTOR", f"acct:attestation@{own}"):
        assert (await house.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")).status != 200


@pytest.mark.engines
async def test_t00f_a_new_proof_in_another_spelling_takes_the_place_of_the_first(house: House) -> None:
    first = await attest(house)
    house.time.pass_(60)
    second = await attest(house, THIRD)
    for handle in (EXACT, OTHER, THIRD):
        verdict = await house.lookup(handle)
        assert (verdict["handle"], verdict["attestation"]) == (EXACT, second.order["attestation"])
    assert 'rel="me"' not in (await house.get(f"/v/{first.id}")).text
    assert [(kind, reason) for kind, reason in await events(house)][1] == ("revoked", "superseded")


# A server that wants to be taken for one that folds, and one of which nothing can be learned


async def test_t00f_a_server_that_answers_everything_has_shown_nothing(house: House) -> None:
    house.instance.anybody = house.person(EXACT)
    await attest(house)
    assert await folding(house) is Folding.NO
    assert (await house.lookup(EXACT))["account"]["caseSensitive"] is True
    assert await status(house, OTHER) == "not_attested"


async def test_t00f_a_spelling_that_leads_to_another_person_is_not_folded(house: House) -> None:
    person, other = house.person(EXACT), house.instance.person("somebody")

    async def show(request: web.Request) -> web.Response:
        name = request.query["resource"]
        if name.lower() != f"acct:{OTHER[1:]}":
            return web.Response(status=404)
        jrd = person.jrd if name == f"acct:{EXACT[1:]}" else {**other.jrd, "subject": name}
        return web.Response(body=strict_json.dumps(jrd), content_type="application/jrd+json")

    house.http.handle(HOST, "/.well-known/webfinger", show)
    await attest(house)
    assert await folding(house) is Folding.NO


async def test_t00f_the_spelling_and_the_nonsense_are_drawn_by_chance(house: House) -> None:
    house.person(EXACT)
    spellings, nonsense = set[str](), set[str]()
    for _ in range(8):
        before = len(house.http.requests)
        await attest(house)
        drawn = set(asked(house, before)) - {EXACT[1:]}
        assert len(drawn) == 2, "one other spelling, one name that nobody bears"
        spellings |= {name for name in drawn if name.lower() == OTHER[1:]}
        nonsense |= {name for name in drawn if name.lower() != OTHER[1:]}
    assert len(nonsense) == 8
    assert len(spellings) > 2, "127 can be drawn"


@pytest.mark.parametrize("broken", [403, 500])
async def test_t00f_what_cannot_be_learned_counts_as_exact(house: House, broken: int) -> None:
    only_exact(house, broken)
    await attest(house)
    assert await folding(house) is Folding.UNKNOWN
    assert (await house.lookup(EXACT))["account"]["caseSensitive"] is True
    assert await status(house, OTHER) == "not_attested"
    # A look never widens it: only a new proof does.
    house.instance = Instance(house.http, HOST, people=house.instance.people)
    for _ in range(3):
        await later(house, MONTH // 2)
    assert [await status(house, handle) for handle in (EXACT, OTHER)] == ["verified", "not_attested"]
    await attest(house)
    assert await status(house, OTHER) == "verified"


def only_exact(house: House, status: int) -> None:
    """WebFinger answers for the exact name, and with that status for all others."""
    person = house.person(EXACT)

    async def show(request: web.Request) -> web.Response:
        if request.query["resource"] == f"acct:{EXACT[1:]}":
            return web.Response(body=strict_json.dumps(person.jrd), content_type="application/jrd+json")
        return web.Response(status=status)

    house.http.handle(HOST, "/.well-known/webfinger", show)


@pytest.mark.parametrize(("quorum", "expected"), [(2, Folding.YES), (3, Folding.UNKNOWN)])
async def test_t00f_a_quorum_of_views_must_see_that_it_folds(tmp_path: Path, quorum: int, expected: Folding) -> None:
    views = [{"name": name, "user_agent": name} for name in ("second", "third")]
    async with running(tmp_path, views=views, quorum=quorum) as house:
        person = house.person(EXACT)

        async def show(request: web.Request) -> web.Response:
            name = request.query["resource"]
            known = name == f"acct:{EXACT[1:]}" or (
                name.lower() == f"acct:{OTHER[1:]}" and not request.headers["User-Agent"].startswith("third")
            )
            if not known:
                return web.Response(status=404)
            return web.Response(body=strict_json.dumps(person.jrd), content_type="application/jrd+json")

        house.http.handle(HOST, "/.well-known/webfinger", show)
        await attest(house)
        assert await folding(house) is expected


async def test_t00f_a_name_of_digits_has_one_spelling(house: House) -> None:
    handle = f"@12345@{HOST}"
    await attest(house, handle)
    assert await folding(house, handle) is Folding.NO
    assert set(asked(house)) == {handle[1:]}
    verdict = await house.lookup(handle)
    assert (verdict["verified"], verdict["account"]["caseSensitive"]) == (True, True)


# Asked again


async def test_t00f_it_is_asked_again_once_a_month(house: House) -> None:
    await attest(house)
    before = len(house.http.requests)
    for _ in range(29):
        await later(house)
    assert set(asked(house, before)) == {EXACT[1:]}
    await later(house, 2 * DAY)
    assert len(set(asked(house, before))) == 3
    assert await folding(house) is Folding.YES
    before = len(house.http.requests)
    await later(house, 2 * DAY)
    assert set(asked(house, before)) == {EXACT[1:]}
    assert letters(house) == []


async def test_t00f_a_server_that_folds_no_more_narrows_the_pin_tells_and_suspends_nobody(house: House) -> None:
    holder = await attest(house)
    assert await status(house, OTHER) == "verified"
    house.instance.folds = False
    await later(house, MONTH + DAY)
    assert await folding(house) is Folding.NO
    verdict = await house.lookup(EXACT)
    assert (verdict["status"], verdict["account"]["caseSensitive"]) == ("verified", True)
    assert (await house.lookup(OTHER))["lookalike"] == {"handle": EXACT, "why": "case"}
    assert letters(house) == [NARROWED]
    assert 'rel="me"' in (await house.get(f"/v/{holder.id}")).text
    assert [kind for kind, _ in await events(house)] == ["issued"]
    # It folds again: only a new proof says so.
    house.instance.folds = True
    await later(house, MONTH + DAY)
    assert await status(house, OTHER) == "not_attested"
    assert letters(house) == [NARROWED]


async def test_t00f_an_outage_narrows_nothing_until_it_has_lasted(house: House) -> None:
    await attest(house)
    only_exact(house, 503)
    await later(house, MONTH + DAY)
    assert (await folding(house), await status(house, OTHER)) == (Folding.YES, "verified")
    await later(house)
    assert (await folding(house), letters(house)) == (Folding.YES, [])
    await later(house, 2 * DAY)
    assert (await folding(house), await status(house, OTHER)) == (Folding.UNKNOWN, "not_attested")
    assert (await status(house, EXACT), letters(house)) == ("verified", [NARROWED])


async def test_t00f_a_server_that_spells_a_name_anew_while_it_folds_has_it_in_its_spelling(house: House) -> None:
    await attest(house)
    person = house.people["Test_Foo"]
    respell(house, person, "TEST_foo")
    await later(house)
    verdict = await house.lookup(OTHER)
    assert (verdict["handle"], verdict["account"]["acct"], verdict["status"]) == (
        THIRD,
        f"acct:{THIRD[1:]}",
        "verified",
    )
    assert letters(house) == []


async def test_t33_t00f_another_spelling_is_a_drift_where_it_is_another_name(exact: House) -> None:
    await attest(exact)
    person = exact.people["Test_Foo"]
    respell(exact, person, "TEST_foo")
    exact.instance.people[f"acct:{EXACT[1:]}"] = person
    await later(exact)
    assert await status(exact, EXACT) == "suspended"


def respell(house: House, person: Person, user: str) -> None:
    for acct in [acct for acct, known in house.instance.people.items() if known is person]:
        del house.instance.people[acct]
    house.instance.people[f"acct:{user}@{HOST}"] = person
    person.jrd["subject"] = f"acct:{user}@{HOST}"
    person.actor["preferredUsername"] = user


# Pins of before


async def test_t00f_pins_of_before_answer_as_before_until_they_are_looked_at(house: House) -> None:
    await attest(house)
    made_before(house)
    for handle in (EXACT, OTHER, THIRD):
        verdict = await house.lookup(handle)
        assert (verdict["handle"], verdict["status"]) == (OTHER, "verified")
        assert "caseSensitive" not in verdict["account"]
    await later(house)
    assert await folding(house) is Folding.YES
    for handle in (EXACT, OTHER, THIRD):
        verdict = await house.lookup(handle)
        assert (verdict["handle"], verdict["account"]["acct"]) == (EXACT, f"acct:{EXACT[1:]}")
    assert letters(house) == []
    assert (await house.lookup(f"@Test_F0o@{HOST}"))["lookalike"] == {"handle": EXACT, "why": "confusable"}


@pytest.mark.parametrize("user", ["Test_Foo", "test_foo"])
async def test_t00f_a_pin_of_before_whose_server_does_not_fold_is_narrowed(house: House, user: str) -> None:
    """As it was found: `@test_foo` attested, and the lookups of `@Test_Foo`, another person, were answered with it."""
    own = f"@{user}@{HOST}"
    await attest(house, own)
    made_before(house)
    house.instance.folds = False
    other = EXACT if own == OTHER else OTHER
    assert await status(house, other) == "verified"
    await later(house)
    assert await folding(house, own) is Folding.NO
    verdict = await house.lookup(own)
    assert (verdict["handle"], verdict["status"]) == (own, "verified")
    assert verdict["account"]["caseSensitive"] is True
    assert (await house.lookup(other))["lookalike"] == {"handle": own, "why": "case"}
    assert letters(house) == [NARROWED]
    assert [kind for kind, _ in await events(house)] == ["issued"]
    await later(house)
    assert (await status(house, own), letters(house)) == ("verified", [NARROWED])


async def test_t00f_a_pin_of_before_of_which_nothing_can_be_learned_is_narrowed_in_the_end(house: House) -> None:
    await attest(house)
    made_before(house)
    only_exact(house, 503)
    house.instance.people[f"acct:{OTHER[1:]}"] = house.people["Test_Foo"]
    person = house.people["Test_Foo"]

    async def show(request: web.Request) -> web.Response:
        if request.query["resource"] in (f"acct:{OTHER[1:]}", f"acct:{EXACT[1:]}"):
            return web.Response(body=strict_json.dumps(person.jrd), content_type="application/jrd+json")
        return web.Response(status=503)

    house.http.handle(HOST, "/.well-known/webfinger", show)
    await later(house)
    assert await status(house, THIRD) == "verified"
    for _ in range(3):
        await later(house)
    assert [await status(house, handle) for handle in (EXACT, THIRD)] == ["verified", "not_attested"]
    assert letters(house) == [NARROWED]


async def test_t00f_a_new_proof_takes_the_place_of_a_pin_of_before(house: House) -> None:
    await attest(house)
    made_before(house)
    house.instance.folds = False
    house.time.pass_(60)
    second = await attest(house)
    assert (await house.lookup(EXACT))["attestation"] == second.order["attestation"]
    assert await status(house, OTHER) == "not_attested"


async def test_t00f_two_pins_never_get_one_spelling(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The server gave the name to somebody else, who was attested, and gives it back."""
    await attest(house)
    made_before(house)
    first = house.people.pop("Test_Foo")
    house.instance.folds = False
    second = house.people["Test_Foo"] = house.instance.person("Test_Foo", id_="/ap/users/{}", url="/ap/@{}")
    change_key(second)
    await attest(house)
    house.instance.folds = True
    house.instance.people[f"acct:{EXACT[1:]}"] = first
    await later(house)
    assert (await status(house, EXACT), await status(house, OTHER)) == ("suspended", "verified")
    assert "cannot be written" not in caplog.text
