"""Bit strings of status lists (W3C Bitstring Status List 1.0): bit 0 is the left-most bit of the first byte."""

import base64
import gzip
import re
import zlib
from collections.abc import Iterable

from ..core.errors import ProofError

MIN_ENTRIES = 131_072  # 16 kB: fewer would single holders out (7.2, group privacy)
_BASE64URL = re.compile(r"u[A-Za-z0-9_-]+")
MAX_BYTES = 4_194_304  # inflated: 33 million entries; a list is one download


def of_indexes(indexes: Iterable[int], entries: int = MIN_ENTRIES) -> bytes:
    """The bits of a list of `entries` places, set at `indexes`."""
    digits = bytearray(b"0") * entries
    for index in indexes:
        digits[index] = 0x31  # "1"
    return int(digits, 2).to_bytes(entries // 8)


def is_set(bits: bytes, index: int) -> bool:
    """:raises ProofError: ``bitstring-index``: beyond the list"""
    if not 0 <= index < len(bits) * 8:
        raise ProofError("bitstring-index", index=index, entries=len(bits) * 8)
    return bool(bits[index // 8] & 0x80 >> index % 8)


def encode(bits: bytes) -> str:
    """``encodedList``: gzip, base64url without padding, multibase ``u``; the same bits give the same text."""
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits, compresslevel=6, mtime=0)).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bits of an ``encodedList``.

    :raises ProofError: ``bitstring-malformed``, ``bitstring-short``, ``bitstring-large``
    """
    if not _BASE64URL.fullmatch(text):
        raise ProofError("bitstring-malformed")
    try:
        raw = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        inflate = zlib.decompressobj(wbits=31)
        bits = inflate.decompress(raw, MAX_BYTES)
        whole = inflate.eof
    except (ValueError, zlib.error):
        raise ProofError("bitstring-malformed") from None
    if not whole and len(bits) >= MAX_BYTES:
        raise ProofError("bitstring-large", limit=MAX_BYTES)
    if not whole or inflate.unused_data:
        raise ProofError("bitstring-malformed")
    if len(bits) * 8 < MIN_ENTRIES:
        raise ProofError("bitstring-short", entries=len(bits) * 8, minimum=MIN_ENTRIES)
    return bits
