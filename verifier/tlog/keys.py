"""Verifier keys: the name, the kind and the public key of who signs notes (C2SP signed-note, tlog-cosignature)."""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..core.errors import ProofError
from ..signer import PublicKey
from .lines import MOST, decode, encode, malformed

_TIME = 8  # bytes before the signature of a cosignature


class Kind(IntEnum):
    """What a signature says."""

    NOTE = 1
    """Ed25519 over the text: a log signs its checkpoint."""

    COSIGNATURE = 4
    """Ed25519 over a time and the text: a witness has seen nothing that contradicts it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """:param public: 32 bytes, Ed25519"""

    name: str
    kind: Kind
    public: bytes

    @classmethod
    def of(cls, name: str, kind: Kind, multibase: str) -> Self:
        """That of a signer.

        :raises BadInput: ``log-malformed``: not a name for a key
        :raises ProofError: ``key-malformed``: not an Ed25519 key
        """
        check_name(name)
        key = PublicKey.parse(multibase).key
        if not isinstance(key, Ed25519PublicKey):
            raise ProofError("key-malformed")
        return cls(name, kind, key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @classmethod
    def parse(cls, text: str) -> Self:
        """``name+id+base64``.

        :raises BadInput: ``log-malformed``, also for kinds of keys that we cannot check
        """
        name, plus, rest = text.partition("+")
        id_, _, encoded = rest.partition("+")
        check_name(name)
        data = decode(encoded)
        if not plus or len(data) != 33 or data[0] not in tuple(Kind):
            raise malformed()
        key = cls(name, Kind(data[0]), data[1:])
        if key.id.hex() != id_:
            raise malformed()
        return key

    @property
    def id(self) -> bytes:
        """4 bytes: they choose among keys, and prove nothing."""
        return sha256(self.name.encode() + b"\n" + self._typed).digest()[:4]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode(self._typed)}"

    @property
    def _typed(self) -> bytes:
        return bytes([self.kind]) + self.public

    def check(self, text: bytes, signature: bytes) -> None:
        """:raises ProofError: ``log-signature``: it is not this key's signature of that text"""
        try:
            if self.kind is Kind.COSIGNATURE:
                if (time := time_of(signature)) > MOST:
                    raise InvalidSignature
                text, signature = cosigned(text, time), signature[_TIME:]
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            raise ProofError("log-signature") from None


def cosigned(text: bytes, time: int) -> bytes:
    """What a witness signs.

    :param time: Unix seconds
    """
    return f"cosignature/v1\ntime {time}\n".encode() + text


def time_of(cosignature: bytes) -> int:
    """When a cosignature was made, in Unix seconds."""
    return int.from_bytes(cosignature[:_TIME])


def with_time(signature: bytes, time: int) -> bytes:
    """A cosignature as it is written."""
    return time.to_bytes(_TIME) + signature


def check_name(name: str) -> None:
    """:raises BadInput: ``log-malformed``: not a name for a key"""
    if not name or "+" in name or any(each.isspace() or each < " " for each in name):
        raise malformed()
