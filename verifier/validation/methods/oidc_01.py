"""``oidc-01``: sign-in at the OpenID provider that the deployment pins, such as ProConnect.

Authorization code flow with PKCE, ``state`` and ``nonce`` (OpenID Connect Core 1.0, RFC 9700). What counts in the end
is the mailbox that the provider vouches for: it must be the one of the order. The rest is evidence, which the policy
judges (``registration.openid``).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from ...core import strict_json
from ...core.clock import to_rfc3339
from ...core.errors import BadInput, NotFound, OutsideError, Unavailable
from ...core.identifiers import MailAddress
from ...core.models import End, Problem, Record, Subject
from ...core.strict_json import Json
from ..method import State, Tools, mailbox_of
from ..sign_in import openid_tokens as tokens
from ..sign_in.authorization_code import BEARER, LIFETIME, Trip, authorize, back, code, home, is_return, redirect_uri
from ..sign_in.openid_provider import Metadata, OpenId

NAME = "oidc-01"
_MAX_WORD = 64


@dataclass(frozen=True, slots=True)
class Oidc01:
    """A sign-in. State: that of :class:`~.going.Trip`, until the holder is back."""

    name: str = NAME
    end: End = End.IDENTITY
    looks: bool = False

    def opens(self, _subject: Subject, _tools: Tools) -> State:
        return {}

    def shows(self, state: State) -> Mapping[str, str]:
        return authorize(state)

    def begins(self, _state: State, answer: Mapping[str, Json]) -> bool:
        """Without an answer of the provider, one is asked for."""
        return not is_return(answer)

    async def begin(self, subject: Subject, state: State, tools: Tools) -> State:
        """Make the address of the sign-in. A new one ends the one before.

        :raises NotFound: ``challenge-unknown``: there is no provider any more
        :raises Unavailable: ``oidc-unavailable``
        """
        openid = _openid(tools)
        try:
            metadata = await openid.metadata()
        except OutsideError as error:
            raise Unavailable("oidc-unavailable", host=str(openid.provider.host)) from error
        trip = Trip.new(self.name, subject, tools)
        asked = _asked(openid, metadata, subject.locale) | {
            "nonce": trip.nonce,
            "redirect_uri": redirect_uri(self.name, tools),
        }
        return {**state, **trip.sets_out(metadata.authorization, asked, tools)}

    async def check(
        self, subject: Subject, state: State, answer: Mapping[str, Json], tools: Tools
    ) -> tuple[Record, State]:
        """Redeem the code, and read who signed in.

        :raises BadInput: ``signin-state``
        :raises NotFound: ``challenge-unknown``: there is no provider any more
        """
        openid, mailbox = _openid(tools), mailbox_of(subject)
        trip = back(self.name, state, answer, tools)
        evidence: dict[str, Json] = {"issuer": openid.provider.issuer}
        problem: Problem | None = None
        try:
            evidence |= await _identity(openid, mailbox, trip, state, answer, tools)
        except OutsideError as error:
            problem = Problem(error.code, error.values)
        return Record.of(self.name, self.end, tools.clock.now(), problem, evidence), home(state)


async def _identity(
    openid: OpenId, mailbox: MailAddress, trip: Trip, state: State, answer: Mapping[str, Json], tools: Tools
) -> dict[str, Json]:
    """Who signed in, as evidence.

    :raises OutsideError: anything of it does not hold
    """
    provider, metadata = openid.provider, await openid.metadata()
    given = code(state, answer, provider.issuer, tools, named=metadata.names_issuer)
    id_token, access_token = await _redeem(openid, metadata, trip, given, tools)
    expected = tokens.Expected(
        issuer=provider.issuer,
        client_id=provider.client_id,
        acr=frozenset(provider.acr),
        nonce=trip.nonce,
        started=state["until"] - LIFETIME,
        now=tools.clock.now(),
    )
    claims = tokens.verified(id_token, await openid.key(tokens.kid(id_token)))
    tokens.check_id_token(claims, expected, access_token)
    person = await _userinfo(openid, metadata, expected, claims["sub"], access_token, tools)
    domain = _same_mailbox(person, mailbox)
    return {
        "acr": claims["acr"],
        "authTime": to_rfc3339(claims["auth_time"]),
        "domain": domain,
        "idp": _word(person, "idp_id") or provider.issuer,
        "population": _word(person, "belonging_population"),
        # Who it is, for nobody but us: the provider's own name of a person follows them elsewhere.
        "subject": tools.mac("\n".join(("oidc-subject", provider.issuer, claims["sub"])).encode()).hex(),
    }


def _asked(openid: OpenId, metadata: Metadata, locale: str) -> dict[str, str]:
    """What is asked of whoever signs in. `prompt`: whose session it was must not count (T20)."""
    provider = openid.provider
    asked = {"client_id": provider.client_id, "scope": provider.scope, "prompt": "login"}
    if locale in metadata.languages:
        asked["ui_locales"] = locale
    if metadata.takes_claims:
        # ProConnect reads this one, and refuses a request with any parameter that it does not know, max_age for one.
        wanted = {"acr": {"essential": True, "values": list(provider.acr)}, "auth_time": {"essential": True}}
        return asked | {"claims": strict_json.dumps({"id_token": wanted}).decode()}
    return asked | {"acr_values": " ".join(provider.acr), "max_age": str(tokens.LEEWAY)}


async def _redeem(openid: OpenId, metadata: Metadata, trip: Trip, given: str, tools: Tools) -> tuple[str, str]:
    """The ID token and the access token that a code is worth (RFC 6749, 4.1.3; RFC 7636, 4.5)."""
    provider = openid.provider
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": redirect_uri(NAME, tools),
        "code_verifier": trip.verifier,
    }
    headers: dict[str, str] = {}
    if metadata.post_secret:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    else:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    response = await tools.fetcher.post(metadata.token, form=form, headers=headers)
    if response.status != 200:
        raise OutsideError("oidc-code-refused", status=response.status)
    answer = _object(response.body)
    id_token, access_token = answer.get("id_token"), answer.get("access_token")
    if str(answer.get("token_type")).lower() != "bearer":
        raise OutsideError("oidc-token", claim="token_type")
    if not isinstance(access_token, str) or not BEARER.fullmatch(access_token):
        raise OutsideError("oidc-token", claim="access_token")
    if not isinstance(id_token, str):
        raise OutsideError("oidc-token", claim="id_token")
    return id_token, access_token


async def _userinfo(
    openid: OpenId, metadata: Metadata, expected: tokens.Expected, sub: str, access_token: str, tools: Tools
) -> tokens.Claims:
    bearer = {"Authorization": f"Bearer {access_token}"}
    response = await tools.fetcher.get_with(metadata.userinfo, bearer, accept="application/jwt, application/json")
    if response.status != 200:
        raise OutsideError("oidc-token", claim="userinfo")
    if response.media_type == "application/jwt" and response.body.isascii():
        text = response.body.decode().strip()
        claims = tokens.verified(text, await openid.key(tokens.kid(text)))
        tokens.check_userinfo(claims, expected, sub)
        return claims
    if response.media_type == "application/json" and openid.provider.plain_userinfo:
        claims = _object(response.body)
        tokens.check_same(claims, sub)
        return claims
    raise OutsideError("oidc-token", claim="userinfo")


def _same_mailbox(person: tokens.Claims, mailbox: MailAddress) -> str:
    """The domain of the mailbox that the provider vouches for, which is that of the order."""
    if person.get("email_verified", True) is not True:
        raise OutsideError("oidc-mailbox-unverified")
    try:
        given = MailAddress.parse(person["email"])
    except (BadInput, KeyError, AttributeError):
        raise OutsideError("oidc-mailbox-missing") from None
    if given.person != mailbox.person:
        raise OutsideError("oidc-other-mailbox", domain=str(given.domain))
    return str(given.domain)


def _word(claims: tokens.Claims, name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_WORD else None


def _object(body: bytes) -> dict[str, Json]:
    try:
        return strict_json.loads_object(body)
    except BadInput:
        raise OutsideError("oidc-token", claim="json") from None


def _openid(tools: Tools) -> OpenId:
    if tools.openid is None:
        raise NotFound("challenge-unknown", type=NAME)  # the operator took it away since the order was opened
    return tools.openid
