"""JSON Canonicalization Scheme (RFC 8785)."""

import rfc8785

from ..core.errors import ProofError
from ..core.strict_json import Json


def canonicalize(value: Json) -> bytes:
    """The one spelling of a JSON value, UTF-8, without a final newline.

    :raises ProofError: ``jcs-refused``: NaN, an infinity, an integer beyond 2^53, a lone surrogate, no JSON value
    """
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError):  # a lone surrogate in a member name is a UnicodeError, which is a ValueError
        raise ProofError("jcs-refused") from None
