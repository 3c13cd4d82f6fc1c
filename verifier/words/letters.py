"""The letters that nobody asked for: what happened to an attestation, told to those whom it concerns.

Plain text, no word of a user in the subject (T10), nothing that must be clicked: a page is named, to be read.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ..core.initiator import Role
from ..core.models import Cause, Reason, Status
from ..core.strict_json import Json
from .deployment import page_in
from .languages import Lang
from .phrases import N_, say
from .review import examination
from .times import when
from .withdrawals import Withdrawal

_WHY_YOU = N_("You receive this mail because this address is the contact of that attestation. It needs no answer.")
_WHY_OPERATOR = N_("You receive this mail because this address is the one for the alerts of this service.")
_PAGE = N_("What everybody reads about it: %(page)s")
_AGAIN = N_(
    "If the account is yours and in order, make a new request for it on our site, and prove it again. If somebody"
    " else may have taken it over, tell the people in charge of security in your organisation first."
)
_STAYS = N_("Until then, the attestation stays as it is.")
_BY_ORGANISATION = N_(
    "You receive this mail because this address is the contact of an attested account of that organisation."
    " It needs no answer."
)
_IN_ITS_NAME = N_(
    "If you know of it, there is nothing to do. If not, tell the people in charge of security in your organisation, and"
    " those who run this service."
)
_WHY_BODY = N_(
    "You receive this mail because this address is that of a contact of the organisation, or of the one above it, or is"
    " named in its DNS (report=). It needs no answer."
)
_ASKED = N_("%(handle)s, started on %(at)s")
_TIMES = frozenset({"at", "since", "deadline", "until"})
_DAYS = frozenset({"first", "last"})


class _Form(NamedTuple):
    """A subject, and paragraphs between the greeting and the name of the service."""

    subject: str
    body: tuple[str, ...]


LETTERS: Mapping[str, _Form] = {
    "suspended": _Form(
        N_("An attestation is suspended"),
        (
            N_("%(service)s no longer confirms the account %(handle)s, since %(at)s. The reason:"),
            "%(reason)s",
            N_("Its readers are told not to take it for official any more, until it is proved again."),
            "%(again)s",
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "resume": _Form(
        N_("A code to go on with a request"),
        (
            N_(
                "Somebody, probably you, wants to go on in another browser with a request to %(service)s. With this"
                " mailbox, these requests wait:"
            ),
            "%(accounts)s",
            N_("To go on, type this code in the browser that asked for it, by %(until)s:"),
            "%(code)s",
            N_(
                "It proves nothing in a request. But whoever types it takes these requests over: tell it to nobody. We"
                " never ask for it by telephone or by mail."
            ),
            N_(
                "Is one of these accounts not yours? Then somebody typed your mailbox to ask for it: do not go on with"
                " that request, end it in the list that the code opens."
            ),
            N_("You asked for nothing? Do nothing: without this code, nobody can take these requests over."),
            N_("Nothing in this mail needs to be clicked, and it needs no answer."),
        ),
    ),
    "degraded": _Form(
        N_("An attested account does not answer"),
        (
            N_("The account %(handle)s has not answered our checks since %(since)s."),
            N_("It is still confirmed, and its readers are told that it cannot be reached."),
            N_("Without an answer by %(deadline)s, it will no longer be confirmed."),
            N_(
                "Most often its server is out of order, and there is nothing to do but wait. If the server has closed"
                " or has changed its name, make a new request for the account at its new place."
            ),
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "spelling": _Form(
        N_("An attestation holds for one spelling of a name from now on"),
        (
            N_(
                "The server of the account %(handle)s does not show us, or shows us no more, that it takes all"
                " spellings of a name, with capital letters or without, for the same."
            ),
            N_("So we confirm the account under its name as it is spelled here. Any other may be somebody else's."),
            N_(
                "There is nothing to do but to write it so wherever you publish it. If its server takes all spellings"
                " for the same, a new request for the account on our site shows that."
            ),
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "record": _Form(
        N_("The DNS record of an organisation cannot be seen"),
        (
            N_(
                "The DNS record of %(domain)s, on which the attestation of %(handle)s rests, has not been seen since"
                " %(since)s: it is not there, or it is not as it must be now."
            ),
            N_("The account is still confirmed. Without the record by %(deadline)s, it no longer will be."),
            N_(
                "Ask those who run the DNS of the organisation to publish this record, of type TXT, exactly as it"
                " stands here. If an older one of this service is there, it must go. First its name, then its value:"
            ),
            "%(name)s",
            "%(value)s",
            N_("What the world sees of it is told by this command: dig +short TXT %(name)s"),
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "elsewhere": _Form(
        N_("Somebody else asks for an account that is attested to you, or was"),
        (
            N_("Somebody asks %(service)s to attest to them the account %(asked)s."),
            "%(match)s",
            N_("They can change its profile."),
            "%(examination)s",
            _STAYS,
            N_(
                "If you are handing the account over, there is nothing to do. If not, somebody may have taken it over:"
                " change its password, and tell the people in charge of security in your organisation."
            ),
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "again": _Form(
        N_("A new request for your account must be examined"),
        (
            N_("In your name, somebody asks %(service)s to attest the account %(asked)s."),
            "%(match)s",
            "%(examination)s",
            _STAYS,
            N_(
                "If the request is yours, there is nothing to do. If not, somebody may have taken over the account and"
                " a mailbox: tell the people in charge of security in your organisation, by another way than mail."
            ),
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "of-body": _Form(
        N_("A request for an account of your organisation must be examined"),
        (
            N_("Somebody asks %(service)s to attest the account %(asked)s."),
            "%(match)s",
            N_("That attestation is of %(domain)s: of the organisation, or of a person who has a mailbox there."),
            "%(examination)s",
            _STAYS,
            N_(
                "If you know of it, there is nothing to do. If not, tell the people in charge of security in your"
                " organisation."
            ),
            _BY_ORGANISATION,
        ),
    ),
    "reassigned": _Form(
        N_("A mailbox has gone to somebody else"),
        (
            N_("The mailbox that the attestation of %(handle)s rests on now belongs to somebody else."),
            N_("So %(service)s no longer confirms the account, since %(at)s."),
            N_("If the account is yours, make a new request for it on our site, with the mailbox that you have now."),
            "%(examination)s",
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "class-changed": _Form(
        N_("Another rule holds for your mailbox"),
        (
            N_("By its rules of today, %(service)s no longer treats your mailbox as when it attested %(handle)s."),
            N_("The attestation is suspended since %(at)s: what it says of its holder no longer holds as it stands."),
            N_("Make a new request for the account on our site: the rules of today hold for it."),
            "%(examination)s",
            _PAGE,
            _WHY_YOU,
        ),
    ),
    "new-contact": _Form(
        N_("Somebody else asks for an account in the name of your organisation"),
        (
            N_(
                "With another mailbox of %(domain)s, somebody asks us to attest the account %(asked)s to that"
                " organisation."
            ),
            "%(examination)s",
            N_(
                "If you know of it, there is nothing to do. If not, tell the people in charge of security in your"
                " organisation."
            ),
            _BY_ORGANISATION,
        ),
    ),
    "office-published": _Form(
        N_("An account is attested in the name of your organisation"),
        (
            N_("Since %(at)s, %(service)s attests that the account %(handle)s is that of %(domain)s."),
            _IN_ITS_NAME,
            _PAGE,
            _WHY_BODY,
        ),
    ),
    "instance-named": _Form(
        N_("An instance is attested in the name of your organisation"),
        (
            N_(
                "Since %(at)s, %(service)s attests that the whole instance %(host)s is run by %(domain)s. Its accounts"
                " without an attestation of their own are shown as hosted there."
            ),
            _IN_ITS_NAME,
            _WHY_BODY,
        ),
    ),
    "children-named": _Form(
        N_("Other organisations are named in the name of yours"),
        (
            N_("On %(at)s, in the name of %(domain)s, somebody named these organisations as parts of it: %(named)s."),
            N_("They can now have accounts attested without a DNS record of their own."),
            _IN_ITS_NAME,
            _WHY_BODY,
        ),
    ),
    "child-named": _Form(
        N_("Another organisation names yours as a part of it"),
        (
            N_("On %(at)s, %(parent)s named %(domain)s as a part of it."),
            N_("Accounts of %(domain)s can now be attested on that word, without a DNS record of its own."),
            _IN_ITS_NAME,
            _WHY_BODY,
        ),
    ),
    "agents-published": _Form(
        N_("People of your organisation had accounts attested"),
        (
            N_(
                "Between %(first)s and %(last)s, %(service)s published one attestation or several of people who have a"
                " mailbox of %(domain)s, and whose readers see that name."
            ),
            N_(
                "We say neither whose nor how many: whoever has an account of their own attested decides alone who can"
                " find it. Readers are told that such a person does not necessarily speak for the organisation."
            ),
            N_(
                "If your organisation wants no further ones, this record in its DNS forbids them, of type TXT. If one"
                " that begins with the word policy is there already, agents=no goes into that one, since there may be"
                " no second. First its name, then its value:"
            ),
            "%(name)s",
            "%(value)s",
            N_("We write once a week at most."),
            _WHY_BODY,
        ),
    ),
    "record-seen": _Form(
        N_("The DNS record that your request waited for has been seen"),
        (
            N_(
                "The DNS record of %(domain)s, for which your request about the account %(handle)s was waiting, has"
                " been seen on %(at)s."
            ),
            N_("It must stay there: it serves for all the accounts of the organisation, and is read every day."),
            N_(
                "What remains to be done stands on the page of your request, which is open until %(until)s. The browser"
                " that started it finds it among Your requests, at: %(place)s"
            ),
            N_("You receive this mail because this mailbox was proved in that request. It needs no answer."),
        ),
    ),
    "refused": _Form(
        N_("A request was refused, as your DNS asks"),
        (
            N_("Somebody asked us to attest the account %(asked)s with a mailbox of %(domain)s, or in its name."),
            N_("It was refused on %(at)s, as the policy in the DNS of that domain asks. Nothing was published."),
            N_("Further requests of this kind are refused too; we write once a day at most."),
            N_("You receive this mail because that policy names this address (report=). It needs no answer."),
        ),
    ),
    "host-alarm": _Form(
        N_("Alert: the attestations of a whole server are suspended"),
        (
            N_("Several accounts of %(host)s were seen with other keys within a day, as when a domain is bought."),
            N_("All attestations of accounts of that server are suspended, %(count)s in this act."),
            N_(
                "None of them is resumed by itself. Find out who runs the server now, before anybody decides on a new"
                " request from there."
            ),
            _WHY_OPERATOR,
        ),
    ),
    "looks-stopped": _Form(
        N_("Alert: attested accounts cannot be looked at"),
        (
            N_(
                "Since %(since)s, none of the attested accounts that were due could be looked at: our ways out are"
                " shut."
            ),
            N_("Nobody is judged by it, and nothing is withdrawn. But what stops being true is not seen either."),
            N_(
                "The log of the service says which way is shut: the network, the resolver, the proxy, or a view"
                " (VERIFIER_VIEWS) without which there is no quorum. Once it is open, the looks go on by themselves."
            ),
            _WHY_OPERATOR,
        ),
    ),
    "lists-late": _Form(
        N_("Alert: the status lists cannot be signed"),
        (
            N_("Since %(since)s, a status list has waited for its signature: the signing key does not answer."),
            N_(
                "What was withdrawn shows on the pages and at the doors of the service. But whoever reads the signed"
                " lists alone does not see it yet, and a day after its last signature a list says nothing any more."
            ),
            N_(
                "Look at the device that holds the key, and at the log of the service. Once the key answers, the lists"
                " follow by themselves."
            ),
            _WHY_OPERATOR,
        ),
    ),
    "domain-alarm": _Form(
        N_("Alert: a domain of attested accounts"),
        (
            N_("%(domain)s is the domain of accounts that we attest, or of an organisation. We saw this of it:"),
            "%(seen)s",
            _WHY_OPERATOR,
        ),
    ),
}

MATCHES: Mapping[str, str] = {
    "elsewhere": N_("That account is attested already, or was."),
    "elsewhere-renamed": N_("Under another name, it is the account %(handle)s, which is attested already, or was."),
    "withdrawn": N_("An attestation of that account was withdrawn, and not only because its holder asked for it."),
    "withdrawn-renamed": N_(
        "Under another name, it is the account %(handle)s, of which an attestation was withdrawn, and not only because"
        " its holder asked for it."
    ),
    "key": N_(
        "It has the key of the account %(handle)s, which is attested already, or was: the account has moved to another"
        " server, or somebody has copied its key."
    ),
}
"""What a request has to do with an attestation (``registration.gates``)."""

SIGNS: Mapping[str, str] = {
    "bought": N_(
        "It was registered anew: it had lapsed, and may now be somebody else's. Whatever we attested there is"
        " suspended (in this act: %(count)s), and nothing of it resumes by itself. Find out who holds the domain now,"
        " before anybody decides on a new request from there."
    ),
    "restated": N_(
        "Its registry gives a later date of registration than before: most likely a correction, since we had looked"
        " after that date, or since it does so for several domains. Nothing is suspended for it, and its accounts are"
        " looked at now. Ask those who run the domain what has happened."
    ),
    "servers": N_(
        "None of its name servers is as before. Nothing is suspended for that alone, and its accounts are looked at"
        " now. Ask those who run the domain whether they have moved their DNS; if they have not, suspend its accounts."
    ),
    "registrant": N_(
        "Its registry names another holder. Nothing is suspended for that alone, and its accounts are looked at now."
        " Ask those who run the domain whether it has changed hands; if it has, suspend its accounts."
    ),
    "ending": N_(
        "Its registration has ended, and it is about to be deleted; then anybody may register it. Tell those who run it"
        " today: they may still get it back."
    ),
    "missing": N_(
        "Its registry, which knew it, has said for a day that there is no such domain. Anybody may then register it."
        " Tell those who run it today."
    ),
    "expiring": N_(
        "Its registration ends on %(until)s. Most are renewed by themselves, at the last moment. If this one is not"
        " renewed by then, tell those who run it."
    ),
}
"""What is seen of a domain, and what to do."""


def letter(name: str, values: Mapping[str, Json], lang: Lang, service: str) -> tuple[str, str]:
    """Subject and body of a letter.

    :param values: what its sentences need: parsed names, addresses of ours, times in Unix seconds, the code of a reason
    :param service: what the service calls itself to its readers
    """
    form = LETTERS[name]
    if name == "elsewhere":  # one that waits since before accounts were compared says neither
        values = {"asked": values["handle"], "match": "elsewhere"} | dict(values)
    shown = {key: _shown(key, value, lang) for key, value in values.items()} | {
        "service": service,
        "examination": examination(lang),
    }
    if "reason" in values:
        shown["reason"] = _withdrawal(values).told(lang)
        again = say(lang, _AGAIN)
        shown["again"] = f"{again}\n\n{examination(lang)}" if Reason(values["reason"]).has_cause else again
    if "match" in values:
        shown["match"] = say(lang, MATCHES[values["match"]], **shown)
    if "accounts" in values:
        shown["accounts"] = "\n".join(_account(each, lang) for each in values["accounts"])
    if "seen" in values:
        shown["seen"] = "\n\n".join(say(lang, SIGNS[sign], **shown) for sign in values["seen"])
    lines = (N_("Hello,"), *form.body, "%(service)s")
    told = [line % shown if line[:2] == "%(" and line[-2:] == ")s" else say(lang, line, **shown) for line in lines]
    return say(lang, form.subject), "\n\n".join(told) + "\n"


def _account(asked: Mapping[str, Json], lang: Lang) -> str:
    return say(lang, _ASKED, handle=str(asked["handle"]), at=when(int(asked["since"]), lang))


def _shown(key: str, value: Json, lang: Lang) -> str | int:
    if key in _TIMES:
        return when(int(value), lang)
    if key in _DAYS:
        return when(int(value), lang, precision="day")
    if key == "page":
        return page_in(str(value), lang)
    return value if isinstance(value, int) else str(value)


def _withdrawal(values: Mapping[str, Json]) -> Withdrawal:
    """Of a letter about a suspension; one that waits since before these were kept says neither who nor what."""
    by, cause = values.get("by"), values.get("cause")
    return Withdrawal(
        Status.SUSPENDED,
        Reason(values["reason"]),
        by=Role(by) if by else None,
        cause=Cause(cause) if cause else None,
    )
