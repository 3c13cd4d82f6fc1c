"""How its server spells a name, and whether it takes other spellings for the same: learned by looks, kept with the pin.

A server that stops folding narrows the pin to one spelling, and nobody is suspended for it; what is exact is never
widened by a look (T00f).
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...core.clock import DAY
from ...core.identifiers import Handle
from ...core.initiator import Initiator
from ...core.models import AccountPin, Folding, Record
from ...publication.verdicts import respelled_body
from ...storage import Attestation, Tx, Watched
from ...validation.accounts.spelling import has_other_spelling
from ...validation.views import Views
from ..publishing import Publisher, pin_of_row

log = logging.getLogger(__name__)

_AGAIN = 30 * DAY  # seconds from one answer to the next question
_PATIENCE = 3 * DAY  # seconds in which what was known counts, while it cannot be learned: most outages are shorter


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a look saw of a name.

    :param folding: None if it was not asked
    """

    handle: Handle
    folding: Folding | None


async def spelling_of(account: Watched, records: Sequence[Record], views: Views, at: int) -> Spelling | None:
    """The name of an account that is as it was pinned; None if views differ on how it is spelled.

    :param records: one of each view
    """
    seen = Counter(record.account.handle for record in records if record.valid and record.account is not None)
    handle, count = seen.most_common(1)[0]
    if count < views.quorum:
        return None
    pin = replace(pin_of_row(account), handle=handle)
    return Spelling(handle, await views.folding(pin) if _is_asked(account, at) else None)


def _is_asked(account: Watched, at: int) -> bool:
    if account.folding in (Folding.NO, Folding.UNKNOWN):
        return False  # only a new proof widens it
    return account.folding_asked_at is None or account.folding_asked_at + _AGAIN <= at


async def store_spelling(
    tx: Tx, publisher: Publisher, account: Watched, attestation: Attestation, seen: Spelling, by: Initiator, at: int
) -> None:
    """Keep it with the pin, and in the verdict; tell the holder if it is narrower than before."""
    before = pin_of_row(account)
    folding, unknown_since = _folding(account, seen, at)
    asked_at = at if seen.folding is not None and folding is seen.folding else account.folding_asked_at
    now = replace(before, handle=seen.handle, folding=folding)
    as_it_was = asked_at == account.folding_asked_at and unknown_since == account.folding_unknown_since
    if (now == before and as_it_was) or not await _is_free(tx, account, now.handle):
        return
    await tx.accounts.set_spelling(account.id, now, asked_at, unknown_since)
    if now.handle != before.handle or now.is_exact != before.is_exact:
        await _tell_readers(tx, account, now, by, at)
    if now.is_exact and not before.is_exact and has_other_spelling(now.handle):
        log.warning("%s: its server does not take other spellings for the same name", now.handle)
        await publisher.write(tx, attestation, "spelling", {"handle": str(now.handle)})


def _folding(account: Watched, seen: Spelling, at: int) -> tuple[Folding | None, int | None]:
    """What counts from now on, and since when nothing else could be learned."""
    if seen.folding is None:
        return account.folding, account.folding_unknown_since
    if seen.folding is not Folding.UNKNOWN:
        return seen.folding, None
    since = at if account.folding_unknown_since is None else account.folding_unknown_since
    return (Folding.UNKNOWN if since + _PATIENCE <= at else account.folding), since


async def _is_free(tx: Tx, account: Watched, handle: Handle) -> bool:
    """Whether no other pin has that very name: then one of the two is about to be suspended."""
    other = await tx.accounts.get(handle.acct)
    return other is None or other.id == account.id or other.handle != handle.acct


async def _tell_readers(tx: Tx, account: Watched, pin: AccountPin, by: Initiator, at: int) -> None:
    """A new version of the verdict, at the name that it is about."""
    verdict = await tx.verdicts.of_order(account.order_id)
    if verdict is None:
        return
    if account.handle != pin.handle.acct:
        await tx.verdicts.drop_answer(account.handle)
    body = respelled_body(verdict.body, pin)
    await tx.verdicts.put(account.order_id, verdict.status, verdict.reason, at, body, by=by)
