"""What a body is called: by the policy, by the body above, by whoever asks, or by its domain."""

import shutil
from pathlib import Path

import pytest

from tests.integration.house import HOST, Holder, House
from tests.integration.institution import (
    CHILD,
    challenges,
    name_children,
    publish_record,
    take,
)
from tests.integration.institution import attest as attest_body
from tests.integration.request_page import page
from verifier.core.identifiers import Host
from verifier.core.strict_json import Json
from verifier.policy import policy
from verifier.policy.policy import PACKAGED, Policy
from verifier.registration.monitoring.policy_effects import APPLIED, PolicyEffects

LOIRE, PREFECTURE = "loire.gouv.fr", "Préfecture de la Loire"
UNNAMED, PRESS, NAME = "ecologie.gouv.fr", "presse@ecologie.gouv.fr", "Ministère de la Transition écologique"
ECO = f"@eco@{HOST}"


async def ask(house: House, name: Json, domain: str = UNNAMED, type_: str = "institution") -> "Answered":
    house.person(ECO)
    identity = {"type": type_, "domain": domain, "email": f"presse@{domain}", "name": name}
    answer = await house.post("/api/v1/orders", {"handle": ECO, "identity": identity})
    return Answered(house, answer.status, answer.json, answer.code if answer.status >= 400 else "")


class Answered:
    def __init__(self, house: House, status: int, json: Json, code: str) -> None:
        self.house, self.status, self.json, self.code = house, status, json, code

    async def proved(self) -> Holder:
        assert self.status == 201, self.json
        holder = Holder(self.house, self.json)
        publish_record(self.house, holder)
        assert (await holder.challenge("dns-01")).json["status"] == "valid"
        await holder.prove()
        return holder


def naming(folder: Path) -> Policy:
    """The policy of France, which has learned a name."""
    shutil.copytree(PACKAGED, folder)
    with (folder / "bodies.csv").open("a", encoding="utf-8") as table:
        table.write(f"{UNNAMED},{NAME},\n")
    return policy.load(folder)


async def shown(house: House, lang: str, handle: str = ECO) -> str:
    text = (await house.get(f"{lang}/?handle={handle}")).text
    return text.replace("&#39;", "'").replace("<strong><bdi>", "").replace("</bdi></strong>", "")


async def test_a_prefecture_has_its_name_without_anybody_typing_it(house: House) -> None:
    await attest_body(house, ECO, LOIRE, f"presse@{LOIRE}")
    assert (await house.lookup(ECO))["affiliation"] == {"domain": LOIRE, "name": PREFECTURE}
    assert f"par la {PREFECTURE} (<bdi>{LOIRE}</bdi>)" in await shown(house, "")


async def test_a_body_that_nobody_has_named_is_the_one_that_holds_its_domain(house: House) -> None:
    await attest_body(house, ECO, UNNAMED, PRESS)
    assert (await house.lookup(ECO))["affiliation"] == {"domain": UNNAMED, "name": UNNAMED}
    french, english = await shown(house, ""), await shown(house, "/en")
    assert f"est tenu par l'organisme public qui détient {UNNAMED}." in french
    assert f"is run by the public body that holds {UNNAMED}." in english
    assert f"({UNNAMED})" not in french + english
    signed = await house.get((await house.lookup(ECO))["attestation"] + "?lang=en", Accept="text/html")
    assert f"<dd>the public body that holds <strong><bdi>{UNNAMED}" in signed.text


async def test_a_claimed_name_waits_for_people_and_is_shown_to_nobody_meanwhile(house: House) -> None:
    holder = await (await ask(house, NAME)).proved()
    before = await page(house, holder)
    assert "The name of the organisation is one that you gave" in before
    assert NAME in before, "what readers would see"
    answer = await holder.finalize()
    assert (answer.status, answer.json["status"]) == (202, "in_review")
    assert (await house.lookup(ECO))["status"] == "not_attested"
    waiting = await page(house, holder)
    assert "A request without a name need not be examined for this" in waiting
    body = await house.service.storage.read.bodies.get(UNNAMED)
    assert body is not None
    assert body.name == UNNAMED, "a claim is not the name of the body"


async def test_a_name_that_the_policy_knows_needs_no_claim_and_no_review(house: House) -> None:
    holder = await (await ask(house, "Préfecture de la Loire (42)", LOIRE)).proved()
    assert (await holder.finalize()).json["status"] == "issued"
    assert (await house.lookup(ECO))["affiliation"]["name"] == PREFECTURE


async def test_a_claim_without_need_of_review_once_the_body_is_named(house: House) -> None:
    """As when people have examined the name, or the body above has given it."""
    holder = await (await ask(house, NAME)).proved()
    async with house.service.storage.write.transaction() as tx:
        await tx.bodies.rename(UNNAMED, "Ministère nommé")
    assert (await holder.finalize()).json["status"] == "issued"
    assert (await house.lookup(ECO))["affiliation"] == {"domain": UNNAMED, "name": "Ministère nommé"}


async def test_a_claim_is_void_once_the_policy_knows_better(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first moment after a restart, before the job has told the names to the store."""
    holder = await (await ask(house, "Something else")).proved()
    new, service = naming(tmp_path / "policy"), house.service.registration
    for room in (service.bodies, service.publisher):
        monkeypatch.setattr(room, "_policy", new)
    assert (await holder.finalize()).json["status"] == "issued"
    assert (await house.lookup(ECO))["affiliation"]["name"] == NAME


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("Mini\u200bstère", 400, "name-malformed"),
        ("\u202eerètsiniM", 400, "name-malformed"),
        ("Ministère\nBcc: x@evil.example", 400, "name-malformed"),
        ("Ministe\u0300re", 400, "name-malformed"),
        (" Ministère", 400, "name-malformed"),
        ("", 400, "name-malformed"),
        ("x" * 201, 400, "name-malformed"),
        (7, 400, "member-type"),
        ("ministère de l'intérieur", 422, "name-taken"),
        (PREFECTURE, 422, "name-taken"),
        ("État", 422, "name-taken"),
        ("The State", 422, "name-taken"),
        # What readers would take for them: other letters, accents, articles, signs, blanks.
        ("Minist\u0435re de l'Int\u00e9rieur", 422, "name-taken"),
        ("Prefecture de la  Loire", 422, "name-taken"),
        ("Pr\u00e9fecture\u00a0de la Loire", 422, "name-taken"),
        ("La Préfecture de la Loire.", 422, "name-taken"),
        ("l'État", 422, "name-taken"),
        ("État \U0001f1eb\U0001f1f7", 422, "name-taken"),
    ],
)
async def test_t60_a_claimed_name_is_one_that_an_attestation_may_bear_and_nobody_else_s(
    house: House, name: Json, status: int, code: str
) -> None:
    answer = await ask(house, name)
    assert (answer.status, answer.code, answer.json["pointer"]) == (status, code, "/identity/name")


async def test_a_person_claims_no_name_of_a_body(house: House) -> None:
    identity = {"type": "agent", "email": "alice.martin@numerique.gouv.fr", "name": NAME}
    answer = await house.post("/api/v1/orders", {"handle": ECO, "identity": identity})
    assert (answer.code, answer.json["pointer"]) == ("member-unknown", "/identity/name")


async def test_a_body_above_names_those_below_but_for_what_the_policy_knows_better(house: House) -> None:
    parent = await attest_body(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    known = await name_children(parent, CHILD | {"name": "Somebody else"})
    assert known.json["children"][0]["name"] == CHILD["name"]
    unknown = {"domain": "x.pm.gouv.fr", "name": "Service des X"}
    assert (await name_children(parent, unknown)).json["children"][0]["name"] == "Service des X"
    for name in ("État", "l'\u0415tat", "Prefecture de la Loire"):
        taken = await name_children(parent, unknown | {"name": name})
        assert (taken.status, taken.code, taken.json["pointer"]) == (422, "name-taken", "/children/0")


async def test_a_proved_body_without_a_name_gets_the_one_that_the_body_above_gives(house: House) -> None:
    parent = await attest_body(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    async with house.service.storage.write.transaction() as tx:
        body = await tx.bodies.ensure("abcdefghij234567", "x.pm.gouv.fr", "x.pm.gouv.fr", house.time.at)
        await tx.bodies.prove(body, house.time.at, None, "secure")
    await name_children(parent, {"domain": "x.pm.gouv.fr", "name": "Service des X"})
    named = await house.service.storage.read.bodies.get("x.pm.gouv.fr")
    assert named is not None
    assert named.name == "Service des X"


async def test_a_name_learned_later_is_signed_next_and_changes_nothing_signed(house: House, tmp_path: Path) -> None:
    holder = await attest_body(house, ECO, UNNAMED, PRESS)
    asked = challenges(holder.order, "identity")["dns-01"]
    house.dns.zone[f"_official-account.{HOST}", "TXT"] = [f'"{asked["value"]}"']
    house.instance.registration(api=False, nodeinfo=False)
    assert (await take(holder)).json["hosted"] is True
    first = (await house.lookup(ECO))["attestation"]
    bytes_before = (await house.get(first, Accept="application/vc")).body
    new = naming(tmp_path / "policy")
    assert new.body(Host.parse(UNNAMED)).name == NAME
    service = house.service.registration
    for _ in range(2):
        await PolicyEffects(storage=house.service.storage, policy=new, publisher=service.publisher).apply()
    assert await house.service.storage.read.facts.get(APPLIED) == new.version
    assert (await house.get(first, Accept="application/vc")).body == bytes_before
    assert (await house.lookup(ECO))["affiliation"]["name"] == UNNAMED, "what was signed says what it said"
    hosted = await house.lookup(f"@somebody@{HOST}")
    assert hosted["affiliation"] == {"domain": UNNAMED, "name": NAME}, "nothing of it is signed"
    await attest_body_again(house)
    assert (await house.lookup(ECO))["affiliation"] == {"domain": UNNAMED, "name": NAME}


async def attest_body_again(house: House) -> None:
    again = await (await ask(house, None)).proved()
    assert (await again.finalize()).json["status"] == "issued"
