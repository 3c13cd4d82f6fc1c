"""The answers of lookups: read from the store, kept, and dropped exactly when they change.

The store notes in each transaction for whom the answer changed. Before each answer we ask whether anybody committed
anything, which costs next to nothing; if so, we read the notes and drop what rests on them. While the store cannot be
asked, what is kept is given for :data:`AWAY` seconds, with its age.
"""

import asyncio
from dataclasses import replace

from ..core.clock import Clock
from ..core.errors import Unavailable
from ..publication import lookup
from ..publication.hints import Hints
from ..publication.lookup import Question
from ..storage import LookupReader
from .memory import Kept, Memory
from .responses import Answer

AWAY = 60  # seconds from the last time that the store said that nothing changed


class Answers:
    """One per process, on the event loop.

    :param most: bytes of what is kept; 0: nothing is
    """

    def __init__(self, reader: LookupReader, clock: Clock, most: int) -> None:
        self._reader = reader
        self._clock = clock
        self._hints = Hints(reader)
        self._memory = Memory(most)
        self._version: int | None = None
        self._seq = 0
        self._asked_at = 0
        self._turn = asyncio.Lock()

    async def warm(self) -> None:
        """Make ready what the first lookups would wait for."""
        await self._hints.follow()

    async def follow(self) -> int:
        """Drop what changed for anybody, in any process.

        :return: the age of what is left, in seconds: 0, or since when the store cannot be asked
        :raises Unavailable: it cannot be asked for longer than :data:`AWAY`
        """
        now = self._clock.now()
        try:
            version = await self._reader.version()
            if version != self._version:
                await self._catch_up(version)
        except Unavailable:
            age = max(0, now - self._asked_at)
            if age > AWAY or self._version is None:
                raise
            return age
        self._asked_at = now
        return 0

    def at(self, target: str, age: int) -> Kept | None:
        """What is kept for exactly that request, of that age; nothing is read."""
        kept = self._memory.at(target)
        return kept if kept is not None and self._holds(kept, age) else None

    async def of(self, question: Question, *, target: str | None = None) -> tuple[Answer, bool]:
        """The answer, and whether it was kept.

        :param target: a request that asks this
        :raises Unavailable: it is not kept, or is too old, and the store cannot be asked
        """
        age = await self.follow()
        kept = self._memory.named(question.name)
        if kept is None or not self._holds(kept, age):
            return await self._read(question, target), False
        if target is not None:
            self._memory.add_target(target, question.name)
        return aged(kept.answer, age), True

    def _holds(self, kept: Kept, age: int) -> bool:
        # Of an absence, at the moment when we last could ask.
        return kept.until is None or self._clock.now() - age < kept.until

    async def _read(self, question: Question, target: str | None) -> Answer:
        seq = self._seq
        found = await lookup.answer(self._reader, question, self._clock.now(), self._hints)
        answer = Answer(found.body, found.tag)
        # Changes that came while it was read were looked for in what was kept then: this answer was not among it, and
        # may be older than they are.
        if seq == self._seq:
            self._memory.keep(Kept(question.name, answer, found.rests_on, found.until))
            if target is not None:
                self._memory.add_target(target, question.name)
        return answer

    async def _catch_up(self, version: int) -> None:
        async with self._turn:
            if version == self._version:
                return
            if self._version is None:
                self._seq = await self._reader.changes.last()
            while changes := await self._reader.changes.after(self._seq):
                for change in changes:
                    self._memory.drop(change.key)
                self._seq = changes[-1].seq
            if changes is None:
                last = await self._reader.changes.last()
                self._memory.clear()
                self._seq = last
            self._version = version


def aged(answer: Answer, age: int) -> Answer:
    """That answer, of that age."""
    return replace(answer, age=age) if age else answer
