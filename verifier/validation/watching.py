"""What a check of something attested means: an account, the record of a body, an instance. It decides nothing else.

A word of the account's own host that contradicts the pin ends the trust at once; silence, and what reads like an
outage, is borne for a while: who can stop a server must not thereby strip a minister of the attestation (T68).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..core.errors import OutsideError
from ..core.identifiers import Handle, HttpsUrl
from ..core.models import AccountPin, Cause, Record, Subject
from ..core.strict_json import Json
from .accounts.actors import Actor
from .accounts.profiles import check_profile, look_at_page, page_answered
from .accounts.resolution import own_name
from .methods.rel_me_01 import check_link
from .tools import Tools
from .trail import Trail


class Outcome(StrEnum):
    """What a look at something attested means."""

    AS_PINNED = "as-pinned"
    UNREACHABLE = "unreachable"
    """Nobody answered, or not as a server in order does: to be borne for a time."""
    MISSING = "missing"
    """"Not found", which a server that is out of order says too, or a "no" in the DNS that nobody signed: to be
    believed the second time."""
    CHANGED = "changed"
    """It is another key, actor or name than was pinned, or it says that it has moved."""
    LOST = "lost"
    """It is gone, or no longer says that it is attested."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look means, and why.

    :param why: ``key``, ``actor`` or ``handle`` for a drift from the pin, else the code of the problem; or empty
    :param profile_page: whether the page of the profile answered; None: nobody looked, or in vain
    """

    outcome: Outcome
    why: str = ""
    profile_page: bool | None = None

    @property
    def drifted(self) -> bool:
        """Whether it is another account under the old name, as when a domain has been bought (T34)."""
        return self.outcome is Outcome.CHANGED and self.why in ("key", "actor", "actor-key", "actor-other-id")

    @property
    def cause(self) -> Cause:
        """What was seen, in the words of a withdrawal that follows from it."""
        return _DRIFTS.get(self.why) or _CHANGED.get(self.why) or _LOST.get(self.why) or Cause.NOT_FOUND


# Its own host says, in good order, something else than what was pinned.
_CHANGED = {
    "account-moved": Cause.MOVED,
    "account-moved-alone": Cause.MOVED,  # T35: the other side is never asked to agree, since nothing passes to it
    "actor-key": Cause.KEY,
    "actor-other-id": Cause.ADDRESS,
    "handle-not-canonical": Cause.NAME,
    "webfinger-one-way": Cause.NAME,
    "webfinger-third-name": Cause.NAME,
}
_DRIFTS = {"actor": Cause.ADDRESS, "key": Cause.KEY, "handle": Cause.NAME}
_LOST = {
    "account-gone": Cause.DELETED,
    "account-suspended": Cause.CLOSED,
    "backlink-missing": Cause.LINK,
    "backlink-near": Cause.LINK,
    "backlink-not-alone": Cause.LINK,
    "backlink-other-order": Cause.LINK,
}
_MISSING = frozenset({"account-unknown", "profile-missing"})
# The owner's DNS says no. What is missing, malformed or bogus there may be an accident, or an attack: it is borne.
_RECORD_LOST = frozenset({"dns-record-other-token", "dns-record-expired", "owner-forbids-issuer"})


async def check_account(
    pin: AccountPin, page: str | None, tools: Tools, *, profile_page: bool | None = False
) -> Record:
    """The account as it is now.

    :param page: what its profile must still link to; None if it was proved in another way
    :param profile_page: then, whether the page of the profile answered when it was proved; None: not known yet, the
        record will say; False: it is not looked at
    :raises Unavailable: the fault is ours
    """

    async def find(actor: Actor, trail: Trail) -> dict[str, Json]:
        return {} if profile_page is False else await look_at_page(actor, trail, answered=profile_page)

    async def check(handle: Handle) -> Record:
        subject = Subject("", handle, page or "", None, None, "")
        if page is not None:
            return await check_link(subject, tools, pin.key_digest)
        return await check_profile("account", subject, tools, find, pin.key_digest)

    record = await check(pin.handle)
    if not pin.is_exact and record.problem is not None and record.problem.code == "account-unknown":
        own = await _own_spelling(pin, tools)
        return record if own is None else await check(own)
    return record


async def _own_spelling(pin: AccountPin, tools: Tools) -> Handle | None:
    """How the actor itself spells its name, where its server may have folded until now, and does no more (T00f)."""
    try:
        own = await own_name(HttpsUrl.parse(pin.actor), Trail(tools.fetcher), pin.key_digest)
    except OutsideError:
        return None
    return own if own != pin.handle and pin.is_named(own) else None


def account_finding(pin: AccountPin, record: Record) -> Finding:
    """What a check of an account means for its pin."""
    now = record.account
    if now is not None:
        for why, before, after in (
            ("actor", pin.actor, now.actor),
            ("key", pin.key_digest, now.key_digest),
        ):
            if before != after:
                return Finding(Outcome.CHANGED, why)
        if not pin.is_named(now.handle):
            return Finding(Outcome.CHANGED, "handle")
    if record.problem is None:
        return Finding(Outcome.AS_PINNED, profile_page=page_answered(record.evidence))
    code = record.problem.code
    if code in _CHANGED:
        return Finding(Outcome.CHANGED, code)
    if code in _LOST:
        return Finding(_page_outcome(record) if code.startswith("backlink-") else Outcome.LOST, code)
    if code in _MISSING or (code == "actor-status" and record.problem.values.get("status") == 404):
        return Finding(Outcome.MISSING, code)
    return Finding(Outcome.UNREACHABLE, code)


def quorum_finding(findings: Sequence[Finding], quorum: int) -> Finding:
    """What the findings of several views amount to.

    One that saw nothing does not contradict; a word against the account needs a quorum.
    """
    heard = [finding for finding in findings if finding.outcome is not Outcome.UNREACHABLE]
    if not heard:
        return findings[0]
    alike = len({finding.outcome for finding in heard}) == 1
    if alike and (heard[0].outcome is Outcome.AS_PINNED or len(heard) >= quorum):
        return heard[0]
    return Finding(Outcome.UNREACHABLE, "views-disagree")


def weigh(records: Sequence[Record], finding_of: Callable[[Record], Finding], quorum: int) -> tuple[Finding, Record]:
    """What the records of several views amount to, and one of them that says so."""
    findings = [finding_of(record) for record in records]
    finding = quorum_finding(findings, quorum)
    return finding, records[findings.index(finding) if finding in findings else 0]


def body_finding(record: Record) -> Finding:
    """What a check of a body's DNS record means."""
    return _dns_finding(record, record.evidence)


def instance_finding(record: Record) -> Finding:
    """What a check of a whole instance means."""
    if record.problem is not None and record.problem.code == "instance-open":
        return Finding(Outcome.LOST, record.problem.code)
    return _dns_finding(record, record.evidence.get("dns", {}))


def _dns_finding(record: Record, evidence: Mapping[str, Json]) -> Finding:
    if record.problem is None:
        return Finding(Outcome.AS_PINNED)
    code = record.problem.code
    if code not in _RECORD_LOST:
        return Finding(Outcome.UNREACHABLE, code)
    # Anybody on the way forges what is not signed: one answer must not take a whole body down (T39, T68).
    return Finding(Outcome.LOST if evidence.get("security") == "secure" else Outcome.MISSING, code)


def _page_outcome(record: Record) -> Outcome:
    """A link that was looked for last in the profile page is only missing if that page was there to be read."""
    status = record.evidence["trail"][-1].get("status")
    if status in (200, 410):
        return Outcome.LOST
    return Outcome.MISSING if status == 404 else Outcome.UNREACHABLE
