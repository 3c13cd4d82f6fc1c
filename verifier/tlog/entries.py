"""Entry bundles: for each entry its length in two bytes, then its bytes (C2SP tlog-tiles)."""

from collections.abc import Iterable

from .lines import malformed

MOST_BYTES = 65_535  # of an entry


def pack(entries: Iterable[bytes]) -> bytes:
    """:raises BadInput: ``log-malformed``: an entry is too long"""
    parts = []
    for entry in entries:
        if len(entry) > MOST_BYTES:
            raise malformed()
        parts += [len(entry).to_bytes(2), entry]
    return b"".join(parts)


def unpack(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle.

    :param width: how many there are
    :raises BadInput: ``log-malformed``
    """
    entries, place = list[bytes](), 0
    while place < len(data):
        start = place + 2
        place = start + int.from_bytes(data[place:start])
        entries.append(data[start:place])
    if len(entries) != width or place != len(data):
        raise malformed()
    return entries
