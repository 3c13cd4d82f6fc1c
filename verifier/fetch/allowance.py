"""What one check may use up in all, however many requests it makes: a lease, and whoever waits, outlast it (T27)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from ..core.errors import OutsideError, Unavailable

CHECK = 25.0
"""Seconds for a check that somebody waits for: two of them, as for ``/diagnostic``, take less than a minute."""
QUESTIONS = 64
"""Questions of one check to the DNS, in each view: the owner's policy of the longest name takes half of them."""


class _Allowance:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = asyncio.get_running_loop().time() + seconds
        self.waited = 0.0
        self.asked: Counter[int] = Counter()


_current: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def allowance(seconds: float = CHECK) -> Iterator[None]:
    """All that is asked within shares this time, waits for a turn included, and :data:`QUESTIONS`.

    Within another one, the other one holds. Whoever is over it gets an error that names the `host` it was at:
    ``check-too-long``, ``dns-too-many``; ``fetch-busy`` if it was mostly we who made it wait.
    """
    if _current.get() is not None:
        yield
        return
    token = _current.set(_Allowance(seconds))
    try:
        yield
    finally:
        _current.reset(token)


@asynccontextmanager
async def in_time(host: str) -> AsyncIterator[None]:
    """Ends with the time of the check under way, if there is one.

    :raises OutsideError: ``check-too-long``
    :raises Unavailable: ``fetch-busy``
    """
    check = _current.get()
    if check is None:
        yield
        return
    try:
        async with asyncio.timeout_at(check.until) as limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        if check.waited > check.seconds / 2:
            raise Unavailable("fetch-busy", host=host) from error
        raise OutsideError("check-too-long", host=host, seconds=round(check.seconds)) from error


@asynccontextmanager
async def waiting() -> AsyncIterator[None]:
    """The time that passes within is time that we make the check wait."""
    check, loop = _current.get(), asyncio.get_running_loop()
    started = loop.time()
    try:
        yield
    finally:
        if check is not None:
            check.waited += loop.time() - started


def count_question(resolver: object, name: str) -> None:
    """Counts a question of the check under way, if there is one, to that resolver.

    :raises OutsideError: ``dns-too-many``
    """
    check = _current.get()
    if check is None:
        return
    check.asked[id(resolver)] += 1
    if check.asked[id(resolver)] > QUESTIONS:
        raise OutsideError("dns-too-many", host=name)
