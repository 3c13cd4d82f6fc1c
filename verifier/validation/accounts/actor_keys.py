"""The key of an actor, read before any library has a say: only kinds whose loading is quick whatever their numbers.

Loading a Diffie-Hellman key tests its modulus for primality: a minute of work for 2 kB that anybody may serve (T44).
"""

import base64
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

_PEM_CHARACTERS = 4096
_DER_BYTES = 1_100
"""RSA of 8192 bits takes 1,062 bytes; the fediverse has 2048, at times 4096."""

_PEM = re.compile(r"-----BEGIN ((?:RSA )?PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----", re.ASCII)  # RFC 7468
_LENGTH = rb"(?:[\x00-\x7f]|\x81.|\x82..)"
_EC = rb"\x30[\x00-\x7f]\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"  # id-ecPublicKey (RFC 5480)
_KINDS = (
    rb"\x30[\x00-\x7f]\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",  # rsaEncryption (RFC 8017)
    _EC + rb"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",  # P-256
    _EC + rb"\x06\x05\x2b\x81\x04\x00[\x22\x23\x0a]",  # P-384, P-521, secp256k1
    rb"\x30\x05\x06\x03\x2b\x65\x70",  # Ed25519 (RFC 8410)
    rb"\x02",  # the modulus of a bare RSAPublicKey, as of RSA PUBLIC KEY (RFC 8017, A.1.1)
)
_QUICK = re.compile(rb"\x30" + _LENGTH + rb"(?:" + rb"|".join(_KINDS) + rb").*", re.DOTALL)


def public_key_info(pem: str) -> bytes:
    """The DER SubjectPublicKeyInfo (RFC 5280, 4.1) of the one RSA, ECDSA or Ed25519 key that `pem` is.

    :raises ValueError: it is none, or too large
    """
    parts = _PEM.fullmatch(pem.strip()) if len(pem) <= _PEM_CHARACTERS else None
    if parts is None:
        raise ValueError("no public key in PEM")
    der = base64.b64decode("".join(parts[2].split()), validate=True)
    # From here to the algorithm, DER has one reading: the library cannot find another than was let through.
    if len(der) > _DER_BYTES or _QUICK.fullmatch(der) is None:
        raise ValueError("no kind of key that we load")
    try:
        return load_der_public_key(der).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UnsupportedAlgorithm:
        raise ValueError("no key that the library knows") from None
