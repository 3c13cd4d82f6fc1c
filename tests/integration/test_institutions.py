"""Accounts of public bodies: a contact's mailbox and the body's own DNS, once for all its accounts."""

from email import message_from_bytes, policy

import pytest

from tests.integration.house import HOST, House
from tests.integration.institution import (
    CHILD,
    CONTACT,
    DINUM,
    DOMAIN,
    ask,
    attest,
    challenges,
    hosted,
    name_children,
    order,
    publish_record,
    take,
)
from verifier.core.clock import DAY
from verifier.core.strict_json import Json


def subject(content: bytes) -> str:
    return str(message_from_bytes(content, policy=policy.default)["subject"])


async def test_a_body_s_account_is_attested_by_mailbox_and_dns(house: House) -> None:
    holder = await order(house)
    assert holder.order["listed"] is True
    (identity,) = [each for each in holder.order["authorizations"] if each["end"] == "identity"]
    assert identity["needs"] == "all"
    offered = challenges(holder.order, "identity")
    assert [*offered] == ["email-01", "dns-01", "site-01"]
    assert [type_ for type_, challenge in offered.items() if challenge.get("optional")] == ["site-01"]
    assert offered["dns-01"]["name"] == f"_official-account.{DOMAIN}"
    service, _, token = offered["dns-01"]["value"].partition("; token=")
    assert (service, len(token)) == (house.base.partition("://")[2], 26)

    missing = await holder.challenge("dns-01")
    assert (missing.json["status"], missing.json["problem"]["type"].rpartition("#")[2]) == (
        "invalid",
        "dns-record-missing",
    )
    await holder.prove()
    assert (await holder.show()).json["status"] == "pending", "the mailbox of a contact is not the body's word"

    publish_record(house, holder)
    proved = await holder.challenge("dns-01")
    assert proved.json["status"] == "valid", proved.text
    assert (await holder.finalize()).json["status"] == "issued"

    verdict = await house.lookup(DINUM)
    assert (verdict["status"], verdict["accountRole"]) == ("verified", "office")
    assert verdict["affiliation"] == {"domain": DOMAIN, "name": "Direction interministérielle du numérique"}
    assert [(check["method"], check.get("class")) for check in verdict["checks"]] == [
        ("rel-me-01", None),
        ("dns-01", "institution"),
        ("email-01", "state"),
    ]
    document = await house.get(verdict["attestation"], Accept="application/vc")
    assert "dnssec" not in document.text, "the resolver of a sandbox cannot tell"
    verified = await house.post("/api/v1/verify", {"attestation": document.json})
    assert verified.json["verified"] is True


async def test_the_mailbox_alone_and_the_dns_alone_are_not_enough(house: House) -> None:
    by_dns = await order(house)
    publish_record(house, by_dns)
    by_dns.link()
    await by_dns.challenge("rel-me-01")
    assert (await by_dns.challenge("dns-01")).json["status"] == "valid"
    assert (await by_dns.finalize()).code == "order-not-ready"


async def test_a_body_is_proved_once_for_all_its_accounts(house: House) -> None:
    await attest(house)
    second = await order(house, f"@dinum-en@{HOST}")
    proved = challenges(second.order, "identity")["dns-01"]
    assert proved["status"] == "valid"
    assert proved["record"]["checkedAt"] == "2026-11-23T10:00:00Z"
    await second.publish()
    assert (await house.lookup(f"@dinum-en@{HOST}"))["verified"] is True


async def test_somebody_else_of_a_proved_body_is_looked_at_by_people(house: House) -> None:
    await attest(house)
    for email, status in (("alex.bernard@numerique.gouv.fr", "in_review"), (CONTACT, "issued")):
        holder = await order(house, f"@{email[:4]}@{HOST}", email=email)
        await holder.prove()
        assert (await holder.finalize()).json["status"] == status
    await house.service.clockwork.run_due()
    (told,) = [letter for letter in house.smtp.received if "demande un compte au nom" in subject(letter.content)]
    assert told.rcpt.startswith(f"TO:<{CONTACT}>")


async def test_an_old_look_at_the_dns_is_taken_anew(house: House) -> None:
    await attest(house)
    house.time.pass_(3 * DAY)
    late = await order(house, f"@dinum-en@{HOST}")
    assert challenges(late.order, "identity")["dns-01"]["status"] == "pending"


async def test_t40_a_record_with_another_body_s_token_proves_nothing(house: House) -> None:
    other = await order(house, f"@douane@{HOST}", "douane.finances.gouv.fr", "presse@douane.finances.gouv.fr")
    holder = await order(house)
    value = challenges(other.order, "identity")["dns-01"]["value"]
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = [f'"{value}"']
    answer = (await holder.challenge("dns-01")).json
    assert answer["problem"]["type"].endswith("#dns-record-other-token")
    assert answer["record"]["evidence"]["records"] == [value], "all that stands there is shown"


@pytest.mark.parametrize(
    ("domain", "email", "code", "pointer"),
    [
        (DOMAIN, "presse@douane.finances.gouv.fr", "mailbox-other-body", "/identity/email"),
        (DOMAIN, "mairie@orange.fr", "mailbox-free", "/identity/email"),
        ("orange.fr", "mairie@orange.fr", "domain-not-accepted", "/identity/domain"),
        ("notgouv.fr", "a@notgouv.fr", "domain-not-accepted", "/identity/domain"),
    ],
)
async def test_t12_who_may_act_for_a_body(house: House, domain: str, email: str, code: str, pointer: str) -> None:
    answer = await ask(house, domain=domain, email=email)
    assert (answer.status, answer.code, answer.json["pointer"]) == (422, code, pointer)
    assert house.smtp.received == []


async def test_a_domain_is_asked_of_a_body_and_of_nobody_else(house: House) -> None:
    no_domain = await house.post(
        "/api/v1/orders", {"handle": DINUM, "identity": {"type": "institution", "email": CONTACT}}
    )
    assert (no_domain.status, no_domain.json["pointer"]) == (400, "/identity/domain")
    malformed = await ask(house, domain="https://numerique.gouv.fr/")
    assert (malformed.status, malformed.json["pointer"]) == (400, "/identity/domain")


async def test_the_owner_may_forbid_its_agents_and_keep_its_own_accounts(house: House) -> None:
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; agents=no"']
    refused = await house.new_order()
    assert (refused.status, refused.code, refused.json["pointer"]) == (422, "owner-forbids-agents", "/identity/email")
    assert (await ask(house)).status == 201


async def test_t10_the_owner_is_told_once_a_day_of_what_was_refused(house: House) -> None:
    record = '"policy; agents=no; report=mailto:securite@numerique.gouv.fr"'
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = [record]
    for days in range(2):
        for _ in range(3):
            assert (await house.new_order()).code == "owner-forbids-agents"
        await house.service.clockwork.run_due()
        assert [letter.rcpt for letter in house.smtp.received] == ["TO:<securite@numerique.gouv.fr>"] * (days + 1)
        house.time.pass_(DAY)


async def test_the_owner_may_name_another_service(house: House) -> None:
    house.dns.zone["_official-account.gouv.fr", "TXT"] = ['"policy; issuer=other.example"']
    refused = await ask(house)
    assert (refused.status, refused.code) == (422, "owner-forbids-issuer")
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = [
        f'"policy; issuer=other.example {house.base.partition("://")[2]}"'
    ]
    assert (await ask(house)).status == 201, "the nearest record decides"


async def test_a_policy_that_comes_later_holds_what_is_not_yet_signed(house: House) -> None:
    holder = await house.order()
    await holder.prove()
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; agents=no"']
    assert (await holder.finalize()).code == "owner-forbids-agents"
    assert (await holder.show()).json["status"] == "ready"


async def test_a_proved_body_vouches_for_those_below_it(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    named = await name_children(parent, CHILD | {"contact": "presse@sgg.pm.gouv.fr"})
    assert named.json == {"children": [CHILD | {"examined": None}]}
    child = await order(house, f"@sgg@{HOST}", "sgg.pm.gouv.fr", "presse@sgg.pm.gouv.fr")
    proved = challenges(child.order, "identity")["dns-01"]
    assert (proved["status"], proved["record"]["method"]) == ("valid", "vouch-01")
    assert proved["record"]["evidence"]["parent"] == "pm.gouv.fr"
    await child.prove()
    await child.finalize()
    verdict = await house.lookup(f"@sgg@{HOST}")
    assert verdict["status"] == "verified"
    assert [check["method"] for check in verdict["checks"]] == ["rel-me-01", "vouch-01", "email-01"]
    assert "L'organisme dont il dépend le confirme." in (await house.get(f"/?handle=@sgg@{HOST}")).text.replace(
        "&#39;", "'"
    )


@pytest.mark.parametrize(
    ("child", "code"),
    [
        ({"domain": "elysee.fr", "name": "Élysée"}, "child-not-below"),
        ({"domain": "interieur.gouv.fr", "name": "Intérieur"}, "child-not-below"),
        # The policy puts these below another body: having a parent is not enough, it must be the one who names.
        ({"domain": "dgtresor.gouv.fr", "name": "Trésor"}, "child-not-below"),
        ({"domain": "ssi.gouv.fr", "name": "ANSSI"}, "child-not-below"),
        ({"domain": "iga.interieur.gouv.fr", "name": "IGA"}, "child-not-below"),
        ({"domain": "pm.gouv.fr", "name": "Itself"}, "child-is-parent"),
        ({"domain": "pm.gouv.fr.evil.example", "name": "x"}, "domain-not-accepted"),
    ],
)
async def test_a_body_vouches_for_nobody_else_and_for_all_or_none(
    house: House, child: dict[str, str], code: str
) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    answer = await name_children(parent, CHILD, child)
    assert (answer.status, answer.code, answer.json["pointer"]) == (422, code, "/children/1")
    assert await house.service.storage.read.bodies.get("sgg.pm.gouv.fr") is None


async def test_a_body_names_what_the_policy_puts_below_it_though_its_name_is_not(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    assert (await name_children(parent, {"domain": "sgdsn.gouv.fr", "name": "SGDSN"})).status == 200


async def test_the_first_contact_of_a_body_stays_its_contact(house: House) -> None:
    """Naming a body again, with another mailbox, makes nobody its contact in the place of the first."""
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    first, second = (f"{word}@{CHILD['domain']}" for word in ("presse", "contact"))
    for mailbox, examined in ((first, None), (second, "contact"), (first, None)):
        answer = await name_children(parent, CHILD | {"contact": mailbox})
        assert [each["examined"] for each in answer.json["children"]] == [examined]
    other = await order(house, f"@other@{HOST}", CHILD["domain"], second)
    await other.prove()
    assert (await other.finalize()).json["status"] == "in_review"
    own = await order(house, f"@sgg@{HOST}", CHILD["domain"], first)
    await own.prove()
    assert (await own.finalize()).json["status"] == "issued"


async def test_only_a_proved_body_vouches(house: House) -> None:
    pending = await order(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    assert (await name_children(pending, CHILD)).code == "body-not-proved"
    agent = await house.attest()
    assert (await name_children(agent, CHILD)).code == "body-not-proved"


async def test_the_accounts_of_a_body_s_closed_instance_read_as_hosted(house: House) -> None:
    await hosted(house)
    verdict = await house.lookup(f"@somebody@{HOST}")
    assert verdict == {
        "handle": f"@somebody@{HOST}",
        "verified": False,
        "status": "hosted",
        "asOf": "2026-11-23T10:00:00Z",
        "affiliation": {"domain": DOMAIN, "name": "Direction interministérielle du numérique"},
        "checks": [{"method": "instance-01", "result": "valid", "checkedAt": "2026-11-23T10:00:00Z", "views": 1}],
        "lookalike": None,
    }
    assert (await house.lookup(DINUM))["status"] == "verified", "who has an attestation keeps its own verdict"
    assert (await house.lookup("@somebody@names.example"))["status"] == "not_attested"
    page = await house.get(f"/?handle=@somebody@{HOST}")
    assert "Hébergé" in page.text


@pytest.mark.parametrize(
    ("api", "nodeinfo", "code"),
    [
        (True, False, "instance-open"),
        (False, True, "instance-open"),
        (None, True, "instance-open"),
        (None, None, "instance-silent"),
        ("yes", "no", "instance-silent"),
    ],
)
async def test_an_instance_that_does_not_show_closed_registration_is_not_taken(
    house: House, api: Json, nodeinfo: Json, code: str
) -> None:
    holder = await attest(house)
    asked = challenges(holder.order, "identity")["dns-01"]
    house.dns.zone[f"_official-account.{HOST}", "TXT"] = [f'"{asked["value"]}"']
    house.instance.registration(api=api, nodeinfo=nodeinfo)
    answer = (await take(holder)).json
    assert (answer["hosted"], answer["problem"]["type"].rpartition("#")[2]) == (False, code)
    assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"


async def test_a_stranger_s_instance_needs_the_record_under_its_own_name(house: House) -> None:
    holder = await attest(house)
    house.instance.registration(api=False, nodeinfo=False)
    answer = (await take(holder)).json
    assert answer["problem"]["type"].endswith("#dns-record-missing")


async def test_an_instance_that_opens_ends_the_next_day(house: House) -> None:
    await hosted(house)
    house.instance.registration(api=True, nodeinfo=True)
    house.time.pass_(DAY + 60)
    await house.service.clockwork.run_due()
    assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"


async def test_t68_an_instance_that_does_not_answer_has_three_days(house: House) -> None:
    await hosted(house)
    del house.dns.zone[f"_official-account.{HOST}", "TXT"]
    house.time.pass_(DAY + 60)
    for _ in range(3):
        await house.service.clockwork.run_due()
        assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "hosted"
        house.time.pass_(DAY - 60)
    house.time.pass_(DAY)
    await house.service.clockwork.run_due()
    assert (await house.lookup(f"@somebody@{HOST}"))["status"] == "not_attested"
