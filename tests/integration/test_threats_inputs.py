"""Hostile handles and JSON at every door that takes them (T31, T42): refused as such, and the process lives."""

from urllib.parse import quote

import pytest

from tests.integration.conftest import Town
from tests.integration.house import MAILBOX
from tests.vectors import lines
from verifier.web import openapi

pytestmark = pytest.mark.asyncio(loop_scope="module")

HANDLES = lines("input/handles.jsonl")
REFUSED = [row["input"] for row in HANDLES if row["expect"] == "reject"]
READ = [row["input"] for row in HANDLES if row["expect"] != "reject"]
POSTS = sorted(
    path
    for path in {openapi.plain_path(door.path)[0] for door in openapi.described_doors() if door.method == "POST"}
    if path.startswith("/api/")  # the pages take forms
)
HOSTILE = {
    b"{": "json-malformed",
    b"\xff\xfe{}": "json-encoding",
    b'{"a":"\x00"}': "json-malformed",
    b"{}{}": "json-malformed",
    b'{"code":"a","code":"b"}': "json-duplicate-name",
    b'{"a":NaN}': "json-number",
    b'{"a":1e400}': "json-number",
    b"1" * 200_000: "json-number",
    b'{"a":"\\ud800"}': "json-surrogate",
    b'{"a":' * 33 + b"1" + b"}" * 33: "json-depth",
    b"[" * 100_000: "json-depth",
}


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:12]))
@pytest.mark.parametrize("door", POSTS)
async def test_t42_hostile_json_is_refused_at_every_door(town: Town, door: str, body: bytes) -> None:
    path = door.replace("{id}", town.pending.id).replace("{type}", "email-01")
    headers = {"Content-Type": "application/json", **town.pending.bearer}
    answer = await town.house.ask("POST", path, body=body, headers=headers)
    assert (answer.status, answer.code) == (400, HOSTILE[body])
    assert (await town.house.get("/readyz")).status == 200


@pytest.mark.parametrize("handle", REFUSED)
async def test_t31_a_handle_is_refused_at_every_door(town: Town, handle: str) -> None:
    asked = quote(handle, safe="")
    for path in ("/api/v1/lookup?handle=", "/api/v1/checks/webfinger?handle="):
        answer = await town.house.get(path + asked)
        assert (answer.status, answer.json["pointer"]) == (400, "/handle")
    assert (await town.house.get(f"/api/v1/accounts/{asked}")).status == 400
    order = {"handle": handle, "identity": {"type": "agent", "email": MAILBOX}}
    answer = await town.house.post("/api/v1/orders", order)
    assert (answer.status, answer.json["pointer"]) == (400, "/handle")
    (batch,) = (await town.house.post("/api/v1/lookup", {"handles": [handle]})).json["results"]
    assert batch["status"] == 400


@pytest.mark.parametrize("handle", READ)
async def test_t31_a_handle_that_can_be_read_is_answered_as_itself(town: Town, handle: str) -> None:
    verdict = await town.house.lookup(quote(handle, safe=""))
    assert verdict["handle"] == f"@{handle.removeprefix('acct:').lstrip('@')}"
