"""The queue of those who want to write."""

import asyncio

from ..core.errors import Unavailable

MOST = 500  # waiting; at a thousand commits a second, none of them waits longer than that


class Turn:
    """One at a time, in order. A queue that is full takes nobody: who waits for long asks again, and makes it longer.

    :param most: how many may wait
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting = 0
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        """:raises Unavailable: ``overloaded``: as many wait as may"""
        if self._waiting >= self._most:
            raise Unavailable("overloaded")
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
