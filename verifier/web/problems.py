"""The one map from errors to RFC 9457 problems. What is not in it says nothing of the inside."""

import logging
from collections.abc import Mapping

from aiohttp import web

from .. import words
from ..core import strict_json
from ..core.errors import (
    BadInput,
    Conflict,
    Gone,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    VerifierError,
)
from ..core.identifiers import Handle
from ..core.models import Problem
from ..core.strict_json import Json
from ..policy.policy import Policy

log = logging.getLogger(__name__)

TYPE = "https://w3id.org/fediverse-account/problems#"

STATUSES: Mapping[type[VerifierError], int] = {
    BadInput: 400,
    TooLarge: 413,
    Refused: 422,
    Unauthorized: 401,
    NotFound: 404,
    Gone: 410,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
}
_NOWHERE = frozenset({"account-unknown", "fetch-name", "webfinger-malformed", "webfinger-no-actor", "webfinger-status"})
_PATIENCE = 30  # seconds
_OF_CODE = {"method-not-allowed": 405, "media-type": 415, "csrf": 403, "other-origin": 403}


def status_of(error: VerifierError) -> int:
    """The HTTP status of that error; 500 for what is only for the operator."""
    if error.code in _OF_CODE:
        return _OF_CODE[error.code]
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def problem(
    code: str, values: Mapping[str, str | int] | None = None, *, status: int | None = None, pointer: str | None = None
) -> dict[str, Json]:
    """The members of a problem: what (type, title, detail), where (pointer), what to do (remedy)."""
    text = words.explain(code, values or {}, words.SOURCE)
    body: dict[str, Json] = {"type": TYPE + code, "title": text.title}
    if status is not None:
        body["status"] = status
    body["detail"] = text.detail
    if pointer is not None:
        body["pointer"] = pointer
    if text.remedy:
        body["remedy"] = text.remedy
    return body


def of_account(problem: Problem, handle: Handle, policy: Policy) -> Problem:
    """The problem of an account, for people.

    Where no account answers but mailboxes may stand, a mailbox may have been typed in its place. Only the words differ:
    an instance may bear such a name too.
    """
    if problem.code in _NOWHERE and policy.has_mailboxes(handle.host):
        return Problem("handle-like-mailbox", {"handle": str(handle), "host": str(handle.host)})
    return problem


def retry_after(error: VerifierError | None) -> int | None:
    """In how many seconds it may go better; None: time changes nothing."""
    if isinstance(error, TooMany):
        return error.retry_after
    return _PATIENCE if isinstance(error, Unavailable) else None


def response(error: VerifierError) -> web.Response:
    """The error as the API answers it."""
    status = status_of(error)
    if status == 500:
        log.error("unexpected %s: %s", type(error).__name__, error)
        return internal()
    return web.Response(
        status=status,
        body=strict_json.dumps(problem(error.code, error.values, status=status, pointer=error.pointer)),
        content_type="application/problem+json",
    )


def internal() -> web.Response:
    """What the outside hears of a bug: that it happened, and nothing of it."""
    return web.Response(
        status=500, body=strict_json.dumps(problem("internal", status=500)), content_type="application/problem+json"
    )
