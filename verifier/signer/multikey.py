"""Public keys as Multikey text (W3C Controlled Identifiers 1.0, 2.2.2), and checking signatures with them."""

from dataclasses import dataclass
from typing import Literal, Self

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..core.errors import ProofError

Algorithm = Literal["ed25519", "p256"]

_HEADERS: dict[bytes, Algorithm] = {b"\xed\x01": "ed25519", b"\x80\x24": "p256"}
SIGNATURE_BYTES = 64  # both algorithms: R‖S of RFC 8032, r‖s of IEEE P1363


@dataclass(frozen=True, slots=True)
class PublicKey:
    algorithm: Algorithm
    key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

    @classmethod
    def parse(cls, multibase: str) -> Self:
        """:raises ProofError: ``key-malformed``"""
        try:
            raw = base58.b58decode(multibase.removeprefix("z")) if len(multibase) < 100 else b""
            algorithm = _HEADERS[raw[:2]]
            if algorithm == "ed25519":
                public = cls(algorithm, ed25519.Ed25519PublicKey.from_public_bytes(raw[2:]))
            else:
                public = cls(algorithm, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:]))
        except (KeyError, ValueError):
            raise ProofError("key-malformed") from None
        if public.multibase != multibase:
            raise ProofError("key-malformed")
        return public

    @property
    def multibase(self) -> str:
        """The text, of which one key has one: it names the key everywhere."""
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            raw = b"\xed\x01" + self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            raw = b"\x80\x24" + self.key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return "z" + base58.b58encode(raw).decode()

    def verify(self, signature: bytes, data: bytes) -> None:
        """:raises ProofError: ``signature-wrong``"""
        try:
            if len(signature) != SIGNATURE_BYTES:
                raise InvalidSignature
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, data)
            else:
                r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
                self.key.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        except InvalidSignature:
            raise ProofError("signature-wrong") from None
