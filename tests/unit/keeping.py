"""A keeper of what processes share, on a loop of its own as that of another process."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from verifier.core.shared import Act, Keeper


@contextmanager
def kept(acts: Mapping[str, Act]) -> Iterator[Callable[[], socket.socket]]:
    """Yields what lends an end of a line. In the end the keeper is gone, as after a kill."""
    loop = asyncio.new_event_loop()
    keeper, lent = Keeper(acts), list[socket.socket]()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def lending() -> socket.socket:
        return keeper.lend()

    def lend() -> socket.socket:
        lent.append(asyncio.run_coroutine_threadsafe(lending(), loop).result())
        return lent[-1]

    try:
        yield lend
    finally:
        loop.call_soon_threadsafe(keeper.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        for end in lent:
            end.close()
