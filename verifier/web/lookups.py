"""Lookups: what is asked, counted for each client, and answered from memory or from the store."""

from aiohttp import web

from ..core import metrics
from ..core.errors import BadInput, located
from ..publication import lookup
from ..publication.lookup import Question
from .answers import Answers, aged
from .limits import Limit, Limiter
from .responses import Answer

LIMITS = (Limit.LOOKUPS,)
"""What every door that answers for a handle, a URL or an actor id is counted under, by what it names."""


class Lookups:
    """One per process, on the event loop."""

    def __init__(self, answers: Answers, limiter: Limiter) -> None:
        self.answers = answers
        self._limiter = limiter

    def question(self, request: web.Request, text: str, *, at: str = "/handle") -> Question:
        """What `text` names, counted for that client before anything is read of it (T63).

        :param at: where the client wrote it
        :raises BadInput: it names nothing
        :raises TooMany: that client has asked for too many different ones
        """
        with located(at):
            question = lookup.parse(text)
        self._limiter.lookup(request, question.name)
        return question

    async def answer(self, request: web.Request, text: str, *, target: str | None = None) -> Answer:
        """The verdict on what `text` names.

        :param target: the request, if it asks nothing else
        :raises BadInput: as :meth:`question`
        :raises TooMany: as :meth:`question`
        :raises Unavailable: the store cannot be asked, and the answer is not kept
        """
        answer, kept = await self.answers.of(self.question(request, text), target=target)
        metrics.lookups["remembered" if kept else "read"] += 1
        return answer

    async def answer_query(self, request: web.Request) -> Answer:
        """The verdict on the ``handle`` of a query; the same request again is not even parsed.

        :raises BadInput: ``handle-missing``, or as :meth:`question`
        :raises TooMany: as :meth:`question`
        :raises Unavailable: as :meth:`answer`
        """
        target = request.raw_path
        age = await self.answers.follow()
        kept = self.answers.at(target, age)
        if kept is not None:
            self._limiter.lookup(request, kept.name)
            metrics.lookups["remembered"] += 1
            return aged(kept.answer, age)
        return await self.answer(request, one_handle(request.query.getall("handle", [])), target=target)


def one_handle(handles: list[str]) -> str:
    """The one ``handle`` of a query.

    :raises BadInput: ``handle-missing``
    """
    if len(handles) != 1 or not handles[0]:
        raise BadInput("handle-missing", pointer="/handle")
    return handles[0]
