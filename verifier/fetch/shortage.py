"""What this machine lacks when it cannot open a connection: our own fault, which is never told as theirs."""

from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM

from ..core.errors import Unavailable

_LACKS = frozenset({EMFILE, ENFILE, ENOBUFS, ENOMEM})


def check_shortage(error: BaseException) -> None:
    """:raises Unavailable: ``fetch-exhausted``: no descriptor, or no memory, was left"""
    if isinstance(error, OSError) and error.errno in _LACKS:
        raise Unavailable("fetch-exhausted") from error
