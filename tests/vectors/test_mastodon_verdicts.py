"""Each of the 50 cases gets the verdict that Mastodon's own code gave; pages and WebFinger answers over real HTTP."""

import json
from pathlib import Path

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import ACTIVITY, KEY_PEM
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Handle, HttpsUrl
from verifier.core.strict_json import Json, dumps
from verifier.fetch import Fetcher, Resolver
from verifier.validation.accounts import mastodon
from verifier.validation.accounts.resolution import resolve
from verifier.validation.html.pages import Pages
from verifier.validation.trail import Trail

CASES = json.loads((Path(__file__).parent / "mastodon-verdicts.json").read_bytes())
BIG = "<!-- {1100000 x} -->"
PAGE_HOST = "page.example"


def cases(kind: str) -> list[Json]:
    return [case for case in CASES if case["kind"] == kind]


def ways_out(http: HttpDouble) -> Fetcher:
    return Fetcher(Resolver([]), user_agent="test", overrides=http.overrides())


def test_no_case_is_left_out() -> None:
    assert [len(cases(kind)) for kind in ("field", "page", "webfinger")] == [15, 20, 15]
    assert len(CASES) == 50


async def test_field(subtests: pytest.Subtests) -> None:
    async with Pages() as pages:
        for case in cases("field"):
            with subtests.test(case["case"]):
                if case["account_is_local"]:
                    url = mastodon.field_url(case["value"])
                else:
                    reading = (await pages.readings({0: mastodon.stored_value(case["value"])}))[0]
                    url = mastodon.remote_field_url(reading)
                assert (url is not None) is case["verifiable"]
                assert url == case["url"]


async def test_page(subtests: pytest.Subtests) -> None:
    for case in cases("page"):
        with subtests.test(case["case"]):
            async with HttpDouble.running() as http:
                await check_page(case, http)


async def check_page(case: Json, http: HttpDouble) -> None:
    html = case["html"].replace("{origin}", f"https://{PAGE_HOST}").replace(BIG, f"<!-- {'x' * 1_100_000} -->")
    hops = case.get("redirects_before", 0)
    for hop in range(hops):
        http.redirect(PAGE_HOST, f"/{hop}", f"https://{PAGE_HOST}/{hop + 1}")
    content_type = case.get("content_type", "text/html; charset=utf-8")
    http.put(PAGE_HOST, f"/{hops}", html.encode(), content_type=content_type, status=case.get("status", 200))
    http.redirect(PAGE_HOST, "/r/ok", case["target"])
    http.redirect(PAGE_HOST, "/r/case", case["target"].upper())
    async with ways_out(http) as fetcher, Pages() as pages:
        verdict = await mastodon.check_page(HttpsUrl.parse(f"https://{PAGE_HOST}/0"), case["target"], fetcher, pages)
    assert verdict.linked is case["verified"], verdict.problem


def widened(name: str) -> str:
    """The hosts of the cases are single labels (``ok2``), which no Host here is: each becomes ``ok2.example``."""
    user, host = name.split("@")
    label, colon, port = host.partition(":")
    return f"{user}@{label}.example{colon}{port}"


def widened_jrd(jrd: Json) -> Json:
    return jrd | ({"subject": widened(jrd["subject"])} if "subject" in jrd else {})


async def test_webfinger(subtests: pytest.Subtests) -> None:
    for case in cases("webfinger"):
        with subtests.test(case["case"]):
            async with HttpDouble.running() as http:
                await check_webfinger(case, http)


async def check_webfinger(case: Json, http: HttpDouble) -> None:
    asked = Handle.parse(widened(case["asked"]))
    answers = {str(asked.host): case.get("jrd")}
    for host, jrd in case.get("other_hosts", {}).items():
        answers[f"{host}.example"] = jrd
    for host, jrd in answers.items():
        if jrd is not None:
            body = dumps(widened_jrd(jrd))
            http.put(host, "/.well-known/webfinger", body, content_type="application/jrd+json")
    if case["case"] == "html":
        http.put(str(asked.host), "/.well-known/webfinger", b"<!DOCTYPE html><title>Hello</title>")
    if case["case"] == "hostmeta":
        link = '<Link rel="lrdd" template="https://hostmeta.example/elsewhere?about={uri}"/>'
        xrd = f'<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">{link}</XRD>'
        http.put("hostmeta.example", "/.well-known/host-meta", xrd.encode(), content_type="application/xrd+xml")
        links = [{"rel": "self", "type": ACTIVITY, "href": case["actor_id"]}]
        http.put("hostmeta.example", "/elsewhere", dumps({"subject": asked.acct, "links": links}))
    # Mastodon was asked to confirm that this actor bears the name asked: FEP-2c59 says so on the actor itself.
    actor = {
        "id": case["actor_id"],
        "type": "Person",
        "inbox": "https://ap.example/inbox",
        "preferredUsername": case["preferred_username"],
        "webfinger": asked.acct.removeprefix("acct:"),
        "publicKey": {"owner": case["actor_id"], "publicKeyPem": KEY_PEM},
    }
    for path in ("/users/m", "/users/other"):
        http.put("ap.example", path, dumps(actor), content_type=ACTIVITY)
    async with ways_out(http) as fetcher:
        try:
            resolved = await resolve(asked, Trail(fetcher))
        except OutsideError:
            canonical = None
        else:
            canonical = resolved.canonical
            assert str(resolved.actor.id) == case["actor_id"]
    assert (canonical is not None) is case["accepted"]
    assert canonical == (Handle.parse(widened(case["handle"])) if case["handle"] else None)
