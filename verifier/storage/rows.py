"""The rows, as frozen dataclasses whose fields are named as the columns (a trailing underscore aside)."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core import strict_json
from ..core.initiator import Role
from ..core.models import Cause, ChallengeStatus, End, EventKind, Folding, IdentityType, OrderStatus, Reason, Status

JsonObject = Mapping[str, strict_json.Json]


@dataclass(frozen=True, slots=True)
class Lease:
    """One claim on work that others could take, too.

    :param holder: drawn for this claim alone: no other has it, whatever the clocks of other processes say
    :param until: when others may think the holder dead
    """

    holder: str
    until: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What an order is from its first moment; the rest of :class:`Order` comes with its life.

    :param token_digest: SHA-256 of the bearer token
    :param identity_key: HMAC of the mailbox's person or of the domain
    :param mail_domain: of the mailbox
    :param contact_key: HMAC of the mailbox's person: who acts, be it for a body
    :param decision: ``issue`` or ``review``, as the policy said
    :param affiliation: level that the holder chose to show: ``body`` or ``state``
    :param claimed_name: what the applicant says that the body is called
    """

    id: str
    token_digest: bytes
    handle: str
    identity_type: IdentityType
    identity_key: bytes
    mailbox: str | None
    mail_domain: str
    contact_key: bytes
    domain: str
    decision: str
    class_: str
    rule: str
    policy_version: str
    listed: bool
    affiliation: str
    locale: str
    claimed_name: str | None
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """:param report: where the owners of its domains asked to be told, divided by a space; until it is published"""

    id: str
    token_digest: bytes
    status: OrderStatus
    handle: str
    identity_type: IdentityType
    identity_key: bytes
    mailbox: str | None
    mail_domain: str | None
    contact_key: bytes | None
    subject: bytes | None
    domain: str
    identity_id: str | None
    account_id: str | None
    attestation_id: str | None
    decision: str
    class_: str
    rule: str
    policy_version: str
    listed: bool
    affiliation: str
    locale: str
    claimed_name: str | None
    report: str | None
    reason: Reason | None
    created_at: int
    updated_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Body:
    """A public body, as this deployment came to know it.

    :param name: the domain again while nobody has named it
    :param token: what its DNS record must hold
    :param proved_at: when its record was first seen; None: never, or no longer there
    :param proof_until: when the record itself says that it ends; None: as long as it stays
    :param checked_at: when it was last seen
    :param security: what DNSSEC said of it then: ``secure``, ``insecure`` or ``unknown``
    :param vouched_at: when the body above it named it
    :param contact_key: HMAC of the mailbox that first acted for it, or that the body above named
    """

    id: str
    domain: str
    name: str
    parent_id: str | None
    token: str | None
    proved_at: int | None
    proof_until: int | None
    checked_at: int | None
    security: str | None
    vouched_at: int | None
    contact_key: bytes | None

    @property
    def is_named(self) -> bool:
        return self.name != self.domain


@dataclass(frozen=True, slots=True)
class Instance:
    """A whole instance run by a body.

    :param host: as in the handles of its accounts
    :param checked_at: when it was last seen to be so; `tried_at` when it was last looked at in vain, `failing_since`
        then, `denied_since` when an answer that nobody signed said no
    """

    host: str
    body_id: str
    evidence: JsonObject
    proved_at: int
    checked_at: int
    tried_at: int | None
    failing_since: int | None
    denied_since: int | None
    ended_at: int | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A pin, and what was last seen of its account.

    :param handle: as its server spells it; of a pin from before spellings were kept, in lower case
    :param folding: None of such a pin, until it was looked at; `folding_asked_at` when it was last learned,
        `folding_unknown_since` from when on it cannot be
    :param host: of the actor; of a pin from before hosts were kept, its own id
    :param checked_at: when it was last seen to be as pinned
    :param failing_since: unreachable from then on; `missing_since`: "not found" from then on
    :param warned_at: when the holder was told so
    :param next_check_at: when it is to be looked at again
    :param profile_page: whether the page of its profile answered with 200 when it was proved or first looked at
    """

    id: str
    handle: str
    actor: str
    profile: str
    key_digest: str
    published: str | None
    order_id: str
    host: str
    checked_at: int | None
    failing_since: int | None
    missing_since: int | None
    warned_at: int | None
    next_check_at: int
    profile_page: bool | None
    folding: Folding | None
    folding_asked_at: int | None
    folding_unknown_since: int | None


@dataclass(frozen=True, slots=True)
class NewChallenge:
    """One way of proving an end.

    :param state: what it remembers from the start
    """

    type: str
    end: End
    state: JsonObject


@dataclass(frozen=True, slots=True)
class Authorization:
    order_id: str
    end: End
    needs: str
    status: ChallengeStatus


@dataclass(frozen=True, slots=True)
class Challenge:
    order_id: str
    type: str
    end: End
    status: ChallengeStatus
    state: JsonObject
    record_id: int | None
    lease_until: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was in force when a proof was made; kept with each record."""

    policy_version: str
    class_: str
    consent: JsonObject
    locale: str


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A validation record, with what was in force at that moment (policy, class, consent, locale)."""

    id: int
    order_id: str
    method: str
    end: End
    view: str
    valid: bool
    checked_at: int
    problem: JsonObject | None
    evidence: JsonObject
    account: JsonObject | None
    policy_version: str
    class_: str
    consent: JsonObject
    locale: str


@dataclass(frozen=True, slots=True)
class NewAttestation:
    """An intent: what will be signed, and the indexes drawn for it."""

    id: str
    order_id: str
    previous_id: str | None
    issuer: str
    handle: str
    intent: bytes
    revocation_list: int
    revocation_index: int
    suspension_list: int
    suspension_index: int
    listed: bool
    valid_from: int
    valid_until: int
    reserved_at: int


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """A listed account that is vouched for.

    :param handle: as an ``acct:``
    :param domain: of the body whose account it is, with its name; None for a person's
    """

    handle: str
    identity_type: IdentityType
    domain: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Attestation:
    id: str
    order_id: str
    account_id: str | None
    identity_id: str | None
    previous_id: str | None
    issuer: str
    handle: str
    intent: bytes
    body: bytes | None
    revocation_list: int
    revocation_index: int
    suspension_list: int
    suspension_index: int
    listed: bool
    valid_from: int
    valid_until: int
    reserved_at: int
    linted_at: int | None
    signed_at: int | None
    published_at: int | None
    suspended_at: int | None
    revoked_at: int | None
    expired_at: int | None


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A version of a verdict.

    :param by: who brought it about; None: it is from before this was kept. No public answer has it
    :param cause: what the service saw, if it was a withdrawal that follows from what it saw. No public answer has it
    """

    order_id: str
    version: int
    status: Status
    reason: Reason | None
    at: int
    body: bytes
    by: str | None
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Event:
    """:param by: who acted; None: it is from before this was kept. No public answer has it"""

    seq: int
    at: int
    kind: EventKind
    attestation_id: str
    handle: str
    listed: bool
    reason: Reason | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is answered about that key is no longer what it was.

    :param kind: of the key, as in ``changes``
    """

    seq: int
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What a person did.

    :param about: what it was done to: ids, domains, reasons; nothing that names a person
    :param commitment: HMAC-SHA-256 over the person, by an opening that :class:`AuditPerson` has
    :param previous: the digest of the entry before; `digest`: of this one
    """

    seq: int
    at: int
    act: str
    role: Role
    about: JsonObject
    commitment: bytes
    previous: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class AuditPerson:
    """Who did what an entry says; erased without a trace in the chain."""

    seq: int
    opening: bytes
    person: str


@dataclass(frozen=True, slots=True)
class DueList:
    """A status list that waits to be signed, and since when."""

    purpose: str
    number: int
    since: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """A code that was sent for one browser.

    :param token_digest: SHA-256 of its token
    :param person: HMACs of the mailbox's person, and of its very address
    :param mac: of the code, in hexadecimal
    :param tries: wrong codes so far
    """

    token_digest: bytes
    purpose: str
    person: bytes
    mac: str
    sent_at: int
    tries: int


@dataclass(frozen=True, slots=True)
class Session:
    """A browser whose holder has shown that they read the mail of a mailbox.

    :param token_digest: SHA-256 of its token
    :param person: HMAC of the mailbox's person
    """

    token_digest: bytes
    purpose: str
    person: bytes
    expires_at: int
