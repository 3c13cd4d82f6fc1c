"""What the proofs by a sign-in elsewhere share: go there with a ``state``, come back with a code (RFC 6749, RFC 9700).

Nothing that is stored opens a sign-in: the PKCE verifier and the nonce are MACs of the ``state``, made again when it
comes back, and the ``state`` serves once, to the session that started (T16).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ...core.clock import DAY
from ...core.errors import BadInput, OutsideError, TooMany
from ...core.models import Subject
from ...core.strict_json import Json
from ..method import State, Tools

LIFETIME = 10 * 60
"""Seconds from setting out to coming back."""
BEGINNINGS = 5
"""How often an order may set out: each makes a stranger's server work."""

BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
"""An access token: nothing that could end a header (RFC 6750, 2.1)."""

_BYTES = 16
_STATE = re.compile(r"([a-z2-7]{16})\.[A-Za-z0-9_-]{22}")
_TRIP = frozenset({"authorize", "stateDigest", "until"})


@dataclass(frozen=True, slots=True)
class Trip:
    """One sign-in.

    :param state: ``ORDER.RANDOM``, the random part of 128 bits
    :param verifier: of PKCE (RFC 7636)
    :param nonce: of OpenID Connect
    """

    state: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)

    @classmethod
    def new(cls, method: str, subject: Subject, tools: Tools) -> "Trip":
        return cls.of(method, f"{subject.order_id}.{_text(tools.chance.bytes(_BYTES))}", tools)

    @classmethod
    def of(cls, method: str, state: str, tools: Tools) -> "Trip":
        def secret(what: str) -> str:
            return _text(tools.mac(f"{method}\n{what}\n{state}".encode()))

        return cls(state, secret("verifier"), secret("nonce"))

    @property
    def parameters(self) -> dict[str, str]:
        """The members of the authorization request that bind its answer to this trip; the nonce not among them."""
        return {
            "response_type": "code",
            "state": self.state,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }

    def sets_out(self, endpoint: str, parameters: Mapping[str, str], tools: Tools) -> State:
        """What a challenge remembers of it: where to sign in, until when, and the digest of the ``state``."""
        authorize = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({**parameters, **self.parameters})}"
        until = tools.clock.now() + LIFETIME
        return {"authorize": authorize, "stateDigest": _digest(self.state), "until": until}


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a PKCE verifier (RFC 7636, 4.2)."""
    return _text(hashlib.sha256(verifier.encode()).digest())


def redirect_uri(place: str, tools: Tools) -> str:
    """Where the holder comes back to.

    :param place: of one issuer alone (T16; RFC 9700, 2.1): else one sends the holder on to another, and gets its code
    """
    return f"{tools.own_origin}/callback/{place}"


def order_of(state: str) -> str | None:
    """The order that a ``state`` of ours belongs to."""
    match = _STATE.fullmatch(state)
    return match[1] if match else None


def authorize(state: State) -> dict[str, str]:
    """Where to sign in, if a sign-in was started: for ``Method.shows``."""
    return {"authorize": state["authorize"]} if "authorize" in state else {}


def beginnings(state: State) -> int:
    """How often it was begun, this time included.

    :raises TooMany: ``signin-exhausted``
    """
    count = int(state.get("begun", 0)) + 1
    if count > BEGINNINGS:
        raise TooMany("signin-exhausted", retry_after=DAY, limit=BEGINNINGS)
    return count


def is_under_way(state: State, now: int) -> bool:
    """Whether the holder may still come back from the last sign-in."""
    return "authorize" in state and now < state["until"]


def is_return(answer: Mapping[str, Json]) -> bool:
    """Whether an answer comes back from a sign-in."""
    return "state" in answer


def home(state: State) -> State:
    """What remains once the holder is back: the ``state`` serves once."""
    return {name: value for name, value in state.items() if name not in _TRIP}


def back(method: str, state: State, answer: Mapping[str, Json], tools: Tools) -> Trip:
    """The trip that an answer comes back from.

    :raises BadInput: ``signin-state``: from none that is under way; the one that is goes on, as a stranger may have
        made this answer up
    """
    given = answer.get("state")
    if not isinstance(given, str) or not hmac.compare_digest(_digest(given), state.get("stateDigest", "")):
        raise BadInput("signin-state")
    return Trip.of(method, given, tools)


def code(state: State, answer: Mapping[str, Json], issuer: str, tools: Tools, *, named: bool) -> str:
    """The authorization code of an answer that :func:`back` took.

    :param named: the issuer promises to name itself in each answer (RFC 9207, 3)
    :raises OutsideError: ``signin-expired``, ``signin-issuer``, ``signin-declined``, ``signin-failed``
    """
    if tools.clock.now() >= state["until"]:
        raise OutsideError("signin-expired", minutes=LIFETIME // 60)
    if (named or "iss" in answer) and answer.get("iss") != issuer:
        raise OutsideError("signin-issuer")  # RFC 9207, 2.4: another server than the one we sent the holder to
    if answer.get("error") == "access_denied":
        raise OutsideError("signin-declined")
    given = answer.get("code")
    if "error" in answer or not isinstance(given, str) or not given:
        raise OutsideError("signin-failed")
    return given


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
