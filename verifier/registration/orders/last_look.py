"""The account, looked at once more before the attestation is signed: its proof may be days old."""

import asyncio
import logging
from dataclasses import replace
from functools import partial

from ...core import observed
from ...core.clock import Clock
from ...core.errors import Conflict
from ...core.models import End, Problem, Record
from ...core.site import Site
from ...storage import Order, Storage
from ...validation import DECLARATIONS, Recheck
from ...validation.accounts.profiles import page_answered
from ...validation.views import Views
from ...validation.watching import Outcome, account_finding, check_account, weigh
from ..publishing import pin_of

log = logging.getLogger(__name__)

FRESH = 600  # seconds for which a proof needs no second look: most people publish right after they prove
_PATIENCE = 10.0  # seconds for the look: somebody is waiting


class LastLook:
    """The last look at the account of an order. One per process."""

    def __init__(self, *, site: Site, storage: Storage, views: Views, clock: Clock) -> None:
        self._site = site
        self._storage = storage
        self._views = views
        self._clock = clock

    async def take(self, order: Order) -> Record | None:
        """What was seen; None if the proof is fresh. An invalid record: it is not the account that was proved.

        :raises Conflict: ``account-not-seen``: the account cannot be seen now
        :raises Unavailable: the fault is ours
        """
        proofs = await self._storage.read.records.proofs(order.id)
        proof = next((record for record in reversed(proofs) if record.end is End.ACCOUNT), None)
        if proof is None or proof.checked_at + FRESH > self._clock.now():
            return None
        linked = DECLARATIONS[proof.method].recheck is Recheck.PROFILE_LINK
        pin, page = pin_of(proof), self._site.page(order.id) if linked else None
        answered = page_answered(proof.evidence)
        try:
            async with asyncio.timeout(_PATIENCE):
                with observed.validation(proof.method, "last-look", order=order.id) as outcome:
                    seen = await self._views.look(lambda tools: check_account(pin, page, tools, profile_page=answered))
                    finding, record = weigh(seen, partial(account_finding, pin), self._views.quorum)
                    outcome.result = finding.outcome
        except TimeoutError as error:
            raise Conflict("account-not-seen") from error
        match finding.outcome:
            case Outcome.AS_PINNED:
                return record
            case Outcome.CHANGED | Outcome.LOST:
                log.warning("order %s: its account is not what was proved (%s)", order.id, finding.why)
                return replace(record, valid=False, problem=record.problem or Problem("account-other-since"))
            case Outcome.MISSING | Outcome.UNREACHABLE:
                raise Conflict("account-not-seen")
