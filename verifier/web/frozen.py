"""What never changes at its address while the process runs, and what the keys in force say."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

VC_TYPE = "application/vc"


@dataclass(frozen=True, slots=True)
class FrozenFiles:
    """:param files: path → (content type, bytes)"""

    files: Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """The two documents of the keys, each as it is at the moment of the call."""

    did_document: Callable[[], Awaitable[bytes]]
    registry: Callable[[], bytes]
