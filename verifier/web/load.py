"""How much is under way at once: what is one too many is refused at once, and waits nowhere."""

from dataclasses import dataclass


@dataclass(slots=True)
class Load:
    """Requests of one sort under way.

    :param most: as many may be
    """

    most: int
    now: int = 0
