"""What the toys hand out, in memory alone."""

from typing import TypeVar

from ..core.clock import Chance

MOST = 100

Kept = TypeVar("Kept")


def keep(where: dict[str, Kept], chance: Chance, what: Kept) -> str:
    """Under a name that nobody guesses, which is returned; the oldest goes when there are :data:`MOST`."""
    if len(where) >= MOST:
        del where[next(iter(where))]
    name = chance.identifier()
    where[name] = what
    return name
