"""The nouns that more than one room speaks of. Frozen; times are whole Unix seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Self

from .identifiers import Handle, Host, MailAddress
from .strict_json import Json

StatusBit = Literal["clear", "set", "unknown"]
"""One place of a status list; ``unknown`` when the list is missing or its day is over (T48)."""


class Status(StrEnum):
    """What a verdict says of an account."""

    VERIFIED = "verified"
    DEGRADED = "degraded"
    HOSTED = "hosted"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_ATTESTED = "not_attested"

    @property
    def vouches(self) -> bool:
        """Whether the account may be shown as official, and its page may carry rel=me (T00)."""
        return self in (Status.VERIFIED, Status.DEGRADED)


class Reason(StrEnum):
    """Why an attestation stopped, or an order was rejected."""

    HOLDER_REQUEST = "holder-request"
    ACCOUNT_COMPROMISED = "account-compromised"
    IDENTITY_LOST = "identity-lost"
    ACCOUNT_LOST = "account-lost"
    ACCOUNT_CHANGED = "account-changed"
    SUPERSEDED = "superseded"
    ISSUED_IN_ERROR = "issued-in-error"
    UNREACHABLE = "unreachable"
    ERASED = "erased"

    @property
    def has_cause(self) -> bool:
        """Whether people examine the next request for the account; without, its holder only proves it again (T00c)."""
        return self not in (Reason.HOLDER_REQUEST, Reason.UNREACHABLE, Reason.SUPERSEDED)


class Cause(StrEnum):
    """What the service itself saw, of which a reason tells the kind: readers are told what was seen, and no more.

    An act of a person has none: its reason is all that is known. No public answer has it as a code.
    """

    KEY = "key"
    ADDRESS = "address"
    NAME = "name"
    MOVED = "moved"
    SERVER = "server"
    """Accounts of its server became others within a day: all of them are withdrawn (T34)."""
    DOMAIN = "domain"
    """A domain that it rests on was registered anew (T34)."""
    DELETED = "deleted"
    CLOSED = "closed"
    """Its server says that it has suspended it."""
    NOT_FOUND = "not-found"
    LINK = "link"
    SILENT = "silent"
    RECORD_DENIED = "record-denied"
    RECORD_UNSEEN = "record-unseen"
    VOUCHING = "vouching"
    MAILBOX = "mailbox"
    """It has passed to somebody else (T07)."""
    RULES = "rules"


class OrderStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    IN_REVIEW = "in_review"
    NEEDS_INFO = "needs_info"
    ISSUING = "issuing"
    ISSUED = "issued"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ChallengeStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


class End(StrEnum):
    ACCOUNT = "account"
    IDENTITY = "identity"


class IdentityType(StrEnum):
    AGENT = "agent"
    INSTITUTION = "institution"


class EventKind(StrEnum):
    ISSUED = "issued"
    RENEWED = "renewed"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"
    ERASED = "erased"


class Purpose(StrEnum):
    """One key, one purpose (T51): none of these ever signs for another.

    ``issuing``: attestations and their status lists. ``status``: status lists, in registries from before; read only.
    """

    ISSUING = "issuing"
    STATUS = "status"
    LOG = "log"
    HTTP = "http"


class Folding(StrEnum):
    """Whether a server takes all spellings of a user name, in capitals or not, for one (T00f)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """It could not be learned: to readers the same as no."""


@dataclass(frozen=True, slots=True)
class AccountPin:
    """An account as it was proved; any drift from it suspends (T33).

    :param handle: as its server spells it
    :param key_digest: ``core.identifiers.Digest`` of the actor's DER SubjectPublicKeyInfo, as text
    :param published: the creation date that the actor shows, as it spells it, or None
    :param folding: None until its server was asked; until then, any spelling is its name
    """

    handle: Handle
    actor: str
    profile: str
    key_digest: str
    published: str | None = None
    folding: Folding | None = None

    @property
    def is_exact(self) -> bool:
        """Whether no other spelling of its name counts."""
        return self.folding in (Folding.NO, Folding.UNKNOWN)

    def is_named(self, handle: Handle) -> bool:
        """Whether `handle` is its name."""
        return handle == self.handle or (not self.is_exact and handle.folded == self.handle.folded)


@dataclass(frozen=True, slots=True)
class Problem:
    """A code of ``words.problems`` with the values of its sentence."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What one check saw (a validation record). A failed check is a record, not an exception.

    :param view: the network vantage point, ``direct`` when there is one only
    :param problem: why it is not valid; None iff valid
    :param evidence: what was seen: urls, addresses, digests; plain JSON, no secret, no mailbox
    :param account: the account as resolved, for methods of the account end
    """

    method: str
    end: End
    valid: bool
    checked_at: int
    problem: Problem | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    account: AccountPin | None = None
    view: str = "direct"

    @classmethod
    def of(
        cls,
        method: str,
        end: End,
        at: int,
        problem: Problem | None,
        evidence: Mapping[str, Json],
        account: AccountPin | None = None,
    ) -> Self:
        """A check that met that problem, or none."""
        return cls(method, end, problem is None, at, problem, evidence, account)


def agreeing(evidence: Mapping[str, Json]) -> int:
    """How many views of the network saw what a record says; 1 for a record of one view."""
    return sum(1 for view in evidence.get("views", ()) if view["agrees"]) or 1


State = Mapping[str, Json]
"""What a challenge remembers between two requests: JSON, at first empty. It holds no secret that would open it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a validation method may know of an order.

    :param page: the absolute URL of this order's page
    :param mailbox: the address to prove, for methods that prove one
    :param domain: of the body
    :param body_token: what the body publishes in its DNS
    :param locale: the language in which the holder is written to, and asked to sign in
    """

    order_id: str
    handle: Handle
    page: str
    mailbox: MailAddress | None
    domain: Host | None
    locale: str
    body_token: str | None = None
