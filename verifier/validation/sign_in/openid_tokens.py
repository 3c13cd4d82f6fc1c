"""What an OpenID provider signed for us, checked claim by claim (OpenID Connect Core 1.0; RFC 8725; T17, T18, T20).

The library verifies the signature, with ES256 and no other algorithm; everything here is pure. Whatever does not hold
is an :class:`OutsideError`: who signs in can do nothing about it, and the record says which claim it was.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ...core import strict_json
from ...core.errors import BadInput, OutsideError
from ...core.strict_json import Json

ALGORITHM = "ES256"
LEEWAY = 60
"""Seconds that two honest clocks may differ."""
MAX_SUB = 255

_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])

Claims = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the tokens of one sign-in must say.

    :param acr: the levels of assurance that are accepted
    :param started: when the holder was sent away; the sign-in is no older
    """

    issuer: str
    client_id: str
    acr: frozenset[str]
    nonce: str = field(repr=False)
    started: int
    now: int


def kid(token: str) -> str:
    """Which key signed it, as it says itself.

    :raises OutsideError: ``oidc-token`` (`claim`)
    """
    try:
        named = jws.extract_compact(token.encode(), registry=_REGISTRY).headers().get("kid")
    except (JoseError, ValueError):
        raise _invalid("jws") from None
    if not isinstance(named, str) or not named:
        raise _invalid("kid")
    return named


def verify(token: str, key: ECKey) -> Claims:
    """The claims of a token that was signed with that key.

    :raises OutsideError: ``oidc-token`` (`claim`)
    """
    try:
        signed = jws.deserialize_compact(token.encode(), key, algorithms=[ALGORITHM], registry=_REGISTRY)
    except (JoseError, ValueError):
        raise _invalid("signature") from None
    type_ = signed.headers().get("typ", "JWT")
    # In any case, and with the part that may be left out (RFC 7515, 4.1.9).
    if not isinstance(type_, str) or type_.lower().removeprefix("application/") != "jwt":
        # An access token, a logout token: signed by the same key, for another use (RFC 8725, 3.11).
        raise _invalid("typ")
    try:
        return strict_json.loads_object(signed.payload)
    except BadInput:
        raise _invalid("payload") from None


def check_id_token(claims: Claims, expected: Expected, access_token: str) -> None:
    """Who signed in, how and when (OpenID Connect Core, 3.1.3.7).

    :raises OutsideError: ``oidc-token`` (`claim`), ``oidc-acr``, ``oidc-stale``
    """
    for name in ("exp", "iat", "auth_time"):
        if name not in claims:
            raise _invalid(name)
    _check_common(claims, expected)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise _invalid("nonce")
    if "at_hash" in claims and claims["at_hash"] != at_hash(access_token):
        raise _invalid("at_hash")
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in expected.acr:
        raise OutsideError("oidc-acr")
    if claims["auth_time"] > expected.now + LEEWAY:
        raise _invalid("auth_time")
    if claims["auth_time"] < expected.started - LEEWAY:
        raise OutsideError("oidc-stale")  # the session of whoever used this computer before (T20)


def check_userinfo(claims: Claims, expected: Expected, sub: str) -> None:
    """More about the same person (OpenID Connect Core, 5.3.2).

    :raises OutsideError: ``oidc-token`` (`claim`)
    """
    _check_common(claims, expected)
    check_same(claims, sub)


def check_same(claims: Claims, sub: str) -> None:
    """Two answers about one person, or one of them is a stranger's.

    :raises OutsideError: ``oidc-token``
    """
    if claims.get("sub") != sub:
        raise _invalid("sub")


def at_hash(access_token: str) -> str:
    """The left half of the SHA-256 of an access token."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def _check_common(claims: Claims, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise _invalid("iss")
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise _invalid("aud")  # another audience beside ours could use the same token
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise _invalid("azp")
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= MAX_SUB or not sub.isascii():
        raise _invalid("sub")
    for name in ("exp", "iat", "nbf", "auth_time"):
        # A NumericDate may have a fraction (RFC 7519, 2).
        if name in claims and (not isinstance(claims[name], int | float) or isinstance(claims[name], bool)):
            raise _invalid(name)
    if claims.get("exp", expected.now) <= expected.now - LEEWAY:
        raise _invalid("exp")
    for name in ("iat", "nbf"):
        if claims.get(name, expected.now) > expected.now + LEEWAY:
            raise _invalid(name)


def _invalid(claim: str) -> OutsideError:
    return OutsideError("oidc-token", claim=claim)
