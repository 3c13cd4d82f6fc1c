"""The process that reads what is brought: it may be killed at any time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from verifier.core.strict_json import Json
from verifier.core.worker import serve
from verifier.proof.did import resolve_did_key
from verifier.proof.strangers.credential import Known, check_unsigned, verify_credential, verify_presentation
from verifier.proof.strangers.proofs import Expected
from verifier.proof.suites import to_sign

from . import pinned


def main() -> None:
    known = Known(pinned.contexts(), pinned.resources(), pinned.fits, resolve_did_key)

    def sign(credential: Json, config: Mapping[str, Json]) -> Json:
        check_unsigned(credential, known)
        return to_sign(credential, config, known.contexts).hex()

    def credential(document: Json, options: Mapping[str, Any], bound: bool) -> None:
        verify_credential(document, _expected(options), known, datetime.now(UTC), bound=bound)

    def presentation(document: Json, options: Mapping[str, Any]) -> Json:
        return verify_presentation(document, _expected(options), known, datetime.now(UTC))

    serve({"sign": sign, "credential": credential, "presentation": presentation})


def _expected(options: Mapping[str, Any]) -> Expected:
    domain = options["domain"]
    return Expected(options["purpose"], None if domain is None else frozenset(domain), options["challenge"])
