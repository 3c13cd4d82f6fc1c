"""A public body that asks: its contact, its DNS, those below it and its instance."""

from collections.abc import Mapping
from typing import Any

from tests.integration.house import HOST, Answer, Holder, House
from verifier.core.strict_json import Json

DINUM = f"@dinum@{HOST}"
DOMAIN = "numerique.gouv.fr"
CONTACT = "presse@numerique.gouv.fr"  # a shared mailbox: good for a body, not for a person
CHILD = {"domain": "sgg.pm.gouv.fr", "name": "Secrétariat général du Gouvernement"}


async def ask(house: House, handle: str = DINUM, domain: str = DOMAIN, email: str = CONTACT) -> Answer:
    house.person(handle)
    identity = {"type": "institution", "domain": domain, "email": email}
    return await house.post("/api/v1/orders", {"handle": handle, "identity": identity})


async def order(house: House, handle: str = DINUM, domain: str = DOMAIN, email: str = CONTACT) -> Holder:
    answer = await ask(house, handle, domain, email)
    assert answer.status == 201, answer.text
    return Holder(house, answer.json)


def challenges(order: Mapping[str, Any], end: str) -> dict[str, dict[str, Any]]:
    (found,) = [each for each in order["authorizations"] if each["end"] == end]
    return {challenge["type"]: challenge for challenge in found["challenges"]}


def publish_record(house: House, holder: Holder) -> None:
    asked = challenges(holder.order, "identity")["dns-01"]
    house.dns.zone[asked["name"], "TXT"] = [f'"{asked["value"]}"']


async def attest(house: House, handle: str = DINUM, domain: str = DOMAIN, email: str = CONTACT) -> Holder:
    holder = await order(house, handle, domain, email)
    publish_record(house, holder)
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    await holder.publish()
    return holder


async def name_children(holder: Holder, *children: Json) -> Answer:
    path = f"/api/v1/orders/{holder.id}/children"
    return await holder.house.ask("POST", path, json={"children": list(children)}, headers=holder.bearer)


async def take(holder: Holder, host: str = HOST) -> Answer:
    path = f"/api/v1/orders/{holder.id}/instance"
    return await holder.house.ask("POST", path, json={"host": host}, headers=holder.bearer)


async def hosted(house: House) -> Holder:
    holder = await attest(house)
    asked = challenges(holder.order, "identity")["dns-01"]
    house.dns.zone[f"_official-account.{HOST}", "TXT"] = [f'"{asked["value"]}"']
    house.instance.registration(api=False, nodeinfo=False)
    assert (await take(holder)).json["hosted"] is True
    return holder
