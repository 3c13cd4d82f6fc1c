"""What a brought attestation is worth, in words and on its page."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.unit.proof.documents import NOW, unsigned
from verifier import words
from verifier.core.clock import DAY
from verifier.core.initiator import Role
from verifier.core.models import Cause, Reason, Status
from verifier.words import AppraisalView, Circumstances, Lang
from verifier.words.phrases import catalogue, say
from verifier.words.withdrawals import CAUSES, Withdrawal

from .payloads import PAYLOADS, shape

NAMES = ("proof", "issuer", "validity", "status", "schema", "context")
HANDLE = "@dinum@social.numerique.gouv.fr"
Problems = Mapping[str, tuple[str, str]]

# what does not hold → (outcome, title in French)
OUTCOMES: dict[str, tuple[Problems, str]] = {
    "in-force": ({}, "Cette attestation est authentique et en vigueur"),
    "revoked": ({"status": ("failed", "status-revocation"), "validity": ("failed", "expired")},
                "Cette attestation est authentique, mais elle a été révoquée le 24 novembre 2026"),
    "suspended": ({"status": ("failed", "status-suspension")},
                  "Cette attestation est authentique, mais elle a été suspendue le 24 novembre 2026"),
    "ended": ({"validity": ("failed", "expired"), "status": ("unknown", "status-unknown")},
              "Cette attestation est authentique, mais elle a pris fin le 21 février 2027"),
    "early": ({"validity": ("failed", "not-yet-valid")},
              "Cette attestation est authentique, mais elle n'est valable qu'à partir du 23 novembre 2026"),
    "state-unknown": ({"status": ("unknown", "status-unknown")},
                      "Cette attestation est authentique, mais nous ne savons pas si elle est encore en vigueur"),
    "changed": ({"proof": ("failed", "signature-wrong")}, "Ce fichier a été modifié"),
    "unsigned": ({"proof": ("failed", "proof-missing")}, "Ce fichier n'est pas signé"),
    "other-key": ({"proof": ("failed", "key-distrusted")},
                  "Ce fichier est signé par une clé que nous ne reconnaissons pas"),
    "unsound": ({"proof": ("failed", "proof-purpose")}, "La signature de ce fichier n'est pas valable"),
    "unchecked": ({"proof": ("unknown", "proof-not-checked"), "schema": ("failed", "schema-too-large")},
                  "Nous n'avons pas pu vérifier ce fichier"),
    "elsewhere": ({"proof": ("failed", "method-unknown"), "issuer": ("failed", "issuer-not-us")},
                  "Cette attestation dit venir d'un autre service"),
}  # fmt: skip
AUTHENTIC = ("in-force", "revoked", "suspended", "ended", "early", "state-unknown")
SUSPENDED = Withdrawal(Status.SUSPENDED, Reason.ACCOUNT_CHANGED, NOW + DAY, Role.JOB, Cause.KEY)
WITHDRAWN = Circumstances(NOW + 2 * DAY, lists_at=NOW + DAY, withdrawal=SUSPENDED)


def axes(problems: Problems, pointer: str = "/x") -> dict[str, dict[str, Any]]:
    def axis(name: str) -> dict[str, Any]:
        if name not in problems:
            return {"result": "ok", "problem": None}
        result, code = problems[name]
        return {"result": result, "problem": {"code": code, "pointer": pointer, "values": {}}}

    return {name: axis(name) for name in NAMES}


def viewed(outcome: str, lang: Lang, *, role: str = "office", document: Any = None) -> AppraisalView:  # noqa: ANN401
    known = WITHDRAWN if outcome in ("revoked", "suspended") else Circumstances(NOW, lists_at=NOW)
    given = unsigned(role) if document is None else document
    return words.appraisal_view(given, axes(OUTCOMES[outcome][0]), known, lang)


def page(view: AppraisalView | None, lang: Lang, **context: Any) -> str:  # noqa: ANN401
    blank = {"typed": "", "problem": None, "handle": None, "field": "text", "base": "https://comptes.example.gouv.fr"}
    return words.render("verify.html", lang, view=view, **(blank | context))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_verdict_comes_first_in_words(outcome: str) -> None:
    view = viewed(outcome, "fr")
    assert (view.outcome, view.title.replace("\u00a0", " ")) == (outcome, OUTCOMES[outcome][1])
    (heading,) = LexborHTMLParser(page(view, "fr")).css("h1")
    assert heading.text() == view.title


def test_each_axis_is_told_by_shape_and_word(subtests: pytest.Subtests) -> None:
    for outcome in OUTCOMES:
        for lang in words.LANGUAGES:
            with subtests.test(f"{outcome} {lang}"):
                view = viewed(outcome, lang)
                shown = LexborHTMLParser(page(view, lang)).css(".axes li")
                assert len(shown) == len(view.axes) == len(NAMES)
                for axis, item in zip(view.axes, shown, strict=True):
                    assert axis.mark in item.css(".mark")[0].text()
                    assert item.css(".mark svg")
                    assert axis.sentences
                broken = [axis.pointer for axis in view.axes if axis.pointer]
                assert len(broken) == len(OUTCOMES[outcome][0])
                assert view.remedy


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_it_says_is_repeated_only_if_its_signature_holds(outcome: str) -> None:
    view = viewed(outcome, "en", role="agent")
    text = LexborHTMLParser(page(view, "en")).css("main")[0].text()
    assert bool(view.facts) == ("Zoé" in text) == ("numerique.gouv.fr/@dinum" in text) == (outcome in AUTHENTIC)
    assert (view.handle == HANDLE) == (HANDLE in page(view, "en").replace("%40", "@")) == (outcome in AUTHENTIC)
    assert view.past == (outcome in ("revoked", "suspended", "ended"))


@pytest.mark.parametrize(
    ("role", "lead"), (("office", "run by"), ("agent", "mailbox"), ("mandate", "Préfète d’Exemple"))
)
def test_who_holds_the_account(role: str, lead: str) -> None:
    assert lead in " ".join(viewed("in-force", "en", role=role).lead)
    assert lead in " ".join(str(fact.value) for fact in viewed("ended", "en", role=role).facts)


def test_when_and_why_it_was_withdrawn() -> None:
    view = viewed("suspended", "fr")
    assert view.lead == (f"Ce service a suspendu l'attestation de lui-même. {say('fr', CAUSES[Cause.KEY])}",)
    told = " ".join(view.as_of).replace("\u00a0", " ")
    assert "liste signée le 24 novembre 2026 à 11 h 00 (heure de Paris)" in told
    assert "Retrait le 24 novembre 2026 à 11 h 00 (heure de Paris)" in told
    assert "Examen fait ici le 25 novembre 2026 à 11 h 00 (heure de Paris)" in told


def test_without_knowing_when_it_says_no_day() -> None:
    view = words.appraisal_view(unsigned(), axes({"status": ("failed", "status-suspension")}), Circumstances(NOW), "en")
    assert view.title == "This attestation is authentic, but it was suspended"


@pytest.mark.parametrize(
    "document",
    (
        {},
        {"issuer": []},
        {"credentialSubject": []},
        {"credentialSubject": {"handle": 1}},
        {"credentialSubject": {"handle": "@<b>"}},
    ),
)
def test_a_strangers_document_of_any_shape_gets_its_answer(document: dict[str, Any]) -> None:
    problems = dict.fromkeys(NAMES, ("failed", "schema-member-missing"))
    view = words.appraisal_view(document, axes(problems), Circumstances(NOW), "fr")
    assert (view.outcome, view.handle, view.facts) == ("elsewhere", None, ())
    assert page(view, "fr")


def test_t60_payloads_are_inert(subtests: pytest.Subtests) -> None:
    def shown(text: str) -> list[str]:
        document: Any = copy.deepcopy(unsigned("agent"))
        document["issuer"] = text
        document["credentialSubject"] |= {"profile": text, "name": text}
        document["credentialSubject"]["affiliation"] |= {"name": text, "domain": text}
        elsewhere = words.appraisal_view(document, axes(OUTCOMES["elsewhere"][0], text), Circumstances(NOW), "fr")
        told = words.explain("document-is-account", {"handle": text}, "fr")
        return [
            page(viewed("in-force", "fr", document=document), "fr"),
            page(viewed("ended", "fr", document=document), "fr"),
            page(elsewhere, "fr"),
            page(None, "fr", typed=text, problem=told, handle=text),
        ]

    harmless = [shape(html) for html in shown("x")]
    for payload in PAYLOADS:
        with subtests.test(payload):
            assert [shape(html) for html in shown(payload)] == harmless


def test_every_outcome_has_its_words_in_both_languages() -> None:
    for outcome in OUTCOMES:
        assert str(viewed(outcome, "fr").title) != str(viewed(outcome, "en").title)
    assert catalogue("fr").gettext("Point by point") == "Point par point"
