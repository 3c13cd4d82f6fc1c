"""The offline proof that an entry is in a log: one file, checked without asking anybody (C2SP tlog-proof)."""

from dataclasses import dataclass
from typing import Self

from . import tree
from .checkpoint import Checkpoint
from .lines import MOST, decode, digest, encode, malformed, number, of
from .note import Note
from .policy import Policy

_HEAD = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = MOST.bit_length()


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof, as it is written.

    :param path: from the leaf upward
    :param checkpoint: with the cosignatures
    :param extra: signed by nobody; None: there is no such line
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """:raises BadInput: ``log-malformed``"""
        above, gap, below = of(data).partition("\n\n")
        head, *lines = above.split("\n")
        if head != _HEAD or not gap:
            raise malformed()
        extra = decode(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index ") or len(lines) > 1 + _MOST_HASHES:
            raise malformed()
        index = number(lines[0].removeprefix("index "))
        return cls(index, tuple(map(digest, lines[1:])), Note.parse(below.encode()), extra)

    @property
    def data(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {encode(self.extra)}"]
        lines = [_HEAD, *extra, f"index {self.index}", *map(encode, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint.data

    def check(self, entry: bytes, policy: Policy) -> Checkpoint:
        """The checkpoint that has that entry, as the policy wants it signed.

        :raises BadInput: ``log-malformed``
        :raises ProofError: ``log-signature``, ``log-quorum``, ``log-inclusion``
        """
        checkpoint = policy.check(self.checkpoint)
        tree.check_inclusion(tree.leaf(entry), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint
