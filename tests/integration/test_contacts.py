"""Who may speak for a public body, for how long, and on what: what attackers of our own tried."""

import shutil
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.instance import ACTIVITY, property_value
from tests.initiators import OPERATOR
from tests.integration.daily import later
from tests.integration.house import ALICE, HOST, Holder, House, running
from tests.integration.institution import (
    CHILD,
    CONTACT,
    DINUM,
    DOMAIN,
    attest,
    challenges,
    hosted,
    name_children,
    order,
    publish_record,
    take,
)
from tests.integration.openid import Way
from tests.integration.openid import attest as attest_by_sign_in
from verifier.core.identifiers import Host
from verifier.core.models import Reason
from verifier.policy.policy import PACKAGED
from verifier.validation.methods.dns_01 import Dns01

MALLORY, AGENT = f"@mallory@{HOST}", "mallory.agent@numerique.gouv.fr"
OTHER = "token=aaaaaaaaaaaaaaaaaaaaaaaaaa"


async def ends(house: House, handle: str = DINUM) -> str:
    """The attestation of that account."""
    found = await house.service.storage.read.attestations.on_handle(f"acct:{handle[1:]}")
    assert found is not None
    return found.id


async def asked_by_an_agent(house: House, domain: str = DOMAIN, email: str = AGENT) -> str:
    """What comes of a request in the name of the body by any agent of it."""
    mallory = await order(house, MALLORY, domain, email)
    if challenges(mallory.order, "identity")["dns-01"]["status"] != "valid":
        await mallory.challenge("dns-01")
    await mallory.prove()
    answer = await mallory.finalize()
    assert (await house.lookup(MALLORY))["verified"] is False
    return str(answer.json["status"]) if answer.status == 202 else answer.code


async def test_whose_record_is_published_is_the_first_contact(house: House) -> None:
    press = await order(house)
    publish_record(house, press)
    assert await asked_by_an_agent(house) == "order-not-ready", "its record names the other's token"
    assert (await press.challenge("dns-01")).json["status"] == "valid"
    assert await asked_by_an_agent(house) == "in_review", "proved, but on another's word"
    await press.publish()


async def test_an_agent_is_not_the_first_contact_once_the_attestation_has_ended(house: House) -> None:
    await attest(house)
    for _ in range(92):
        await later(house)
    assert (await house.lookup(DINUM))["status"] == "expired"
    assert await asked_by_an_agent(house) == "in_review"


async def test_an_agent_is_not_the_first_contact_of_a_body_under_suspicion(house: House) -> None:
    await attest(house)
    await house.service.registration.publisher.suspend(await ends(house), Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert await asked_by_an_agent(house) == "in_review"


async def test_a_contact_who_should_not_have_been_one_is_looked_at_again(house: House) -> None:
    await attest(house)
    await house.service.registration.publisher.revoke(await ends(house), Reason.ISSUED_IN_ERROR, OPERATOR)
    assert await asked_by_an_agent(house, email=CONTACT) == "in_review"


async def test_the_body_above_names_who_acts(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    await name_children(parent, CHILD | {"contact": "presse@sgg.pm.gouv.fr"})
    assert await asked_by_an_agent(house, "sgg.pm.gouv.fr", "mallory@sgg.pm.gouv.fr") == "in_review"
    child = await order(house, f"@sgg@{HOST}", "sgg.pm.gouv.fr", "presse@sgg.pm.gouv.fr")
    await child.publish()


async def test_a_contact_named_from_above_is_of_that_body(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    answer = await name_children(parent, CHILD | {"contact": "presse@pm.gouv.fr"})
    assert (answer.status, answer.code, answer.json["pointer"]) == (422, "mailbox-other-body", "/children/0")


async def test_the_body_above_names_it_though_an_outsider_asked_first(house: House) -> None:
    await order(house, f"@x@{HOST}", "drh.pm.gouv.fr", "nobody@drh.pm.gouv.fr")
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    named = {"domain": "drh.pm.gouv.fr", "name": "DRH des services du Premier ministre"}
    assert (await name_children(parent, named)).json == {"children": [named | {"examined": "class"}]}


@pytest.mark.parametrize("how", ["record", "token"])
async def test_a_body_whose_word_is_gone_signs_nothing_more(house: House, how: str) -> None:
    await attest(house)
    second = await order(house, f"@dinum-en@{HOST}")
    await second.prove()
    if how == "record":
        service = challenges(second.order, "identity")["dns-01"]["value"].partition(";")[0]
        house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = [f'"{service}; {OTHER}"']
        for _ in range(3):
            await later(house)
    else:
        await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
    answer = await second.finalize()
    assert answer.code == "body-proof-ended"
    assert (await house.lookup(f"@dinum-en@{HOST}"))["verified"] is False
    shown = (await second.show()).json
    again = challenges(shown, "identity")["dns-01"]
    assert again["status"] == "pending" or shown["status"] == "expired"
    if how == "token":
        house.dns.zone[again["name"], "TXT"] = [f'"{again["value"]}"']
        assert (await second.challenge("dns-01")).json["status"] == "valid", "the record that is shown is today's"


async def test_the_record_shown_is_the_one_looked_for(house: House) -> None:
    holder = await attest(house)
    renewed = await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
    second = await order(house, f"@dinum-en@{HOST}")
    await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
    missed = (await second.challenge("dns-01")).json
    assert missed["status"] == "invalid"
    assert renewed.token is not None
    assert renewed.token not in missed["value"]
    house.dns.zone[missed["name"], "TXT"] = [f'"{missed["value"]}"']
    assert (await second.challenge("dns-01")).json["status"] == "valid"
    assert holder.id != second.id


async def test_a_child_signs_nothing_on_the_word_of_a_parent_that_has_lost_its_own(house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    await name_children(parent, CHILD | {"contact": "presse@sgg.pm.gouv.fr"})
    child = await order(house, f"@sgg@{HOST}", "sgg.pm.gouv.fr", "presse@sgg.pm.gouv.fr")
    await child.prove()
    await house.service.registration.bodies.renew_token(Host("pm.gouv.fr"), OPERATOR)
    assert (await child.finalize()).code == "body-proof-ended"
    assert (await house.lookup(f"@sgg@{HOST}"))["verified"] is False


async def test_t40_a_record_seen_while_its_token_was_renewed_proves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = await order(house)
    publish_record(house, holder)
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    second = await order(house, f"@dinum-en@{HOST}")
    await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
    third = await order(house, f"@dinum-fr@{HOST}")
    publish_record(house, third)
    real = Dns01.check

    async def slow(*given: object) -> object:
        seen = await real(*given)  # type: ignore[arg-type]
        await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
        return seen

    monkeypatch.setattr(Dns01, "check", slow)
    assert (await third.challenge("dns-01")).json["status"] == "pending"
    body = await house.service.storage.read.bodies.get(DOMAIN)
    assert body is not None
    assert body.proved_at is None
    assert second.id != third.id


async def test_a_token_whose_attestation_was_withdrawn_speaks_for_nobody(house: House) -> None:
    await attest(house, f"@chef@{HOST}", "pm.gouv.fr", "chef@pm.gouv.fr")
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "chef@pm.gouv.fr")
    await house.service.registration.publisher.revoke(
        await ends(house, f"@pm@{HOST}"), Reason.ACCOUNT_COMPROMISED, OPERATOR
    )
    assert (await name_children(parent, CHILD)).code == "body-not-proved"
    holder = await hosted(house)
    await house.service.registration.instances.unhost(Host(HOST), Reason.ISSUED_IN_ERROR, OPERATOR)
    await house.service.registration.publisher.suspend(await ends(house), Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert (await take(holder)).code == "body-not-proved"


async def test_t00c_why_it_was_suspended_is_not_forgotten_at_its_end(house: House) -> None:
    await house.attest()
    await house.service.registration.publisher.suspend(await ends(house, ALICE), Reason.ACCOUNT_COMPROMISED, OPERATOR)
    for _ in range(92):
        await later(house)
    verdict = await house.lookup(ALICE)
    assert (verdict["status"], verdict["reason"]) == ("expired", "account-compromised")
    thief = await house.order(email="another.agent@numerique.gouv.fr")
    await thief.prove()
    assert (await thief.finalize()).json["status"] == "in_review"


async def test_t41_what_one_view_saw_alone_is_not_signed(tmp_path: Path) -> None:
    async with running(tmp_path, views=[{"name": "plain", "user_agent": "Mozilla/5.0"}]) as house:
        holder = await house.order()
        await holder.prove()
        token = (await holder.challenge("profile-token-01")).json["token"]
        person = house.person(ALICE)
        honest = dict(person.actor)
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        forged = honest | {
            "attachment": [property_value(token)],
            "publicKey": honest["publicKey"] | {"publicKeyPem": pem},
        }

        async def cloaked(request: web.Request) -> web.Response:
            ours = request.headers["User-Agent"].startswith("verifier/")
            return web.json_response(honest if ours else forged, content_type=ACTIVITY)

        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), cloaked)
        assert (await holder.challenge("profile-token-01")).json["status"] == "invalid"
        answer = await holder.finalize()
        signed = (await house.get(answer.json["attestation"], Accept="application/vc")).json
        assert signed["evidence"][0]["method"] == "rel-me-01"


async def test_t07_what_the_former_holder_had_asked_for_ends_with_them(way: Way) -> None:
    await attest_by_sign_in(way, ALICE)
    old = await way.house.order(handle="@former@social.example")
    old.link()
    await old.challenge("rel-me-01")
    await old.challenge("email-01")
    assert (await old.challenge("email-01", {"code": way.house.code()})).json["status"] == "valid"
    way.openid.sub = "sub-of-a-newcomer"
    new: Holder = await way.house.order(handle="@bob@social.example")
    await way.prove(new)
    assert (await old.finalize()).code == "order-closed"


async def test_the_owner_of_the_body_behind_an_alias_is_asked_too(tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    shutil.copytree(PACKAGED, folder)
    with (folder / "aliases.csv").open("a") as aliases:
        aliases.write("dinum.gouv.fr,numerique.gouv.fr\n")
    async with running(tmp_path, policy_dir=folder) as house:
        house.dns.zone["dinum.gouv.fr", "MX"] = ["10 mx.dinum.gouv.fr."]
        house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; agents=no"']
        assert (await house.new_order(email="a.b@dinum.gouv.fr")).code == "owner-forbids-agents"
