"""A toy OpenID provider, which signs in whoever is chosen: discovery, keys, token and signed userinfo.

Other servers find it at ``https://connexion.example``; people choose whom to be on a page of this machine.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey

from .. import words
from ..core.clock import Chance, Clock
from ..core.identifiers import Host
from ..core.strict_json import Json, dumps
from ..validation.sign_in.authorization_code import challenge_of
from ..validation.sign_in.openid_tokens import ALGORITHM, at_hash
from .memory import keep
from .pages import add_page, language, page, prefix_of

HOST = Host("connexion.example")
ISSUER = f"https://{HOST}"
CLIENT_ID = "comptes-officiels"
CLIENT_SECRET = "known to everybody"  # noqa: S105 - of a toy
IDP = "toy-identity-provider"
SPEAKS_FOR = {IDP: frozenset({Host("numerique.gouv.fr")})}
"""What the sandbox's policy adds: the mail domains that this provider may speak for."""

_PATH = f"/{HOST}/authorize"
_LIFETIME = 60  # seconds, of a code and of a token


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody to sign in as."""

    id: str
    email: str
    population: str


AGENTS = (
    Agent("camille", "camille.martin@numerique.gouv.fr", "agent"),
    Agent("alex", "alex.bernard@numerique.gouv.fr", "prestataire"),
    Agent("charlie", "charlie.petit@numerique.gouv.fr", "stagiaire"),
    Agent("dominique", "dominique.moreau@elysee.fr", "agent"),
)


@dataclass(frozen=True, slots=True)
class _SignIn:
    agent: Agent
    asked: Mapping[str, str]
    at: int


class OpenIdToy:
    """The provider. What it issued is in memory alone.

    :param service: base URL of the one client
    """

    def __init__(self, service: str, clock: Clock) -> None:
        self._redirect_uri = f"{service}/callback/oidc-01"
        self._clock = clock
        self._chance = Chance()
        self._key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM})
        self._key.ensure_kid()
        self._codes: dict[str, _SignIn] = {}
        self._tokens: dict[str, _SignIn] = {}

    def add_to(self, pages: web.Application) -> None:
        """The page where people choose, among the sandbox's own."""
        add_page(pages, _PATH, self._authorize)

    def app(self, origin: str) -> web.Application:
        """What other servers ask.

        :param origin: of the sandbox's pages
        """

        async def discover(_: web.Request) -> web.Response:
            return web.json_response(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{origin}{_PATH}",
                    "token_endpoint": f"{ISSUER}/token",
                    "userinfo_endpoint": f"{ISSUER}/userinfo",
                    "jwks_uri": f"{ISSUER}/jwks",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": [ALGORITHM],
                    "userinfo_signing_alg_values_supported": [ALGORITHM],
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    "code_challenge_methods_supported": ["S256"],
                    "authorization_response_iss_parameter_supported": True,
                    "claims_parameter_supported": True,
                    "ui_locales_supported": list(words.LANGUAGES),
                }
            )

        async def jwks(_: web.Request) -> web.Response:
            return web.json_response({"keys": [self._key.as_dict(private=False)]})

        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", discover)
        app.router.add_get("/jwks", jwks)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        return app

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        wanted = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self._redirect_uri,
            "code_challenge_method": "S256",
        }
        if any(asked.get(name) != value for name, value in wanted.items()) or not {"nonce", "state"} <= asked.keys():
            raise web.HTTPBadRequest
        lang = asked.pop("ui_locales", None)
        if lang in words.LANGUAGES and lang != language(request):
            raise web.HTTPFound(f"{words.prefix(lang)}{_PATH}?{urlencode(asked)}")
        agent = next((agent for agent in AGENTS if agent.id == asked.get("as")), None)
        if agent is not None:
            code = keep(self._codes, self._chance, _SignIn(agent, asked, self._clock.now()))
            answer = {"code": code, "state": asked["state"], "iss": ISSUER}
            raise web.HTTPFound(f"{self._redirect_uri}?{urlencode(answer)}")
        here = f"{prefix_of(request)}{_PATH}?"
        agents = [
            {"email": each.email, "population": each.population, "url": here + urlencode({**asked, "as": each.id})}
            for each in AGENTS
        ]
        refuse = {"error": "access_denied", "state": asked["state"], "iss": ISSUER}
        return page(
            request,
            "openid.html",
            instance={"host": str(HOST), "url": f"{prefix_of(request)}/"},
            agents=agents,
            refuse=f"{self._redirect_uri}?{urlencode(refuse)}",
            guide=f"{prefix_of(request)}/",
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        known = self._codes.pop(form.get("code", ""), None)
        if (
            known is None
            or self._clock.now() > known.at + _LIFETIME
            or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET)
            or form.get("redirect_uri") != self._redirect_uri
            or challenge_of(form.get("code_verifier", "")) != known.asked.get("code_challenge")
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = keep(self._tokens, self._chance, known)
        who = {"nonce": known.asked["nonce"], "acr": "eidas1", "auth_time": known.at, "at_hash": at_hash(token)}
        id_token = self._sign(known.agent, who)
        return web.json_response({"access_token": token, "token_type": "Bearer", "id_token": id_token})

    async def _userinfo(self, request: web.Request) -> web.Response:
        known = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if known is None or self._clock.now() > known.at + _LIFETIME:
            return web.json_response({"error": "invalid_token"}, status=401)
        agent = known.agent
        more = {"email": agent.email, "idp_id": IDP, "belonging_population": agent.population}
        return web.Response(text=self._sign(agent, more), content_type="application/jwt")

    def _sign(self, agent: Agent, claims: Mapping[str, Json]) -> str:
        now = self._clock.now()
        sub = hashlib.sha256(agent.id.encode()).hexdigest()
        payload = {"iss": ISSUER, "aud": CLIENT_ID, "sub": sub, "iat": now, "exp": now + _LIFETIME, **claims}
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": self._key.kid}
        return jws.serialize_compact(header, dumps(payload), self._key, algorithms=[ALGORITHM])
