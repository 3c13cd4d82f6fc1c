"""An OpenID provider over real HTTP, as wrong as a test wants it.

It checks what a real one checks (client, redirect, PKCE, single use) and then says what :attr:`OpenIdDouble.claims` and
the rest say. Whoever holds the address of a sign-in signs in.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey

from tests.doubles.http import HttpDouble
from verifier.core.strict_json import Json

HOST = "connexion.example"
ISSUER = f"https://{HOST}/api/v2"
CLIENT = "comptes-officiels"
SECRET = "s3cret of the client"
AGENT = {"email": "m.dupont@numerique.gouv.fr", "idp_id": "idp-1", "belonging_population": "agent"}

Claims = dict[str, Json]


def sign(claims: Mapping[str, Json], key: ECKey, **header: Json) -> str:
    """Signed with ES256; a header of None is left out."""
    protected = {"alg": "ES256", "typ": "JWT", "kid": key.kid} | header
    kept = {name: value for name, value in protected.items() if value is not None}
    return jws.serialize_compact(kept, json.dumps(claims), key, algorithms=["ES256"])


def by_hand(header: Mapping[str, Json], claims: Mapping[str, Json], signature: bytes | bytearray = b"") -> str:
    """A token that no honest library makes."""
    return ".".join((_text(json.dumps(header).encode()), _text(json.dumps(claims).encode()), _text(signature)))


def hmac_signed(claims: Mapping[str, Json], key: ECKey) -> str:
    """HS256 with our public key as the secret (RFC 8725, 2.1)."""
    head = by_hand({"alg": "HS256", "typ": "JWT", "kid": key.kid}, claims).rpartition(".")[0]
    return f"{head}.{_text(hmac.digest(key.as_pem(private=False), head.encode(), hashlib.sha256))}"


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class Grant:
    """What a code is worth."""

    asked: dict[str, str]
    nonce: str


@dataclass
class OpenIdDouble:
    """The provider.

    :param metadata: changes to the discovery document; None takes a member away
    :param claims: changes to the ID token
    :param person: what userinfo says
    :param mint: makes the ID token of its claims and key; by default an honest one
    :param tell: makes the userinfo answer of its claims and key
    :param jwks: what is answered in the place of the keys
    """

    http: HttpDouble
    now: Callable[[], int]
    sub: str = "sub-of-marianne"
    metadata: Claims = field(default_factory=dict)
    claims: Claims = field(default_factory=dict)
    person: Claims = field(default_factory=lambda: dict(AGENT))
    userinfo: Claims = field(default_factory=dict)
    mint: Callable[[Claims, ECKey], str] = sign
    tell: Callable[[Claims, ECKey], web.Response] | None = None
    jwks: bytes | None = None
    answer: Claims = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: new_key("one"))

    def __post_init__(self) -> None:
        for path, handler in (
            ("/.well-known/openid-configuration", self._discover),
            ("/jwks", self._keys),
            ("/token", self._token),
            ("/userinfo", self._userinfo),
        ):
            self.http.handle(HOST, f"/api/v2{path}", handler)

    def sign_in(self, authorize: str) -> dict[str, Json]:
        """What the browser brings back from that address."""
        url = urlsplit(authorize)
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/authorize"
        asked = dict(parse_qsl(url.query, strict_parsing=True))
        assert len(asked["state"]) >= 32
        assert len(asked["nonce"]) >= 32
        code = f"code-{len(self.grants)}"
        self.grants[code] = Grant(asked, asked["nonce"])
        return {"code": code, "state": asked["state"], "iss": ISSUER}

    def asked(self, path: str) -> int:
        """How often that path was asked for."""
        return sum(place.startswith(f"{HOST}/api/v2{path}") for place in self.http.asked())

    async def _discover(self, _: web.BaseRequest) -> web.StreamResponse:
        document = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "jwks_uri": f"{ISSUER}/jwks",
            "id_token_signing_alg_values_supported": ["HS256", "RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            "claims_parameter_supported": True,
        } | self.metadata
        return web.json_response({name: value for name, value in document.items() if value is not None})

    async def _keys(self, _: web.BaseRequest) -> web.StreamResponse:
        if self.jwks is not None:
            return web.Response(body=self.jwks, content_type="application/json")
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def _token(self, request: web.BaseRequest) -> web.StreamResponse:
        form = {name: values[0] for name, values in parse_qs((await request.read()).decode()).items()}
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_basic"]:
            pair = base64.b64encode(urlencode({"": CLIENT})[1:].encode() + b":" + b"s3cret+of+the+client").decode()
            known = request.headers.get("Authorization") == f"Basic {pair}" and "client_secret" not in form
        else:
            known = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        grant = self.grants.pop(form.get("code", ""), None)
        if not known or grant is None or form["redirect_uri"] != grant.asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        challenge = _text(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge != grant.asked["code_challenge"] or form["grant_type"] != "authorization_code":
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {**self._signed(), "auth_time": self.now(), "acr": "eidas1", "nonce": grant.nonce} | self.claims
        token = self.mint({name: value for name, value in claims.items() if value is not None}, self.key)
        return web.json_response({"access_token": "at", "token_type": "Bearer", "id_token": token} | self.answer)

    async def _userinfo(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Authorization") != "Bearer at":
            return web.json_response({"error": "invalid_token"}, status=401)
        claims: dict[str, Any] = {**self._signed(), **self.person, **self.userinfo}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.tell is not None:
            return self.tell(claims, self.key)
        return web.Response(body=sign(claims, self.key).encode(), content_type="application/jwt")

    def _signed(self) -> Claims:
        now = self.now()
        return {"iss": ISSUER, "aud": CLIENT, "sub": self.sub, "iat": now, "exp": now + 60}


def _text(data: bytes | bytearray) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
