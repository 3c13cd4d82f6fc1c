"""What the page of an order says, and above all what it does not (T00, T60, T64, T67)."""

import base64
import hashlib
import re
from html import unescape
from urllib.parse import quote

import pytest

from tests.doubles.instance import property_value
from tests.initiators import OPERATOR
from tests.integration.house import ALICE, MAILBOX, Answer, House
from verifier import words
from verifier.core.attestation import LIFETIME
from verifier.core.models import OrderStatus, Reason
from verifier.registration.orders.registrar import ORDER_LIFETIME

UNKNOWN = "aaaaaaaaaaaaaaaa"
NAMES = ("alice", "social.example", "numerique", "irection", "rel=me", 'rel="me"')


def told(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return answer.status, answer.body, {name: value for name, value in answer.headers.items() if name != "Date"}


def assert_names_nobody(answer: Answer) -> None:
    text = answer.text.lower() + str(dict(answer.headers)).lower()
    assert [name for name in NAMES if name.lower() in text] == []
    assert "Link" not in answer.headers
    assert "noindex" in answer.text


@pytest.mark.parametrize("prefix", ("", "/en"))
async def test_t00_a_page_that_attests_nothing_is_the_same_for_all(house: House, prefix: str) -> None:
    unknown = await house.get(f"{prefix}/v/{UNKNOWN}")
    assert_names_nobody(unknown)
    assert unknown.status == 200

    holder = await house.order()
    pages = [await house.get(f"{prefix}/v/{holder.id}")]
    await holder.prove()
    pages.append(await house.get(f"{prefix}/v/{holder.id}"))
    for status in OrderStatus:
        if status is not OrderStatus.ISSUED:
            now = (await holder.show()).json["status"]
            async with house.service.storage.write.transaction() as tx:
                assert await tx.orders.move(holder.id, OrderStatus(now), status, house.time.at)
            pages.append(await house.get(f"{prefix}/v/{holder.id}"))
    reviewed = await house.order(email="jean.dupont@ext.numerique.gouv.fr")
    await reviewed.prove()
    assert (await reviewed.finalize()).json["status"] == "in_review"
    over = await house.order()
    house.time.pass_(ORDER_LIFETIME)
    await house.service.clockwork.run_due()
    assert (await over.show()).json["status"] == "expired"
    pages += [await house.get(f"{prefix}/v/{order.id}") for order in (reviewed, over)]
    pages += [await house.get(f"{prefix}/v/{id_}") for id_ in ("x", UNKNOWN.upper(), "a" * 500, "%3Cscript%3E")]
    assert [told(page) for page in pages] == [told(unknown)] * len(pages)


@pytest.mark.parametrize("prefix", ("", "/en"))
async def test_a_page_that_vouches(house: House, prefix: str) -> None:
    holder = await house.attest()
    answer = await house.get(f"{prefix}/v/{holder.id}")
    head, _, body = answer.text.partition("</head>")
    links = ["https://social.example/@alice", "https://social.example/users/alice"]
    for link in links:
        assert f'<link rel="me" href="{link}">' in head
    assert f'<a rel="me" href="{links[0]}">' in body
    assert answer.headers.getall("Link") == [f'<{link}>; rel="me"' for link in links]  # type: ignore[attr-defined]
    assert ALICE in answer.text
    assert "noindex" not in answer.text
    assert len(answer.body) < 16_384


@pytest.mark.parametrize("prefix", ("", "/en"))
@pytest.mark.parametrize("how", ("suspended", "revoked", "expired"))
async def test_t00_t67_a_page_that_no_longer_vouches_names_nobody(house: House, how: str, prefix: str) -> None:
    holder = await house.attest()
    attestation = holder.order["attestation"].rpartition("/")[2]
    if how == "suspended":
        await house.service.registration.publisher.suspend(attestation, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    elif how == "revoked":
        await house.service.registration.publisher.revoke(attestation, Reason.IDENTITY_LOST, OPERATOR)
    else:
        house.time.pass_(LIFETIME)
        await house.service.clockwork.run_due()
    answer = await house.get(f"{prefix}/v/{holder.id}")
    assert answer.status == 200
    assert_names_nobody(answer)
    neutral = await house.get(f"{prefix}/v/{UNKNOWN}")
    assert answer.body != neutral.body
    verdict = await house.lookup(ALICE)
    assert (verdict["verified"], verdict["status"]) == (False, how)


HOSTILE = (
    '<script>alert("xss-mark")</script>',
    '"><img src=x onerror=xss-mark>',
    "javascript:xss-mark",
    "<svg/onload=xss-mark>",
    "\u202exss-mark\u202c",
    "xss-mark\x00\r\nSet-Cookie: xss-mark=1",
    "{{ 7*7 }}xss-mark{% raw %}",
    "%(xss-mark)s",
)


async def test_t60_nothing_that_a_profile_says_of_itself_is_shown_anywhere(house: House) -> None:
    holder = await house.order(listed=True)
    person = house.person(ALICE)
    person.actor |= {
        "name": HOSTILE[0],
        "summary": HOSTILE[1],
        "preferredUsername": "alice",
        "icon": {"url": HOSTILE[2]},
    }
    person.actor["attachment"] = [{"type": "PropertyValue", "name": text, "value": text} for text in HOSTILE]
    person.head, person.body = HOSTILE[0], HOSTILE[3]
    failed = await holder.challenge("rel-me-01")
    assert failed.json["problem"]["type"].endswith("#backlink-missing")
    issued = await holder.publish()
    shown = [failed, await holder.show()]
    for path in (
        f"/api/v1/lookup?handle={ALICE}",
        f"/?handle={ALICE}",
        f"/v/{holder.id}",
        f"/en/v/{holder.id}",
        "/api/v1/events",
        f"/.well-known/webfinger?resource=acct:{ALICE[1:]}",
        issued["attestation"],
    ):
        shown += [await house.get(path), await house.get(path, Accept="text/html")]
    assert [answer.text for answer in shown if "xss-mark" in answer.text] == []
    assert [answer.headers for answer in shown if "xss-mark" in str(answer.headers)] == []


@pytest.mark.parametrize("path", ("/?handle=", "/?handle=%20%20", "/diagnostic?handle=&page="))
async def test_an_empty_field_is_told_as_such(house: House, path: str) -> None:
    answer = await house.get(path)
    assert (answer.status, str(words.explain("handle-missing", {}, "fr").title) in unescape(answer.text)) == (400, True)


@pytest.mark.parametrize("text", HOSTILE)
async def test_t60_what_was_typed_is_shown_as_text(house: House, text: str) -> None:
    for path, status in (
        (f"/?handle={quote(text)}", 400),
        (f"/en/?handle={quote(text)}", 400),
        (f"/demander?handle={quote(text)}", 200),
        (f"/{quote(text)}", 404),
    ):
        answer = await house.get(path)
        assert answer.status == status, path
        for raw in ("<script", "<img", "<svg/onload", "onerror=xss-mark>", 'href="javascript:'):
            assert raw not in answer.text
        assert "49xss-mark" not in answer.text
        assert "Set-Cookie: xss-mark" not in str(answer.headers)


async def test_t60_a_page_near_ours_is_quoted_as_text(house: House) -> None:
    """The one thing of a profile that a holder is shown: which link was found instead of theirs."""
    holder = await house.order()
    near = f"{holder.page}?a=1"
    house.person(ALICE).actor["attachment"] = [property_value(f'<a href="{near}">"><script>x</script></a>')]
    answer = await holder.challenge("rel-me-01")
    assert answer.json["problem"]["type"].endswith("#backlink-near")
    assert near in answer.json["problem"]["detail"]
    assert "script" not in answer.text


PATHS = (
    "/",
    f"/?handle={ALICE}",
    "PAGE",
    "ATTESTATION",
    f"/api/v1/lookup?handle={ALICE}",
    "/.well-known/did.json",
    "/demander",
    "/nothing",
)
FORGED = (
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "1"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example"},
    {"X-Host": "evil.example", "X-Forwarded-Server": "evil.example", "X-Forwarded-Prefix": "/evil.example"},
    {"X-HTTP-Method-Override": "POST"},
    {"Host": "evil.example"},
)


@pytest.mark.parametrize("headers", FORGED, ids=lambda headers: next(iter(headers)))
async def test_t64_headers_of_a_stranger_change_no_answer(house: House, headers: dict[str, str]) -> None:
    holder = await house.attest()
    at = {"PAGE": f"/v/{holder.id}", "ATTESTATION": holder.order["attestation"]}
    for path in PATHS:
        url, html = at.get(path, path), {"Accept": "text/html"}
        plain, forged = await house.ask("GET", url, headers=html), await house.ask("GET", url, headers=html | headers)
        assert (forged.status, forged.headers.keys()) == (plain.status, plain.headers.keys())
        assert "evil.example" not in forged.text + str(forged.headers)
        if path != "/demander":  # holds a token of its own each time
            assert forged.body == plain.body


async def test_t64_parameters_that_no_key_knows_change_no_answer(house: House) -> None:
    holder = await house.attest()
    for path in (f"/api/v1/lookup?handle={ALICE}", f"/v/{holder.id}?a=1", holder.order["attestation"] + "?a=1"):
        plain = await house.get(path.partition("?a=1")[0])
        other = await house.get(f"{path}&handel=evil&callback=evil.example&utm_source=x")
        assert (other.status, other.headers["Content-Type"]) == (plain.status, plain.headers["Content-Type"])
        assert "evil.example" not in other.text.replace("callback=evil.example", "")
        if "/v/" not in path:
            assert other.body == plain.body


@pytest.mark.parametrize("suffix", ("/x.css", "/x.js", "//", "/../x.css", ";x.css"))
async def test_t64_a_suffix_makes_no_other_page(house: House, suffix: str) -> None:
    holder = await house.attest()
    for base in (f"/v/{holder.id}", f"/demander/{holder.id}"):
        answer = await house.get(base + suffix)
        assert ALICE not in answer.text
        assert 'rel="me"' not in answer.text
    encoded = await house.get(f"/v/{holder.id}%2fx.css")
    assert ALICE not in encoded.text


async def test_t63_the_mailbox_is_on_no_page_of_strangers(house: House) -> None:
    holder = await house.order()
    for path in (f"/v/{holder.id}", f"/demander/{holder.id}", f"/api/v1/orders/{holder.id}", f"/?handle={ALICE}"):
        answer = await house.get(path)
        assert MAILBOX.partition("@")[0] not in answer.text


async def test_t60_one_script_of_ours_may_run_and_no_other(house: House) -> None:
    """Named by its content: nothing that somebody makes us answer, at whatever address, runs as a script."""
    answer = await house.get("/en/?handle=@nobody@b.example")
    (allowed,) = re.findall(r"script-src ([^;]*)", answer.headers["Content-Security-Policy"])
    (address,) = re.findall(r'<script defer src="([^"]*)"', answer.text)
    script = await house.get(address)
    assert script.headers["Content-Type"].startswith("text/javascript")
    digest = base64.b64encode(hashlib.sha256(script.body).digest()).decode()
    assert allowed == f"'sha256-{digest}'"
    assert f'integrity="sha256-{digest}"' in answer.text
