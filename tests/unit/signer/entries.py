"""Entries of a key list."""

from verifier.core.clock import Chance, to_rfc3339
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.signer import Key, throwaway

NOW = 1_795_428_000  # 2026-11-23T10:00:00Z
YEAR = 365 * 86_400
ISSUING, STATUS = (throwaway("ed25519", Chance()).public_key_multibase for _ in range(2))


def key(id_: str = ISSUING, purpose: Purpose = Purpose.ISSUING, **given: Json) -> Key:
    created = to_rfc3339(NOW - YEAR)
    plain: dict[str, Json] = {
        "public_key_multibase": id_,
        "algorithm": "ed25519",
        "purpose": purpose,
        "created": created,
        "sandbox": False,
    }
    return Key(**(plain | given))
