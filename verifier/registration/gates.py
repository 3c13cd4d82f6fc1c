"""Why people examine a request before anything is signed.

An account has other names than the one in the request, or may get one (T00e): it is renamed, its actor names another
handle (FEP-2c59), its server moves. So a request is compared by handle, by actor and by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..core.models import End, IdentityType
from ..storage import Attestation, Order, Reader
from .bodies import Bodies

MatchReason = Literal["elsewhere", "elsewhere-renamed", "withdrawn", "withdrawn-renamed", "key"]
"""
``elsewhere``: the account is attested to somebody else, or was; ``elsewhere-renamed``: under another name.
``withdrawn``: an attestation of it was withdrawn with cause; ``withdrawn-renamed``: under another name.
``key``: another account that is attested, or was, has the same key.
"""
ReviewReason = Literal["class", "contact", "name-claimed"] | MatchReason
"""
``class``: the policy asks it of that mailbox or domain.
``contact``: the body has not had an account attested through that contact yet.
``name-claimed``: nobody but whoever asks says what the body is called.
"""


@dataclass(frozen=True, slots=True)
class Match:
    """An attestation, in force or past, for which people examine an order.

    :param reasons: at least one, the gravest first
    :param is_other: whether it is somebody else's
    """

    attestation: Attestation
    reasons: Sequence[MatchReason]
    is_other: bool


async def review_reasons(reads: Reader, order: Order, bodies: Bodies) -> Sequence[ReviewReason]:
    """All reasons that hold at this moment; without any, the attestation is issued at once."""
    reasons: list[ReviewReason] = []
    if order.decision == "review":
        reasons.append("class")
    # T00b: two strangers at once on one account; only one of them is issued.
    if any(key != order.identity_key for key in await reads.orders.keys_issuing(order.handle)):
        reasons.append("elsewhere")
    reasons += [reason for match in await matches(reads, order) for reason in match.reasons]
    institution = order.identity_type is IdentityType.INSTITUTION
    if institution and await bodies.is_new_contact(reads, order.domain, order.contact_key or b""):
        reasons.append("contact")
    if await bodies.is_name_claimed(reads, order):
        reasons.append("name-claimed")
    return list(dict.fromkeys(reasons))


async def matches(reads: Reader, order: Order) -> Sequence[Match]:
    """The attestations for which people examine an order. Before its account is proved, only its handle is compared."""
    named = await reads.attestations.ever_of_handle(order.handle)
    found = [await _match(reads, order, each, renamed=False) for each in named]
    proofs = await reads.records.proofs(order.id)
    account = next((record.account for record in reversed(proofs) if record.end is End.ACCOUNT), None)
    if account is not None:
        known = {each.id for each in named}
        renamed = [each for each in await reads.attestations.ever_of_actor(account["actor"]) if each.id not in known]
        found += [await _match(reads, order, each, renamed=True) for each in renamed]
        # Whoever asks: a server that has moved, and one whose keys were copied, look alike from here.
        for each in await reads.attestations.ever_of_key(account["keyDigest"], account["actor"]):
            found.append(Match(each, ("key",), await _is_other(reads, order, each)))
    return [match for match in found if match.reasons]


async def _match(reads: Reader, order: Order, attestation: Attestation, *, renamed: bool) -> Match:
    reasons: list[MatchReason] = []
    is_other = await _is_other(reads, order, attestation)
    # T00b: an account that speaks for somebody else, or did, is never handed over unless a person has looked.
    if is_other:
        reasons.append("elsewhere-renamed" if renamed else "elsewhere")
    # A new order must not undo what somebody withdrew with cause: a thief holds the account too (T00c). Whatever reason
    # was given later, for a revocation or by a newer attestation, does not undo it either.
    if any(reason.has_cause for reason in await reads.verdicts.reasons(attestation.order_id)):
        reasons.append("withdrawn-renamed" if renamed else "withdrawn")
    return Match(attestation, reasons, is_other)


async def _is_other(reads: Reader, order: Order, attestation: Attestation) -> bool:
    of = await reads.orders.get(attestation.order_id)
    return of is None or of.identity_key != order.identity_key
