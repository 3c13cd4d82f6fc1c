"""Lookups, remembered until anything changes.

A lookup is a read of stored bytes. What popular handles get is kept as finished answers, and dropped as
soon as anybody, in any process, has committed something.
"""

from aiohttp import web

from ..core import metrics
from ..core.errors import BadInput, located
from ..publication import lookup
from ..publication.hints import Hints
from ..publication.lookup import Question
from ..storage import LookupReader
from .limits import Limit, Limiter
from .responses import Answer

REMEMBERED = 10_000  # answers of about 2 kB
NOTICED = 50_000  # request targets seen once

LIMITS = (Limit.LOOKUPS,)
"""What every door that answers for a handle, a URL or an actor id is counted under, by what it names."""


class Lookups:
    """One per process, on the event loop."""

    def __init__(self, reader: LookupReader, limiter: Limiter) -> None:
        self._reader = reader
        self._limiter = limiter
        self._hints = Hints(reader)
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._noticed: set[int] = set()
        self._version = -1

    async def warm(self) -> None:
        """Make ready what the first lookups would wait for."""
        await self._hints.follow()

    def question(self, request: web.Request, text: str, *, at: str = "/handle") -> Question:
        """What `text` names, counted for that client before anything is read of it (T63).

        :param at: where the client wrote it
        :raises BadInput: it names nothing
        :raises TooMany: that client has asked for too many different ones
        """
        with located(at):
            question = lookup.parse(text)
        self._limiter.lookup(request, _name(question))
        return question

    async def answer(self, request: web.Request, text: str) -> Answer:
        """The verdict on what `text` names.

        :raises BadInput: as :meth:`question`
        :raises TooMany: as :meth:`question`
        """
        return await self._answer(self.question(request, text))

    async def answer_query(self, request: web.Request) -> Answer:
        """The verdict on the ``handle`` of a query, remembered by the whole request target.

        :raises BadInput: ``handle-missing``, or as :meth:`question`
        :raises TooMany: as :meth:`question`
        """
        target = request.raw_path
        version = await self._reader.version()
        if version != self._version:
            self._version = version
            self._answers.clear()
        kept = self._answers.get(target)
        if kept is not None:
            name, answer = kept
            self._limiter.lookup(request, name)
            metrics.lookups["remembered"] += 1
            return answer
        question = self.question(request, one_handle(request.query.getall("handle", [])))
        answer = await self._answer(question)
        self._remember(target, question, answer)
        return answer

    async def _answer(self, question: Question) -> Answer:
        body, tag = await lookup.answer(self._reader, question, self._hints)
        metrics.lookups["read"] += 1
        return Answer(body, tag)

    def _remember(self, target: str, question: Question, answer: Answer) -> None:
        """Keep an answer that is asked for a second time: who walks through all handles evicts nothing."""
        mark = hash(target)
        if mark not in self._noticed:
            if len(self._noticed) >= NOTICED:
                self._noticed.clear()
            self._noticed.add(mark)
            return
        if len(self._answers) >= REMEMBERED:
            self._answers.clear()
        self._answers[target] = _name(question), answer


def one_handle(handles: list[str]) -> str:
    """The one ``handle`` of a query.

    :raises BadInput: ``handle-missing``
    """
    if len(handles) != 1 or not handles[0]:
        raise BadInput("handle-missing", pointer="/handle")
    return handles[0]


def _name(question: Question) -> str:
    # A URL may lead to another account than the handle that it spells: each is asked about for itself.
    return " ".join(question.urls) or (question.handle.acct if question.handle else "")
