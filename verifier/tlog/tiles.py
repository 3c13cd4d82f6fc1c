"""Tiles: the hashes of the tree as files that never change (C2SP tlog-tiles), and proofs made of them."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Self

from . import tree
from .lines import HASH, malformed, number

WIDTH = 256
HEIGHT = 8  # levels of the tree in one tile
ENTRIES = -1
"""The level of entry bundles: each holds the entries under a tile of level 0."""

_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A file of a log.

    :param level: 0 to 63, or :data:`ENTRIES`
    :param width: hashes or entries in it; fewer than :data:`WIDTH` in a partial one
    """

    level: int
    index: int
    width: int = WIDTH

    @classmethod
    def parse(cls, path: str) -> Self:
        """:raises BadInput: ``log-malformed``: not the one spelling of a tile's path"""
        match = _PATH.fullmatch(path)
        if match is None:
            raise malformed()
        level, upper, last, width = match.groups()
        index = number((upper.replace("x", "").replace("/", "") + last).lstrip("0") or "0")
        tile = cls(ENTRIES if level == "entries" else int(level), index, int(width or WIDTH))
        if tile.width > WIDTH or tile.path != path:
            raise malformed()
        return tile

    @property
    def path(self) -> str:
        """Below the prefix of the log."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups, rest = [f"{self.index % 1000:03}"], self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    def hashes(self, data: bytes) -> list[bytes]:
        """What is in a tile of hashes.

        :raises BadInput: ``log-malformed``: another number of bytes
        """
        if len(data) != self.width * HASH:
            raise malformed()
        return [data[place : place + HASH] for place in range(0, len(data), HASH)]


def of_level(level: int, size: int) -> Iterator[Tile]:
    """The tiles of a level in a log of that size, from left to right: full ones, then the partial one."""
    full, partial = divmod(size >> HEIGHT * max(level, 0), WIDTH)
    yield from (Tile(level, index) for index in range(full))
    if partial:
        yield Tile(level, full, partial)


def levels(size: int) -> int:
    """How many levels have tiles."""
    return -(-size.bit_length() // HEIGHT)


def of_size(size: int) -> Iterator[Tile]:
    """Every file of a log of that size but its checkpoint: bundles, then tiles from level 0 up."""
    for level in range(ENTRIES, levels(size)):
        yield from of_level(level, size)


def count(size: int) -> int:
    """How many files :func:`of_size` names."""
    return sum(-(-(size >> HEIGHT * max(level, 0)) // WIDTH) for level in range(ENTRIES, levels(size)))


Read = Callable[[Tile], Awaitable[bytes]]
"""The bytes of a tile."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tree of a log of that size, read from its tiles. Whoever trusts no tile checks the proof against a root."""

    size: int
    read: Read

    async def root(self) -> bytes:
        """:raises BadInput: ``log-malformed``: a tile is too long or too short; so for all of these"""
        return await self._hash((0, self.size))

    async def inclusion(self, index: int) -> list[bytes]:
        """The path of that entry."""
        return [await self._hash(span) for span in tree.inclusion(index, self.size)]

    async def consistency(self, old: int) -> list[bytes]:
        """The proof that this tree begins with that of the first `old` entries."""
        return [await self._hash(span) for span in tree.consistency(old, self.size)]

    async def _hash(self, span: tree.Span) -> bytes:
        parts = [await self._subtree(*subtree) for subtree in tree.subtrees(span)]
        if not parts:
            return tree.EMPTY
        value = parts.pop()
        while parts:
            value = tree.node(parts.pop(), value)
        return value

    async def _subtree(self, height: int, index: int) -> bytes:
        level, inside = divmod(height, HEIGHT)
        first = index << inside
        place, start = divmod(first, WIDTH)
        width = min(WIDTH, (self.size >> HEIGHT * level) - place * WIDTH)
        tile = Tile(level, place, width)
        return tree.root(tile.hashes(await self.read(tile))[start : start + (1 << inside)])
