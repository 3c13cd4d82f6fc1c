"""The Merkle tree of RFC 6962, section 2.1: hashes, roots, and which spans of leaves a proof is made of."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from ..core.errors import ProofError

EMPTY = sha256(b"").digest()
"""The root of a log without entries."""

Span = tuple[int, int]
"""The leaves from the first up to, and without, the second."""


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The hash over these leaf hashes, or over those of whole subtrees of one height."""
    row = list(hashes)
    if not row:
        return EMPTY
    while len(row) > 1:
        above = [node(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        row = above + row[len(above) * 2 :]  # one without a neighbour goes up as it is
    return row[0]


def middle(span: Span) -> int:
    """Where RFC 6962 cuts a span of more than one leaf: the largest power of two below its length."""
    low, high = span
    return low + (1 << (high - low - 1).bit_length() - 1)


def subtrees(span: Span) -> Iterator[tuple[int, int]]:
    """The whole subtrees that a span of a proof is made of, from left to right: height and index at that height."""
    low, high = span
    while low < high:
        height = (high - low).bit_length() - 1
        yield height, low >> height
        low += 1 << height


def inclusion(index: int, size: int) -> list[Span]:
    """The spans whose hashes are the path of that leaf, from its neighbour up (2.1.1)."""
    low, high, path = 0, size, list[Span]()
    while high - low > 1:
        cut = middle((low, high))
        if index < cut:
            path.append((cut, high))
            high = cut
        else:
            path.append((low, cut))
            low = cut
    return path[::-1]


def consistency(old: int, new: int) -> list[Span]:
    """The spans whose hashes show that a tree of `new` leaves begins with that of `old` (2.1.2)."""
    low, high, path = 0, new, list[Span]()
    if not 0 < old < new:
        return path
    while old < high:
        cut = middle((low, high))
        if old <= cut:
            path.append((cut, high))
            high = cut
        else:
            path.append((low, cut))
            low = cut
    if low:
        path.append((low, high))
    return path[::-1]


def check_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], tree_root: bytes) -> None:
    """Returns if that leaf is in the tree.

    :raises ProofError: ``log-inclusion``
    """
    spans = inclusion(index, size)
    if not 0 <= index < size or len(path) != len(spans):
        raise ProofError("log-inclusion")
    value = leaf_hash
    for (_, high), hash_ in zip(spans, path, strict=True):
        value = node(hash_, value) if high <= index else node(value, hash_)
    if value != tree_root:
        raise ProofError("log-inclusion")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Returns if the tree of `new` leaves begins with that of `old`.

    :raises ProofError: ``log-consistency``
    """
    spans = consistency(old, new)
    if not 0 <= old <= new or len(path) != len(spans):
        raise ProofError("log-consistency")
    if old in (0, new):
        before, after = (EMPTY, new_root) if old == 0 < new else (new_root, new_root)
    else:
        steps = list(zip(spans, path, strict=True))
        # The old tree is one subtree of the new, or the path begins with the part of it that is.
        before = after = steps.pop(0)[1] if spans[0][1] == old else old_root
        for (_, high), hash_ in steps:
            if high < old:
                before, after = node(hash_, before), node(hash_, after)
            else:
                after = node(after, hash_)
    if (before, after) != (old_root, new_root) or (new == 0 and new_root != EMPTY):
        raise ProofError("log-consistency")
