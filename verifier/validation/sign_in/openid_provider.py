"""The one OpenID provider of a deployment: pinned by its issuer, and what it says of itself (Discovery 1.0; T13, T19).

Every endpoint is on the issuer's own host, so that no document can send a secret, or our trust in a key, elsewhere.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ...core import strict_json
from ...core.clock import HOUR, Clock
from ...core.errors import BadInput, OutsideError
from ...core.identifiers import Host, HttpsUrl
from ...core.strict_json import Json
from ...fetch import Fetcher
from .endpoints import endpoint, sign_in_page
from .openid_tokens import ALGORITHM

FRESH = HOUR
"""Seconds that metadata and keys are trusted without asking again."""
REFRESH = 60
"""Seconds between two fetches of the keys, whoever invents key ids (T19)."""
MAX_BYTES = 65_536
MAX_KEYS = 20
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{1,43}")  # RFC 7518, 6.2.1.2; some leave leading zeros out

_TRIALS = frozenset({"test", "tests", "dev", "integ", "integration", "sandbox", "staging", "preprod", "qualif"})


@dataclass(frozen=True, slots=True)
class Provider:
    """As the operator declares it.

    :param issuer: exactly as it stands in its tokens
    :param acr: the levels of assurance accepted, the preferred one first
    :param scope: asked for, separated by blanks
    :param name: what its button is called
    :param plain_userinfo: takes userinfo that is not signed, over TLS alone
    :param sandbox: holders may sign in at a page of this machine, as no browser finds a toy's name
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    acr: tuple[str, ...]
    scope: str
    name: str
    plain_userinfo: bool = False
    sandbox: bool = False

    @property
    def host(self) -> Host:
        return HttpsUrl.parse(self.issuer).host


def trial_label(host: Host) -> str | None:
    """What tells that a provider is made for trials, where anybody may be anybody (T13): `integ01`, `dev-…`, `test`."""
    for label in host.labels[:-1]:
        if any(word.rstrip("0123456789") in _TRIALS for word in label.split("-")):
            return label
    return None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself, as far as it counts here.

    :param post_secret: the client secret goes in the form, else in ``Authorization`` (RFC 6749, 2.3.1)
    :param names_issuer: its answers carry ``iss`` (RFC 9207)
    :param takes_claims: it reads the ``claims`` parameter
    :param languages: those that it can be asked to speak (``ui_locales``)
    """

    authorization: str
    token: HttpsUrl
    userinfo: HttpsUrl
    jwks: HttpsUrl
    post_secret: bool
    names_issuer: bool
    takes_claims: bool
    languages: tuple[str, ...]

    @classmethod
    def parse(cls, document: Mapping[str, Json], provider: Provider) -> Self:
        """:raises OutsideError: ``oidc-metadata``: a `member` is not as it must be"""
        if document.get("issuer") != provider.issuer:
            raise _metadata("issuer")
        if ALGORITHM not in _names(document, "id_token_signing_alg_values_supported", ()):
            raise _metadata("id_token_signing_alg_values_supported")
        if "S256" not in _names(document, "code_challenge_methods_supported", ("S256",)):
            raise _metadata("code_challenge_methods_supported")
        ways = _names(document, "token_endpoint_auth_methods_supported", ("client_secret_basic",))
        if not {"client_secret_post", "client_secret_basic"} & set(ways):
            raise _metadata("token_endpoint_auth_methods_supported")
        sign_in = sign_in_page(document.get("authorization_endpoint"), provider.host, sandbox=provider.sandbox)
        if sign_in is None:
            raise _metadata("authorization_endpoint")
        return cls(
            authorization=sign_in,
            token=_endpoint(document, "token_endpoint", provider),
            userinfo=_endpoint(document, "userinfo_endpoint", provider),
            jwks=_endpoint(document, "jwks_uri", provider),
            post_secret="client_secret_post" in ways,
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            takes_claims=document.get("claims_parameter_supported") is True,
            languages=tuple(map(str, _names(document, "ui_locales_supported", ()))),
        )


class OpenId:
    """A provider and what was last heard of it. One per process."""

    def __init__(self, provider: Provider, fetcher: Fetcher, clock: Clock) -> None:
        self.provider = provider
        self._fetcher = fetcher
        self._clock = clock
        self._turn = asyncio.Lock()
        self._metadata: tuple[Metadata, int] | None = None
        self._keys: Mapping[str, ECKey] = {}
        self._keys_asked = -FRESH

    async def metadata(self) -> Metadata:
        """:raises OutsideError: ``oidc-metadata``, or as ``Fetcher.get``"""
        async with self._turn:
            return await self._read_metadata()

    async def key(self, kid: str) -> ECKey:
        """The key of that id; the set is asked for again when it is old, or does not have it.

        :raises OutsideError: ``oidc-key-unknown``, ``oidc-metadata``, or as ``Fetcher.get``
        """
        async with self._turn:  # of a flood, one asks and the others read its answer
            now = self._clock.now()
            age = now - self._keys_asked
            if age >= FRESH or (kid not in self._keys and age >= REFRESH):
                self._keys_asked = now
                if age >= FRESH:
                    self._keys = {}  # what was withdrawn must not live on because the provider is out of order
                metadata = await self._read_metadata()
                self._keys = _keys(await self._document(metadata.jwks, "jwks_uri"))
            if kid not in self._keys:
                raise OutsideError("oidc-key-unknown")
            return self._keys[kid]

    async def _read_metadata(self) -> Metadata:
        now = self._clock.now()
        if self._metadata is None or now >= self._metadata[1]:
            url = HttpsUrl.parse(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
            document = await self._document(url, "openid-configuration")
            self._metadata = Metadata.parse(document, self.provider), now + FRESH
        return self._metadata[0]

    async def _document(self, url: HttpsUrl, what: str) -> Mapping[str, Json]:
        response = await self._fetcher.get(url, accept="application/json", max_bytes=MAX_BYTES)
        if response.status != 200:
            raise _metadata(what)
        try:
            return strict_json.loads_object(response.body)
        except BadInput:
            raise _metadata(what) from None


def _keys(document: Mapping[str, Json]) -> Mapping[str, ECKey]:
    """The keys that may have signed with ES256, by id; others are not ours to judge (RFC 7517, 5)."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise _metadata("jwks_uri")
    keys: dict[str, ECKey] = {}
    for jwk in listed:
        if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
            continue
        kid = jwk.get("kid")
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) != ALGORITHM or not isinstance(kid, str):
            continue
        if kid in keys or "d" in jwk:
            raise _metadata("jwks_uri")  # two keys of one name; or a private key that everybody has now
        if not all(isinstance(jwk.get(name), str) and _COORDINATE.fullmatch(jwk[name]) for name in ("x", "y")):
            raise _metadata("jwks_uri")
        try:
            keys[kid] = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"]})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError):
            raise _metadata("jwks_uri") from None
    return keys


def _names(document: Mapping[str, Json], member: str, default: tuple[str, ...]) -> tuple[Json, ...]:
    names = document.get(member, list(default))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _metadata(member)
    return tuple(names)


def _endpoint(document: Mapping[str, Json], member: str, provider: Provider) -> HttpsUrl:
    url = endpoint(document.get(member), provider.host)
    if url is None:
        raise _metadata(member)
    return url


def _metadata(member: str) -> OutsideError:
    return OutsideError("oidc-metadata", member=member)
