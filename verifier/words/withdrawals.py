"""Why an attestation was withdrawn, in words: who did it, then what was seen or the reason that was given.

Each sentence says one fact that the store keeps: the status, who acted, what the service saw, else the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.initiator import Role
from ..core.models import Cause, Reason, Status
from .languages import Lang
from .phrases import N_, Phrase, joined, say
from .times import when

REASONS: Mapping[Reason, str] = {
    Reason.HOLDER_REQUEST: N_("Its holder asked for it."),
    Reason.ACCOUNT_COMPROMISED: N_("Somebody else may have taken the account over."),
    Reason.IDENTITY_LOST: N_("What it rested on no longer holds: its mailbox, its function or its organisation."),
    Reason.ACCOUNT_LOST: N_("The account no longer exists, or its profile no longer links to its attestation."),
    Reason.ACCOUNT_CHANGED: N_("The account is no longer the one that was proved; its holder must prove it again."),
    Reason.SUPERSEDED: N_("A more recent attestation takes its place."),
    Reason.ISSUED_IN_ERROR: N_("It should not have been issued."),
    Reason.UNREACHABLE: N_("The account could not be reached."),
    Reason.ERASED: N_("Its holder asked for its erasure."),
}
"""The reason that somebody gave, where the service itself saw nothing."""

CAUSES: Mapping[Cause, str] = {
    Cause.KEY: N_("The key of the account is no longer the one that was proved; its holder must prove it again."),
    Cause.ADDRESS: N_("The address of the account is no longer the one that was proved."),
    Cause.NAME: N_("The name of the account is no longer the one that was proved."),
    Cause.MOVED: N_("Its profile says that the account has moved; the new one must be proved."),
    Cause.SERVER: N_(
        "Several accounts of its server became others within a day, as when a domain changes hands: all those of this"
        " server must be proved again."
    ),
    Cause.DOMAIN: N_("A domain that it rests on was registered anew, and may be somebody else's now."),
    Cause.DELETED: N_("Its server says that the account was deleted."),
    Cause.CLOSED: N_("Its server says that it has suspended the account."),
    Cause.NOT_FOUND: N_("Its server no longer finds the account."),
    Cause.LINK: N_("Its profile no longer links to the page of its attestation."),
    Cause.SILENT: N_("For three days, the account did not answer, or not as it should."),
    Cause.RECORD_DENIED: N_("The DNS record of its organisation no longer names this service, or forbids it."),
    Cause.RECORD_UNSEEN: N_("The DNS record of its organisation has not been seen for three days."),
    Cause.VOUCHING: N_("The organisation above no longer names the one that holds this account as part of it."),
    Cause.MAILBOX: N_("The mailbox that it rested on now belongs to somebody else."),
    Cause.RULES: N_("The rules of this service have changed: what was proved at the time no longer suffices."),
}
"""What the service itself saw."""

WHO: Mapping[Status, Mapping[Role, str]] = {
    Status.SUSPENDED: {
        Role.HOLDER: N_("Its holder suspended the attestation."),
        Role.CONTACT: N_("A contact of its organisation suspended the attestation."),
        Role.REVIEWER: N_("Two reviewers of this service suspended the attestation."),
        Role.OPERATOR: N_("The operator of this service suspended the attestation."),
        Role.JOB: N_("This service suspended the attestation by itself."),
    },
    Status.REVOKED: {
        Role.HOLDER: N_("Its holder withdrew the attestation."),
        Role.CONTACT: N_("A contact of its organisation withdrew the attestation."),
        Role.REVIEWER: N_("Two reviewers of this service withdrew the attestation."),
        Role.OPERATOR: N_("The operator of this service withdrew the attestation."),
        Role.JOB: N_("This service withdrew the attestation by itself."),
    },
}
"""Who acted: never one for another, and never by name."""

_CONTACT_ABOVE = N_("A contact of the organisation above suspended the attestation.")
_BEFORE = N_("The attestation had been suspended before, on %(at)s.")


@dataclass(frozen=True, slots=True)
class Successor:
    """The attestation that took the place of another.

    :param path: of its page
    :param vouches: whether it vouches for the account now; `official`: whether the account speaks for a body
    """

    path: str
    vouches: bool
    official: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal, as the store keeps it. No public answer has `by` or `cause`.

    :param status: ``suspended`` or ``revoked``
    :param at: when, in Unix seconds
    :param by: in what quality somebody acted; None: it is not known
    :param cause: what the service saw; None: somebody decided, for that reason
    """

    status: Status
    reason: Reason
    at: int | None = None
    by: Role | None = None
    cause: Cause | None = None

    def told(self, lang: Lang, *, ended: bool = False) -> Phrase:
        """The sentences.

        :param ended: the time of the attestation is over since
        """
        why = say(lang, REASONS[self.reason] if self.cause is None else CAUSES[self.cause])
        if self.status is Status.REVOKED:
            why = say(lang, N_("Reason: %(reason)s"), reason=why)
        before = [say(lang, _BEFORE, at=when(self.at, lang))] if ended and self.at is not None else []
        who = self._who()
        return joined(*before, *([say(lang, who)] if who else []), why)

    def _who(self) -> str | None:
        by = self.by
        if by is None or (by is Role.HOLDER and self.reason is Reason.HOLDER_REQUEST):
            return None  # the reason itself says who
        if self.cause is Cause.MAILBOX:
            by = Role.JOB  # a sign-in of the newcomer showed it, who has suspended nothing
        if self.cause is Cause.VOUCHING and by is Role.CONTACT:
            return _CONTACT_ABOVE
        return WHO[self.status][by]
