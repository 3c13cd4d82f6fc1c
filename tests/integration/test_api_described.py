"""Each door, asked in odd ways: whatever it answers is what openapi.json says that it may answer."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.contract.openapi import DOCUMENT, check, resolve
from tests.integration.conftest import Town
from tests.integration.house import ALICE, OURS, Answer
from verifier.words import asset

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = ("", "0", "-1", "x" * 300, "é", "@", ALICE, "https://social.example/@alice", "%00", "\r\nX: y", "1e3", "null")
BODIES = (b"", b"{}", b"[]", b"null", b'{"handle": 1}', b'{"handles": []}', b'{"attestation": {}}', b'{"code": "x"}')
ACCEPTS = ("*/*", "text/html", "application/json;q=0.5, text/plain", "image/png", "*/*;q=0", ";;,,=", "A" * 500)
STYLE = asset("style.css").rpartition("/")[2]
STAND_FOR = {"file": STYLE, "handle": "alice@social.example", "purpose": "revocation", "n": "1", "step": "send"}
FORM = "application/x-www-form-urlencoded"


def operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def asked(town: Town, method: str, path: str, operation: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Addresses of a door, with what is sent there."""
    ids = {"id": town.listed.order["attestation"].rpartition("/")[2] if path.startswith("/att") else town.pending.id}
    right = re.sub(r"\{(\w+)\}", lambda part: (STAND_FOR | ids).get(part[1], "rel-me-01"), path)
    own = OURS | {"Origin": town.house.base}
    queries = [each["name"] for each in operation["parameters"] if each["in"] == "query"]
    if method in ("GET", "DELETE"):
        for odd in ODD:
            yield right, {"params": dict.fromkeys(queries, odd)}
            yield right, {"params": [(name, odd) for name in queries for _ in range(2)]}
        for accept in ACCEPTS:
            yield right, {"headers": {"Accept": accept, **town.pending.bearer}}
    else:
        for body in BODIES:
            for kind in ("application/json", FORM, "multipart/form-data; boundary=x", "text/plain", ""):
                yield right, {"data": body, "headers": {"Content-Type": kind, **own, **town.pending.bearer}}
        yield right, {"data": b"a=b", "headers": {"Content-Type": FORM}}
    if "{" in path:
        for odd in ("nope", "%2F", "..%2f", "%00", "a" * 300, "é"):
            yield re.sub(r"\{\w+\}", odd, path), {}


def described(operation: Mapping[str, Any], answer: Answer) -> None:
    responses = operation["responses"]
    response = resolve(responses.get(str(answer.status)) or responses["default"])
    assert str(answer.status) in responses or answer.status >= 400
    assert answer.status < 500
    content = response.get("content", {})
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    assert media in content or "*/*" in content or (not content and not answer.body)
    if media.endswith("json") and media in content:
        check(json.loads(answer.body), content[media]["schema"])
    if answer.status in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0
    if media == "application/problem+json":
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_door_answers_as_it_is_described(town: Town, subtests: pytest.Subtests) -> None:
    count = 0
    for method, path, operation in operations():
        for place, given in asked(town, method, path, operation):
            shown = f"{method} {place} {given}"[:160]
            async with town.house.session.request(
                method, town.house.base + place, allow_redirects=False, **given
            ) as response:
                answer = Answer(response.status, response.headers, await response.read())
            with subtests.test(shown):
                described(operation, answer)
            count += 1
    assert count > 2000
