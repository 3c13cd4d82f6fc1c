"""French, as a typesetter reads it."""

import re
from collections.abc import Iterator

NBSP, THIN = "\u00a0", "\u202f"


def faults(text: str) -> Iterator[str]:
    """What a French typesetter would mark."""
    bare = re.sub(r"https?://|[0-9]:[0-9]", "", text)
    yield from re.findall(rf"[^{THIN}{NBSP}][;!?]", bare)
    yield from re.findall(rf"(?:^|[^{NBSP}]):", bare)
    yield from re.findall(rf"«[^{NBSP}]|[^{NBSP}]»", bare)
    yield from re.findall(r"  |\.\.\.| ,| \.(?: |$)", bare)
    yield from re.findall(r"[0-9]h[0-9]", bare)
