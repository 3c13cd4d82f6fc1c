"""A body is told of what is published in its name; of its agents no more than that there are some (T00d, T72)."""

from email import message_from_bytes
from email.policy import SMTP

import pytest

from tests.integration.daily import OFFICE_LETTER, later, mails
from tests.integration.house import ALICE, HOST, MAILBOX, House
from tests.integration.institution import (
    CHILD,
    CONTACT,
    DINUM,
    DOMAIN,
    attest,
    hosted,
    name_children,
    order,
)
from verifier.core.clock import DAY
from verifier.storage.letters import LetterWrites

INSTANCE = "Une instance est attestée au nom de votre organisme"
CHILDREN = "D'autres organismes sont désignés au nom du vôtre"
NAMED = "Un autre organisme désigne le vôtre comme en faisant partie"
AGENTS = "Des personnes de votre organisme ont fait attester un compte"
WEEK = 7 * DAY
AN_OWNER = "comptes@numerique.gouv.fr"
PM_PRESS = "presse@pm.gouv.fr"


async def told(house: House, subject: str) -> list[str]:
    """To whom a letter of that subject has gone by now."""
    await house.service.clockwork.run_due("letters")
    return sorted(to for to, each in mails(house) if each == subject)


def sent(house: House, subject: str) -> str:
    """What the last one says, as plain text."""
    messages = [message_from_bytes(each.content, policy=SMTP) for each in house.smtp.received]
    body = [message for message in messages if message["Subject"] == subject][-1].get_body()
    assert body is not None
    return str(body.get_content()).replace("\u00a0", " ")


def owner_policy(house: House, text: str, domain: str = DOMAIN) -> None:
    house.dns.zone.setdefault((f"_official-account.{domain}", "TXT"), [])
    zone = house.dns.zone[f"_official-account.{domain}", "TXT"]
    assert isinstance(zone, list)
    zone.append(f'"{text}"')


async def test_the_contact_of_a_body_learns_of_each_account_attested_as_its_own(house: House) -> None:
    await attest(house)
    assert await told(house, OFFICE_LETTER) == [CONTACT]
    assert DINUM in sent(house, OFFICE_LETTER)


async def test_the_contact_so_far_learns_of_what_another_contact_publishes(house: House) -> None:
    await attest(house)
    async with house.service.storage.write.transaction() as tx:
        # As when nobody is known to act for it: the newcomer need not be examined.
        await tx.orders.discount_contacts(DOMAIN)
        await tx.bodies._connection.run("UPDATE body SET contact_key = NULL")
    second = await order(house, f"@other@{HOST}", email="alex.bernard@numerique.gouv.fr")
    await second.publish()
    assert await told(house, OFFICE_LETTER) == ["alex.bernard@numerique.gouv.fr", CONTACT, CONTACT]


async def test_who_is_named_in_the_dns_gets_every_account_of_the_body(house: House) -> None:
    holder = await order(house)
    asked = holder.order["authorizations"][1]["challenges"][1]
    house.dns.zone[asked["name"], "TXT"] = [f'"{asked["value"]}"']
    owner_policy(house, f"policy; report=mailto:{AN_OWNER}")
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    await holder.publish()
    assert await told(house, OFFICE_LETTER) == [AN_OWNER, CONTACT]
    kept = await house.service.storage.read.orders.get(holder.id)
    assert kept is not None
    assert (kept.mailbox, kept.report) == (None, None), "addresses go once it is published"


async def test_the_body_above_learns_what_is_published_on_its_word(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", PM_PRESS)
    child_press = f"presse@{CHILD['domain']}"
    await name_children(parent, CHILD | {"contact": child_press})
    assert await told(house, CHILDREN) == [PM_PRESS]
    await name_children(parent, CHILD | {"contact": child_press})
    assert await told(house, CHILDREN) == [PM_PRESS], "what is known already is not told again"
    child = await order(house, f"@sgg@{HOST}", CHILD["domain"], child_press)
    await child.publish()
    assert await told(house, OFFICE_LETTER) == [PM_PRESS, PM_PRESS, child_press]
    assert str(CHILD["domain"]) in sent(house, OFFICE_LETTER)


async def test_a_body_learns_that_another_names_it(house: House) -> None:
    own = f"presse@{CHILD['domain']}"
    await attest(house, f"@sgg@{HOST}", CHILD["domain"], own)
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", PM_PRESS)
    await name_children(parent, CHILD)
    assert await told(house, NAMED) == [own]


async def test_a_body_learns_of_an_instance_taken_in_its_name(house: House) -> None:
    await hosted(house)
    assert await told(house, INSTANCE) == [CONTACT]
    assert HOST in sent(house, INSTANCE)


async def test_t00d_a_body_learns_neither_whose_nor_how_many_nor_when_of_its_agents(house: House) -> None:
    await attest(house)
    holder = await house.attest()
    await house.attest(f"@bob@{HOST}", "bob.petit@numerique.gouv.fr", listed=True)
    assert await told(house, AGENTS) == []
    house.time.pass_(WEEK)
    assert await told(house, AGENTS) == [CONTACT], "once a week, at its end"
    text = sent(house, AGENTS)
    for secret in (ALICE, "alice", "bob", MAILBOX, holder.id, holder.order["attestation"], "11 h"):
        assert secret not in text
    assert "Entre le 19 novembre 2026" in text
    assert "le 26 novembre 2026" in text
    await later(house, WEEK)
    assert await told(house, AGENTS) == [CONTACT], "nothing is said of a week without any"
    await house.attest(f"@eve@{HOST}", "eve.petit@numerique.gouv.fr")
    await later(house, WEEK)
    assert await told(house, AGENTS) == [CONTACT, CONTACT]


async def test_t72_who_shows_the_state_alone_is_not_told_to_the_body(house: House) -> None:
    await attest(house)
    await house.attest(affiliation="state")
    house.time.pass_(WEEK)
    assert await told(house, AGENTS) == []


async def test_who_is_named_in_the_dns_learns_of_agents_too(house: House) -> None:
    await attest(house)
    owner_policy(house, f"policy; report=mailto:{AN_OWNER}")
    await house.attest()
    house.time.pass_(WEEK)
    assert await told(house, AGENTS) == [AN_OWNER, CONTACT]


async def test_a_body_that_has_no_proof_any_more_is_told_of_no_agents(house: House) -> None:
    await attest(house)
    async with house.service.storage.write.transaction() as tx:
        row = await tx.bodies.get(DOMAIN)
        assert row is not None
        await tx.bodies.unprove(row.id)
    await house.attest()
    house.time.pass_(WEEK)
    assert await told(house, AGENTS) == []


async def test_a_letter_and_the_publication_are_one_change(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = await order(house)
    asked = holder.order["authorizations"][1]["challenges"][1]
    house.dns.zone[asked["name"], "TXT"] = [f'"{asked["value"]}"']
    await holder.challenge("dns-01")
    await holder.prove()

    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(LetterWrites, "add", crash)
        assert (await holder.finalize()).status >= 202
        assert (await house.lookup(DINUM))["verified"] is False
    await later(house, 60)
    assert (await house.lookup(DINUM))["verified"] is True
    assert await told(house, OFFICE_LETTER) == [CONTACT]
