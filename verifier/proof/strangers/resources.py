"""Related resources: their digests, compared with bytes that are at hand (VCDM 2.0, 5.3). Nothing is fetched."""

import base64
import hashlib
from collections.abc import Mapping, Sequence

import base58

from ...core.errors import ProofError
from ...core.strict_json import Json
from .forms import each, is_url

# The bytes of every known revision, by URL.
Resources = Mapping[str, Sequence[bytes]]

_MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
_BY_LENGTH = {32: "sha256", 48: "sha384", 64: "sha512"}


def check_related(document: dict[str, Json], resources: Resources) -> None:
    """Each related resource is named once, with a digest that fits the bytes, if these are known.

    :raises ProofError: ``resource-malformed``, ``resource-repeated``, ``resource-digest``
    """
    seen = set()
    for pointer, item in each(document, "relatedResource"):
        if not isinstance(item, dict) or not is_url(item.get("id")):
            raise ProofError("resource-malformed", pointer=pointer)
        if item["id"] in seen:
            raise ProofError("resource-repeated", pointer=f"{pointer}/id")
        seen.add(item["id"])
        digests = [(name, item[name]) for name in ("digestSRI", "digestMultibase") if name in item]
        if not digests or not isinstance(item.get("mediaType", ""), str):
            raise ProofError("resource-malformed", pointer=pointer)
        for name, value in digests:
            try:
                algorithm, digest = _sri(value) if name == "digestSRI" else _multibase(value)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ProofError("resource-malformed", pointer=f"{pointer}/{name}") from None
            revisions = resources.get(item["id"])
            if revisions is not None and digest not in [hashlib.new(algorithm, data).digest() for data in revisions]:
                raise ProofError("resource-digest", pointer=f"{pointer}/{name}")


def _sri(text: str) -> tuple[str, bytes]:
    algorithm, _, encoded = text.partition("-")
    digest = base64.b64decode(encoded, validate=True)
    if _BY_LENGTH[len(digest)] != algorithm:
        raise ValueError
    return algorithm, digest


def _multibase(text: str) -> tuple[str, bytes]:
    """With a multihash header, or without, as the examples of the specification have it."""
    if text.startswith("u"):
        raw = base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True)
    elif text.startswith("z") and len(text) < 100:
        raw = base58.b58decode(text[1:])
    else:
        raise ValueError
    if raw[:2] in _MULTIHASH and len(raw) == 2 + raw[1]:
        return _MULTIHASH[raw[:2]], raw[2:]
    return _BY_LENGTH[len(raw)], raw
