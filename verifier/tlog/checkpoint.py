"""Checkpoints: what a log signs of itself (C2SP tlog-checkpoint), without extension lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..core.errors import ProofError
from .keys import Kind, VerifierKey, check_name
from .lines import digest, encode, malformed, number, of
from .note import Note
from .tree import EMPTY


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """:param origin: the URL of the log without scheme and last slash, which is the name of its key too"""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """:raises BadInput: ``log-malformed``, also for a fourth line: implementations disagree on what signs it"""
        match of(text).split("\n"):
            case [origin, size, root, ""]:
                check_name(origin)
                checkpoint = cls(origin, number(size), digest(root))
                if checkpoint.size == 0 and checkpoint.root != EMPTY:
                    raise malformed()
                return checkpoint
        raise malformed()

    @property
    def text(self) -> bytes:
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n".encode()


def signed(data: bytes, key: VerifierKey) -> tuple[Checkpoint, Note]:
    """The checkpoint in a file, and the note that it is.

    :param key: of the log
    :raises BadInput: ``log-malformed``
    :raises ProofError: ``log-signature``: that log did not sign it
    """
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    check_by([key], checkpoint, note)
    return checkpoint, note


def check_by(keys: Iterable[VerifierKey], checkpoint: Checkpoint, note: Note) -> None:
    """Returns if one of these keys is of the log that the checkpoint names, and signed it.

    :raises ProofError: ``log-signature``
    """
    # A key that signs for one origin must not vouch for another.
    own = [key for key in keys if key.kind is Kind.NOTE and key.name == checkpoint.origin]
    if not note.signed_by(own):
        raise ProofError("log-signature")
