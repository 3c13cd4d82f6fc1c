"""JSON read strictly (T42, T46): what two readers could read differently is refused.

Duplicate names, NaN and infinities, numbers beyond a double, lone surrogates, deep nesting, a byte
order mark and anything that is not UTF-8 are errors. The caller bounds the size before reading.
"""

import json
import math
import re
from typing import Any

from .errors import BadInput

Json = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1

# A string, even unterminated, is one token: possessive, so that no text makes it look twice.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{\]}]', re.DOTALL)


def loads(data: bytes, *, max_depth: int = MAX_DEPTH) -> Json:
    """The value that `data` spells.

    :raises BadInput: ``json-encoding``, ``json-bom``, ``json-malformed``, ``json-duplicate-name``, ``json-number``,
        ``json-surrogate``, ``json-depth``
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("json-encoding") from None
    if text.startswith("\ufeff"):
        raise BadInput("json-bom")  # RFC 8259, 8.1
    _check_depth(text, max_depth)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise BadInput("json-malformed", line=error.lineno, column=error.colno) from None
    if "\\u" in text or "\\U" in text:
        _check_surrogates(value)
    return value


def loads_object(data: bytes) -> dict[str, Json]:
    """The same, for a text that must be an object.

    :raises BadInput: as :func:`loads`, and ``json-not-object``
    """
    value = loads(data)
    if not isinstance(value, dict):
        raise BadInput("json-not-object", pointer="")
    return value


def parse(text: str) -> Json:
    """What :func:`dumps` wrote, read back as text from the store."""
    return loads(text.encode())


def dumps(value: Json) -> bytes:
    """Compact UTF-8 JSON, members in the order given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _check_depth(text: str, max_depth: int) -> None:
    # Before the parser recurses: 100,000 brackets must cost a scan, not a stack.
    depth = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > max_depth:
                raise BadInput("json-depth", limit=max_depth)
        elif token[0] in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadInput("json-duplicate-name")
    return value


def _constant(_: str) -> Json:
    raise BadInput("json-number")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise BadInput("json-number")  # beyond 2^53 two readers keep different integers (RFC 8785, 3.1)
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadInput("json-number")
    return value


def _check_surrogates(value: Json) -> None:
    if isinstance(value, str):
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise BadInput("json-surrogate")
    elif isinstance(value, list):
        for item in value:
            _check_surrogates(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_surrogates(name)
            _check_surrogates(item)
