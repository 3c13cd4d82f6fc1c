"""Why a link is not green, in words and on its page."""

from collections.abc import Mapping
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from verifier import words
from verifier.core.models import Problem
from verifier.words import Lang, Point, Rule

from .payloads import PAYLOADS, shape

RIGHT: Mapping[Rule, Point] = {
    "name": Point("ok", values={"handle": "@a@b.example"}, evidence=[{"url": "https://b.example/", "status": 200}]),
    "field": Point("ok", values={"page": "https://c.example/"}),
    "page": Point("ok"),
    "back": Point("ok", values={"profile": "https://b.example/@a"}),
}
PROBLEM = Problem("field-slash", {"seen": "https://c.example/d/", "page": "https://c.example/d"})
NOT_KNOWN: Mapping[Rule, Point] = {
    "field": Point("unknown", remedy=words.GIVE_PAGE),
    "page": Point("unknown"),
    "back": Point("unknown"),
}
STATES: Mapping[str, Mapping[Rule, Point]] = {
    "right": RIGHT,
    "wrong": {**RIGHT, "field": Point("failed", PROBLEM)},
    "incomplete": {**RIGHT, **NOT_KNOWN},
}


def page(points: Mapping[Rule, Point] | None, lang: Lang, **context: Any) -> str:  # noqa: ANN401
    view = words.diagnostic_view(points, lang) if points else None
    return words.render(words.DiagnosticPage(minutes=5, view=view, **context), lang)


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_each_rule_is_told_by_shape_and_word(state: str, lang: Lang) -> None:
    shown = LexborHTMLParser(page(STATES[state], lang))
    rules = shown.css(".axes li h3")
    assert len(rules) == 5
    assert all(rule.css(".mark svg") and rule.css(".mark")[0].text().strip() for rule in rules)
    assert not shown.css("[rel~=me]")
    assert not shown.css("main form[method=post], script")


def test_the_answer_comes_first() -> None:
    def title(state: str) -> str:
        return LexborHTMLParser(page(STATES[state], "en")).css("h1")[0].text()

    assert title("right") == "All that we can check is right"
    assert title("wrong") == words.explain(PROBLEM.code, PROBLEM.values, "en").title
    assert title("incomplete") == "We could not check everything"


@pytest.mark.parametrize(("state", "remedy"), [("right", "without changing"), ("wrong", "Once the other points")])
def test_saving_again_is_always_the_last_point(state: str, remedy: str) -> None:
    last = words.diagnostic_view(STATES[state], "en").rules[-1]
    assert (last.mark, last.icon) == ("Not checked", "ring")
    assert remedy in str(last.remedy)


def test_t60_payloads_are_inert(subtests: pytest.Subtests) -> None:
    def shown(text: str) -> list[str]:
        evidence = [{"url": text, "status": 200}, {"element": "a", "rel": text, "href": text}]
        values = {"seen": text, "page": text}
        points: Mapping[Rule, Point] = {
            "name": Point("ok", values={"handle": text}, evidence=evidence),
            "field": Point("failed", Problem("field-near", values)),
            "page": Point("ok"),
            "back": Point("ok", values={"profile": text}),
        }
        told = words.explain("field-near", values, "fr")
        return [
            page(points, "fr", handle=text, page=text),
            page(None, "fr", handle=text, problem=told, field="page"),
        ]

    harmless = [shape(html) for html in shown("x")]
    for payload in PAYLOADS:
        with subtests.test(payload):
            assert [shape(html) for html in shown(payload)] == harmless
