"""The keys of the service as an actor of the fediverse: they say who asks, and vouch for nobody's account.

So they are outside the key registry: the service makes them at its first start, and a lost one is replaced by
deleting its file. RSA for HTTP signatures, because the fediverse reads no other; Ed25519 for what it will post
(FEP-521a, FEP-8b32).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ..core.errors import ConfigError
from . import store
from .multikey import PublicKey
from .secrecy import read_private

RSA_FILE = "actor-rsa.pem"
ED25519_FILE = "actor-ed25519.pem"

_BITS = 2048  # what every fediverse server makes and accepts
_WHAT = "Key of the service's actor"
_REMEDY = "Delete it: the service makes another at its next start"

_Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class ActorKeys:
    """Private keys that one may use but not see."""

    _rsa: rsa.RSAPrivateKey
    _ed25519: ed25519.Ed25519PrivateKey

    @classmethod
    def ensure(cls, folder: Path) -> Self:
        """The keys in `folder`, made if they are not there; drawn by OpenSSL, which alone makes RSA keys.

        :raises ConfigError: a file is not such a key, or others may read it
        """
        with store.locked(folder):
            first = _ensure(folder / RSA_FILE, lambda: rsa.generate_private_key(65_537, _BITS))
            second = _ensure(folder / ED25519_FILE, ed25519.Ed25519PrivateKey.generate)
        if not isinstance(first, rsa.RSAPrivateKey) or first.key_size < _BITS:
            raise ConfigError(f"{_WHAT} {folder / RSA_FILE}: not an RSA key of {_BITS} bits. {_REMEDY}.")
        if not isinstance(second, ed25519.Ed25519PrivateKey):
            raise ConfigError(f"{_WHAT} {folder / ED25519_FILE}: not an Ed25519 key. {_REMEDY}.")
        return cls(first, second)

    @property
    def rsa_public_pem(self) -> str:
        return self._rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def ed25519_multibase(self) -> str:
        return PublicKey("ed25519", self._ed25519.public_key()).multibase

    def rsa_sha256(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017, 8.2)."""
        return self._rsa.sign(data, padding.PKCS1v15(), SHA256())


def _ensure(path: Path, make: Callable[[], _Private]) -> object:
    if not path.exists():
        pem = make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        waiting = path.with_name(f".{path.name}.new")
        store.write_new(waiting, pem, mode=0o600)
        store.move(waiting, path)
    try:
        return load_pem_private_key(read_private(path, _WHAT, _REMEDY), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(f"{_WHAT} {path}: not a private key in PEM. {_REMEDY}.") from None
