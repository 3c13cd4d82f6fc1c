"""The part of Mastodon's API that a sign-in needs, over real HTTP, as wrong as a test wants it."""

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Person
from verifier.core.strict_json import Json, dumps

METADATA = "/.well-known/oauth-authorization-server"
APPS = "/api/v1/apps"
TOKEN = "/oauth/token"
ACCOUNT = "/api/v1/accounts/verify_credentials"
REVOKE = "/oauth/revoke"
SECRET = "s3cret-of-the-app"
ASKED = ""


@dataclass
class Api:
    """The API of one instance, where `person` is signed in.

    :param metadata: what RFC 8414 lets it say, None: nothing, as before Mastodon 4.3
    :param account: what it says of who signed in
    :param uri: whether the account bears the id of its actor
    :param knows: the scopes that may be asked, None: any
    :param opens: the one scope that opens the account, None: any
    :param granted: the scope of each token, :data:`ASKED`: what was asked, None: not told
    :param beside: what an answer says beside the token
    :param pkce: whether the verifier must fit the challenge; without, both are ignored
    :param revokes: whether it takes tokens back
    :param client: the name that it gives to a program
    :param live: a token was given, and not taken back since
    :param statuses: path → what it answers instead
    :param posted: path and fields of each form that came
    """

    http: HttpDouble
    person: Person
    host: str = "social.example"
    metadata: Json = None
    account: dict[str, Json] = field(default_factory=dict)
    uri: bool = True
    knows: Collection[str] | None = None
    opens: str | None = None
    granted: str | None = ASKED
    beside: Mapping[str, Json] = field(default_factory=dict)
    pkce: bool = True
    revokes: bool = True
    client: str = "client-7"
    token: str = "t0ken-of-the-holder"
    statuses: dict[str, int] = field(default_factory=dict)
    posted: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    live: bool = False
    _asked: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _scope: str = ""

    def __post_init__(self) -> None:
        actor = self.person.actor
        username = str(actor["preferredUsername"])
        self.account = {"id": "1", "username": username, "acct": username, "url": actor["url"], "source": {}}
        self.account |= {"uri": actor["id"]} if self.uri else {}
        doors = {METADATA: self._metadata, APPS: self._apps, TOKEN: self._token, ACCOUNT: self._account}
        for path, door in (doors | ({REVOKE: self._revoke} if self.revokes else {})).items():
            self.http.handle(self.host, path, door)

    def sign_in(self, authorize: str, **more: str) -> dict[str, str]:
        """What a browser comes back with, once its holder agreed at that address, or was told that it asks too much."""
        asked = dict(parse_qsl(urlsplit(authorize).query, strict_parsing=True))
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_type"] == "code"
        assert asked["redirect_uri"] in {form["redirect_uris"] for path, form in self.posted if path == APPS}
        if self.knows is not None and asked["scope"] not in self.knows:
            return {"error": "invalid_scope", "state": asked["state"]} | more
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return {"code": code, "state": asked["state"]} | more

    def asked(self) -> list[str]:
        """The paths of the API that were asked for, in order."""
        doors = {METADATA, APPS, TOKEN, ACCOUNT, REVOKE}
        return [request.path for request in self.http.requests if request.path in doors]

    async def _metadata(self, _: web.Request) -> web.Response:
        return web.Response(status=404) if self.metadata is None else self._json(METADATA, self.metadata)

    async def _apps(self, request: web.Request) -> web.Response:
        await self._form(request)
        return self._json(APPS, {"id": "7", "client_id": self.client, "client_secret": SECRET})

    async def _token(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        asked = self._asked.pop(form["code"], {})  # a code serves once
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        expected = {"client_id": self.client, "client_secret": SECRET, "redirect_uri": asked.get("redirect_uri")}
        good = not self.pkce or challenge.decode().rstrip("=") == asked.get("code_challenge")
        if not good or any(form[name] != value for name, value in expected.items()):
            return self._json(TOKEN, {"error": "invalid_grant"}, 400)
        self.live, self._scope = True, self.granted or asked["scope"]
        scope = {} if self.granted is None else {"scope": self._scope}
        return self._json(TOKEN, {"access_token": self.token, "token_type": "Bearer", **scope, **self.beside})

    async def _account(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}" or not self.live:
            return self._json(ACCOUNT, {"error": "The access token is invalid"}, 401)
        if self.opens and self.opens not in self._scope.split():
            return self._json(ACCOUNT, {"error": "out_of_scope_for_token"}, 403)
        return self._json(ACCOUNT, self.account)

    async def _revoke(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        if form["client_secret"] == SECRET:
            self.revoked.append(form["token"])
            self.live = False
        return self._json(REVOKE, {})

    async def _form(self, request: web.Request) -> dict[str, str]:
        assert request.content_type == "application/x-www-form-urlencoded"
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.posted.append((request.path, form))
        return form

    def _json(self, path: str, value: Json, status: int = 200) -> web.Response:
        body = value if isinstance(value, bytes) else dumps(value)
        return web.Response(body=body, status=self.statuses.get(path, status), content_type="application/json")
