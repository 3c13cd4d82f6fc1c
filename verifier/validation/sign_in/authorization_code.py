"""The OAuth 2.0 authorization code flow, for the proofs by a sign-in elsewhere (RFC 6749, RFC 7636, RFC 9700).

Nothing that is stored opens a sign-in: the PKCE verifier and the nonce are MACs of the ``state``, made again when it
comes back, and the ``state`` serves once, to the session that began (T16).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ...core.clock import DAY, Chance
from ...core.errors import BadInput, OutsideError, TooMany
from ...core.models import State, Subject
from ...core.sealing import DeploymentSecret
from ...core.site import Site
from ...core.strict_json import Json

LIFETIME = 10 * 60
"""Seconds from the authorization request to its answer."""
ATTEMPTS = 5
"""How many sign-ins an order may begin: each makes a stranger's server work."""

BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
"""An access token: nothing that could end a header (RFC 6750, 2.1)."""

_BYTES = 16
_STATE = re.compile(r"([a-z2-7]{16})\.[A-Za-z0-9_-]{22}")
_PENDING = frozenset({"authorize", "stateDigest", "until"})
"""What a challenge remembers until the answer comes."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What binds the answer of one sign-in to its request.

    :param state: ``ORDER.RANDOM``, the random part of 128 bits
    :param verifier: of PKCE (RFC 7636)
    :param nonce: of OpenID Connect
    """

    state: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)

    @classmethod
    def new(cls, method: str, subject: Subject, secret: DeploymentSecret, chance: Chance) -> "AuthorizationRequest":
        return cls.of_state(method, f"{subject.order_id}.{_text(chance.bytes(_BYTES))}", secret)

    @classmethod
    def of_state(cls, method: str, state: str, secret: DeploymentSecret) -> "AuthorizationRequest":
        """The same again, once its ``state`` has come back."""

        def derived(what: str) -> str:
            return _text(secret.mac(f"{method}\n{what}\n{state}".encode()))

        return cls(state, derived("verifier"), derived("nonce"))

    @property
    def parameters(self) -> dict[str, str]:
        """Those of its parameters that bind the answer to it; the nonce not among them."""
        return {
            "response_type": "code",
            "state": self.state,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }

    def begin(self, endpoint: str, parameters: Mapping[str, str], now: int) -> State:
        """What a challenge remembers of it: where to sign in, until when, and the digest of the ``state``.

        :param parameters: the others of the request
        """
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({**parameters, **self.parameters})}"
        return {"authorize": url, "stateDigest": _digest(self.state), "until": now + LIFETIME}


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a PKCE verifier (RFC 7636, 4.2)."""
    return _text(hashlib.sha256(verifier.encode()).digest())


def redirect_uri(path: str, site: Site) -> str:
    """Where the holder comes back to.

    :param path: of one issuer alone (T16; RFC 9700, 2.1): else one sends the holder on to another, and gets its code
    """
    return f"{site.base_url}/callback/{path}"


def order_of(state: str) -> str | None:
    """The order that a ``state`` of ours belongs to."""
    match = _STATE.fullmatch(state)
    return match[1] if match else None


def authorization_url(state: State) -> dict[str, str]:
    """Where to sign in (``authorize``), if a sign-in was begun: for ``Method.instructions``."""
    return {"authorize": state["authorize"]} if "authorize" in state else {}


def count_attempt(state: State) -> int:
    """How many sign-ins were begun, this one included.

    :raises TooMany: ``signin-exhausted``
    """
    count = int(state.get("begun", 0)) + 1
    if count > ATTEMPTS:
        raise TooMany("signin-exhausted", retry_after=DAY, limit=ATTEMPTS)
    return count


def is_pending(state: State, now: int) -> bool:
    """Whether the holder may still come back from the last sign-in."""
    return "authorize" in state and now < state["until"]


def is_response(answer: Mapping[str, Json]) -> bool:
    """Whether an answer to a challenge is the response to an authorization request."""
    return "state" in answer


def without_request(state: State) -> State:
    """What a challenge remembers once the response has come: the ``state`` serves once."""
    return {name: value for name, value in state.items() if name not in _PENDING}


def resume(method: str, state: State, answer: Mapping[str, Json], secret: DeploymentSecret) -> AuthorizationRequest:
    """The authorization request that an answer responds to.

    :raises BadInput: ``signin-state``: to none that is pending; the one that is stays so, as a stranger may have made
        this answer up
    """
    value = answer.get("state")
    if not isinstance(value, str) or not hmac.compare_digest(_digest(value), state.get("stateDigest", "")):
        raise BadInput("signin-state")
    return AuthorizationRequest.of_state(method, value, secret)


def authorization_code(state: State, answer: Mapping[str, Json], issuer: str, now: int, *, names_issuer: bool) -> str:
    """The code of an answer that :func:`resume` took.

    :param names_issuer: the issuer promises to name itself in each answer (RFC 9207, 3)
    :raises OutsideError: ``signin-expired``, ``signin-issuer``, ``signin-declined``, ``signin-failed``
    """
    if now >= state["until"]:
        raise OutsideError("signin-expired", minutes=LIFETIME // 60)
    if (names_issuer or "iss" in answer) and answer.get("iss") != issuer:
        raise OutsideError("signin-issuer")  # RFC 9207, 2.4: another server than the one we sent the holder to
    if answer.get("error") == "access_denied":
        raise OutsideError("signin-declined")
    code = answer.get("code")
    if "error" in answer or not isinstance(code, str) or not code:
        raise OutsideError("signin-failed")
    return code


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
