"""The two kinds of values in lines of text: decimal numbers and base64, each with one spelling."""

import base64
import binascii
import re

from ..core.errors import BadInput

HASH = 32  # bytes
MOST = 2**63 - 1  # entries of a log: what every implementation can count

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def malformed() -> BadInput:
    """What a parser of this room raises."""
    return BadInput("log-malformed")


def number(text: str) -> int:
    """A decimal without leading zeroes, at most :data:`MOST`.

    :raises BadInput: ``log-malformed``
    """
    if _DECIMAL.fullmatch(text) is None or (value := int(text)) > MOST:
        raise malformed()
    return value


def encode(data: bytes) -> str:
    """RFC 4648, section 4, padded."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """The reverse of :func:`encode`, for its own spelling alone: two texts of one value would be two files.

    :raises BadInput: ``log-malformed``
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise malformed() from None
    if encode(data) != text:
        raise malformed()
    return data


def digest(text: str) -> bytes:
    """A SHA-256 in base64.

    :raises BadInput: ``log-malformed``
    """
    data = decode(text)
    if len(data) != HASH:
        raise malformed()
    return data


def of(data: bytes) -> str:
    """The text of a file: UTF-8, without control characters but the newline (C2SP signed-note).

    :raises BadInput: ``log-malformed``
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise malformed() from None
    if any(character < " " and character != "\n" for character in text):
        raise malformed()
    return text
