"""Who walks through a list of handles to find the attested ones (T63)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.integration import house as houses
from tests.integration.house import ALICE, HOST, Answer, Holder, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

WALKER, OTHER = "192.0.2.1", "192.0.2.2"
ABSENT = f"@absent@{HOST}"
DOORS = (
    "/api/v1/lookup?handle={handle}",
    "/api/v1/accounts/{handle}",
    "/?handle={handle}",
    "/en/?handle={handle}",
    "/.well-known/webfinger?resource={acct}",
    "/api/v1/lookup?handle=https://" + HOST + "/users/{user}",
    "/api/v1/lookup?handle=https://" + HOST + "/@{user}",
    "/.well-known/webfinger?resource=https://" + HOST + "/users/{user}",
)


@dataclass
class Walk:
    """A service that counts, with a network that has asked for 3,000 handles.

    :param holder: of an attested account that no list names
    """

    house: House
    holder: Holder

    async def read(self, path: str, network: str = WALKER) -> Answer:
        return await self.house.get(path, X_Forwarded_For=network)

    async def many(self, handles: list[str]) -> list[int | str]:
        """The status of each, of several at once."""
        headers = {"X-Forwarded-For": WALKER}
        answer = await self.house.ask("POST", "/api/v1/lookup", json={"handles": handles}, headers=headers)
        assert answer.status == 200
        return [result["status"] for result in answer.json["results"]]


def listed(number: int) -> str:
    return f"@u{number}@list.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Walk]:
    async with houses.running(
        tmp_path_factory.mktemp("walk"), rate_limits=True, trusted_networks="127.0.0.1/32"
    ) as house:
        walk = Walk(house, await house.attest())
        for start in range(0, 3000, 100):
            handles = [listed(number) for number in range(start, start + 100)]
            assert await walk.many(handles) == ["not_attested"] * 100
        yield walk


@pytest.mark.parametrize("door", DOORS)
async def test_t63_after_three_thousand_handles_no_door_tells_of_another(walk: Walk, door: str) -> None:
    told = []
    for handle in (ALICE, ABSENT):
        user = handle[1:].partition("@")[0]
        path = door.format(handle=handle, acct=f"acct:{handle[1:]}", user=user)
        assert (await walk.read(path, OTHER)).status in (200, 404)
        assert (await walk.read(path, OTHER)).status in (200, 404)  # an answer that is kept in memory
        told.append(await walk.read(path))
    assert [(answer.status, answer.headers["Cache-Control"]) for answer in told] == [(429, "no-store")] * 2
    assert told[0].headers["Retry-After"] == told[1].headers["Retry-After"] == "3600"
    assert told[0].body.replace(b"alice", b"absent") == told[1].body


async def test_t63_each_of_a_batch_counts(walk: Walk) -> None:
    asked = [listed(0), ALICE, listed(2999), ABSENT, listed(3000)]
    assert await walk.many(asked) == ["not_attested", 429, "not_attested", 429, 429]


async def test_t63_a_diagnostic_tells_no_more(walk: Walk) -> None:
    told = await walk.read(f"/en/diagnostic?handle={ALICE}")
    assert (told.status, walk.holder.id in told.text) == (429, False)
    assert walk.holder.id in (await walk.read(f"/en/diagnostic?handle={ALICE}", OTHER)).text


async def test_the_same_handles_again_are_free_at_every_door(walk: Walk) -> None:
    for path in (f"/api/v1/lookup?handle={listed(7)}", f"/api/v1/accounts/{listed(7)[1:]}", f"/?handle={listed(7)}"):
        assert (await walk.read(path)).status == 200
    assert (await walk.read(f"/.well-known/webfinger?resource=acct:{listed(7)[1:]}")).status == 404


async def test_t63_a_url_is_another_question_than_the_handle_that_it_spells(walk: Walk) -> None:
    """It may lead to another account: an id that says nothing may read as a name."""
    for url in ("https://list.example/users/u7", "https://list.example/@u7"):
        assert (await walk.read(f"/api/v1/lookup?handle={url}")).status == 429


async def test_what_names_nothing_and_what_is_no_lookup_is_not_counted(walk: Walk) -> None:
    assert (await walk.read("/api/v1/lookup?handle=nothing")).status == 400
    assert (await walk.read(f"/v/{walk.holder.id}")).status == 200
    assert (await walk.read(walk.holder.order["attestation"])).status == 200


async def test_t63_what_many_networks_ask_for_is_told_attested_or_not(walk: Walk) -> None:
    await walk.house.attest("@bob@social.example", "bob.petit@numerique.gouv.fr")
    for handle, status in (("@bob@social.example", "verified"), ("@famous@social.example", "not_attested")):
        path = f"/api/v1/lookup?handle={handle}"
        for number in range(20):
            assert (await walk.read(path)).status == 429
            assert (await walk.read(path, f"198.51.100.{number}")).json["status"] == status
        assert (await walk.read(path)).json["status"] == status


async def test_t63_there_is_room_again_after_an_hour(walk: Walk) -> None:
    walk.house.time.pass_(3600)
    assert (await walk.house.lookup(ALICE))["status"] == "verified"
    assert (await walk.read(f"/api/v1/lookup?handle={ALICE}")).json["status"] == "verified"
