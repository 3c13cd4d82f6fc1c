"""Verdicts and orders as pages show them, and how an element of a page is found."""

from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verifier import words

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


HOMONYM = NOT_ATTESTED | {
    "handle": "@dinum@example.social",
    "lookalike": {"handle": "@dinum@social.numerique.gouv.fr", "why": "same-user"},
}


def order(status: str, account: str = "pending", identity: str = "pending") -> words.OrderState:
    return words.OrderState(
        id="6v3kq7",
        status=status,
        handle="@camille.martin@social.numerique.gouv.fr",
        page="https://verifier.example/v/6v3kq7",
        expires="2026-11-25T10:00:00Z",
        account=account,
        identity=identity,
    )


CODE = words.MailedCode(waiting=False, until=None, tries_left=5, sends_left=3, sends=3)


def one(page: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = page.css_first(selector)
    assert found is not None
    return found
