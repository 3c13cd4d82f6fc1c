"""What a brought attestation is worth, in words.

The verdict first; what it says, only if its signature holds; then axis by axis.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..core.models import Reason, Status
from ..core.strict_json import Json
from .evidence import checked_by
from .languages import Lang
from .phrases import N_, Ident, Moment, Phrase, say
from .problems import explain
from .problems.documents import ORIGINAL
from .times import when
from .verdicts import Icon, Tone, VerdictView, verdict_view
from .withdrawals import Withdrawal

Outcome = Literal[
    "in-force", "replaced", "revoked", "suspended", "ended", "early", "state-unknown",
    "changed", "unsigned", "other-key", "unsound", "unchecked", "elsewhere",
]  # fmt: skip

_MARKS: Mapping[Outcome, tuple[str, Tone, Icon]] = {
    "in-force": (N_("Authentic, in force"), "official", "check"),
    "replaced": (N_("Authentic, replaced"), "none", "ring"),
    "revoked": (N_("Authentic, revoked"), "ended", "stop"),
    "suspended": (N_("Authentic, suspended"), "caution", "alert"),
    "ended": (N_("Authentic, ended"), "ended", "stop"),
    "early": (N_("Authentic, not valid yet"), "waiting", "clock"),
    "state-unknown": (N_("Authentic, state unknown"), "waiting", "clock"),
    "changed": (N_("Signature does not hold"), "ended", "alert"),
    "unsigned": (N_("No signature"), "caution", "alert"),
    "other-key": (N_("Signature does not count"), "ended", "alert"),
    "unsound": (N_("Signature does not hold"), "ended", "alert"),
    "unchecked": (N_("Not verified"), "none", "ring"),
    "elsewhere": (N_("From elsewhere"), "none", "ring"),
}

_TITLES: Mapping[Outcome, str] = {
    "in-force": N_("This attestation is authentic and in force"),
    "replaced": N_("This attestation is authentic, and a more recent one has taken its place"),
    "revoked": N_("This attestation is authentic, but it was revoked"),
    "suspended": N_("This attestation is authentic, but it was suspended"),
    "ended": N_("This attestation is authentic, but it ended on %(day)s"),
    "early": N_("This attestation is authentic, but it is valid only from %(day)s"),
    "state-unknown": N_("This attestation is authentic, but we do not know whether it is still in force"),
    "changed": N_("This file was changed"),
    "unsigned": N_("This file is not signed"),
    "other-key": N_("This file is signed by a key that does not count"),
    "unsound": N_("The signature of this file does not hold"),
    "unchecked": N_("We could not verify this file"),
    "elsewhere": N_("This attestation says that it comes from another service"),
}
_DATED: Mapping[Outcome, str] = {
    "revoked": N_("This attestation is authentic, but it was revoked on %(day)s"),
    "suspended": N_("This attestation is authentic, but it was suspended on %(day)s"),
}

_PROVES_NOTHING = N_("What it says is proved by nothing: we do not repeat it here.")
_LEADS: Mapping[Outcome, tuple[str, ...]] = {
    "in-force": (),
    "replaced": (N_("What holds of the account now stands in the more recent one."),),
    "revoked": (),
    "suspended": (),
    "ended": (N_("Since then, it proves nothing."),),
    "early": (),
    "state-unknown": (N_("What would tell is missing or out of date."),),
    "changed": (N_("It is not what was signed: a part of it was altered, or another key signed it."), _PROVES_NOTHING),
    "unsigned": (N_("Anybody could have written it."), _PROVES_NOTHING),
    "other-key": (_PROVES_NOTHING,),
    "unsound": (_PROVES_NOTHING,),
    "unchecked": (N_("It has not the form of our attestations, and we do not read any closer."), _PROVES_NOTHING),
    "elsewhere": (
        N_("It names %(issuer)s."),
        N_("We hold only the keys of our own service: we cannot say whether it is authentic."),
    ),
}

_ASK_AGAIN = N_("Look up the account: it may have a more recent one.")
_NOT_THIS = N_("Do not rely on this file. Ask who gave it to you where it comes from, and look the account up.")
_REMEDIES: Mapping[Outcome, str] = {
    "in-force": N_(
        "An attestation can be withdrawn at any time: before you cite it, read what we say of the account now."
    ),
    "replaced": N_("Look up the account to read the more recent one."),
    "revoked": _ASK_AGAIN,
    "suspended": N_("Until the account is proved again, do not take what it publishes for official."),
    "ended": _ASK_AGAIN,
    "early": N_("Verify it again then; until that day, it proves nothing."),
    "state-unknown": N_("Try again later; until then, do not rely on it."),
    "changed": _NOT_THIS,
    "unsigned": _NOT_THIS,
    "other-key": _NOT_THIS,
    "unsound": _NOT_THIS,
    "unchecked": ORIGINAL,
    "elsewhere": N_("Ask the service that it names, once you trust that service."),
}

_AXES = {
    "proof": (
        N_("Signature"),
        N_("All its signatures hold: to the letter, it is the document that was signed."),
    ),
    "issuer": (N_("Issuer"), N_("It was issued by %(issuer)s.")),
    "validity": (N_("Dates"), N_("It is valid from %(start)s to %(end)s.")),
    "status": (N_("State"), N_("It is neither suspended nor revoked.")),
    "schema": (N_("Form"), N_("It says all that an attestation says, and nothing else.")),
    "context": (N_("Vocabulary"), N_("Its words have the meaning that was published for them.")),
}
# While no signature holds, what the document claims is not repeated.
_UNPROVED = {
    "issuer": N_("It names the service that it should."),
    "validity": N_("Today lies between its dates."),
    "status": N_("The places that it names in the status lists are clear."),
}
_RESULTS: Mapping[str, tuple[str, Tone, Icon]] = {
    "ok": (N_("Holds"), "official", "check"),
    "failed": (N_("Does not hold"), "ended", "stop"),
    "unknown": (N_("Not known"), "none", "ring"),
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the document.

    :param at: when it was appraised, in Unix seconds; so are the others
    :param lists_at: when the status list was signed that says its state: of two that are clear, the older one; None:
        the service itself says it
    :param withdrawal: what the service has kept of one
    """

    at: int
    lists_at: int | None = None
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class AxisView:
    """One axis.

    :param pointer: JSON pointer to what does not hold; empty for the whole document
    """

    label: Phrase
    mark: Phrase
    tone: Tone
    icon: Icon
    sentences: tuple[Phrase, ...]
    pointer: str | None


@dataclass(frozen=True, slots=True)
class Fact:
    label: Phrase
    value: Phrase | Ident | Moment


@dataclass(frozen=True, slots=True)
class AppraisalView:
    """What a page shows of an appraisal.

    :param facts: what the document says; empty unless its signature holds
    :param past: that the facts were true once
    :param proved: that a signature of the service covers it: without, what else holds proves nothing
    :param handle: the account that it names, to be looked up; none unless its signature holds
    """

    outcome: Outcome
    tone: Tone
    icon: Icon
    mark: Phrase
    title: Phrase
    lead: tuple[Phrase, ...]
    as_of: tuple[Phrase, ...]
    facts: tuple[Fact, ...]
    past: bool
    proved: bool
    axes: tuple[AxisView, ...]
    remedy: Phrase
    handle: Ident | None


def appraisal_view(
    document: Mapping[str, Json], axes: Mapping[str, Mapping[str, Json]], known: Circumstances, lang: Lang
) -> AppraisalView:
    """The words of an appraisal.

    :param document: as it was brought
    :param axes: name → ``{"result", "problem": null | {"code", "pointer", "values"}}``, in order
    """
    outcome = _outcome(axes)
    if outcome == "revoked" and known.withdrawal is not None and known.withdrawal.reason is Reason.SUPERSEDED:
        outcome = "replaced"
    word, tone, icon = _MARKS[outcome]
    # What a stranger wrote is repeated only once a signature of ours covers it.
    proved = all(axes[name]["result"] == "ok" for name in ("proof", "issuer", "schema"))
    held = _held(document, lang) if proved else None
    return AppraisalView(
        outcome=outcome,
        tone=tone,
        icon=icon,
        mark=say(lang, word),
        title=_title(outcome, document, known, lang),
        lead=tuple(_lead(outcome, document, held, known, lang)),
        as_of=tuple(_as_of(known, lang)),
        facts=tuple(_facts(document, held, outcome, lang)) if held else (),
        past=held is not None and outcome not in ("in-force", "early", "state-unknown"),
        proved=proved,
        axes=tuple(_axis(name, axis, document, lang, proved=proved) for name, axis in axes.items()),
        remedy=say(lang, _REMEDIES[outcome]),
        handle=held.handle if held else None,
    )


def appraisal_text(view: AppraisalView, lang: Lang) -> str:
    """The same for a terminal."""
    colon = say(lang, N_(":"))
    lines = [f"{view.title}.", " ".join(view.lead), " ".join(view.as_of), view.remedy]
    facts = [f"  {fact.label}{colon} {fact.value}" for fact in view.facts]
    axes = [
        f"  {axis.label} - {axis.mark}{colon} {' '.join(axis.sentences)}{f' ({axis.pointer})' if axis.pointer else ''}"
        for axis in view.axes
    ]
    return "\n\n".join("\n".join(filter(None, block)) for block in (lines, facts, axes) if block)


def _outcome(axes: Mapping[str, Mapping[str, Json]]) -> Outcome:
    codes = {name: axis["problem"]["code"] for name, axis in axes.items() if axis["problem"]}
    if not codes:
        return "in-force"
    if "issuer" in codes:
        return "elsewhere"
    if axes["proof"]["result"] == "failed":
        return _unproved(codes["proof"])
    if codes.keys() & {"proof", "schema", "context"}:
        return "unchecked"
    match codes.get("status"), codes.get("validity"):
        case "status-revocation", _:
            return "revoked"
        case "status-suspension", _:
            return "suspended"
        case _, "not-yet-valid":
            return "early"
        case _, str():
            return "ended"
    return "state-unknown"


def _unproved(code: str) -> Outcome:
    if code in ("proof-missing", "proof-not-object"):
        return "unsigned"
    if code == "signature-wrong":
        return "changed"
    return "other-key" if code == "method-unknown" or code.startswith("key-") else "unsound"


def _title(outcome: Outcome, document: Mapping[str, Json], known: Circumstances, lang: Lang) -> Phrase:
    withdrawn_at = known.withdrawal.at if known.withdrawal else None
    if outcome in _DATED and withdrawn_at is not None:
        return say(lang, _DATED[outcome], day=when(withdrawn_at, lang, precision="day"))
    if outcome in ("ended", "early"):
        moment = document["validUntil" if outcome == "ended" else "validFrom"]
        return say(lang, _TITLES[outcome], day=when(moment, lang, precision="day"))
    return say(lang, _TITLES[outcome])


def _lead(
    outcome: Outcome, document: Mapping[str, Json], held: VerdictView | None, known: Circumstances, lang: Lang
) -> Iterator[Phrase]:
    if held and outcome == "in-force":
        yield from held.lead
    if outcome in _DATED and known.withdrawal is not None:
        yield known.withdrawal.told(lang)
    issuer = document.get("issuer")
    for sentence in _LEADS[outcome]:
        yield say(lang, sentence, issuer=Ident(issuer[:200] if isinstance(issuer, str) else "…"))


def _as_of(known: Circumstances, lang: Lang) -> Iterator[Phrase]:
    yield say(lang, N_("Examined here on %(moment)s."), moment=when(known.at, lang))
    if known.lists_at is not None:
        yield say(lang, N_("Its state was read in a list signed on %(moment)s."), moment=when(known.lists_at, lang))
    if known.withdrawal is not None and known.withdrawal.at is not None:
        yield say(lang, N_("Withdrawn on %(moment)s."), moment=when(known.withdrawal.at, lang))


def _held(document: Mapping[str, Json], lang: Lang) -> VerdictView:
    """Who holds the account, in the words of the lookup."""
    subject = document["credentialSubject"]
    mandate = subject.get("mandate")
    verdict = {
        "handle": "@" + subject["handle"].removeprefix("acct:"),
        "status": Status.VERIFIED,
        "asOf": document["validFrom"],
        "accountRole": subject["accountRole"],
        "affiliation": subject["affiliation"],
        "checks": document["evidence"],
    }
    if mandate:
        verdict["mandate"] = {"title": mandate["title"], "start": mandate["startsAt"], "end": mandate.get("endsAt")}
    return verdict_view(verdict, lang)


def _facts(document: Mapping[str, Json], held: VerdictView, outcome: Outcome, lang: Lang) -> Iterator[Fact]:
    subject = document["credentialSubject"]
    if held.handle is not None:
        yield Fact(say(lang, N_("Account")), held.handle)
    yield Fact(say(lang, N_("Profile")), Ident(subject["profile"]))
    if "name" in subject:
        yield Fact(say(lang, N_("Name of its holder")), Ident(subject["name"]))
    if outcome != "in-force":
        for sentence in held.lead:
            yield Fact(say(lang, N_("Attested")), sentence)
    dates = _values("validity", document, lang)
    yield Fact(say(lang, N_("Valid")), say(lang, N_("from %(start)s to %(end)s"), **dates))
    for check in document["evidence"]:
        yield Fact(checked_by(check["method"], lang), when(check["checkedAt"], lang))


def _axis(name: str, axis: Mapping[str, Json], document: Mapping[str, Json], lang: Lang, *, proved: bool) -> AxisView:
    label, holds = _AXES[name]
    word, tone, icon = _RESULTS[axis["result"]]
    problem = axis["problem"]
    sentences: tuple[Phrase, ...]
    if problem is None and not proved:
        tone, sentences = "none", (say(lang, _UNPROVED.get(name, holds)),)
    elif problem is None:
        sentences = (say(lang, holds, **_values(name, document, lang)),)
    else:
        explanation = explain(problem["code"], problem["values"], lang)
        sentences = (Phrase("%(problem)s.", {"problem": explanation.title}), explanation.detail)
    pointer = problem["pointer"] if problem else None
    return AxisView(say(lang, label), say(lang, word), tone, icon, sentences, pointer[:200] if pointer else None)


def _values(name: str, document: Mapping[str, Json], lang: Lang) -> dict[str, str]:
    if name == "issuer":
        return {"issuer": Ident(document["issuer"])}
    if name == "validity":
        return {
            "start": when(document["validFrom"], lang, precision="minute"),
            "end": when(document["validUntil"], lang),
        }
    return {}
