"""Dataclasses to columns and back, and the conditions that several parts share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar, get_origin, get_type_hints

from ..core import strict_json
from ..core.models import Folding
from .connection import Row

T = TypeVar("T")

IN_FORCE = "attestation.published_at IS NOT NULL AND attestation.revoked_at IS NULL AND attestation.expired_at IS NULL"
"""An attestation that was published and neither revoked nor ended; it may be suspended."""

VOUCHING = f"{IN_FORCE} AND attestation.suspended_at IS NULL AND attestation.body IS NOT NULL"
"""The same, not suspended, and not erased."""


LIST_CHANGED = """
    UPDATE status_list SET version = version + 1,
        due_since = CASE WHEN version > signed_version THEN due_since ELSE COALESCE($1, signed_at) END
"""
"""One more reason to sign status lists, since $1; the first reason that is not said yet keeps its time."""


def resting_on(body: str) -> str:
    """The FROM and WHERE of the attestations, vouching, that rest on the record of that body (an SQL expression)."""
    # Its own attestations, unless the body above it speaks for them, and those of the bodies that it vouched for and
    # that have no record of their own. The condition before VOUCHING is the one that indexes serve.
    return f"""
        FROM body AS held JOIN identity ON identity.body_id = held.id AND identity.type = 'institution'
        JOIN attestation ON attestation.identity_id = identity.id
        WHERE (held.id = {body} OR held.parent_id = {body}) AND {VOUCHING}
        AND CASE WHEN held.vouched_at IS NOT NULL AND held.proved_at IS NULL
            THEN held.parent_id ELSE held.id END = {body}"""


PINS_IN_ANY_SPELLING = "SELECT handle, folding, id, order_id FROM account WHERE current = 1 AND LOWER(handle) = $1"


def of_spelling(acct: str, rows: Sequence[Row]) -> Row | None:
    """Of all rows whose handle is `acct` in some spelling, the one that answers for it (T00f).

    It is the one that is spelled so, else the only one, if its server takes all spellings for one: where two are
    attested, neither speaks for a third.

    :param rows: their handle, then their folding
    """
    for row in rows:
        if row[0] == acct:
            return row
    return rows[0] if len(rows) == 1 and rows[0][1] in (None, Folding.YES) else None


def columns(row: type[Any], table: str | None = None) -> str:
    """The column list of a SELECT for that dataclass, quoted: some of the field's words are SQL's too."""
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{_column(field.name)}"' for field in fields(row))


def make(row: type[T], values: Sequence[Any]) -> T:
    """`values`, in the order of :func:`columns`, as that dataclass."""
    converted = (
        value if value is None or convert is None else convert(value)
        for value, convert in zip(values, _converters(row), strict=True)
    )
    return row(*converted)


def values_of(row: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass
    """Column → value of that dataclass; what :func:`make` reads."""
    return {_column(field.name): _stored(getattr(row, field.name)) for field in fields(row)}


def json_text(value: Mapping[str, strict_json.Json]) -> str:
    """An object as the store keeps it."""
    return strict_json.dumps(dict(value)).decode()


def _column(field: str) -> str:
    return field.rstrip("_")  # `class_`: Python has the word for itself


def _stored(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Mapping):
        return json_text(value)
    if isinstance(value, frozenset):
        return strict_json.dumps(sorted(value)).decode()
    return value


def _frozenset(text: str) -> frozenset[strict_json.Json]:
    return frozenset(strict_json.parse(text))


_CONVERTERS: dict[type[Any], Sequence[Callable[[Any], Any] | None]] = {}


def _converters(row: type[Any]) -> Sequence[Callable[[Any], Any] | None]:
    if row not in _CONVERTERS:
        _CONVERTERS[row] = [_converter(hint) for hint in get_type_hints(row).values()]
    return _CONVERTERS[row]


def _converter(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - a type hint has no narrower type
    if hint is bool:
        return bool
    if get_origin(hint) is Mapping:
        return strict_json.parse
    if get_origin(hint) is frozenset:
        return _frozenset
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    inner = [arg for arg in getattr(hint, "__args__", ()) if arg is not type(None)]
    return _converter(inner[0]) if len(inner) == 1 else None
