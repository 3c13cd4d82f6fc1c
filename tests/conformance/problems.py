"""Problem types of the specifications, and the answers that carry them."""

from aiohttp import web

from verifier.core.errors import BadInput, VerifierError
from verifier.core.strict_json import Json

_SECURITY = "https://w3id.org/security#"
_CREDENTIALS = "https://www.w3.org/TR/vc-data-model#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"

_TYPES = {
    "term-undefined": f"{_SECURITY}DATA_LOSS_DETECTION_ERROR",
    "type-undefined": f"{_SECURITY}DATA_LOSS_DETECTION_ERROR",
    "iri-relative": f"{_SECURITY}DATA_LOSS_DETECTION_ERROR",
    "member-dropped": f"{_SECURITY}DATA_LOSS_DETECTION_ERROR",
    "proof-missing": f"{_CREDENTIALS}PARSING_ERROR",
    "proof-not-object": f"{_CREDENTIALS}PARSING_ERROR",
    "method-unknown": f"{_SECURITY}INVALID_VERIFICATION_METHOD",
    "key-malformed": f"{_SECURITY}INVALID_VERIFICATION_METHOD",
    "proof-domain": f"{_SECURITY}INVALID_DOMAIN_ERROR",
    "proof-challenge": f"{_SECURITY}INVALID_CHALLENGE_ERROR",
    "json-ld-refused": f"{_SECURITY}PROOF_TRANSFORMATION_ERROR",
    "context-unknown": f"{_SECURITY}PROOF_TRANSFORMATION_ERROR",
    "graph-too-complex": f"{_SECURITY}PROOF_TRANSFORMATION_ERROR",
    "work-too-long": f"{_SECURITY}PROOF_TRANSFORMATION_ERROR",
    "credential-period": f"{_CREDENTIALS}RANGE_ERROR",
    "credential-not-yet": f"{_CREDENTIALS}RANGE_ERROR",
    "credential-expired": f"{_CREDENTIALS}RANGE_ERROR",
    "time-malformed": f"{_CREDENTIALS}MALFORMED_VALUE_ERROR",
    "issuer-unproved": f"{_CREDENTIALS}CRYPTOGRAPHIC_SECURITY_ERROR",
    "holder-unproved": f"{_CREDENTIALS}CRYPTOGRAPHIC_SECURITY_ERROR",
    "status-set": f"{_STATUS}STATUS_VERIFICATION_ERROR",
    "bitstring-index": f"{_STATUS}RANGE_ERROR",
}
_FAMILIES = {
    "credential-": f"{_CREDENTIALS}MALFORMED_VALUE_ERROR",
    "resource-": f"{_CREDENTIALS}MALFORMED_VALUE_ERROR",
    "json-": f"{_CREDENTIALS}PARSING_ERROR",
}


def problem_type(code: str) -> str:
    """The URL of the error of a specification that a code of ours belongs to."""
    families = (url for start, url in _FAMILIES.items() if code.startswith(start))
    return _TYPES.get(code) or next(families, f"{_SECURITY}PROOF_VERIFICATION_ERROR")


def details(error: VerifierError) -> dict[str, Json]:
    return {
        "type": problem_type(error.code),
        "title": error.code,
        "detail": str(error),
        "pointer": error.pointer,
    }


def answer(error: VerifierError, *, verifying: bool) -> web.Response:
    """400 for what cannot be read, 422 for what is read and refused."""
    status = 400 if isinstance(error, BadInput) else 422
    problem = details(error)
    body = {"verified": False, "problemDetails": [problem]} if verifying else {**problem, "status": status}
    return web.json_response(body, status=status)
