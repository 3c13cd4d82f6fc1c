"""The answers of lookups: read from the store, kept, and dropped exactly when they change.

The store notes in each transaction for whom the answer changed. Before each answer we ask whether anybody committed
anything, which costs next to nothing; if so, and once a second in any case, we read the notes and drop what rests on
them. While the store cannot be asked, what is kept is given for :data:`AWAY` seconds, with its age.
"""

import asyncio
import logging
from dataclasses import replace

from ..core.clock import Clock
from ..core.errors import Unavailable
from ..publication import lookup
from ..publication.hints import Hints
from ..publication.lookup import Question
from ..storage import LookupReader
from .memory import Kept, Memory
from .responses import Answer

AWAY = 60  # seconds from the last time that the store could be asked
_EACH = 1  # second between two questions of ours, if nobody else asks
_PAGE = 1000  # events
_PATIENCE = 2  # seconds that the store is given to say what changed

log = logging.getLogger(__name__)


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
        self._commits = 0
        self._seq = 0
        self._event = 0
        self._asked_at = 0
        self._away = False
        self._turn = asyncio.Lock()

    async def keep_up(self) -> None:
        """Make ready what the first lookups would wait for; then follow the store, without end."""
        warm = False
        while True:
            try:
                await self.ask()
                if not warm:
                    await self._hints.follow()
                    warm = True
            except Unavailable:
                pass  # each lookup says so, and /readyz
            await asyncio.sleep(_EACH)

    async def ask(self) -> None:
        """What has changed? Until this succeeds, what is kept grows old.

        :raises Unavailable: the store cannot be asked
        """
        try:
            await self._catch_up(await self._reader.version())
        except Unavailable:
            if not self._away:
                log.warning("the database cannot be asked: lookups are answered from memory for %d s", AWAY)
            self._away = True
            raise
        if self._away:
            log.warning("the database can be asked again")
        self._away = False

    async def follow(self) -> int:
        """Drop what changed for anybody, in any process.

        :return: the age of what is left, in seconds: 0, or since when the store cannot be asked
        :raises Unavailable: it cannot be asked for longer than :data:`AWAY`
        """
        if not self._away:
            try:
                if self._asked_at == self._clock.now() and await self._reader.version() == self._version:
                    return 0
                await self.ask()
            except Unavailable:
                self._away = True
            else:
                return 0
        age = max(0, self._clock.now() - self._asked_at)
        # What this process itself committed since shows at once (T00c).
        if age > AWAY or self._version is None or self._reader.commits != self._commits:
            raise Unavailable("storage-unavailable")
        return age

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
            if self._away:  # nobody waits for what does not come
                raise Unavailable("storage-unavailable")
            return await self._read(question, target), False
        if target is not None:
            self._memory.add_target(target, question.name)
        return aged(kept.answer, age), True

    def _holds(self, kept: Kept, age: int) -> bool:
        # Of an absence, at the moment when we last could ask.
        return kept.until is None or self._clock.now() - age < kept.until

    async def _read(self, question: Question, target: str | None) -> Answer:
        place = self._seq, self._event
        found = await lookup.answer(self._reader, question, self._clock.now(), self._hints)
        answer = Answer(found.body, found.tag)
        # Changes that came while it was read were looked for in what was kept then: this answer was not among it, and
        # may be older than they are.
        if place == (self._seq, self._event):
            self._memory.keep(Kept(question.name, answer, found.rests_on, found.until))
            if target is not None:
                self._memory.add_target(target, question.name)
        return answer

    async def _catch_up(self, version: int) -> None:
        async with self._turn:
            now, commits = self._clock.now(), self._reader.commits
            if version == self._version and now == self._asked_at:
                return
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._drop_changed()
            except TimeoutError:
                raise Unavailable("storage-unavailable") from None
            self._version, self._commits, self._asked_at = version, commits, now

    async def _drop_changed(self) -> None:
        if self._version is None:
            self._seq = await self._reader.changes.last()
            self._event = await self._reader.events.last()
        # The release before notes no changes, and may still be at work beside us: what it withdraws is an event.
        while events := await self._reader.events.after(self._event, _PAGE):
            for event in events:
                self._memory.drop(event.handle.lower())
            self._event = events[-1].seq
        while changes := await self._reader.changes.after(self._seq):
            for change in changes:
                self._memory.drop(change.key)
            self._seq = changes[-1].seq
        if changes is None:  # too many to follow
            last = await self._reader.changes.last()
            self._memory.clear()
            self._seq = last


def aged(answer: Answer, age: int) -> Answer:
    """That answer, of that age."""
    return replace(answer, age=age) if age else answer
