"""Transparency logs: every size, every proof, every path."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.log_writer import LogWriter, mth
from verifier.core.errors import BadInput, ProofError
from verifier.tlog import entries, tiles, tree
from verifier.tlog.checkpoint import Checkpoint
from verifier.tlog.lines import MOST
from verifier.tlog.note import Note
from verifier.tlog.tiles import ENTRIES, Tile

LOG = LogWriter([b"%d" % number for number in range(1_500)])
SIZES = st.integers(0, len(LOG.entries))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_the_root_is_that_of_the_rfc(hashes: list[bytes]) -> None:
    assert tree.root(hashes) == mth(hashes)


@given(SIZES.filter(bool), st.data())
async def test_what_is_in_is_shown_to_be_in(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = await LOG.tiles(size).inclusion(index)
    leaf, root = tree.leaf(LOG.entries[index]), LOG.root(size)
    tree.check_inclusion(leaf, index, size, path, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        with pytest.raises(ProofError):
            tree.check_inclusion(leaf, other, size, path, root)
    if path:
        place, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        path[place] = flipped(path[place], bit)
        with pytest.raises(ProofError):
            tree.check_inclusion(leaf, index, size, path, root)


@given(SIZES, SIZES, st.data())
async def test_what_grows_is_shown_to_grow(one: int, two: int, data: st.DataObject) -> None:
    old, new = sorted((one, two))
    proof = await LOG.tiles(new).consistency(old)
    tree.check_consistency(old, LOG.root(old), new, LOG.root(new), proof)
    if proof:
        place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        proof[place] = flipped(proof[place], bit)
        with pytest.raises(ProofError):
            tree.check_consistency(old, LOG.root(old), new, LOG.root(new), proof)


@given(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_spans_of_a_proof_meet(one: int, two: int) -> None:
    """Also for sizes that no test can build: the spans of a path and its leaf are the tree, once."""
    size, index = max(one, two), min(one, two) - 1
    spans = sorted([*tree.inclusion(index, size), (index, index + 1)])
    assert (spans[0][0], spans[-1][1]) == (0, size)
    assert all(left[1] == right[0] for left, right in pairwise(spans))
    assert len(spans) <= 64
    for low, high in spans:
        whole = list(tree.subtrees((low, high)))
        assert sum(1 << height for height, _ in whole) == high - low
        assert [place << height for height, place in whole][:1] == [low]


@given(st.integers(-1, 63), st.integers(0, MOST), st.integers(1, 256))
def test_a_path_is_read_as_it_is_written(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@given(st.integers(0, 2**40))
def test_partial_tiles_are_those_of_the_specification(size: int) -> None:
    """``floor(s / 256**l) mod 256`` (C2SP tlog-tiles)."""
    for level in range(tiles.levels(size) + 1):
        width = size // 256**level % 256
        assert [each for each in edge(level, size) if each.width < 256] == (
            [Tile(level, size // 256**level // 256, width)] if width else []
        )
    assert size < 256 ** tiles.levels(size)


def edge(level: int, size: int) -> list[Tile]:
    """The tiles of that level beyond the full ones."""
    full = size // 256**level // 256
    return [
        each for each in tiles.of_level(level, size % 256 ** (level + 1)) for each in [Tile(level, full, each.width)]
    ]


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_it_is_written(held: list[bytes]) -> None:
    assert entries.unpack(entries.pack(held), len(held)) == held


@given(st.binary(max_size=64), st.integers(0, 300))
def test_a_bundle_is_one_list_or_refused(data: bytes, width: int) -> None:
    try:
        found = entries.unpack(data, width)
    except BadInput:
        return
    assert entries.pack(found) == data


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_what_is_read_is_written_the_same(data: bytes) -> None:
    for kind in (Note.parse, Checkpoint.parse):
        try:
            found = kind(data)
        except BadInput:
            continue
        assert (found.data if isinstance(found, Note) else found.text) == data


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data) ^ 1 << bit).to_bytes(len(data))


def test_the_level_of_bundles_has_a_word() -> None:
    assert Tile(ENTRIES, 0).path == "tile/entries/000"
