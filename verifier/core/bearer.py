"""Bearer tokens: 256 bits, known to whoever was given them; the service keeps their digest alone."""

import base64
import hashlib

from .clock import Chance


def draw(chance: Chance) -> str:
    """A new token: 43 characters, of which any may stand in a cookie."""
    return base64.urlsafe_b64encode(chance.bytes(32)).rstrip(b"=").decode()


def digest_of(token: str) -> bytes:
    """Its SHA-256."""
    return hashlib.sha256(token.encode()).digest()
