"""Signing behind a URI, and the registry of the public keys. One key, one purpose (T51)."""

from .keystore import ensure, generate, open_key
from .multikey import Algorithm, PublicKey
from .registry import Key, Registry
from .signers import Signer, open_signer, throwaway

__all__ = [
    "Algorithm",
    "Key",
    "PublicKey",
    "Registry",
    "Signer",
    "ensure",
    "generate",
    "open_key",
    "open_signer",
    "throwaway",
]
