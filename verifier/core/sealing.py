"""What the store must keep for us and may not read: authenticated encryption (AES-256-GCM, NIST SP 800-38D)."""

import base64
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .clock import Chance

_NONCE = 12
_INFO = b"verifier sealed state v1"


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens with one key of this deployment."""

    cipher: AESGCM
    chance: Chance

    @classmethod
    def of(cls, secret: bytes, chance: Chance) -> Self:
        """:param secret: the deployment's; the key is derived from it (RFC 5869), so that it serves one purpose"""
        return cls(AESGCM(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(secret)), chance)

    def seal(self, data: bytes) -> str:
        nonce = self.chance.bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self.cipher.encrypt(nonce, data, None)).decode()

    def unseal(self, sealed: str) -> bytes:
        """:raises ValueError: not sealed by us, or not as it was"""
        raw = base64.b64decode(sealed.encode(), altchars=b"-_", validate=True)
        try:
            return self.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None)
        except InvalidTag:
            raise ValueError("not sealed with this key") from None
