"""What a verdict rests on, one line for each check; and what a check saw on its way."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.strict_json import Json
from .bodies import affiliation
from .languages import Lang
from .phrases import N_, Ident, Moment, Phrase, say
from .problems import explain
from .times import when


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who confirms, what was seen, when."""

    headline: Phrase
    detail: Phrase
    when: Moment


def evidence(verdict: Mapping[str, Json], lang: Lang) -> tuple[Evidence, ...]:
    """The checks of a verdict, in its order."""
    domain = affiliation(verdict, lang).domain
    return tuple(_line(check, domain, lang) for check in verdict.get("checks") or ())


def _line(check: Mapping[str, Json], domain: str | None, lang: Lang) -> Evidence:
    values: dict[str, str] = {"domain": Ident(domain or ""), "method": check["method"]}
    headline, detail = _sentences(check, domain)
    if check.get("result", "valid") != "valid":
        headline, detail = _FAILING.get(check["method"], _SILENT)
        values["since"] = when(check["since"], lang)
    return Evidence(say(lang, headline, **values), say(lang, detail, **values), when(check["checkedAt"], lang))


OF_RECORD = frozenset({"dns-01", "vouch-01"})
"""The checks that rest on the DNS record of a body; of the others, only that of the account is made again."""
_SILENT = (
    N_("The account does not confirm it at the moment."),
    N_("It cannot be reached since %(since)s; we try again. It was last seen on:"),
)
_FAILING: Mapping[str, tuple[str, str]] = {
    "dns-01": (
        N_("The domain does not confirm it at the moment."),
        N_(
            "The DNS record of %(domain)s that names this service cannot be seen since %(since)s; we try again. It was"
            " last seen on:"
        ),
    ),
    "vouch-01": (
        N_("The organisation above does not confirm it at the moment."),
        N_(
            "The DNS record of the organisation that named %(domain)s as part of it cannot be seen since %(since)s; we"
            " try again. It was last seen on:"
        ),
    ),
}
_ACCOUNT = N_("The account confirms it.")
_MAILBOX = N_("The mailbox confirms it.")
_DOMAIN = N_("The domain confirms it.")
_SIGN_IN = N_("The sign-in of the State confirms it.")

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "rel-me-01": (_ACCOUNT, N_("When it was checked, its profile linked to the page of its attestation.")),
    "profile-token-01": (_ACCOUNT, N_("When it was checked, a code given by this service stood in its profile.")),
    "oauth-01": (_ACCOUNT, N_("When it was checked, its holder signed in at its own instance.")),
    "email-01": (
        _MAILBOX,
        N_("A code sent to a professional mailbox of the State was typed back by the person who asked."),
    ),
    "oidc-01": (
        _SIGN_IN,
        N_("The person who asked signed in there with a professional mailbox of the State."),
    ),
    "vouch-01": (
        N_("The organisation above confirms it."),
        N_("An organisation that has proved its own domain named %(domain)s as part of it."),
    ),
    "dns-01": (_DOMAIN, N_("%(domain)s publishes a DNS record that names this service.")),
    "site-01": (
        N_("The site confirms it."),
        N_("When it was checked, the site of %(domain)s linked to the profile."),
    ),
    "instance-01": (
        N_("The instance confirms it."),
        N_("%(domain)s says that the instance is its own, and nobody else can open an account there."),
    ),
}
# Where the domain may be named; of dns-01, where it is signed.
_PRECISELY: Mapping[str, tuple[str, str]] = {
    "email-01": (_MAILBOX, N_("A code sent to a mailbox of %(domain)s was typed back by the person who asked.")),
    "oidc-01": (_SIGN_IN, N_("The person who asked signed in there with a mailbox of %(domain)s.")),
    "dns-01": (_DOMAIN, N_("%(domain)s publishes a signed DNS record (DNSSEC) that names this service.")),
}
_OTHER = (N_("One more check confirms it."), N_("Method %(method)s."))
# The checks of a signed document, in a few words.
_CHECKED: Mapping[str, str] = {
    "rel-me-01": N_("Account checked, by a link in its profile"),
    "profile-token-01": N_("Account checked, by a code in its profile"),
    "oauth-01": N_("Account checked, by a sign-in at its instance"),
    "email-01": N_("Mailbox checked, by a code"),
    "oidc-01": N_("Mailbox checked, by a sign-in"),
    "dns-01": N_("Domain checked, by its DNS"),
    "vouch-01": N_("Domain checked, by the organisation above"),
    "site-01": N_("Website checked, by a link to the profile"),
}


def checked_by(method: str, lang: Lang) -> Phrase:
    """What a check of a signed document was about, and how it was made."""
    return say(lang, _CHECKED.get(method, N_("Checked by another method, %(method)s")), method=method)


def _sentences(check: Mapping[str, Json], domain: str | None) -> tuple[str, str]:
    method = check["method"]
    precise = check.get("dnssec") if method == "dns-01" else domain
    if precise and method in _PRECISELY:
        return _PRECISELY[method]
    return _SENTENCES.get(method, _OTHER)


def seen(record: Mapping[str, Json], lang: Lang) -> tuple[Phrase, ...]:
    """What a check of the account saw, request by request.

    :param record: the evidence of a validation record: its ``trail`` of ``url`` with ``status``, or with ``problem``
    """
    return tuple(_request(item, lang) for item in record.get("trail", ()))


def _request(item: Mapping[str, Json], lang: Lang) -> Phrase:
    url = Ident(item["url"])
    if "problem" in item:
        problem = explain(item["problem"], {}, lang).title
        return say(lang, N_("%(url)s: %(problem)s"), url=url, problem=problem)
    return say(lang, N_("%(url)s answered with status %(status)s"), url=url, status=item["status"])
