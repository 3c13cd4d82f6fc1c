"""Forms that members of credentials have."""

import re

from ...core.errors import ProofError
from ...core.strict_json import Json

# What the URL Standard and RFC 3986 both read as absolute, and N-Quads can carry.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_VALUE_OBJECT = {"@value", "@language", "@direction"}


def listed(value: Json) -> list[Json]:
    """One value or an array of them, as an array: JSON-LD makes no difference."""
    return value if isinstance(value, list) else [value]


def is_url(value: Json) -> bool:
    """Whether it is an absolute URL, or another URI such as a DID."""
    return isinstance(value, str) and bool(_URL.fullmatch(value))


def each(document: dict[str, Json], name: str) -> list[tuple[str, Json]]:
    """The values of a member, with their pointers."""
    value = document.get(name, [])
    many = isinstance(value, list)
    return [(f"/{name}/{place}" if many else f"/{name}", item) for place, item in enumerate(listed(value))]


def check_text(value: Json, pointer: str) -> None:
    """A string, a language value object, or an array of these (VCDM 2.0, 11.1).

    :raises ProofError: ``credential-member``
    """
    for item in listed(value):
        if isinstance(item, dict):
            good = "@value" in item and set(item) <= _VALUE_OBJECT and all(isinstance(v, str) for v in item.values())
            good = good and item.get("@direction", "ltr") in ("ltr", "rtl")
        else:
            good = isinstance(item, str)
        if not good:
            raise ProofError("credential-member", pointer=pointer)
