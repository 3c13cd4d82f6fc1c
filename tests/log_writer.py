"""Writes the files of a log, as a sequencer would: with the pure code of the service, and no storage."""

from collections.abc import Sequence
from pathlib import Path

from verifier.core.clock import Chance
from verifier.signer import throwaway
from verifier.signer.signers import MemorySigner
from verifier.tlog import entries, note, tiles, tree
from verifier.tlog.checkpoint import Checkpoint
from verifier.tlog.keys import Kind, VerifierKey
from verifier.tlog.tiles import ENTRIES, WIDTH, Tile, Tiles

ORIGIN = "log.example.org/log"


def signer() -> MemorySigner:
    return throwaway("ed25519", Chance())


class LogWriter:
    """A log in memory."""

    def __init__(self, held: Sequence[bytes], origin: str = ORIGIN, key: MemorySigner | None = None) -> None:
        self.entries = list(held)
        self.origin = origin
        self.signer = key or signer()
        self._rows = [[tree.leaf(entry) for entry in held]]
        while len(self._rows[-1]) >= WIDTH:
            row = self._rows[-1]
            self._rows.append([tree.root(row[at : at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)])

    @property
    def vkey(self) -> VerifierKey:
        return VerifierKey.of(self.origin, Kind.NOTE, self.signer.public_key_multibase)

    def tile(self, tile: Tile) -> bytes:
        """Of the whole log, or of a smaller one that it was."""
        place = slice(tile.index * WIDTH, tile.index * WIDTH + tile.width)
        if tile.level == ENTRIES:
            return entries.pack(self.entries[place])
        return b"".join(self._rows[tile.level][place])

    def tiles(self, size: int) -> Tiles:
        async def read(tile: Tile) -> bytes:
            assert tile in set(tiles.of_level(tile.level, size))  # no other is published
            return self.tile(tile)

        return Tiles(size, read)

    def root(self, size: int) -> bytes:
        """By the definition of RFC 6962, 2.1, not by our tiles."""
        return mth(self._rows[0][:size])

    def text(self, size: int) -> bytes:
        return Checkpoint(self.origin, size, self.root(size)).text

    async def checkpoint(self, size: int) -> note.Note:
        text = self.text(size)
        return note.Note(text, (await note.sign(text, self.origin, self.signer),))

    async def files(self, size: int) -> dict[str, bytes]:
        """Each file by its path."""
        found = {tile.path: self.tile(tile) for tile in tiles.of_size(size)}
        return {**found, "checkpoint": (await self.checkpoint(size)).data}

    async def write(self, folder: Path, size: int) -> None:
        for path, data in (await self.files(size)).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)


def mth(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, of leaf hashes, written down as it stands there."""
    if len(hashes) < 2:
        return hashes[0] if hashes else tree.EMPTY
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return tree.node(mth(hashes[:k]), mth(hashes[k:]))
