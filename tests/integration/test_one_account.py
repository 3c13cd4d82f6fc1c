"""One account under two names: it is compared by handle, by actor and by key, with past attestations too (T00e)."""

from collections.abc import Callable

import pytest

from tests.doubles.instance import Instance, Person, property_value
from tests.initiators import OPERATOR
from tests.integration.daily import events, later, letters, says
from tests.integration.half_way import begun
from tests.integration.house import ALICE, HOST, MAILBOX, NAMES, Holder, House
from tests.integration.institution import CONTACT, DINUM, publish_record
from tests.integration.institution import attest as attest_office
from tests.integration.institution import order as order_office
from tests.integration.request_page import page
from verifier.core import strict_json
from verifier.core.clock import DAY, HOUR
from verifier.core.models import Reason
from verifier.core.strict_json import Json

BOB = f"@bob@{HOST}"
THIEF = "remi.voleur@culture.gouv.fr"
Way = Callable[[House, Person], str]


def named(house: House, person: Person, handle: str) -> str:
    """The account answers to that handle from now on, which WebFinger says at both hosts."""
    user, _, host = handle[1:].partition("@")
    house.instance = Instance(house.http, HOST, NAMES, people=house.instance.people)
    house.people[user] = house.instance.people[f"acct:{user}@{host}"] = person
    person.jrd["subject"] = f"acct:{user}@{host}"
    return handle


def rename(house: House, person: Person) -> str:
    before = person.actor["preferredUsername"]
    del house.people[before], house.instance.people[f"acct:{before}@{HOST}"]
    person.actor["preferredUsername"] = "bob"
    return named(house, person, BOB)


def alias(house: House, person: Person) -> str:
    """FEP-2c59: the actor says which handle is its own."""
    person.actor["webfinger"] = f"acct:presse@{NAMES}"
    return named(house, person, f"@presse@{NAMES}")


def split(house: House, person: Person) -> str:
    """The same user name, at another host than the actor's."""
    return named(house, person, f"@{person.actor['preferredUsername']}@{NAMES}")


WAYS = pytest.mark.parametrize("way", [rename, alias, split])


def copy_key(house: House, person: Person) -> str:
    other = house.person(f"@mallory@{HOST}")
    other.actor["publicKey"]["publicKeyPem"] = person.actor["publicKey"]["publicKeyPem"]
    return f"@mallory@{HOST}"


async def ask(house: House, handle: str, whose: str) -> Holder:
    """A request of somebody else, proved as far as they can."""
    if whose == "agent":
        holder = await house.order(handle, THIEF)
    else:
        holder = await order_office(house, handle, "culture.gouv.fr", "presse@culture.gouv.fr")
        publish_record(house, holder)
        assert (await holder.challenge("dns-01")).json["status"] == "valid"
    await holder.prove()
    return holder


async def told(house: House) -> set[tuple[str | None, str, str]]:
    """Whom the letters that wait are for, their names, and what they say of the match."""
    facts, identities = house.service.storage.read.facts, house.service.storage.read.identities
    rows = await facts._connection.rows("SELECT payload FROM outbox WHERE kind = 'letter' ORDER BY id")
    found = [strict_json.loads_object(row[0].encode()) for row in rows]
    found = [each for each in found if "match" in each["values"]]
    heard = [(await identities.contact(each["identity"]), each["letter"], each["values"]["match"]) for each in found]
    assert len(set(heard)) == len(heard), "one letter each"
    return set(heard)


async def is_reviewed(house: House, holder: Holder, because: str) -> None:
    assert because in await page(house, holder), "foreseen"
    before = await house.lookup(holder.order["handle"])
    answer = await holder.finalize()
    assert (answer.status, answer.json) == (202, {"status": "in_review"})
    assert because in await page(house, holder)
    assert await house.lookup(holder.order["handle"]) == before
    assert before["verified"] is False


@WAYS
@pytest.mark.parametrize("whose", ["agent", "institution"])
async def test_t00e_an_agent_s_account_under_another_name_is_reviewed(house: House, way: Way, whose: str) -> None:
    await attest_office(house)
    await house.attest(listed=True)
    asked = await ask(house, way(house, house.person(ALICE)), whose)
    await is_reviewed(house, asked, "This account is attested to somebody else under another name, or was.")
    assert await told(house) == {
        (MAILBOX, "elsewhere", "elsewhere-renamed"),
        (CONTACT, "of-body", "elsewhere-renamed"),
    }
    assert await says(house) == ("verified", None)


@pytest.mark.parametrize("shown", [{"listed": False}, {"listed": True, "affiliation": "state"}])
@pytest.mark.parametrize("same", [True, False])
async def test_t00d_t72_a_review_tells_a_body_of_no_agent_who_does_not_show_it(
    house: House, shown: dict[str, Json], *, same: bool
) -> None:
    """An agent goes to another ministry; or to another name of the account. The holder alone is told."""
    await attest_office(house)
    await house.attest(**shown)
    handle = ALICE if same else rename(house, house.person(ALICE))
    asked = await ask(house, handle, "agent")
    assert (await asked.finalize()).json["status"] == "in_review"
    assert await told(house) == {(MAILBOX, "elsewhere", "elsewhere" if same else "elsewhere-renamed")}


@WAYS
@pytest.mark.parametrize("whose", ["agent", "institution"])
async def test_t00e_an_office_under_another_name_is_reviewed(house: House, way: Way, whose: str) -> None:
    office = await attest_office(house)
    asked = await ask(house, way(house, house.person(DINUM)), whose)
    await is_reviewed(house, asked, "This account is attested to somebody else under another name, or was.")
    assert await told(house) == {(CONTACT, "elsewhere", "elsewhere-renamed")}
    assert await says(house, DINUM) == ("verified", None)
    assert 'rel="me"' in (await house.get(f"/v/{office.id}")).text


@pytest.mark.parametrize("end", ["revoked", "expired"])
@pytest.mark.parametrize("renamed", [False, True])
async def test_t00e_a_past_attestation_of_somebody_else_counts(house: House, end: str, *, renamed: bool) -> None:
    await house.attest()
    if end == "revoked":
        await house.service.registration.publisher.revoke(await attestation_of(house), Reason.HOLDER_REQUEST, OPERATOR)
    else:
        house.time.pass_(91 * DAY)
        await house.service.registration.publisher.expire()
    handle = rename(house, house.person(ALICE)) if renamed else ALICE
    asked = await ask(house, handle, "agent")
    under = " under another name" if renamed else ""
    await is_reviewed(house, asked, f"This account is attested to somebody else{under}, or was.")
    assert await told(house) == {(MAILBOX, "elsewhere", "elsewhere-renamed" if renamed else "elsewhere")}


async def attestation_of(house: House, handle: str = ALICE) -> str:
    found = await house.service.storage.read.attestations.on_handle(f"acct:{handle[1:]}")
    assert found is not None
    return found.id


@WAYS
@pytest.mark.parametrize("then", [None, Reason.HOLDER_REQUEST])
async def test_t00e_a_new_name_does_not_undo_a_withdrawal_with_cause(
    house: House, way: Way, then: Reason | None
) -> None:
    """Nor does a revocation for another reason that follows, which whoever took the account over may ask for."""
    await attest_office(house)
    await house.attest(listed=True)
    await house.service.registration.publisher.suspend(
        await attestation_of(house), Reason.ACCOUNT_COMPROMISED, OPERATOR
    )
    if then is not None:
        await house.service.registration.publisher.revoke(await attestation_of(house), then, OPERATOR)
    await house.service.clockwork.run_due("letters")
    again = await house.order(way(house, house.person(ALICE)))
    await again.prove()
    await is_reviewed(house, again, "An attestation of this account under another name was withdrawn")
    assert await told(house) == {(MAILBOX, "again", "withdrawn-renamed"), (CONTACT, "of-body", "withdrawn-renamed")}


async def test_t00e_an_office_suspended_with_cause_stays_so_under_another_name(house: House) -> None:
    await attest_office(house)
    await house.service.registration.publisher.suspend(
        await attestation_of(house, DINUM), Reason.ACCOUNT_COMPROMISED, OPERATOR
    )
    await house.service.clockwork.run_due("letters")
    again = await order_office(house, alias(house, house.person(DINUM)))
    await again.prove()
    await is_reviewed(house, again, "An attestation of this account under another name was withdrawn")
    assert await told(house) == {(CONTACT, "again", "withdrawn-renamed")}


@pytest.mark.parametrize(("mailbox", "letter"), [(THIEF, "elsewhere"), (MAILBOX, "again")])
async def test_t00e_a_copied_key_is_reviewed_whoever_asks(house: House, mailbox: str, letter: str) -> None:
    await attest_office(house)
    await house.attest(listed=True)
    asked = await house.order(copy_key(house, house.person(ALICE)), mailbox)
    because = "Another account that is attested, or was, has the same key."
    assert because not in await page(house, asked), "the key is not known before the account is proved"
    await asked.prove()
    await is_reviewed(house, asked, because)
    assert await told(house) == {(MAILBOX, letter, "key"), (CONTACT, "of-body", "key")}


async def test_t00e_the_letters_reach_whom_they_concern(house: House) -> None:
    await attest_office(house)
    await house.attest(locale="en", listed=True)
    asked = await ask(house, rename(house, house.person(ALICE)), "agent")
    for _ in range(2):
        assert (await asked.finalize()).json["status"] == "in_review"
        await house.service.clockwork.run_due("letters")
    assert letters(house) == [
        (MAILBOX, "Somebody else asks for an account that is attested to you, or was"),
        (CONTACT, "Une demande pour un compte de votre organisme doit être examinée"),
    ]


@WAYS
async def test_t00e_who_renames_their_own_account_is_issued_and_the_former_name_superseded(
    house: House, way: Way
) -> None:
    first = await house.attest(listed=True)
    person = house.person(ALICE)
    house.time.pass_(60)
    handle = way(house, person)
    second = await house.attest(handle, listed=True)
    assert await says(house) == ("revoked", "superseded")
    assert await says(house, handle) == ("verified", None)
    actor = await house.lookup(person.id)
    assert (actor["handle"], actor["attestation"]) == (handle, second.order["attestation"])
    old = await house.get(f"/v/{first.id}")
    assert 'rel="me"' not in old.text
    assert "Remplacée par une attestation plus récente" in old.text
    for newer in (old, await house.get(f"/?handle={ALICE}")):
        assert f'href="/v/{second.id}"' in newer.text
    assert [f"{kind} {reason or ''}".strip() for kind, reason in await events(house)] == [
        "issued",
        "revoked superseded",
        "issued",
    ]
    assert (await house.lookup(f"@a1ice@{HOST}"))["lookalike"] != {"handle": ALICE, "why": "confusable"}
    await later(house)
    assert await says(house) == ("revoked", "superseded")
    assert await says(house, handle) == ("verified", None)
    assert len(await events(house)) == 3
    assert letters(house) == []


async def test_t00e_a_match_that_comes_during_the_signature_stops_it(house: House) -> None:
    """Two requests for one account, each under its name at the time: whoever is published first is the only one."""
    first = await house.order()
    await first.prove()
    second = await ask(house, rename(house, house.person(ALICE)), "agent")
    await begun(house, second)
    assert (await first.finalize()).json["status"] == "issued"
    await house.service.registration.finalizer.resume()
    assert (await second.show()).json["status"] == "in_review"
    assert (await house.lookup(BOB))["status"] == "not_attested"
    assert await told(house) == {(MAILBOX, "elsewhere", "elsewhere-renamed")}


async def two_names(house: House, mailbox: str) -> None:
    """An account with two attestations in force, as could be before accounts were compared."""
    await house.attest()
    house.time.pass_(60)
    await house.attest(BOB, mailbox)
    async with house.service.storage.write.transaction() as tx:
        await tx.accounts._connection.run(
            "UPDATE account SET actor = hers.actor, key_digest = hers.key_digest"
            " FROM account AS hers WHERE hers.handle = $1 AND account.handle = $2",
            f"acct:{ALICE[1:]}",
            f"acct:{BOB[1:]}",
        )
    rename(house, house.person(ALICE))
    house.person(BOB).actor["attachment"].append(property_value((await house.lookup(BOB))["page"]))


@pytest.mark.parametrize("mailbox", [MAILBOX, THIEF])
@pytest.mark.parametrize(("act", "status"), [("suspend", "suspended"), ("revoke", "revoked")])
@pytest.mark.parametrize("named", [ALICE, BOB])
async def test_t00e_a_withdrawal_leaves_no_name_of_the_account(
    house: House, mailbox: str, act: str, status: str, named: str
) -> None:
    await two_names(house, mailbox)
    publisher = house.service.registration.publisher
    await getattr(publisher, act)(await attestation_of(house, named), Reason.ACCOUNT_COMPROMISED, OPERATOR)
    for handle in (ALICE, BOB):
        assert await says(house, handle) == (status, "account-compromised")


async def test_t00e_a_look_leaves_one_attestation_of_two_of_one_holder(house: House) -> None:
    await two_names(house, MAILBOX)
    await later(house)
    assert await says(house, BOB) == ("verified", None)
    assert await says(house) == ("revoked", "superseded")


async def test_t00e_a_look_leaves_none_of_two_of_different_holders(house: House) -> None:
    await two_names(house, THIEF)
    await later(house)
    await later(house, 2 * HOUR)  # "not found" counts the second time
    assert {(await says(house, handle))[0] for handle in (ALICE, BOB)} == {"suspended"}
