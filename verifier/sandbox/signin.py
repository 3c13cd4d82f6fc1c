"""How people sign in at the toy instances: the part of Mastodon's API by which a service learns who somebody is.

Whom one signs in as is a choice, as whoever sits at this machine holds every account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from .. import words
from ..core.clock import Chance
from ..core.identifiers import Host
from ..validation.sign_in.authorization_code import challenge_of
from .accounts import Account, Accounts
from .memory import keep
from .pages import add_page, language, page, prefix_of

_PATH = r"/{host:[a-z0-9-]+(?:\.[a-z0-9-]+)+}/oauth/authorize"
_SCOPES = ("read", "profile")


@dataclass(frozen=True, slots=True)
class _App:
    host: Host
    name: str
    secret: str
    redirect_uri: str
    scope: str


@dataclass(frozen=True, slots=True)
class _Grant:
    client_id: str
    account: Account
    challenge: str
    scope: str


class SignIn:
    """The sign-ins of all toy instances. What was granted is in memory alone.

    :param service: base URL of the service: apps of others are not registered
    :param origin: of the sandbox's pages
    """

    def __init__(self, service: str, origin: str, accounts: Accounts, chance: Chance) -> None:
        self._service = service
        self._origin = origin
        self._accounts = accounts
        self._chance = chance
        self._apps: dict[str, _App] = {}
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}

    def add_to(self, pages: web.Application) -> None:
        """The page where people choose whom to be, among the sandbox's own."""
        add_page(pages, _PATH, self._authorize)

    def add_api(self, app: web.Application, host: Host) -> None:
        """What other servers ask of ``https://host``."""

        async def metadata(_: web.Request) -> web.Response:
            return web.json_response(
                {
                    "issuer": f"https://{host}/",
                    "authorization_endpoint": f"{self._origin}/{host}/oauth/authorize",
                    "token_endpoint": f"https://{host}/oauth/token",
                    "revocation_endpoint": f"https://{host}/oauth/revoke",
                    "scopes_supported": list(_SCOPES),
                    "response_types_supported": ["code"],
                    "code_challenge_methods_supported": ["S256"],
                }
            )

        async def register(request: web.Request) -> web.Response:
            form = await _form(request)
            redirect_uri, scope = form.get("redirect_uris", ""), form.get("scopes", "read")
            if not redirect_uri.startswith(f"{self._service}/") or scope not in _SCOPES:
                return web.json_response({"error": "Validation failed"}, status=422)
            given = _App(host, form.get("client_name", ""), self._chance.identifier(), redirect_uri, scope)
            client_id = keep(self._apps, self._chance, given)
            return web.json_response(
                {"name": given.name, "client_id": client_id, "client_secret": given.secret, "scopes": [scope]}
            )

        app.router.add_get("/.well-known/oauth-authorization-server", metadata)
        app.router.add_post("/api/v1/apps", register)
        app.router.add_post("/oauth/token", self._token)
        app.router.add_post("/oauth/revoke", self._revoke)
        app.router.add_get("/api/v1/accounts/verify_credentials", self._account)

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        client_id = asked.get("client_id", "")
        app = self._apps.get(client_id)
        if app is None or str(app.host) != request.match_info["host"]:
            raise web.HTTPBadRequest
        wanted = {"redirect_uri": app.redirect_uri, "scope": app.scope, "code_challenge_method": "S256"}
        if asked | wanted != asked or not {"state", "code_challenge"} <= asked.keys():
            raise web.HTTPBadRequest
        lang = asked.pop("lang", None)
        if lang in words.LANGUAGES and lang != language(request):
            raise web.HTTPFound(f"{words.prefix(lang)}/{app.host}/oauth/authorize?{urlencode(asked)}")
        people = {account.handle.user: account for account in self._accounts.on(app.host)}
        if "as" in asked:
            if asked["as"] not in people:
                raise web.HTTPBadRequest
            grant = _Grant(client_id, people[asked["as"]], asked["code_challenge"], app.scope)
            raise web.HTTPFound(_back(app, asked, code=keep(self._codes, self._chance, grant)))
        prefix = prefix_of(request)
        here = f"{prefix}/{app.host}/oauth/authorize?"
        return page(
            request,
            "toy_authorize.html",
            instance={"host": str(app.host), "url": f"{prefix}/{app.host}/"},
            app=app.name,
            accounts=[
                {"name": person.name, "user": user, "url": here + urlencode({**asked, "as": user})}
                for user, person in people.items()
            ],
            refuse=_back(app, asked, error="access_denied"),
            guide=f"{prefix}/",
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = await _form(request)
        grant, app = self._codes.pop(form.get("code", ""), None), self._client(form)
        if (
            grant is None
            or app is None
            or grant.client_id != form["client_id"]
            or form.get("redirect_uri") != app.redirect_uri
            or challenge_of(form.get("code_verifier", "")) != grant.challenge
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = keep(self._tokens, self._chance, grant)
        return web.json_response({"access_token": token, "token_type": "Bearer", "scope": grant.scope})

    async def _revoke(self, request: web.Request) -> web.Response:
        form = await _form(request)
        if self._client(form) is None:
            return web.json_response({"error": "unauthorized_client"}, status=403)
        self._tokens.pop(form.get("token", ""), None)
        return web.json_response({})

    async def _account(self, request: web.Request) -> web.Response:
        grant = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if grant is None:
            return web.json_response({"error": "The access token is invalid"}, status=401)
        account = grant.account
        user = account.handle.user
        return web.json_response({"username": user, "acct": user, "url": account.url, "uri": account.actor})

    def _client(self, form: Mapping[str, str]) -> _App | None:
        app = self._apps.get(form.get("client_id", ""))
        return app if app is not None and form.get("client_secret") == app.secret else None


def _back(app: _App, asked: Mapping[str, str], **answer: str) -> str:
    return f"{app.redirect_uri}?{urlencode({**answer, 'state': asked['state']})}"


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}
