"""Lookups, remembered until anything changes.

A lookup is a read of stored bytes. What popular handles get is kept as finished answers, and dropped as
soon as anybody, in any process, has committed something.
"""

from ..core.errors import BadInput
from ..publication import lookup
from ..publication.hints import Hints
from ..storage import LookupReader
from .responses import Answer

REMEMBERED = 10_000  # answers of about 2 kB
NOTICED = 50_000  # request targets seen once


class Lookups:
    """One per process, on the event loop."""

    def __init__(self, reader: LookupReader) -> None:
        self._reader = reader
        self._hints = Hints(reader)
        self._answers: dict[str, Answer] = {}
        self._noticed: set[int] = set()
        self._version = -1

    async def warm(self) -> None:
        """Make ready what the first lookups would wait for."""
        await self._hints.follow()

    async def remembered(self, key: str) -> Answer | None:
        """The answer to exactly that request target, if nothing has changed since it was made."""
        version = await self._reader.version()
        if version != self._version:
            self._version = version
            self._answers.clear()
        return self._answers.get(key)

    async def answer(self, text: str) -> Answer:
        """The verdict on what `text` names.

        :raises BadInput: it names nothing
        """
        body, tag = await lookup.answer(self._reader, lookup.parse(text), self._hints)
        return Answer(body, tag)

    def remember(self, key: str, answer: Answer) -> None:
        """Keep an answer that is asked for a second time: who walks through all handles evicts nothing."""
        mark = hash(key)
        if mark not in self._noticed:
            if len(self._noticed) >= NOTICED:
                self._noticed.clear()
            self._noticed.add(mark)
            return
        if len(self._answers) >= REMEMBERED:
            self._answers.clear()
        self._answers[key] = answer


def one_handle(handles: list[str]) -> str:
    """The one ``handle`` of a query.

    :raises BadInput: ``handle-missing``
    """
    if len(handles) != 1 or not handles[0]:
        raise BadInput("handle-missing", pointer="/handle")
    return handles[0]
