"""Problems of what a domain publishes of itself: its record in the DNS, and its site. For those who administer it."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_LATER = N_("Nothing was lost. If it happens again, tell those who run the DNS of the domain.")
_COPY = N_("Copy the record from the page of your request, whole, and put it in the place of this one.")

OWNER_PROBLEMS: Mapping[str, Sentences] = {
    # The way to the DNS
    "dns-unreachable": Sentences(N_("The DNS does not answer"), N_("No answer came in time about %(host)s."), _LATER),
    "dns-failed": Sentences(
        N_("The DNS of the domain is out of order"),
        N_("The servers answer a question about %(host)s with an error. That says nothing of the record."),
        _LATER,
    ),
    "dns-name-too-long": Sentences(
        N_("The name of the domain is too long"),
        N_("No record can stand below %(host)s: a name of the DNS has 253 characters at most."),
        N_("Use a domain with a shorter name."),
    ),
    "dns-bogus": Sentences(
        N_("The DNS of the domain does not pass the check of its signatures"),
        N_("DNSSEC, at %(name)s: %(why)s. Somebody on the way may have changed the answer, so nothing of it is used."),
        N_("Ask those who run the DNS to look at that name with delv or a DNSSEC analyser, then try again."),
    ),
    "dns-alias": Sentences(
        N_("The record is an alias"),
        N_("%(name)s is a CNAME that leads to %(target)s. An alias is not followed: its end may change hands."),
        N_("Publish the TXT record at that very name, without CNAME."),
    ),
    # The record
    "dns-record-missing": Sentences(
        N_("The record is not in the DNS"),
        N_("Of the TXT records seen at %(name)s (%(count)s), none names %(service)s."),
        N_(
            "Publish the record exactly as it is shown to you. A change in the DNS may take a few hours to be seen"
            " everywhere."
        ),
    ),
    "dns-record-quoted": Sentences(
        N_("The record holds quotes"),
        N_("At %(name)s, the record begins with a quote: %(seen)s"),
        N_("Quotes only stand around a record in some files. Take them off, so that the record is: %(expected)s"),
    ),
    "dns-record-near": Sentences(
        N_("The record is nearly right"),
        N_("At %(name)s, the record is %(seen)s instead of %(expected)s"),
        _COPY,
    ),
    "dns-record-other-token": Sentences(
        N_("The record holds another code"),
        N_("At %(name)s, the record for this service has the code %(seen)s, which is not that of your organisation."),
        _COPY,
    ),
    "dns-record-expired": Sentences(
        N_("The record is out of date"),
        N_("The record at %(name)s says itself that it holds until %(since)s."),
        N_("Publish it with a later persistUntil, or without any."),
    ),
    "dns-record-duplicate": Sentences(
        N_("There are several records where one is expected"),
        N_("At %(name)s, %(count)s records name %(service)s. One may be left over from somebody who has gone."),
        N_("Keep the one that the page of your request shows, and remove the others."),
    ),
    "dns-record-malformed": Sentences(
        N_("The record cannot be read"),
        N_("At %(name)s, a record for this service has a form that we do not accept: %(seen)s"),
        N_(
            "Copy the record from the page of your request, whole, and put it in the place of this one. If it has a"
            " persistUntil, that is a number of seconds since 1970, in digits alone."
        ),
    ),
    # The owner's policy
    "owner-policy-malformed": Sentences(
        N_("The policy of the domain cannot be read"),
        N_(
            "At %(name)s, the policy record has a form that we do not accept, or stands there twice. "
            "Until it is corrected, nothing is allowed."
        ),
        N_("Ask those who run the DNS to keep one policy record only, written as the documentation says."),
    ),
    "owner-forbids-issuer": Sentences(
        N_("The domain does not allow this service to attest its accounts"),
        N_("At %(name)s, the tag issuer of the policy record does not name %(service)s."),
        N_("If this service should attest them, ask those who run the DNS to add it to that record."),
    ),
    "owner-forbids-agents": Sentences(
        N_("This organisation does not want its agents attested"),
        N_("%(name)s says so in its DNS: no account is attested to a mailbox of its own."),
        N_("Ask those who run that domain. Accounts of the organisation itself can be attested."),
    ),
    # The site
    "site-link-missing": Sentences(
        N_("The site does not link to the profile"),
        N_(
            "Neither the front page of %(host)s nor its page /.well-known/official-account "
            "has a link rel=me in its head to %(profile)s."
        ),
        N_(
            "Add it to the head of one of these pages, which must answer without sending elsewhere. "
            "This proof is not required."
        ),
    ),
}
