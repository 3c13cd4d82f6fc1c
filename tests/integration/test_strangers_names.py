"""A stranger takes for a name what another account has for an id, or the name that it has elsewhere (T30, T32)."""

import re

import pytest
from aiohttp import web

from tests.doubles.instance import ACTIVITY, property_value
from tests.integration.house import HOST, MAILBOX, NAMES, Holder, House
from verifier.core.strict_json import dumps

ID = "9s3kd0w2ab"
CAMILLE, SPLIT = f"@camille@{HOST}", f"@ministere@{NAMES}"
ME = re.compile(r'<(?:a|link)[^>]*rel="me"[^>]*>')


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (f"https://{HOST}/users/{ID}", "verified"),
        (f"https://{HOST}/@camille", "verified"),
        (f"https://{HOST}/@camille/114", "verified"),
        (f"https://{HOST}/@{ID}", "not_attested"),
        (f"https://{HOST}/@{ID}/114", "not_attested"),
        (f"https://{HOST}/web/@{ID}", "not_attested"),
        (f"https://{HOST}/u/{ID}", "not_attested"),
        (f"@{ID}@{HOST}", "not_attested"),
    ],
)
async def test_t32_an_id_is_nobodys_name(house: House, asked: str, status: str) -> None:
    """Misskey's ids say nothing, and stand where others have the name; pages are at ``/@name``."""
    house.people["camille"] = house.instance.person("camille", id_=f"/users/{ID}")
    await house.attest(CAMILLE, listed=True)
    verdict = await house.lookup(asked)
    assert (verdict["status"], verdict["verified"]) == (status, status == "verified")


async def split(house: House) -> Holder:
    """An account that is attested by the name it has at another host (FEP-2c59)."""
    person = house.person(f"@mculture@{HOST}")
    person.actor["webfinger"] = f"ministere@{NAMES}"
    jrd = {"subject": f"acct:ministere@{NAMES}", "links": [{"rel": "self", "type": ACTIVITY, "href": person.id}]}

    async def webfinger(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=dumps(jrd), content_type="application/jrd+json")

    house.http.handle(NAMES, "/.well-known/webfinger", webfinger)
    asked = {"handle": SPLIT, "identity": {"type": "agent", "email": MAILBOX}}
    holder = Holder(house, (await house.post("/api/v1/orders", asked)).json)
    person.actor["attachment"].append(property_value(f'<a href="{holder.page}">{holder.page}</a>'))
    assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
    await holder.challenge("email-01")
    await holder.challenge("email-01", {"code": house.code()})
    assert (await holder.finalize()).json["status"] == "issued"
    return holder


async def test_t30_the_page_links_to_nobody_who_has_that_name_on_the_other_host(house: House) -> None:
    holder = await split(house)
    page = await house.get(f"/v/{holder.id}")
    links = ME.findall(page.text)
    assert len(links) >= 2
    assert all("mculture" in link for link in links)
    assert "mculture" in repr(page.headers)
    assert "@ministere" not in repr(page.headers)
    stranger = await house.lookup(f"https://{HOST}/@ministere")
    assert (stranger["status"], stranger["handle"]) == ("not_attested", f"@ministere@{HOST}")
