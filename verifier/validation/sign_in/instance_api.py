"""What a sign-in needs of an instance's API: Mastodon's, which GoToSocial, Pixelfed, Pleroma and others speak too.

https://docs.joinmastodon.org/client/token/ and, where an instance has it, its OAuth metadata (RFC 8414).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, TypeGuard

from ...core import strict_json
from ...core.errors import BadInput, OutsideError, Unavailable
from ...core.identifiers import Host, HttpsUrl
from ...core.strict_json import Json
from ...fetch import Response
from ..trail import Trail
from .authorization_code import BEARER, AuthorizationRequest
from .endpoints import endpoint, sign_in_page

JSON = "application/json"
READ = "read"
"""What software without finer scopes understands, such as Pixelfed and Takahe."""

# From the least that lets an instance say who signed in.
_SCOPES = ("profile", "read:accounts", READ)
_USUAL_SCOPE = "read:accounts"
_USUAL = {
    "authorization_endpoint": "/oauth/authorize",
    "token_endpoint": "/oauth/token",
    "revocation_endpoint": "/oauth/revoke",
}
_LONGEST = 1_024


@dataclass(frozen=True, slots=True)
class Server:
    """An authorization server, which speaks for the accounts of one host alone.

    :param authorization: where the holder signs in
    :param names_issuer: its answers carry ``iss`` (RFC 9207)
    """

    host: Host
    issuer: str
    authorization: str
    token: HttpsUrl
    revocation: HttpsUrl
    scope: str
    names_issuer: bool

    @classmethod
    async def discover(cls, host: Host, trail: Trail, *, sandbox: bool) -> Self:
        """What the host says of it, or Mastodon's usual places.

        :param sandbox: holders may sign in at a page of this machine
        :raises OutsideError: ``oauth-metadata``, ``oauth-not-json``, or as ``Trail.get``
        """
        url = HttpsUrl(host, "/.well-known/oauth-authorization-server")
        response = await trail.get(url, accept=JSON)
        # Not there, or not in JSON: software that has a page for any address has one for this.
        try:
            is_there = response.status == 200 and response.media_type == JSON
            document = strict_json.loads_object(response.body) if is_there else {}
        except BadInput as error:
            raise OutsideError("oauth-not-json", host=str(host), **error.as_fault()) from None
        issuer = document.get("issuer", url.origin)
        if issuer not in (url.origin, f"{url.origin}/"):  # Mastodon writes the slash
            raise OutsideError("oauth-metadata", host=str(host), member="issuer")
        sign_in = sign_in_page(_endpoint(document, "authorization_endpoint", host), host, sandbox=sandbox)
        if sign_in is None:
            raise OutsideError("oauth-metadata", host=str(host), member="authorization_endpoint")
        return cls(
            host=host,
            issuer=issuer,
            authorization=sign_in,
            token=_own(document, "token_endpoint", host),
            revocation=_own(document, "revocation_endpoint", host),
            scope=_smallest(document.get("scopes_supported")),
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        )

    @classmethod
    def of(cls, state: Mapping[str, Json]) -> Self:
        """The reverse of :attr:`state`."""
        return cls(
            host=Host(state["host"]),
            issuer=state["issuer"],
            authorization=state["authorization"],
            token=HttpsUrl.parse(state["token"]),
            revocation=HttpsUrl.parse(state["revocation"]),
            scope=state["scope"],
            names_issuer=state["namesIssuer"],
        )

    @property
    def state(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "host": str(self.host),
            "issuer": self.issuer,
            "authorization": self.authorization,
            "token": str(self.token),
            "revocation": str(self.revocation),
            "scope": self.scope,
            "namesIssuer": self.names_issuer,
        }


@dataclass(frozen=True, slots=True)
class Client:
    """This service, as one instance knows it for one sign-in."""

    id: str
    secret: str = field(repr=False)
    redirect_uri: str

    @classmethod
    async def register(cls, server: Server, name: str, website: str, redirect_uri: str, trail: Trail) -> Self:
        """:raises OutsideError: ``oauth-unsupported``: the instance has no such API, or keeps it closed"""
        form = {"client_name": name, "redirect_uris": redirect_uri, "scopes": server.scope, "website": website}
        response = await trail.post(HttpsUrl(server.host, "/api/v1/apps"), form)
        document = _object(response) or {}
        client_id, secret = document.get("client_id"), document.get("client_secret")
        if response.status != 200 or not _is_short(client_id) or not _is_short(secret):
            raise OutsideError("oauth-unsupported", host=str(server.host))
        return cls(client_id, secret, redirect_uri)

    @property
    def _credentials(self) -> dict[str, str]:
        return {"client_id": self.id, "client_secret": self.secret}

    async def redeem(self, server: Server, code: str, request: AuthorizationRequest, trail: Trail) -> "Access":
        """What the code is worth (RFC 6749, 4.1.3; RFC 7636, 4.5).

        :raises OutsideError: ``oauth-token``
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": request.verifier,
        }
        response = await trail.post(server.token, form | self._credentials)
        document = _object(response) or {}
        token, kind, scope = (
            document.get("access_token"),
            document.get("token_type"),
            document.get("scope", server.scope),
        )
        if (
            response.status != 200
            or not isinstance(token, str)
            or not BEARER.fullmatch(token)
            or str(kind).lower() != "bearer"
            or not isinstance(scope, str)
        ):
            raise OutsideError("oauth-token", host=str(server.host), status=response.status)
        return Access(token, scope)

    async def revoke(self, server: Server, access: "Access", trail: Trail) -> None:
        """Give the token back (RFC 7009). Whether it was taken is in the trail; nothing else hangs on it."""
        try:
            await trail.post(server.revocation, {"token": access.token} | self._credentials)
        except (OutsideError, Unavailable):
            return


@dataclass(frozen=True, slots=True)
class Access:
    """The right to ask an instance who signed in; never stored, never shown."""

    token: str = field(repr=False)
    scope: str

    def exceeds(self, asked: str) -> bool:
        """Whether it opens more than was asked: a scope, or one within it."""
        return not all(scope == asked or scope.startswith(f"{asked}:") for scope in self.scope.split())

    async def account(self, server: Server, trail: Trail) -> dict[str, Json]:
        """The account that signed in, as its instance describes it.

        :raises OutsideError: ``oauth-account``; ``oauth-scope-unknown``: only a greater right opens it there
        """
        url = HttpsUrl(server.host, "/api/v1/accounts/verify_credentials")
        response = await trail.get_with(url, {"Authorization": f"Bearer {self.token}"}, accept=JSON)
        document = _object(response)
        if response.status == 403 and server.scope != READ:
            # insufficient_scope (RFC 6750, 3.1): Takahe grants any scope, but opens the account to ``read`` alone.
            raise OutsideError("oauth-scope-unknown", host=str(server.host))
        if response.status != 200 or document is None:
            raise OutsideError("oauth-account", host=str(server.host), status=response.status)
        return document


def _smallest(supported: Json) -> str:
    if not isinstance(supported, list):
        return _USUAL_SCOPE
    return next((scope for scope in _SCOPES if scope in supported), _USUAL_SCOPE)


def _endpoint(document: Mapping[str, Json], member: str, host: Host) -> Json:
    return document.get(member, f"https://{host}{_USUAL[member]}")


def _own(document: Mapping[str, Json], member: str, host: Host) -> HttpsUrl:
    url = endpoint(_endpoint(document, member, host), host)
    if url is None:
        raise OutsideError("oauth-metadata", host=str(host), member=member)
    return url


def _is_short(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST


def _object(response: Response) -> dict[str, Json] | None:
    try:
        return strict_json.loads_object(response.body)
    except BadInput:
        return None
