"""Lookups, remembered until anything changes.

A lookup is a read of stored bytes. What popular handles get is kept as finished answers, and dropped as
soon as anybody, in any process, has committed something: looked at every five milliseconds at most.
"""

import asyncio
import hashlib
from dataclasses import dataclass

from multidict import CIMultiDict

from ..core.errors import BadInput
from ..publication import lookup
from ..storage import Reader
from .routes import PUBLIC

REMEMBERED = 20_000  # answers of about 2 kB
FRESH_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict ready to be sent."""

    body: bytes
    etag: str
    headers: CIMultiDict[str]

    @classmethod
    def of(cls, body: bytes) -> "Answer":
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = CIMultiDict(PUBLIC.headers)
        headers["Content-Type"] = "application/json"
        headers["ETag"] = etag
        return cls(body, etag, headers)


class Lookups:
    """One per process, on the event loop."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._answers: dict[str, Answer] = {}
        self._version = -1
        self._looked_at = 0.0

    async def remembered(self, key: str) -> Answer | None:
        """The answer to exactly that request target, if nothing has changed since it was made."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at > FRESH_SECONDS:
            self._looked_at = now
            version = await self._reader.version()
            if version != self._version:
                self._version = version
                self._answers.clear()
        return self._answers.get(key)

    async def answer(self, text: str) -> Answer:
        """The verdict on what `text` names.

        :raises BadInput: it names nothing
        """
        return Answer.of(await lookup.answer(self._reader, lookup.parse(text)))

    def remember(self, key: str, answer: Answer) -> None:
        if len(self._answers) >= REMEMBERED:
            self._answers.clear()
        self._answers[key] = answer


def asked(handles: list[str]) -> str:
    """The one ``handle`` of a query.

    :raises BadInput: ``handle-missing``
    """
    if len(handles) != 1 or not handles[0]:
        raise BadInput("handle-missing", pointer="/handle")
    return handles[0]
