"""Every door that reads a cookie, found by asking them all: no other site makes a browser change something (T61)."""

import re
from collections.abc import Mapping

import pytest
from aiohttp import web

from tests.integration.conftest import Town
from tests.integration.house import OURS
from verifier.web import openapi
from verifier.web.routes import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOORS = openapi.described_doors()
FORMS = [door for door in DOORS if door.method != "GET" and not door.path.startswith("/api/")]
IN_THE_PATH = {"step": "send", "type": "email-01", "handle": "a@b.example", "domain": "b.example", "host": "b.example"}


def name(door: Door) -> str:
    return f"{door.method} {openapi.plain_path(door.path)[0]}"


async def read_by(town: Town, door: Door, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether that door reads a cookie, for the browser that holds an order."""
    cookies, read = web.BaseRequest.cookies.wrapped, list[str]()

    def spy(request: web.BaseRequest) -> Mapping[str, str]:
        read.append(request.path)
        return cookies(request)

    order = town.pending.id
    path = re.sub(r"\{(\w+)\}", lambda part: IN_THE_PATH.get(part[1], order), openapi.plain_path(door.path)[0])
    if "callback" in path:
        path += f"?code=x&state={order}.AAAAAAAAAAAAAAAAAAAAAA"
    held = OURS | {"Cookie": f"order-{order}={town.pending.order['token']}"}
    with monkeypatch.context() as patch:
        patch.setattr(web.BaseRequest, "cookies", property(spy))
        if door.about.body is None and door.method == "POST":
            await town.house.ask("POST", path, form={}, headers=held)
        else:
            await town.house.ask(door.method, path, json=None if door.method == "GET" else {}, headers=held)
    return bool(read)


async def test_t61_every_door_that_reads_a_cookie_is_for_our_own_pages(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {name(door): door for door in DOORS if await read_by(town, door, monkeypatch)}
    assert {"POST /demander", "POST /en/demander/{id}/{step}", "GET /callback/oidc-01"} <= found.keys()
    assert [each for each, door in found.items() if not door.kind.cookies] == []
    assert [each for each, door in found.items() if door.method != "GET" and not door.for_own_pages] == []


@pytest.mark.parametrize("door", FORMS, ids=name)
async def test_t61_every_form_is_refused_to_other_sites(town: Town, door: Door) -> None:
    path = re.sub(
        r"\{(\w+)\}", lambda part: IN_THE_PATH.get(part[1], town.pending.id), openapi.plain_path(door.path)[0]
    )
    held = {"Cookie": f"order-{town.pending.id}={town.pending.order['token']}"}
    for forged in ({"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://e.example"}):
        assert (await town.house.ask(door.method, path, form={}, headers=held | forged)).status == 403
    bare = await town.house.ask(door.method, path, body=b"", headers=held)
    assert bare.status == 403


async def test_t61_doors_of_programs_ask_for_no_origin(town: Town) -> None:
    """Their token is no cookie: no browser sends it by itself."""
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://e.example"}
    path = f"/api/v1/orders/{town.pending.id}"
    assert (await town.house.ask("GET", path, headers=town.pending.bearer | elsewhere)).status == 200
    refused = await town.house.ask("POST", f"{path}/finalize", json={}, headers=town.pending.bearer | elsewhere)
    assert (refused.status, refused.code) == (409, "order-not-ready")
    cookie = {"Cookie": f"order-{town.pending.id}={town.pending.order['token']}"}
    assert (await town.house.ask("POST", f"{path}/finalize", json={}, headers=cookie)).status == 401
