"""Why people look at a request before anything is signed."""

from collections.abc import Sequence
from typing import Literal

from ..core.models import IdentityType
from ..storage import Order, Reader
from .bodies import Bodies

Why = Literal["class", "elsewhere", "withdrawn", "contact"]
"""The policy says so of the mailbox or domain; the account is attested to somebody else; it was withdrawn with cause;
or it is asked for in the name of a body by somebody whom the body has not sent yet."""


async def reasons(reads: Reader, order: Order, bodies: Bodies) -> Sequence[Why]:
    """All that hold at this moment; none: it is issued at once."""
    found: list[Why] = []
    if order.decision == "review":
        found.append("class")
    # T00b: an account that speaks for somebody else is never handed over without a person's eyes.
    if await holders_elsewhere(reads, order):
        found.append("elsewhere")
    last = await reads.verdicts.last_on(order.handle)
    # A new order must not undo what somebody withdrew with cause: a thief holds the account too (T00c).
    if last is not None and last.reason is not None and last.reason.has_cause:
        found.append("withdrawn")
    institution = order.identity_type is IdentityType.INSTITUTION
    if institution and await bodies.is_stranger(reads, order.domain, order.contact_key or b""):
        found.append("contact")
    return found


async def holders_elsewhere(reads: Reader, order: Order) -> Sequence[bytes]:
    """The keyed hashes of others to whom the account is attested, or is about to be."""
    return [key for key in await reads.orders.identity_keys(order.handle) if key != order.identity_key]
