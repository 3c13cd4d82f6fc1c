"""Whether the files of a log are what its checkpoint signs: every tile and entry, from the root down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..core.errors import BadInput, NotFound, OutsideError, ProofError, VerifierError
from . import entries, tiles, tree
from .checkpoint import Checkpoint, signed
from .keys import VerifierKey, time_of
from .lines import HASH
from .policy import Policy
from .report import Enough, Fault, Report, Source
from .tiles import ENTRIES, WIDTH, Tile

CHECKPOINT = "checkpoint"
_TEXT = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
_FILE = {"content-type": "application/octet-stream", "cache-control": "public, max-age=604800, immutable"}
_ALL = {"access-control-allow-origin": "*"}


_Hashes = list[bytes | None]  # None: what should be there cannot be known


@dataclass(slots=True)
class Audit:
    """:param progress: told the number of files read and that of all, after each"""

    source: Source
    key: VerifierKey
    policy: Policy | None = None
    progress: Callable[[int, int], None] = lambda read, of: None  # noqa: ARG005 - who looks at nothing
    report: Report = field(default_factory=Report)

    async def run(self) -> Report:
        """Read and check everything."""
        try:
            checkpoint = await self._checkpoint()
            if checkpoint is not None:
                await self._tree(checkpoint)
        except Enough:
            pass
        return self.report

    async def _checkpoint(self) -> Checkpoint | None:
        try:
            data = await self._read(CHECKPOINT, _TEXT)
        except NotFound:
            self.report.add(CHECKPOINT, Fault.MISSING)
            return None
        if data is None:
            return None
        try:
            checkpoint, note = signed(data, self.key)
        except VerifierError as error:
            self.report.add(CHECKPOINT, Fault.SIGNATURE if isinstance(error, ProofError) else Fault.MALFORMED)
            return None
        self.report.checkpoint = checkpoint
        if self.policy is not None:
            try:
                found = self.policy.check_quorum(note)
            except ProofError:
                self.report.add(CHECKPOINT, Fault.QUORUM)
            else:
                self.report.witnesses = {name: time_of(signature.data) for name, signature in found.items()}
        return checkpoint

    async def _tree(self, checkpoint: Checkpoint) -> None:
        """From the root down, so that a file which is not as it was signed is known from one that is."""
        size = checkpoint.size
        edge = {tile.level: await self._tile(tile) for tile in _edge(size)}
        trusted = self._is_root(edge, checkpoint)
        above: _Hashes = []
        for level in reversed(range(1, tiles.levels(size))):
            row: _Hashes = []
            for tile in tiles.of_level(level, size):
                if tile.width == WIDTH:
                    row += await self._full(tile, above)
                else:
                    row += edge[level] if trusted else [None] * tile.width
            above = row
        for tile in tiles.of_level(0, size):
            if tile.width == WIDTH:
                leaves = await self._full(tile, above)
            else:
                leaves = edge[0] if trusted else [None] * tile.width
            await self._bundle(tile, leaves)

    def _is_root(self, edge: Mapping[int, _Hashes], checkpoint: Checkpoint) -> bool:
        """Whether the partial tiles make the root that was signed."""
        carried: list[bytes] = []
        for level in range(tiles.levels(checkpoint.size)):
            hashes = [each for each in edge.get(level, []) if each is not None]
            if len(hashes) != len(edge.get(level, [])):
                return False  # said of the tile that could not be read
            if row := hashes + carried:
                carried = [tree.root(row)]
        if (carried or [tree.EMPTY])[0] == checkpoint.root:
            return True
        self.report.add(CHECKPOINT, Fault.ROOT)
        return False

    async def _full(self, tile: Tile, above: _Hashes) -> _Hashes:
        """The hashes of a full tile, if they are what the tile above it says."""
        hashes = await self._tile(tile)
        known = [each for each in hashes if each is not None]
        expected = above[tile.index]
        if known and expected is not None and tree.root(known) != expected:
            self.report.add(tile.path, Fault.PARENT)
            return [None] * WIDTH
        return hashes

    async def _tile(self, tile: Tile) -> _Hashes:
        data = await self._of(tile)
        if data is None:
            return [None] * tile.width
        try:
            return [*tile.hashes(data)]
        except VerifierError:
            self.report.add(tile.path, Fault.MALFORMED)
            return [None] * tile.width

    async def _bundle(self, tile: Tile, leaves: _Hashes) -> None:
        bundle = Tile(ENTRIES, tile.index, tile.width)
        data = await self._of(bundle)
        if data is None:
            return
        try:
            hashes = [tree.leaf(entry) for entry in entries.unpack(data, tile.width)]
        except VerifierError:
            self.report.add(bundle.path, Fault.MALFORMED)
            return
        if None not in leaves and hashes != leaves:
            self.report.add(bundle.path, Fault.LEAVES)

    async def _of(self, tile: Tile) -> bytes | None:
        """The bytes of a tile or bundle; of the full one, if the log has grown and the partial one is gone."""
        for place in dict.fromkeys((tile, Tile(tile.level, tile.index))):
            try:
                data = await self._read(place.path, _FILE)
            except NotFound:
                continue
            return data if data is None or place == tile else _first(tile, data)
        self.report.add(tile.path, Fault.MISSING)
        return None

    async def _read(self, path: str, headers: Mapping[str, str]) -> bytes | None:
        """:raises NotFound: there is no such file"""
        try:
            file = await self.source.read(path)
        except OutsideError:
            self.report.add(path, Fault.UNREAD)
            return None
        self.report.files += 1
        size = self.report.checkpoint.size if self.report.checkpoint is not None else 0
        self.progress(self.report.files, 1 + tiles.count(size))
        wanted = {**headers, **_ALL}
        if file.headers is not None and any(file.headers.get(name) != value for name, value in wanted.items()):
            self.report.add(path, Fault.HEADERS)
        return file.data


def _edge(size: int) -> Iterator[Tile]:
    """The partial tiles of hashes."""
    for level in range(tiles.levels(size)):
        full, partial = divmod(size >> tiles.HEIGHT * level, WIDTH)
        if partial:
            yield Tile(level, full, partial)


def _first(tile: Tile, data: bytes) -> bytes:
    """What a partial tile or bundle is, of the bytes of the full one."""
    if tile.level != ENTRIES:
        return data[: tile.width * HASH]
    try:
        return entries.pack(entries.unpack(data, WIDTH)[: tile.width])
    except BadInput:
        return b""  # which no bundle is
