"""Signing behind a URI, and the registry of the public keys. One key, one purpose (T51)."""

from .folder import KeyFolder
from .keyring import KeyRing
from .keystore import ensure, generate, open_key
from .multikey import Algorithm, PublicKey
from .registry import Key, Registry
from .signers import Signer, open_signer, throwaway
from .trust import SignedRegistry, SignedRoot

__all__ = [
    "Algorithm",
    "Key",
    "KeyFolder",
    "KeyRing",
    "PublicKey",
    "Registry",
    "SignedRegistry",
    "SignedRoot",
    "Signer",
    "ensure",
    "generate",
    "open_key",
    "open_signer",
    "throwaway",
]
