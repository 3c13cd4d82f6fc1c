"""Signed notes: a text and the signatures below it (C2SP signed-note)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..signer import Signer
from .keys import Kind, VerifierKey, check_name, cosigned, with_time
from .lines import decode, encode, malformed, of

MOST_SIGNATURES = 64  # a verifier must take 16

_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Signature:
    """:param id: of the key, 4 bytes"""

    name: str
    id: bytes
    data: bytes

    @property
    def line(self) -> str:
        return f"{_DASH}{self.name} {encode(self.id + self.data)}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """:raises BadInput: ``log-malformed``"""
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        check_name(name)
        data = decode(encoded)
        if not line.startswith(_DASH) or len(data) < 5:
            raise malformed()
        return cls(name, data[:4], data[4:])


def signatures(text: str) -> tuple[Signature, ...]:
    """Lines of signatures, each ended by a newline: the end of a note, or what a witness answers.

    :raises BadInput: ``log-malformed``
    """
    lines = text.split("\n")
    if lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        raise malformed()
    return tuple(Signature.parse(line) for line in lines)


@dataclass(frozen=True, slots=True)
class Note:
    """:param text: with its last newline; worth nothing until :meth:`signed_by` returned"""

    text: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """:raises BadInput: ``log-malformed``"""
        text, gap, below = of(data).rpartition("\n\n")
        if not gap:
            raise malformed()
        return cls(f"{text}\n".encode(), signatures(below))

    @property
    def data(self) -> bytes:
        return self.text + b"\n" + "".join(each.line for each in self.signatures).encode()

    def signed_by(self, keys: Iterable[VerifierKey]) -> dict[VerifierKey, Signature]:
        """Which of these keys signed it, checked. Signatures by other keys count for nothing.

        :raises ProofError: ``log-signature``: one that names a known key is not that key's
        """
        known = {(key.name, key.id): key for key in keys}
        found = dict[VerifierKey, Signature]()
        for signature in self.signatures:
            if (key := known.get((signature.name, signature.id))) is not None:
                key.check(self.text, signature.data)
                found[key] = signature
        return found


async def sign(text: bytes, name: str, signer: Signer) -> Signature:
    """The signature of a log.

    :raises BadInput: ``log-malformed``: not a name for a key
    :raises ProofError: ``key-malformed``: not an Ed25519 key
    """
    key = VerifierKey.of(name, Kind.NOTE, signer.public_key_multibase)
    return Signature(name, key.id, await signer.sign(text))


async def cosign(text: bytes, name: str, signer: Signer, time: int) -> Signature:
    """The cosignature of a witness.

    :param time: Unix seconds
    :raises BadInput: as :func:`sign`
    :raises ProofError: as :func:`sign`
    """
    key = VerifierKey.of(name, Kind.COSIGNATURE, signer.public_key_multibase)
    return Signature(name, key.id, with_time(await signer.sign(cosigned(text, time)), time))
