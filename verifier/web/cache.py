"""Answers that cost somebody else a request, kept for a while; the same question is asked once at a time."""

import asyncio
from collections.abc import Awaitable, Callable

from ..core.strict_json import Json

MOST = 10_000


class Remembered:
    """One per process. Failures of ours are not kept; what the outside answered is, good or bad."""

    Ask = Callable[[], Awaitable[Json]]

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, asyncio.Task[Json]]] = {}

    async def get(self, key: str, ask: Ask) -> Json:
        """The kept answer to `key`, or that of `ask`."""
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        if kept is None or kept[0] <= now:
            if len(self._kept) >= MOST:
                self._kept.clear()
            kept = (now + self._seconds, asyncio.ensure_future(ask()))
            self._kept[key] = kept
        try:
            return await asyncio.shield(kept[1])
        except BaseException:
            if kept[1].done() and self._kept.get(key) is kept:
                del self._kept[key]
            raise
