"""One check from several places of the network: who answers differently to different readers proves nothing.

The quorum is of views that saw the same (T39, T41). A view that saw something else, or nothing, is told in the evidence
and in a record of its own; it is never taken for agreement.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..core.clock import HOUR
from ..core.errors import Unavailable
from ..core.identifiers import Handle
from ..core.models import AccountPin, Folding, Problem, Record, State, Subject
from ..core.strict_json import Json
from ..fetch import CHECK, allowance
from .accounts import spelling
from .method import Method, OtherViews
from .tools import Tools
from .watching import check_account

log = logging.getLogger(__name__)

DIRECT = "direct"
COMBINED = "quorum"
"""The view of a record that several views made together."""


@dataclass(frozen=True, slots=True)
class View:
    """A place to look from.

    :param name: :data:`DIRECT` is this machine's own
    :param tools: with the ways out of that place
    """

    name: str
    tools: Tools


@dataclass(frozen=True, slots=True)
class Views:
    """The places to look from.

    :param quorum: how many must see the same; at most as many as there are
    :param seconds: that one check may take, however many requests it makes
    """

    views: tuple[View, ...]
    quorum: int
    seconds: float = CHECK
    _alerted_at: dict[str, int] = field(default_factory=dict, compare=False)

    async def check(
        self, method: Method, subject: Subject, state: State, answer: Mapping[str, Json]
    ) -> tuple[Sequence[Record], State]:
        """The records of one check: of each view, then, if there are several, the one that they make together.

        :raises VerifierError: as the method
        :raises Unavailable: as :meth:`look`
        """
        with allowance(self.seconds):
            (*seen, record), state = await self._check(method, subject, state, answer)
            if record.valid and record.account is not None:
                record = await self._with_folding(record, record.account)
            return (*seen, record), state

    async def _check(
        self, method: Method, subject: Subject, state: State, answer: Mapping[str, Json]
    ) -> tuple[Sequence[Record], State]:
        if len(self.views) == 1 or not method.declaration.public:
            here, *others = (view.tools for view in self.views)
            record, state = await method.check(subject, state, answer, here, OtherViews(others, self.quorum))
            if len(self.views) == 1 or record.account is None or not record.valid:
                return (record,), state
            return await self._confirm(record, record.account), state

        states: list[State] = []

        async def look(tools: Tools) -> Record:
            record, remembered = await method.check(subject, state, answer, tools)
            states.append(remembered)
            return record

        records = await self.look(look)
        return (*records, self.combine(records)), states[0]

    async def _with_folding(self, record: Record, pin: AccountPin) -> Record:
        folding = await self.folding(pin)
        return replace(
            record,
            evidence={**record.evidence, "folding": folding},
            account=replace(pin, folding=folding),
        )

    async def folding(self, pin: AccountPin) -> Folding:
        """Whether the server of an account takes all spellings of its name for one, as a quorum sees it (T00f)."""
        if not spelling.has_other_spelling(pin.handle):
            return Folding.NO
        chance = self.views[0].tools.chance
        other, nonsense = spelling.other_spelling(pin.handle, chance), Handle(chance.identifier(), pin.handle.host)
        with allowance(self.seconds):
            seen = await asyncio.gather(*(spelling.ask(pin, other, nonsense, view.tools) for view in self.views))
        return spelling.weigh(seen, self.quorum)

    async def _confirm(self, record: Record, pin: AccountPin) -> Sequence[Record]:
        """A sign-in happens once, through one view; that it leads to the same account, a quorum must see (T41)."""
        seen = await self.look(lambda tools: check_account(pin, None, tools))
        combined = self.combine(seen)
        agreement = {name: combined.evidence[name] for name in ("views", "quorum")}
        confirmed = replace(record, view=COMBINED, evidence={**record.evidence, **agreement})
        if combined.valid and combined.account == pin:
            return (*seen, confirmed)
        agree = sum(each.valid and each.account == pin for each in seen)
        problem = self._disagree(agree, len(seen)) if combined.valid else combined.problem
        return (*seen, replace(confirmed, valid=False, problem=problem, account=None))

    async def look(self, look: Callable[[Tools], Awaitable[Record]]) -> Sequence[Record]:
        """What each view saw, all at once; each in its own network, so that none waits for another.

        A view that cannot look has seen nothing, and is told so in the log: whoever cuts one must not stop them all.

        :raises Unavailable: fewer than a quorum can look
        """
        with allowance(self.seconds):
            seen = await asyncio.gather(*(look(view.tools) for view in self.views), return_exceptions=True)
        records = [each for each in seen if isinstance(each, Record)]
        named: list[Record] = []
        for view, each in zip(self.views, seen, strict=True):
            if isinstance(each, Record):
                named.append(replace(each, view=view.name))
                continue
            if not isinstance(each, Unavailable):
                raise each
            self._alert(view, each)
            if len(records) < self.quorum:
                raise each
            named.append(_blind(view, each, records[0]))
        return named

    async def look_combined(self, look: Callable[[Tools], Awaitable[Record]]) -> Record:
        """What they saw, as one record.

        :raises Unavailable: as :meth:`look`
        """
        records = await self.look(look)
        return records[0] if len(records) == 1 else self.combine(records)

    def _alert(self, view: View, error: Unavailable) -> None:
        now = view.tools.clock.now()
        if now >= self._alerted_at.get(view.name, 0) + HOUR:
            self._alerted_at[view.name] = now
            log.error("the view %s cannot look (%s): is its way out open?", view.name, error)

    def combine(self, records: Sequence[Record]) -> Record:
        """What they amount to: what a quorum saw alike, else that they disagree."""
        observations = Counter(map(_observation, records))
        common, count = observations.most_common(1)[0]
        chosen = next(record for record in records if _observation(record) == common)
        views: list[Json] = [
            {
                "view": record.view,
                "result": "valid" if record.valid else "invalid",
                "agrees": _observation(record) == common,
                **({"problem": record.problem.code} if record.problem else {}),
            }
            for record in records
        ]
        evidence = {**chosen.evidence, "views": views, "quorum": self.quorum}
        if count >= self.quorum:
            return replace(chosen, view=COMBINED, evidence=evidence)
        problem = self._disagree(count, len(records))
        return replace(chosen, view=COMBINED, valid=False, problem=problem, evidence=evidence, account=None)

    def _disagree(self, agree: int, views: int) -> Problem:
        return Problem("views-disagree", {"agree": agree, "views": views, "quorum": self.quorum})


def _blind(view: View, error: Unavailable, other: Record) -> Record:
    """The record of a view that could not look, beside that of one that could."""
    problem = Problem(error.code, error.values)
    return replace(other, view=view.name, valid=False, problem=problem, evidence={}, account=None)


def _observation(record: Record) -> Hashable:
    """What must be the same from everywhere."""
    return (
        record.valid,
        record.problem.code if record.problem else None,
        record.account,
        record.evidence.get("security"),
        record.evidence.get("persistUntil"),
    )
