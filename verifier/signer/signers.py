"""Signers behind a URI: ``file:PATH`` here, ``pkcs11:…`` in ``hsm``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ..core.clock import Chance
from ..core.errors import ConfigError
from . import hsm
from .multikey import Algorithm, PublicKey
from .secrecy import read_private

_MAKE_ONE = "Make one with `verifier keys generate`"

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Signer(Protocol):
    """A private key that one may use but not see."""

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def public_key_multibase(self) -> str: ...

    async def sign(self, data: bytes) -> bytes:
        """64 bytes: the Ed25519 signature of `data`, or r‖s of P-256 over its SHA-256."""


@dataclass(frozen=True, slots=True)
class MemorySigner:
    """A key held in this process."""

    private: PrivateKey
    public: PublicKey

    @property
    def algorithm(self) -> Algorithm:
        return self.public.algorithm

    @property
    def public_key_multibase(self) -> str:
        return self.public.multibase

    async def sign(self, data: bytes) -> bytes:
        return self.sign_now(data)

    def sign_now(self, data: bytes) -> bytes:
        """The same, for the command line."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        # RFC 6979: no randomness, so that the same document has the same signature
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
        return r.to_bytes(32) + s.to_bytes(32)


def draw(algorithm: Algorithm, chance: Chance) -> PrivateKey:
    """A new private key."""
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(chance.bytes(32))
    # FIPS 186-5, A.2.1: 64 bits more than the order, so that the remainder is even
    return ec.derive_private_key(1 + int.from_bytes(chance.bytes(40)) % (_P256_ORDER - 1), ec.SECP256R1())


def signer_of(private: PrivateKey) -> MemorySigner:
    algorithm: Algorithm = "ed25519" if isinstance(private, ed25519.Ed25519PrivateKey) else "p256"
    return MemorySigner(private, PublicKey(algorithm, private.public_key()))


def throwaway(algorithm: Algorithm, chance: Chance) -> MemorySigner:
    """A signer whose key is written nowhere: what it signs vouches for nothing."""
    return signer_of(draw(algorithm, chance))


def to_pem(private: PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def open_signer(uri: str, remedy: str = _MAKE_ONE) -> Signer:
    """The signer that `uri` names: a PEM PKCS#8 that its owner alone may read, or a key of a PKCS#11 token.

    :param remedy: what to do when the file is none
    :raises ConfigError: another scheme, no such file or object, a file that others may read, no key of ours in it
    """
    scheme, _, rest = uri.partition(":")
    if scheme == "pkcs11":
        return hsm.open_signer(uri)
    if scheme != "file" or not rest:
        raise ConfigError(
            f"Signer {uri!r}: write it as file:PATH, the path of a private key in PEM, or as "
            f"pkcs11:token=NAME;object=NAME?module-path=PATH&pin-source=file:PATH."
        )
    return load_file(Path(rest), remedy)


def load_file(path: Path, remedy: str = _MAKE_ONE) -> MemorySigner:
    """The signer of a private key in a file.

    :raises ConfigError: as :func:`open_signer`
    """
    private = load_pem(path, remedy)
    if isinstance(private, ed25519.Ed25519PrivateKey) or (
        isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1)
    ):
        return signer_of(private)
    raise ConfigError(f"Private key {path}: neither Ed25519 nor P-256. {remedy}.")


def load_pem(path: Path, remedy: str = _MAKE_ONE) -> object:
    """The private key in a file.

    :raises ConfigError: as :func:`open_signer`
    """
    pem = read_private(path, "Private key", remedy)
    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise ConfigError(f"Private key {path}: not an unencrypted PEM PKCS#8 private key.") from None
