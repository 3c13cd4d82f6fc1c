"""An account whose software shows no links: proved by a word in its profile, by the API and in a browser."""

import re

from tests.doubles.instance import property_value
from tests.integration.house import ALICE, MAILBOX, House

TOKEN = re.compile(r'id="token" readonly value="([a-z2-7]{26})"')


async def test_the_whole_way_with_a_token(house: House) -> None:
    holder = await house.order()
    given = await holder.challenge("profile-token-01")
    assert (given.status, given.json["status"]) == (200, "pending")
    assert "record" not in given.json
    token = given.json["token"]

    failed = await holder.challenge("profile-token-01")
    assert (failed.json["status"], failed.json["token"]) == ("invalid", token)
    assert failed.json["problem"]["type"].endswith("#token-missing")

    house.person(ALICE).actor["attachment"] = [property_value(token)]
    assert (await holder.challenge("profile-token-01")).json["status"] == "valid"
    account, _ = (await holder.show()).json["authorizations"]
    assert (account["status"], account["needs"]) == ("valid", "any")
    assert [each["status"] for each in account["challenges"]] == ["pending", "valid", "pending"]

    house.person(ALICE).actor["attachment"] = []  # it may leave the profile: it was seen
    await holder.challenge("email-01")
    await holder.challenge("email-01", {"code": house.code()})
    issued = (await holder.finalize()).json
    assert issued["status"] == "issued"
    document = (await house.get(issued["attestation"])).json
    assert document["evidence"][0]["method"] == "profile-token-01"
    assert (await house.lookup(ALICE))["checks"][0]["method"] == "profile-token-01"
    assert "a code given by this service" in (await house.get(f"/en/v/{holder.id}")).text


async def test_the_token_is_told_to_its_holder_alone(house: House) -> None:
    holder = await house.order()
    token = (await holder.challenge("profile-token-01")).json["token"]
    for path in (f"/v/{holder.id}", f"/en/v/{holder.id}", f"/api/v1/lookup?handle={ALICE}", "/api/v1/events"):
        assert token not in (await house.get(path)).text
    assert (await house.get(f"/api/v1/orders/{holder.id}")).status == 401
    assert token in (await holder.show()).text


async def test_in_a_browser(house: House) -> None:
    house.person(ALICE)
    async with house.browser() as browser:
        form = {"handle": ALICE, "email": MAILBOX, "level": "body"}
        here = (await browser.ask("POST", "/en/demander", form=form)).headers["Location"]

        async def do(step: str) -> str:
            answer = await browser.ask("POST", f"{here}/{step}", form={})
            place = answer.headers["Location"]
            assert answer.status == 303
            assert place in (f"{here}#account", f"{here}?begun=account#account", f"{here}?failed=account")
            return (await browser.get(place.partition("#")[0])).text

        assert "Give me a code" in (await browser.get(here)).text
        (token,) = TOKEN.findall(await do("token"))
        page = await do("account")
        assert "The profile does not link to the page" in page
        page = await do("token")
        assert "The code is not in the profile" in page  # the way that was just tried is the one explained
        assert "The profile does not link to the page" not in page
        assert TOKEN.findall(page) == [token]
        house.person(ALICE).actor["attachment"] = [property_value(f"<p>{token}</p>")]
        page = await do("token")
        assert "The code stands in your profile" in page
        assert not TOKEN.findall(page)
