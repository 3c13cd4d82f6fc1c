"""What a log sends to a witness (C2SP tlog-witness)."""

from dataclasses import dataclass
from typing import Self

from .checkpoint import Checkpoint
from .lines import digest, encode, malformed, number, of
from .note import Note

MOST_HASHES = 63
MOST_BYTES = 65_536  # 63 hashes, a checkpoint, and its signatures
SIZE_TYPE = "text/x.tlog.size"
"""The media type of the answer 409, which is the size that the witness has seen."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request.

    :param old: the size that the log believes the witness has seen
    :param proof: that the checkpoint's tree begins with that of `old`
    """

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """:raises BadInput: ``log-malformed``"""
        if len(data) > MOST_BYTES:
            raise malformed()
        above, gap, below = of(data).partition("\n\n")
        first, *hashes = above.split("\n")
        if not gap or not first.startswith("old ") or len(hashes) > MOST_HASHES:
            raise malformed()
        note = Note.parse(below.encode())
        old = number(first.removeprefix("old "))
        return cls(old, tuple(map(digest, hashes)), note, Checkpoint.parse(note.text))

    @property
    def data(self) -> bytes:
        return "\n".join([f"old {self.old}", *map(encode, self.proof), "", ""]).encode() + self.note.data
