"""Why people examine a request before anything is signed."""

from collections.abc import Sequence
from typing import Literal

from ..core.models import IdentityType
from ..storage import Order, Reader
from .bodies import Bodies

ReviewReason = Literal["class", "elsewhere", "withdrawn", "contact"]
"""
``class``: the policy asks it of that mailbox or domain.
``elsewhere``: the account is attested to somebody else.
``withdrawn``: its last attestation was withdrawn with cause.
``contact``: the body has not had an account attested through that contact yet.
"""


async def review_reasons(reads: Reader, order: Order, bodies: Bodies) -> Sequence[ReviewReason]:
    """All reasons that hold at this moment; without any, the attestation is issued at once."""
    reasons: list[ReviewReason] = []
    if order.decision == "review":
        reasons.append("class")
    # T00b: an account that speaks for somebody else is never handed over unless a person has looked.
    if await holders_elsewhere(reads, order):
        reasons.append("elsewhere")
    last = await reads.verdicts.last_on(order.handle)
    # A new order must not undo what somebody withdrew with cause: a thief holds the account too (T00c).
    if last is not None and last.reason is not None and last.reason.has_cause:
        reasons.append("withdrawn")
    institution = order.identity_type is IdentityType.INSTITUTION
    if institution and await bodies.is_new_contact(reads, order.domain, order.contact_key or b""):
        reasons.append("contact")
    return reasons


async def holders_elsewhere(reads: Reader, order: Order) -> Sequence[bytes]:
    """The keyed hashes of others to whom the account is attested, or is about to be."""
    return [key for key in await reads.orders.identity_keys(order.handle) if key != order.identity_key]
