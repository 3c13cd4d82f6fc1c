"""The tree, its tiles and its proofs, for the sizes at which something begins or ends."""

from hashlib import sha256

import pytest

from tests.log_writer import LogWriter, mth
from verifier.core.errors import BadInput, ProofError
from verifier.tlog import entries, tiles, tree
from verifier.tlog.tiles import ENTRIES, Tile, Tiles

# The eight leaves of the reference implementation of RFC 6962 and their roots
# (github.com/google/certificate-transparency, merkletree/merkle_tree_test.cc; Apache-2.0).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = [0, 1, 2, 255, 256, 257, 65_536, 70_000]


@pytest.fixture(scope="module")
def log() -> LogWriter:
    return LogWriter([b"entry %d" % number for number in range(max(SIZES))])


def test_published_roots() -> None:
    hashes = [tree.leaf(bytes.fromhex(leaf)) for leaf in LEAVES]
    assert [tree.root(hashes[:size]).hex() for size in range(1, 9)] == ROOTS
    assert [mth(hashes[:size]).hex() for size in range(1, 9)] == ROOTS
    assert tree.root([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", SIZES)
async def test_the_root_from_tiles(log: LogWriter, size: int) -> None:
    assert await log.tiles(size).root() == log.root(size)


@pytest.mark.parametrize("size", SIZES[1:])
async def test_inclusion(log: LogWriter, size: int) -> None:
    root = log.root(size)
    for index in {0, 1 % size, size // 2, size - 1, 255 % size, 256 % size}:
        path = await log.tiles(size).inclusion(index)
        leaf = tree.leaf(log.entries[index])
        tree.check_inclusion(leaf, index, size, path, root)
        for wrong in (
            (tree.leaf(b"another"), index, size, path, root),
            (leaf, index + 1, size, path, root),
            (leaf, -1, size, path, root),
            (leaf, index, size, [*path, root], root),
            (leaf, index, size, path, sha256(root).digest()),
            (leaf, index, size, [sha256(each).digest() for each in path], sha256(root).digest()),
        ):
            with pytest.raises(ProofError, match="log-inclusion"):
                tree.check_inclusion(*wrong)


@pytest.mark.parametrize("new", SIZES)
@pytest.mark.parametrize("old", SIZES)
async def test_consistency(log: LogWriter, old: int, new: int) -> None:
    if old > new:
        with pytest.raises(ProofError, match="log-consistency"):
            tree.check_consistency(old, log.root(old), new, log.root(new), [])
        return
    proof = await log.tiles(new).consistency(old)
    tree.check_consistency(old, log.root(old), new, log.root(new), proof)
    other = sha256(b"another").digest()
    wrongs = [(other, log.root(new), proof), (log.root(old), log.root(new), [*proof, other])]
    if old:
        wrongs.append((log.root(old), other, proof))
    if proof:
        wrongs += [(log.root(old), log.root(new), proof[1:]), (log.root(old), log.root(new), [other, *proof[1:]])]
    for old_root, new_root, path in wrongs:
        with pytest.raises(ProofError, match="log-consistency"):
            tree.check_consistency(old, old_root, new, new_root, path)


def test_an_empty_tree_has_one_root() -> None:
    tree.check_consistency(0, tree.EMPTY, 0, tree.EMPTY, [])
    with pytest.raises(ProofError, match="log-consistency"):
        tree.check_consistency(0, ROOT, 0, ROOT, [])


ROOT = bytes.fromhex(ROOTS[0])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(3, 1_234_067), "tile/3/x001/x234/067"),
        (Tile(63, 67, 255), "tile/63/067.p/255"),
        (Tile(ENTRIES, 1_234_067, 1), "tile/entries/x001/x234/067.p/1"),
    ],
)
def test_the_path_of_a_tile(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/067",
        "tile/0/x001/67",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/001.p/0",
        "tile/0/001.p/01",
        "tile/0/001.p/256",
        "tile/0/001.p/300",
        "tile/0/001\n",
        "tile/0/٠٠١",
        "/tile/0/001",
        "tile/0/" + "x999/" * 6 + "x999/999",
    ],
)
def test_a_tile_has_one_path(path: str) -> None:
    with pytest.raises(BadInput, match="log-malformed"):
        Tile.parse(path)


def test_the_tiles_of_a_size() -> None:
    # The example of C2SP tlog-tiles.
    found = list(tiles.of_size(70_000))
    assert len([tile for tile in found if tile.level == 0 and tile.width == 256]) == 273
    assert {tile for tile in found if tile.width < 256} == {
        Tile(ENTRIES, 273, 112),
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    }
    assert list(tiles.of_size(256)) == [Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.of_size(0)) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_files_are_counted(size: int) -> None:
    assert tiles.count(size) == len(list(tiles.of_size(size)))


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(8160)])
async def test_a_tile_of_another_length_makes_no_proof(data: bytes) -> None:
    async def read(_: Tile) -> bytes:
        return data

    with pytest.raises(BadInput, match="log-malformed"):
        await Tiles(256, read).inclusion(0)


def test_bundles() -> None:
    held = [b"", b"a", bytes(65_535)]
    data = entries.pack(held)
    assert data[:5] == b"\x00\x00\x00\x01a"
    assert entries.unpack(data, 3) == held
    for wrong, width in ((data, 2), (data, 4), (data[:-1], 3), (data + b"\x00", 3), (data + b"\x00\x00", 3), (b"", 1)):
        with pytest.raises(BadInput, match="log-malformed"):
            entries.unpack(wrong, width)
    with pytest.raises(BadInput, match="log-malformed"):
        entries.pack([bytes(65_536)])
