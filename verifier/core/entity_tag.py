"""The entity tag of an answer (RFC 9110, 8.8.3): made when its bytes are stored, compared when they are asked for."""

import hashlib


def entity_tag(body: bytes) -> str:
    """The tag of these bytes, without its quotes: 128 bits of their SHA-256, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()[:32]
