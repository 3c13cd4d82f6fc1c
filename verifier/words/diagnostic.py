"""Why a link is not green, in words: each rule with what was seen and what to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..core.models import Problem
from ..core.strict_json import Json
from .evidence import seen
from .languages import Lang
from .phrases import N_, Ident, Phrase, say
from .problems import explain
from .verdicts import Icon, Tone

Rule = Literal["name", "field", "page", "back", "save"]
Result = Literal["ok", "failed", "unknown"]

_LABELS: Mapping[Rule, str] = {
    "name": N_("The name leads to the account, and back"),
    "field": N_("A field of the profile holds the link, and nothing else"),
    "page": N_("The page answers"),
    "back": N_("The page links back to the profile"),
    "save": N_("The profile was saved since"),
}
_HOLDS: Mapping[Rule, str] = {
    "name": N_("The account confirms that it is %(handle)s."),
    "field": N_("It leads to %(page)s"),
    "page": N_("It answers as it should."),
    "back": N_("It names the profile with rel=me: %(profile)s"),
}
_OPEN: Mapping[Rule, str] = {
    "field": N_("We do not know which link to look for, or could not read the profile."),
    "page": N_("We do not know which page to read, or for which account."),
    "back": N_("It depends on the points before."),
    "save": N_(
        "Mastodon checks a link of its own accounts that is not green yet each time that you save the profile, and at "
        "no other moment. Other software, such as GoToSocial, shows no link of its own accounts in green: there is "
        "nothing to do there. The other instances check by themselves, within days."
    ),
}
GIVE_PAGE = N_("Give the address of the page too: we found no link to one of ours in the profile.")
_SAVE = N_("If your instance runs Mastodon, save your profile again, without changing anything.")
_SAVE_AFTER = N_("Once the other points are right, save your profile again if your instance runs Mastodon.")

_MARKS: Mapping[Result, tuple[str, Tone, Icon]] = {
    "ok": (N_("In order"), "official", "check"),
    "failed": (N_("To be corrected"), "caution", "alert"),
    "unknown": (N_("Not checked"), "none", "ring"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """What became of one rule.

    :param problem: why not; None unless `result` is ``failed``
    :param values: what the sentence of success needs
    :param remedy: what to do about a rule that was not checked
    :param evidence: what was asked and answered: items of a trail, and rel=me links (``element rel href``)
    """

    result: Result
    problem: Problem | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    remedy: str | None = None
    evidence: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class RuleView:
    label: Phrase
    mark: Phrase
    tone: Tone
    icon: Icon
    sentences: tuple[Phrase, ...]
    remedy: Phrase | None
    evidence: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class DiagnosticView:
    """What the page shows: the answer first, then rule by rule."""

    tone: Tone
    icon: Icon
    mark: Phrase
    title: Phrase
    lead: Phrase
    rules: tuple[RuleView, ...]


def diagnostic_view(points: Mapping[Rule, Point], lang: Lang) -> DiagnosticView:
    """The words of a diagnostic.

    :param points: of every rule, in order, but ``save``, which nobody can check from outside
    """
    problems = [each.problem for each in points.values() if each.problem]
    # Whatever else is corrected, such a page makes no link green: it is told first.
    ended = next((each for each in problems if each.code == "page-vouches-no-more"), None)
    problem = ended or next(iter(problems), None)
    every = all(each.result == "ok" for each in points.values())
    word, tone, icon = _MARKS["ok" if every else "failed" if problem else "unknown"]
    if problem is not None:
        explanation = explain(problem.code, problem.values, lang)
        title, lead = explanation.title, explanation.remedy
    elif every:
        title, lead = say(lang, N_("All that we can check is right")), say(lang, _OPEN["save"])
    else:
        title, lead = say(lang, N_("We could not check everything")), say(lang, GIVE_PAGE)
    rules = [_rule(name, point, lang) for name, point in points.items()]
    save = _rule("save", Point("unknown", remedy=_SAVE if every else _SAVE_AFTER), lang)
    return DiagnosticView(tone, icon, say(lang, word), title, lead, (*rules, save))


def _rule(name: Rule, point: Point, lang: Lang) -> RuleView:
    word, tone, icon = _MARKS[point.result]
    remedy = say(lang, point.remedy) if point.remedy else None
    sentences: tuple[Phrase, ...]
    if point.problem is not None:
        explanation = explain(point.problem.code, point.problem.values, lang)
        sentences, remedy = (
            (Phrase("%(problem)s.", {"problem": explanation.title}), explanation.detail),
            explanation.remedy,
        )
    elif point.result == "ok":
        sentences = (say(lang, _HOLDS[name], **{key: Ident(value) for key, value in point.values.items()}),)
    else:
        sentences = (say(lang, _OPEN[name]),)
    evidence = tuple(_seen(item, lang) for item in point.evidence)
    return RuleView(say(lang, _LABELS[name]), say(lang, word), tone, icon, sentences, remedy, evidence)


def _seen(item: Mapping[str, Json], lang: Lang) -> Phrase:
    if "element" in item:
        return say(lang, N_("%(element)s, rel=%(rel)s: %(href)s"), **{name: Ident(text) for name, text in item.items()})
    (request,) = seen({"trail": [item]}, lang)
    return request
