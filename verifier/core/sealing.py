"""The secret of a deployment: keyed hashes (FIPS 198-1), and what the store keeps encrypted (NIST SP 800-38D)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .clock import Chance

_NONCE = 12
_INFO = b"verifier sealed state v1"


@dataclass(frozen=True, slots=True)
class DeploymentSecret:
    """The one secret of a deployment, and what is done with it.

    :param key: of the keyed hashes
    :param cipher: of what is sealed
    """

    key: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False)
    chance: Chance

    @classmethod
    def of(cls, secret: bytes, chance: Chance) -> Self:
        """:param secret: the key of the cipher is derived from it (RFC 5869), so that each serves one purpose"""
        return cls(secret, AESGCM(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(secret)), chance)

    def mac(self, data: bytes) -> bytes:
        """HMAC-SHA256: nobody else can make it, or tell what it is of."""
        return hmac.digest(self.key, data, hashlib.sha256)

    def seal(self, data: bytes) -> str:
        """AES-256-GCM: encrypted, and authentic when :meth:`unseal` opens it."""
        nonce = self.chance.bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self.cipher.encrypt(nonce, data, None)).decode()

    def unseal(self, sealed: str) -> bytes:
        """:raises ValueError: not sealed by us, or not as it was"""
        raw = base64.b64decode(sealed.encode(), altchars=b"-_", validate=True)
        try:
            return self.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None)
        except InvalidTag:
            raise ValueError("not sealed with this key") from None
