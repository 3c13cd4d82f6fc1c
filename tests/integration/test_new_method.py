"""A new method is its module and its words: with nothing else, an order is proved by it, issued and looked at again."""

from collections.abc import Mapping

import pytest

from tests.integration.house import ALICE, House
from tests.integration.request_page import open_one, send
from verifier.core.clock import DAY
from verifier.core.models import End, IdentityType, Record, State, Subject
from verifier.core.strict_json import Json
from verifier.validation import CHALLENGES, DECLARATIONS, Declaration, Method, Need, Part, Recheck, Tools
from verifier.validation.accounts.actors import Actor
from verifier.validation.accounts.profiles import check_profile
from verifier.validation.method import ONE_VIEW, OtherViews
from verifier.validation.trail import Trail
from verifier.words import evidence


class Letter01(Method):
    """A paper letter. Answer: ``code``."""

    __slots__ = ()
    declaration = Declaration(
        name="letter-01",
        end=End.IDENTITY,
        rank=35,
        recheck=Recheck.EXPIRY,
        offered={IdentityType.AGENT: Need.ONE_OF},
        part=Part.MAILBOX,
        actions={"letter": ("code",)},
    )

    async def check(
        self,
        subject: Subject,
        state: State,
        _answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        assert subject.mailbox is not None
        seen = {"domain": str(subject.mailbox.domain)}
        return Record.of(self.name, self.end, tools.clock.now(), None, seen), state


class Avatar01(Method):
    """A mark in the picture of the account."""

    __slots__ = ()
    declaration = Declaration(
        name="avatar-01",
        end=End.ACCOUNT,
        rank=0,
        recheck=Recheck.ACCOUNT,
        offered=dict.fromkeys(IdentityType, Need.ONE_OF),
        part=Part.ACCOUNT,
        actions={"avatar": ()},
        public=True,
    )

    async def check(
        self,
        subject: Subject,
        state: State,
        _answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        async def find(_actor: Actor, _trail: Trail) -> dict[str, Json]:
            return {"in": "avatar"}

        return await check_profile(self.name, subject, tools, find), state


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lists of methods and the tables of words say, once the two are there."""
    for kind in (Letter01, Avatar01):
        name = kind.declaration.name
        monkeypatch.setitem(CHALLENGES, name, kind)
        monkeypatch.setitem(DECLARATIONS, name, kind.declaration)
        monkeypatch.setitem(evidence._SENTENCES, name, (f"{name} confirms it.", "It was there."))
        monkeypatch.setitem(evidence._CHECKED, name, f"Checked by {name}")


async def test_an_order_is_issued_with_it_and_looked_at_again(house: House) -> None:
    async with house.browser() as browser:
        order_id = await open_one(house, browser)
        for button, answer in (("avatar", {}), ("letter", {"code": "x"})):
            pressed = await send(browser, f"/en/demander/{order_id}/{button}", **answer)
            assert pressed.status == 303, pressed.text
        assert "Publish my attestation" in (await browser.get(f"/en/demander/{order_id}")).text
        await send(browser, f"/en/demander/{order_id}/publish")
    verdict = await house.lookup(ALICE)
    assert [(check["method"], check.get("class")) for check in verdict["checks"]] == [
        ("avatar-01", None),
        ("letter-01", "state"),
    ]

    house.time.pass_(DAY)
    await house.service.clockwork.run_due()
    again = await house.lookup(ALICE)
    assert again["status"] == "verified"
    assert again["asOf"] > verdict["asOf"]
    assert "letter-01 confirms it." in (await house.get(f"/v/{order_id}")).text


async def test_its_place_among_the_evidence_is_its_rank(house: House) -> None:
    holder = await house.order()
    offered = [each["type"] for end in holder.order["authorizations"] for each in end["challenges"]]
    assert {"letter-01", "avatar-01"} <= {*offered}
    for name in ("avatar-01", "letter-01"):
        assert (await holder.challenge(name)).json["status"] == "valid"
    await holder.challenge("email-01")
    assert (await holder.challenge("email-01", {"code": house.code()})).json["status"] == "valid"
    assert (await holder.finalize()).json["status"] == "issued"
    methods = [check["method"] for check in (await house.lookup(ALICE))["checks"]]
    assert methods == ["avatar-01", "email-01", "letter-01"]
