"""Time and chance, passed in: nothing below ``app`` reads the system's clock or generator by itself."""

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

from .errors import BadInput

DAY = 86_400
HOUR = 3_600
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in whole Unix seconds."""

    now: Callable[[], int] = lambda: int(time.time())


@dataclass(frozen=True, slots=True)
class Chance:
    """Unpredictable bytes and indexes."""

    bytes: Callable[[int], bytes] = secrets.token_bytes
    below: Callable[[int], int] = secrets.randbelow

    def identifier(self) -> str:
        """80 random bits as 16 characters of lower-case base32: names an order, a page, an attestation."""
        return base64.b32encode(self.bytes(10)).decode().lower()


def to_rfc3339(seconds: int) -> str:
    """Unix seconds as ``2026-11-23T10:00:00Z``: the only form that we write (XSD dateTimeStamp)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1)
def _date_line(seconds: int) -> bytes:
    return f"Date: {formatdate(seconds, usegmt=True)}\r\n".encode()


def http_date_line() -> bytes:
    """The header of an answer that says when it was sent (RFC 9110, 6.6.1)."""
    return _date_line(int(time.time()))


def from_rfc3339(text: str) -> int:
    """The reverse of :func:`to_rfc3339`, for the form that we write and no other.

    :raises BadInput: ``time-malformed``
    """
    try:
        seconds = int(datetime.fromisoformat(text).timestamp())  # reads many forms, ten times as fast as strptime
        if to_rfc3339(seconds) == text:
            return seconds
    except (ValueError, OverflowError, OSError):  # no such day, or one that no clock shows
        pass
    raise BadInput("time-malformed")
