"""The verdict in words: who vouches, on what evidence, since when, and what to do.

The absence of an attestation is never called a fake, and no tick stands alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..core.models import Reason, Status
from ..core.strict_json import Json
from . import networks
from .bodies import acting, affiliation, belonging
from .citations import Citation, Cited, citation
from .deployment import page_in
from .evidence import OF_RECORD, Evidence, evidence
from .languages import Lang
from .likeness import LookalikeView, Original, is_alarming, lookalike_view, official, title
from .phrases import N_, Ident, Phrase, say
from .times import when
from .withdrawals import Withdrawal

Tone = Literal["official", "person", "waiting", "caution", "ended", "none"]
Icon = Literal["check", "person", "clock", "alert", "stop", "ring", "house"]

TIES = ("contractor", "trainee")
"""Classes of mailboxes that readers are told, since such a person is not the body's own."""

_MARKS: dict[str, tuple[str, Tone, Icon]] = {
    "office": (N_("Official"), "official", "check"),
    "mandate": (N_("Official"), "official", "check"),
    "agent": (N_("Public servant"), "person", "person"),
    "contractor": (N_("Contractor"), "person", "person"),
    "trainee": (N_("Trainee"), "person", "person"),
    Status.HOSTED: (N_("Hosted"), "person", "house"),
    Status.DEGRADED: (N_("Unreachable"), "waiting", "clock"),
    "record": (N_("Record not seen"), "waiting", "clock"),
    Status.SUSPENDED: (N_("To be checked"), "caution", "alert"),
    Status.REVOKED: (N_("No longer official"), "ended", "stop"),
    Status.EXPIRED: (N_("Ended"), "ended", "stop"),
    Status.NOT_ATTESTED: (N_("No attestation"), "none", "ring"),
    "replaced": (N_("Replaced"), "none", "ring"),
    "elsewhere": (N_("Not covered"), "none", "ring"),
    "unread": (N_("Not recognised"), "none", "ring"),
}

_TITLES = {
    "office": N_("Official account"),
    "mandate": N_("Official account of a function"),
    "agent": N_("A public servant's account"),
    "contractor": N_("The account of a contractor %(of_body)s"),
    "trainee": N_("The account of a trainee %(of_body)s"),
    Status.HOSTED: N_("On an official instance"),
    Status.SUSPENDED: N_("Careful: this account has not been confirmed since %(day)s"),
    Status.REVOKED: N_("This account has not been official since %(day)s"),
    Status.EXPIRED: N_("The attestation of this account ended on %(day)s"),
    Status.NOT_ATTESTED: N_("No attestation for this account"),
}

_DEGRADED = {
    "office": N_("Official account, unreachable since %(since)s"),
    "mandate": N_("Official account of a function, unreachable since %(since)s"),
    "agent": N_("A public servant's account, unreachable since %(since)s"),
    "contractor": N_("The account of a contractor %(of_body)s, unreachable since %(since)s"),
    "trainee": N_("The account of a trainee %(of_body)s, unreachable since %(since)s"),
}

_RECORD_FAILS = N_("Official account, but the DNS record of its organisation has not been seen since %(since)s")


_RECORD_AWAITED = N_(
    "The account itself answers. We keep looking for the record: without it within three days, the account will no"
    " longer be confirmed."
)
_REMEDIES = {
    Status.DEGRADED: N_("We keep trying. Without an answer within three days, it will no longer be confirmed."),
    Status.SUSPENDED: N_("Until it is proved again, do not take what it publishes for official."),
    Status.REVOKED: N_("What it publishes since then commits nobody but its author."),
    Status.EXPIRED: N_("Nobody vouches for this account any more. Its holder may ask for a new attestation."),
}


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What a page shows of a verdict. Every text is a plain ``str`` that a template shows as safe HTML.

    :param title: the verdict itself, for ``<h1>`` and ``<title>``
    :param lead: who holds the account; the first sentences to read
    :param names_handle: whether the lead names the account, so that the page need not
    :param note: that the verdict is about another thing than what was typed
    :param looked: when an absence was seen; None where `as_of` says it
    :param examined: people look at a new request for the account first, as it was withdrawn with cause
    :param replaced: a newer attestation took the place of this one, and nothing else has happened
    :param citation: None where nothing can be cited
    :param lookalike: which account the name resembles, and in what it differs
    :param others: handles of the other accounts of the same identity
    """

    status: Status
    tone: Tone
    icon: Icon
    mark: Phrase
    title: Phrase
    handle: Ident | None
    lead: tuple[Phrase, ...]
    names_handle: bool
    note: Phrase | None
    as_of: Phrase | None
    looked: Phrase | None
    reason: Phrase | None
    remedy: Phrase | None
    examined: bool
    replaced: bool
    evidence: tuple[Evidence, ...]
    others: tuple[Ident, ...]
    lookalike: LookalikeView | None
    profile: str | None
    page: str | None
    attestation: str | None
    issuer: str | None
    citation: Citation | None

    @property
    def vouches(self) -> bool:
        return self.status.vouches


def verdict_view(
    verdict: Mapping[str, Json],
    lang: Lang,
    *,
    typed: str = "",
    withdrawal: Withdrawal | None = None,
    cited: Cited | None = None,
    original: Original | None = None,
) -> VerdictView:
    """The words of a verdict (the JSON of ``/api/v1/lookup``).

    Beyond what every verdict has, it reads ``since`` (when the status began; else ``asOf``), ``reason``, ``movedTo``
    (a handle), ``mandate`` (``title``, ``start``, ``end``) and ``class`` in a check.

    :param typed: what the reader pasted; a link that is not the account's own earns a note
    :param withdrawal: what the store knows of one; without, only the reason is told
    :param cited: what a citation needs; without, there is none
    :param original: of a look-alike, what is known of the account that it resembles
    """
    status = Status(verdict["status"])
    account: Mapping[str, Json] = verdict.get("account") or {}
    handle = Ident(verdict["handle"]) if verdict["handle"] else None
    lookalike = lookalike_view(verdict["lookalike"], original, lang) if verdict.get("lookalike") else None
    role = _role(verdict)
    by_record = status is Status.DEGRADED and _by_record(verdict)
    network = networks.network_of(typed) if status is Status.NOT_ATTESTED else None
    replaced = status is Status.REVOKED and verdict.get("reason") == Reason.SUPERSEDED
    word, tone, icon = _MARKS["record" if by_record else role if status is Status.VERIFIED else status]
    if replaced or network:
        word, tone, icon = _MARKS["replaced" if replaced else "elsewhere"]
    elif lookalike is not None and is_alarming(lookalike.why):
        word, tone, icon = _MARKS[Status.SUSPENDED]
    elif verdict["handle"] is None:
        word, tone, icon = _MARKS["unread"]
    lead = _of_network(network, lang) if network else _lead(verdict, status, role, lang)
    as_of = None if network else _as_of(verdict, status, lang)
    return VerdictView(
        status=status,
        tone=tone,
        icon=icon,
        mark=say(lang, word),
        title=_title(verdict, status, role, network, lang),
        handle=None if network else handle,
        lead=lead,
        names_handle=handle is not None and any(handle in sentence for sentence in lead),
        note=None if network else _note(typed, verdict, handle, lang),
        as_of=as_of,
        looked=None if as_of else _looked(status, cited, lang),
        reason=None if replaced else _reason(verdict, status, withdrawal, lang),
        remedy=None if replaced or network else _remedy(verdict, status, lang),
        examined=_is_examined(verdict, status),
        replaced=replaced,
        evidence=evidence(verdict, lang) if status.vouches or status is Status.HOSTED else (),
        others=tuple(Ident(other) for other in verdict.get("otherAccounts") or ()),
        lookalike=None if network else lookalike,
        profile=account.get("profile"),
        page=page_in(verdict["page"], lang) if verdict.get("page") else None,
        attestation=verdict.get("attestation"),
        issuer=verdict.get("issuer"),
        citation=None if network or cited is None else citation(verdict, role, cited, lang),
    )


def _of_network(network: str, lang: Lang) -> tuple[Phrase, ...]:
    return tuple(say(lang, sentence) for sentence in networks.sentences(network))


def _by_record(verdict: Mapping[str, Json]) -> bool:
    """Whether it is the record of its body that fails, and not the account."""
    failing = {check["method"] for check in verdict.get("checks") or () if check.get("result") == "invalid"}
    return bool(failing) and failing <= OF_RECORD


def _role(verdict: Mapping[str, Json]) -> str:
    """The role, or for an agent the class of the mailbox where it is a tie that must be told."""
    classes = {check.get("class") for check in verdict.get("checks") or ()}
    for tie in TIES:
        if tie in classes:
            return tie
    return str(verdict.get("accountRole") or "agent")


def _since(verdict: Mapping[str, Json]) -> str:
    return str(verdict.get("since") or verdict["asOf"])


def _title(verdict: Mapping[str, Json], status: Status, role: str, network: str | None, lang: Lang) -> Phrase:
    if network:
        return say(lang, networks.NOT_COVERED, network=network)
    if verdict.get("lookalike"):
        return title(verdict["lookalike"]["why"], lang)
    if verdict.get("movedTo"):
        return say(lang, N_("This account has moved"))
    if verdict["handle"] is None:
        return say(lang, N_("We recognise no account in this link"))
    of_body = belonging(affiliation(verdict, lang), lang)
    if status is Status.DEGRADED:
        since = when(_since(verdict), lang, precision="minute")
        if _by_record(verdict):
            return say(lang, _RECORD_FAILS, since=since)
        return say(lang, _DEGRADED[role], since=since, of_body=of_body)
    if status is Status.VERIFIED:
        return say(lang, _TITLES[role], of_body=of_body)
    if status is Status.REVOKED and verdict.get("reason") == Reason.SUPERSEDED:
        return say(lang, N_("Replaced by a more recent attestation"))
    moment = verdict["validUntil"] if status is Status.EXPIRED and verdict.get("validUntil") else _since(verdict)
    return say(lang, _TITLES[status], day=when(moment, lang, precision="day"))


def _lead(verdict: Mapping[str, Json], status: Status, role: str, lang: Lang) -> tuple[Phrase, ...]:
    handle = Ident(verdict["handle"] or "")
    if verdict.get("lookalike"):
        lookalike = verdict["lookalike"]
        return (
            say(lang, N_("%(handle)s has no attestation."), handle=handle),
            official(lookalike["why"], Ident(lookalike["handle"]), lang),
        )
    if verdict.get("movedTo"):
        moved = Ident(verdict["movedTo"])
        form = N_("%(handle)s has moved to %(moved)s, which must be proved again.")
        return (say(lang, form, handle=handle, moved=moved),)
    if not handle:
        return (
            say(lang, N_("It is not the address of an account that we attest, and spells no other.")),
            say(lang, networks.COVERED),
            say(lang, N_("Paste a link to a profile, or an identifier such as %(handle)s."), handle="@nom@instance.fr"),
        )
    if status is Status.NOT_ATTESTED:
        return (say(lang, N_("That does not make it false: nobody asked us, or the request did not go through.")),)
    if status is Status.HOSTED:
        return (_hosted(verdict, lang), say(lang, N_("This account has no attestation of its own.")))
    return _holder(verdict, role, handle, lang) if status.vouches else ()


def _hosted(verdict: Mapping[str, Json], lang: Lang) -> Phrase:
    handle = Ident(verdict["handle"])
    of_body = belonging(affiliation(verdict, lang), lang)
    return say(lang, N_("%(handle)s is hosted on an official instance %(of_body)s."), handle=handle, of_body=of_body)


def _holder(verdict: Mapping[str, Json], role: str, handle: Ident, lang: Lang) -> tuple[Phrase, ...]:
    body = affiliation(verdict, lang)
    domain = body.domain
    if role == "office" and not body.is_named:
        return (say(lang, N_("The account %(handle)s is run by %(body)s."), handle=handle, body=acting(body, lang)),)
    if role == "office":
        form = N_("The account %(handle)s is run by %(body)s (%(domain)s).")
        return (say(lang, form, handle=handle, body=acting(body, lang), domain=Ident(domain or "")),)
    if role == "mandate":
        return (_mandate(verdict.get("mandate") or {}, lang),)
    if role == "contractor":
        form = N_("This account is held by a person who works for this body without being part of it.")
        return say(lang, form), say(lang, N_("They do not speak for it."))
    if role == "trainee":
        form = N_("This account is held by a person who is a trainee in this body.")
        return say(lang, form), say(lang, N_("They do not speak for it."))
    held = (
        say(lang, N_("This account is held by a person who has a mailbox at @%(domain)s."), domain=Ident(domain))
        if domain is not None
        else say(lang, N_("This account is held by a person who has a professional mailbox of the State."))
    )
    sentences = (held, say(lang, N_("They do not necessarily speak for their administration.")))
    if domain is None or not body.is_named:
        return sentences
    return (*sentences, say(lang, N_("The mailbox is one %(of_body)s."), of_body=belonging(body, lang)))


def _mandate(mandate: Mapping[str, Json], lang: Lang) -> Phrase:
    if not mandate:
        return say(lang, N_("This account is held by virtue of a public function."))
    title, start = Ident(mandate["title"]), when(mandate["start"], lang, precision="day")
    if not mandate.get("end"):
        form = N_("This account is held as: %(title)s, since %(start)s.")
        return say(lang, form, title=title, start=start)
    form = N_("This account is held as: %(title)s, from %(start)s to %(end)s.")
    return say(lang, form, title=title, start=start, end=when(mandate["end"], lang, precision="day"))


def _note(typed: str, verdict: Mapping[str, Json], handle: Ident | None, lang: Lang) -> Phrase | None:
    """That the verdict is about something else than what was typed: a page, or perhaps a mailbox."""
    if handle is None:
        return None
    account: Mapping[str, Json] = verdict.get("account") or {}
    if "://" in typed:
        own = [str(account.get(name)).rstrip("/") for name in ("profile", "actor")]
        if typed.strip().rstrip("/") in own or (not account and _is_profile(typed, handle)):
            return None
        return say(lang, N_("This verdict is about %(handle)s, not about the page you pasted."), handle=handle)
    if not account and handle == f"@{typed}":
        form = N_("If %(typed)s is a mailbox, this answer is not about it: it is about the account of that name.")
        return say(lang, form, typed=Ident(typed))
    return None


def _is_profile(typed: str, handle: str) -> bool:
    """Whether that address is where software has the profile of `handle`, on the server that the handle names."""
    user, _, host = handle.removeprefix("@").partition("@")
    there, _, path = typed.partition("://")[2].rstrip("/").partition("/")
    own = [f"{way}{user}".lower() for way in ("@", "web/@", "users/", "u/", "profile/")]
    return there.lower() == host and path.lower() in own


def _looked(status: Status, cited: Cited | None, lang: Lang) -> Phrase | None:
    if cited is None or status not in (Status.NOT_ATTESTED, Status.SUSPENDED, Status.REVOKED, Status.EXPIRED):
        return None
    return say(lang, N_("Looked up on %(moment)s."), moment=when(cited.at, lang))


def _as_of(verdict: Mapping[str, Json], status: Status, lang: Lang) -> Phrase | None:
    if verdict.get("lookalike"):
        return say(lang, N_("As of %(moment)s."), moment=when(verdict["asOf"], lang))
    if not status.vouches and status is not Status.HOSTED:
        return None
    if status is Status.DEGRADED:  # the last look saw nothing: what was seen, and when, stands in the evidence
        return say(lang, N_("Valid until %(until)s."), until=when(verdict["validUntil"], lang, precision="day"))
    moment = when(verdict["asOf"], lang)
    if not verdict.get("validUntil"):
        return say(lang, N_("Last checked on %(moment)s."), moment=moment)
    until = when(verdict["validUntil"], lang, precision="day")
    return say(lang, N_("Last checked on %(moment)s. Valid until %(until)s."), moment=moment, until=until)


def _remedy(verdict: Mapping[str, Json], status: Status, lang: Lang) -> Phrase | None:
    if verdict.get("lookalike"):
        return say(lang, N_("The absence of an attestation does not prove, by itself, that an account is false."))
    if status is Status.DEGRADED and _by_record(verdict):
        return say(lang, _RECORD_AWAITED)
    return say(lang, _REMEDIES[status]) if status in _REMEDIES else None


def _is_examined(verdict: Mapping[str, Json], status: Status) -> bool:
    return not status.vouches and bool(verdict.get("reason")) and Reason(verdict["reason"]).has_cause


def _reason(verdict: Mapping[str, Json], status: Status, withdrawal: Withdrawal | None, lang: Lang) -> Phrase | None:
    """Why it is withdrawn; of one whose time is over, why it had been suspended before."""
    if not verdict.get("reason"):
        return None
    if status is Status.EXPIRED:
        return withdrawal.told(lang, ended=True) if withdrawal else None
    return (withdrawal or Withdrawal(status, Reason(verdict["reason"]))).told(lang)
