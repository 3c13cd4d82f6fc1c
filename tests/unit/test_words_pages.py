"""Every template with every kind of context: well formed, safe, accessible, and silent where it must be."""

from collections.abc import Iterator
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from verifier import words
from verifier.core.models import OrderStatus, Status
from verifier.words import Lang

OFFICE: dict[str, Any] = {
    "handle": "@dinum@social.numerique.gouv.fr",
    "verified": True,
    "status": "verified",
    "asOf": "2027-02-05T13:05:00Z",
    "account": {
        "acct": "acct:dinum@social.numerique.gouv.fr",
        "actor": "https://social.numerique.gouv.fr/users/dinum",
        "profile": "https://social.numerique.gouv.fr/@dinum",
    },
    "accountRole": "office",
    "affiliation": {"domain": "numerique.gouv.fr", "name": "Direction interministérielle du numérique"},
    "checks": [
        {"method": "dns-01", "result": "valid", "checkedAt": "2027-02-03T09:30:00Z", "dnssec": True},
        {"method": "rel-me-01", "result": "valid", "checkedAt": "2027-02-05T13:05:00Z", "views": 1},
    ],
    "attestation": "https://verifier.example/attestations/6v3k",
    "page": "https://verifier.example/v/6v3kq7",
    "validUntil": "2027-02-21T10:00:00Z",
    "issuer": "did:web:verifier.example",
    "otherAccounts": ["@tchap@social.numerique.gouv.fr", "@numerique@peertube.numerique.gouv.fr"],
    "reason": None,
    "lookalike": None,
}
AGENT = OFFICE | {
    "handle": "@camille.martin@social.numerique.gouv.fr",
    "accountRole": "agent",
    "otherAccounts": [],
    "checks": [
        {"method": "rel-me-01", "result": "valid", "checkedAt": "2027-02-05T13:05:00Z"},
        {"method": "email-01", "result": "valid", "checkedAt": "2027-02-05T13:01:00Z", "class": "state"},
    ],
}
NOT_ATTESTED = {"handle": "@jean@example.social", "verified": False, "status": "not_attested",
                "asOf": "2027-02-05T13:05:00Z", "lookalike": None}  # fmt: skip
LOOKALIKE = NOT_ATTESTED | {
    "handle": "@d1num@evil.example",
    "lookalike": {"handle": "@dinum@social.numerique.gouv.fr", "why": "confusable"},
}
REASON = {"suspended": "account-changed", "revoked": "holder-request"}
VERDICTS: dict[str, dict[str, Any]] = {
    "office": OFFICE,
    "agent": AGENT,
    "unattested": NOT_ATTESTED,
    "lookalike": LOOKALIKE,
    "link": NOT_ATTESTED | {"handle": None},
    "hosted": OFFICE | {"status": "hosted", "verified": False, "checks": [], "account": None},
} | {
    status: OFFICE | {"status": status, "verified": status == "degraded", "reason": REASON.get(status)}
    for status in ("degraded", "suspended", "revoked", "expired")
}
ME = ["https://social.numerique.gouv.fr/@dinum", "https://social.numerique.gouv.fr/users/dinum"]


def order(status: str, account: str = "pending", identity: str = "pending") -> dict[str, Any]:
    return {
        "id": "6v3kq7", "status": status, "handle": "@camille.martin@social.numerique.gouv.fr",
        "page": "https://verifier.example/v/6v3kq7", "expires": "2026-11-25T10:00:00Z",
        "authorizations": [{"end": "account", "status": account}, {"end": "identity", "status": identity}],
    }  # fmt: skip


def pages(lang: Lang) -> Iterator[tuple[str, str]]:
    """Name and HTML of a page of each kind."""
    base = {"alternate": "/en/somewhere" if lang == "fr" else "/somewhere"}

    def told(code: str, **values: str | int) -> words.Explanation:
        return words.explain(code, values, lang)

    def page(template: str, **context: object) -> str:
        return words.render(template, lang, **(base | context))

    yield "lookup", page("lookup.html", typed="", verdict=None, problem=None)
    yield "lookup-error", page("lookup.html", typed="dinum", verdict=None, problem=told("handle-malformed"))
    for name, verdict in VERDICTS.items():
        view = words.verdict_view(verdict, lang, typed="https://example.org/@dinum/1234")
        yield f"lookup-{name}", page("lookup.html", typed=verdict["handle"] or "", verdict=view, problem=None)
        if name in set(Status):
            view = words.verdict_view(verdict, lang)
            yield f"page-{name}", page("page.html", verdict=view, me_links=ME)
    for name in ("office", "agent"):
        view = words.verdict_view(VERDICTS[name], lang)
        yield f"page-{name}", page("page.html", verdict=view, me_links=ME)
    yield "neutral", words.render("neutral.html", lang)
    yield "error", page("error.html", problem=told("internal"), reference="k3v9-2m7q")
    form = {"csrf": "c", "handle": "", "email": "", "listed": False, "level": "body", "suffixes": [".gouv.fr"]}
    yield "register", page("register.html", **form, problem=None, field=None)
    refused = told("mailbox-pupil", domain="eleve.insp.gouv.fr")
    filled = form | {"handle": "@eleve@social.example", "email": "a@eleve.insp.gouv.fr"}
    yield "register-error", page("register.html", **filled, problem=refused, field="email")
    steps: dict[str, Any] = {
        "csrf": "c", "mailbox": "camille.martin@numerique.gouv.fr", "code_sent": False, "sends_left": 3, "tries_left": 5,
        "problems": {}, "saw": (), "listed": False, "reason": None, "attestation": None,
        "preview": words.preview("@camille.martin@social.numerique.gouv.fr", AGENT["affiliation"], lang),
    }  # fmt: skip
    yield "order-new", page("order.html", **steps, order=order("pending"))
    wrong = {"account": told("fetch-timeout", host="social.example"), "mailbox": told("code-missing")}
    midway = steps | {"code_sent": True, "tries_left": 1, "problems": wrong, "saw": ("a", "b")}
    yield "order-wrong", page("order.html", **midway, order=order("pending"))
    sent = steps | {"code_sent": True}
    yield "order-code", page("order.html", **sent, order=order("pending", "valid"))
    yield "order-spent", page("order.html", **(steps | {"sends_left": 0}), order=order("pending", "valid"))
    for status in OrderStatus:
        done = steps | {"listed": True, "attestation": OFFICE["attestation"], "reason": told("mailbox-shared").title}
        yield f"order-{status}", page("order.html", **done, order=order(status, "valid", "valid"))
    facts = {
        "handle": OFFICE["handle"], "profile": OFFICE["account"]["profile"], "role": "agent",
        "affiliation": "Direction interministérielle du numérique", "valid_from": "2026-11-23T10:00:00Z",
        "valid_until": "2027-02-21T10:00:00Z", "issuer": OFFICE["issuer"], "file": "6v3k.json",
        "evidence": [{"method": "rel-me-01", "checked_at": "2026-11-23T10:00:00Z"}],
        "suites": ["eddsa-rdfc-2022", "eddsa-jcs-2022"],
    }  # fmt: skip
    for name in ("agent", "suspended"):
        view = words.verdict_view(VERDICTS[name], lang)
        yield f"attestation-{name}", page(
            "attestation.html", verdict=view, facts=facts, raw=OFFICE["attestation"],
            verify="https://verifier.example/api/v1/verify",
        )  # fmt: skip
    yield from sandbox_pages(lang)


def sandbox_pages(lang: Lang) -> Iterator[tuple[str, str]]:
    instance = {"host": "social.example", "url": "http://127.0.0.1:9001/"}
    people = {
        name: {"handle": f"@{name}@social.example", "email": f"{name}@numerique.gouv.fr", "edit": "http://127.0.0.1:9001/@x"}
        for name in ("official", "impostor", "pupil")
    }
    yield "guide", words.render(
        "sandbox/guide.html", lang, sandbox=True, instance=instance, mailbox={"url": "/m"}, suspend="verifier …", **people
    )
    account = {
        "user": "dinum", "name": "La DINUM", "bio": "Le numérique de l'État.", "url": "/@dinum", "actor": "/users/dinum",
        "fields": [
            {"name": "Officiel", "value": "http://127.0.0.1:8080/v/6v3k", "link": True, "verified_at": 1801839900},
            {"name": "Ville", "value": "Paris", "link": False, "verified_at": None},
        ],
    }  # fmt: skip
    toy = {"instance": instance, "guide": "/"}
    yield "toy-home", words.render("sandbox/toy_home.html", lang, accounts=[account], **toy)
    for name, more in {"toy-profile": {"saved": False, "editable": False}, "toy-edit": {"saved": True, "editable": True}}.items():
        yield name, words.render("sandbox/toy_profile.html", lang, account=account, action="/@dinum", **toy, **more)
    mail = {"to": "a@numerique.gouv.fr", "sender": "verifier@localhost", "subject": "Votre code", "at": 1801839900}
    yield "mailbox", words.render(
        "sandbox/mailbox.html", lang, sandbox=True, here="/", guide="/", mails=[mail | {"url": "/1"}]
    )
    yield "mailbox-empty", words.render("sandbox/mailbox.html", lang, sandbox=True, here="/", guide="/", mails=[])
    yield "mail", words.render("sandbox/mail.html", lang, sandbox=True, mailbox="/", mail=mail | {"text": "A\n\nB"})


PAGES: dict[tuple[str, Lang], str] = {(name, lang): html for lang in words.LANGUAGES for name, html in pages(lang)}
