"""What the store has kept of a withdrawal, for the words of a page."""

from collections.abc import Mapping
from contextlib import suppress

from .. import words
from ..core.errors import Unavailable
from ..core.initiator import role_of
from ..core.strict_json import Json
from ..storage import Reader


async def withdrawal(reader: Reader, order_id: str) -> words.Withdrawal | None:
    """How the attestation of that order was last withdrawn; None: it never was, or nobody said why."""
    row = await reader.verdicts.withdrawal(order_id)
    if row is None or row.reason is None:
        return None
    return words.Withdrawal(row.status, row.reason, row.at, role_of(row.by), row.cause)


async def withdrawal_of(reader: Reader, verdict: Mapping[str, Json]) -> words.Withdrawal | None:
    """The same, of the verdict that a lookup found; None, too, while the store is away: the verdict has the reason."""
    page = verdict.get("page") if verdict.get("reason") else None
    with suppress(Unavailable):
        return await withdrawal(reader, str(page).rpartition("/")[2]) if page else None
    return None
