"""T60: whatever an instance or a reader writes, a page keeps the elements that it has without it."""

from dataclasses import replace
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from verifier import words

from .answers import AGENT, CODE, LOOKALIKE, OFFICE, one, order
from .payloads import PAYLOADS, shape


def pages(text: str) -> list[str]:
    """Every page that shows words of others, with `text` in all their places."""
    office: dict[str, Any] = OFFICE | {
        "affiliation": {"domain": text, "name": text}, "otherAccounts": [text], "handle": text, "issuer": text,
        "account": {"acct": text, "actor": text, "profile": "https://social.example/@x"},
    }  # fmt: skip
    agent = AGENT | {"affiliation": {"domain": text, "name": text}, "handle": text}
    imitation = LOOKALIKE | {"handle": text, "lookalike": {"handle": text, "why": "confusable"}}
    shown = []
    for verdict in (office, agent, imitation, office | {"status": "hosted", "checks": []}):
        view = words.verdict_view(verdict, "fr", typed=f"https://x.example/{text}")
        shown.append(words.render("lookup.html", "fr", typed=text, verdict=view, problem=None))
    view = words.verdict_view(office, "fr")
    shown.append(words.render("page.html", "fr", verdict=view, me_links=["https://social.example/@x"]))
    told = words.explain("backlink-near", {"seen": text, "page": text}, "fr")
    shown.append(words.render("lookup.html", "fr", typed=text, verdict=None, problem=told))
    shown.append(words.render("error.html", "fr", problem=told, reference="r"))
    away = {name: {"authorize": f"https://{text}/{text}"} for name in ("oauth-01", "oidc-01")}
    child = {
        "domain": text, "name": text, "named_at": 0, "has_contact": True, "has_record": False, "examined": None,
        "accounts": [text], "dependent_accounts": [text],
    }  # fmt: skip
    asked = {"order_id": "x", "action": f"/{text}"}
    for shown_child, host in ((child, None), (None, text)):
        shown.append(words.render("take_back.html", "fr", child=shown_child, host=host, **asked))
    waits = {"id": "x", "handle": text, "domain": text, "since": 0, "status": "ready"}
    resumed = words.ResumePage(email=text, minutes=30, problem=told, field="email")
    shown += [words.render(replace(resumed, found=found), "fr") for found in (None, [waits])]
    steps: dict[str, Any] = {
        "mailbox": text, "code": replace(CODE, waiting=True), "preview": view, "listed": True, "institution": True,
        "saw": words.seen({"trail": [{"url": text, "status": 200}]}, "fr"), "domain": "d.example", "vouched_by": text,
        "provider": "P",
        "told": {"profile-token-01": {"token": text}, "oidc-01": {}, "dns-01": {"name": text, "value": text}},
        "sign_in": away, "typed": {"list": text, "host": text, "handle": text}, "kept": 0, "again": f"/{text}",
        "problems": dict.fromkeys(("account", "mailbox", "domain", "publish", "change", "children", "instance"), told),
        "failed": "change", "problem": told,
        "named": [child], "running": [{"host": text, "checked_at": 0, "failing_since": None}],
    }  # fmt: skip
    for status in ("pending", "issued"):
        page = words.OrderPage(order=replace(order(status), handle=text, page=text), **steps)
        shown.append(words.render(page, "fr"))
    toy = {"instance": {"host": text, "url": "/"}, "guide": "/"}
    account = {
        "user": text, "name": text, "bio": text, "url": "/x", "actor": None,
        "fields": [{"name": text, "value": text, "link": False, "verified_at": None}],
    }  # fmt: skip
    shown.append(words.render("sandbox/toy_home.html", "fr", accounts=[account], **toy))
    shown.append(
        words.render("sandbox/toy_authorize.html", "fr", accounts=[account], app=text, refuse=f"/{text}", **toy)
    )
    shown.append(
        words.render("sandbox/toy_profile.html", "fr", account=account, action="/", saved=True, editable=True, **toy)
    )
    mail = {"to": text, "sender": text, "subject": text, "at": 0, "text": text}
    shown.append(words.render("sandbox/mail.html", "fr", mail=mail, mailbox="/"))
    return shown


HARMLESS = [shape(page) for page in pages("x")]


def test_t60_payloads_are_inert(subtests: pytest.Subtests) -> None:
    assert len(PAYLOADS) >= 40
    for payload in PAYLOADS:
        with subtests.test(payload):
            for number, page in enumerate(pages(payload)):
                assert shape(page) == HARMLESS[number]


def test_t60_what_others_wrote_is_isolated_in_its_direction() -> None:
    rtl = "\u202eevil"
    for page in pages(rtl):
        body = one(LexborHTMLParser(page), "main")
        for node in body.css("bdi, input, textarea, code, pre, a.lang, h1, title"):
            node.decompose()
        assert rtl not in body.text()
