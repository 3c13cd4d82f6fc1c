"""Answers that cost somebody else a request, kept for a while; the same question is asked once at a time."""

import asyncio
from collections.abc import Awaitable, Callable

from ..core import strict_json
from ..core.errors import TooMany
from ..core.strict_json import Json

MOST = 16_777_216
"""Bytes of all answers kept: strangers choose what they hold, and how many there are."""

_BESIDE = 512  # bytes of one entry beside its two texts


class Remembered:
    """One per process. Failures of ours are not kept; what the outside answered is, good or bad.

    :param seconds: for which an answer is kept
    """

    Ask = Callable[[], Awaitable[Json]]

    def __init__(self, seconds: Callable[[Json], float], most: int = MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._size = 0
        self._kept: dict[str, tuple[float, bytes]] = {}  # the oldest first
        self._asking: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str, ask: Ask) -> Json:
        """The kept answer to `key`, or that of `ask`."""
        while True:
            until, body = self._kept.get(key, (0.0, b""))
            if until > asyncio.get_running_loop().time():
                return strict_json.loads(body)
            asking = self._asking.get(key)
            ours = asking is None
            if asking is None:
                asking = self._asking[key] = asyncio.ensure_future(self._asked(key, ask))
            try:
                return strict_json.loads(await asyncio.shield(asking))
            except TooMany:
                # Who only waited asks anew: that limit was another's, who may have used it up on purpose (T09).
                if ours:
                    raise

    async def _asked(self, key: str, ask: Ask) -> bytes:
        try:
            answer = await ask()
        finally:
            del self._asking[key]
        body = strict_json.dumps(answer)
        self._keep(key, body, self._seconds(answer))
        return body

    def _keep(self, key: str, body: bytes, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        self._drop(key)
        self._kept[key] = (now + seconds, body)
        self._size += _size(key, body)
        while self._kept:
            oldest, (until, _) = next(iter(self._kept.items()))
            if until > now and self._size <= self._most:
                break
            self._drop(oldest)

    def _drop(self, key: str) -> None:
        if key in self._kept:
            _, body = self._kept.pop(key)
            self._size -= _size(key, body)


def _size(key: str, body: bytes) -> int:
    return len(key) + len(body) + _BESIDE
