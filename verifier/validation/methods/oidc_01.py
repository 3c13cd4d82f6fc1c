"""``oidc-01``: sign-in at the OpenID provider that the deployment pins, such as ProConnect.

Authorization code flow with PKCE, ``state`` and ``nonce`` (OpenID Connect Core 1.0, RFC 9700). What counts in the end
is the mailbox that the provider vouches for: it must be the one of the order. The rest is evidence, which the policy
judges (``policy.providers``).
"""

import base64
from collections.abc import Mapping
from urllib.parse import quote_plus

from ...core import strict_json
from ...core.clock import to_rfc3339
from ...core.errors import BadInput, NotFound, OutsideError, Unavailable
from ...core.identifiers import MailAddress
from ...core.models import End, IdentityType, Problem, Record, State, Subject
from ...core.strict_json import Json
from ..method import ONE_VIEW, Declaration, Method, Need, OtherViews, Part, Recheck, mailbox_of
from ..sign_in import authorization_code as flow
from ..sign_in import openid_tokens as tokens
from ..sign_in.authorization_code import BEARER, LIFETIME, AuthorizationRequest
from ..sign_in.openid_provider import Metadata, OpenId
from ..tools import Tools

_MAX_WORD = 64


class Oidc01(Method):
    """A sign-in. State: that of an :class:`.AuthorizationRequest`, until the holder is back."""

    __slots__ = ()
    declaration = Declaration(
        name="oidc-01",
        end=End.IDENTITY,
        rank=40,
        recheck=Recheck.EXPIRY,
        offered={IdentityType.AGENT: Need.ONE_OF},
        part=Part.MAILBOX,
        actions={"openid": ()},
        names_person=True,
    )

    @property
    def available(self) -> bool:
        return self.context.provider is not None

    def instructions(self, state: State, /) -> Mapping[str, str]:
        return flow.authorization_url(state)

    def is_preparation(self, _state: State, answer: Mapping[str, Json], /) -> bool:
        """Without an answer of the provider, one is asked for."""
        return not flow.is_response(answer)

    async def prepare(self, subject: Subject, state: State, tools: Tools, /) -> State:
        """Make the address of the sign-in. A new one ends the one before.

        :raises NotFound: ``challenge-unknown``: there is no provider any more
        :raises Unavailable: ``oidc-unavailable``
        """
        openid = self._provider
        try:
            metadata = await openid.metadata()
        except OutsideError as error:
            raise Unavailable("oidc-unavailable", host=str(openid.provider.host)) from error
        request = AuthorizationRequest.new(self.name, subject, self.context.secret, tools.chance)
        parameters = _parameters(openid, metadata, subject.locale) | {
            "nonce": request.nonce,
            "redirect_uri": self._redirect_uri,
        }
        return {**state, **request.begin(metadata.authorization, parameters, tools.clock.now())}

    async def check(
        self,
        subject: Subject,
        state: State,
        answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """Redeem the code, and read who signed in.

        :raises BadInput: ``signin-state``
        :raises NotFound: ``challenge-unknown``: there is no provider any more
        """
        openid, mailbox = self._provider, mailbox_of(subject)
        request = flow.resume(self.name, state, answer, self.context.secret)
        evidence: dict[str, Json] = {"issuer": openid.provider.issuer}
        problem: Problem | None = None
        try:
            evidence |= await self._identity(openid, mailbox, request, state, answer, tools)
        except OutsideError as error:
            problem = Problem(error.code, error.values)
        return Record.of(self.name, self.end, tools.clock.now(), problem, evidence), flow.without_request(state)

    async def _identity(
        self,
        openid: OpenId,
        mailbox: MailAddress,
        request: AuthorizationRequest,
        state: State,
        answer: Mapping[str, Json],
        tools: Tools,
    ) -> dict[str, Json]:
        """Who signed in, as evidence.

        :raises OutsideError: anything of it does not hold
        """
        provider, metadata = openid.provider, await openid.metadata()
        now = tools.clock.now()
        code = flow.authorization_code(state, answer, provider.issuer, now, names_issuer=metadata.names_issuer)
        form = {"code": code, "redirect_uri": self._redirect_uri, "code_verifier": request.verifier}
        id_token, access_token = await _redeem(openid, metadata, form, tools)
        expected = tokens.Expected(
            issuer=provider.issuer,
            client_id=provider.client_id,
            acr=frozenset(provider.acr),
            nonce=request.nonce,
            started=state["until"] - LIFETIME,
            now=tools.clock.now(),
        )
        claims = tokens.verify(id_token, await openid.key(tokens.kid(id_token)))
        tokens.check_id_token(claims, expected, access_token)
        person = await _userinfo(openid, metadata, expected, claims["sub"], access_token, tools)
        domain = _same_mailbox(person, mailbox)
        return {
            "acr": claims["acr"],
            "authTime": to_rfc3339(int(claims["auth_time"])),
            "domain": domain,
            "idp": _word(person, "idp_id") or provider.issuer,
            "population": _word(person, "belonging_population"),
            # Who it is, for nobody but us: the provider's own name of a person follows them elsewhere.
            "subject": self._subject_key(provider.issuer, claims["sub"]),
        }

    def _subject_key(self, issuer: str, sub: str) -> str:
        return self.context.secret.mac(f"oidc-subject\n{issuer}\n{sub}".encode()).hex()

    @property
    def _provider(self) -> OpenId:
        if self.context.provider is None:
            raise NotFound("challenge-unknown", type=self.name)  # the operator took it away since the order was opened
        return self.context.provider

    @property
    def _redirect_uri(self) -> str:
        return flow.redirect_uri(self.name, self.context.site)


def _parameters(openid: OpenId, metadata: Metadata, locale: str) -> dict[str, str]:
    """What is asked of whoever signs in. `prompt`: whose session it was must not count (T20)."""
    provider = openid.provider
    parameters = {"client_id": provider.client_id, "scope": provider.scope, "prompt": "login"}
    if locale in metadata.languages:
        parameters["ui_locales"] = locale
    if metadata.takes_claims:
        # ProConnect reads this one, and refuses a request with any parameter that it does not know, max_age for one.
        wanted = {"acr": {"essential": True, "values": list(provider.acr)}, "auth_time": {"essential": True}}
        return parameters | {"claims": strict_json.dumps({"id_token": wanted}).decode()}
    return parameters | {"acr_values": " ".join(provider.acr), "max_age": str(tokens.LEEWAY)}


async def _redeem(openid: OpenId, metadata: Metadata, form: Mapping[str, str], tools: Tools) -> tuple[str, str]:
    """The ID token and the access token that a code is worth (RFC 6749, 4.1.3; RFC 7636, 4.5).

    :param form: ``code``, ``redirect_uri``, ``code_verifier``
    """
    provider = openid.provider
    form = {"grant_type": "authorization_code", **form}
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
        claims = tokens.verify(text, await openid.key(tokens.kid(text)))
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
        address = MailAddress.parse(person["email"])
    except (BadInput, KeyError, AttributeError):
        raise OutsideError("oidc-mailbox-missing") from None
    if address.person != mailbox.person:
        raise OutsideError("oidc-other-mailbox", domain=str(address.domain))
    return str(address.domain)


def _word(claims: tokens.Claims, name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_WORD else None


def _object(body: bytes) -> dict[str, Json]:
    try:
        return strict_json.loads_object(body)
    except BadInput:
        raise OutsideError("oidc-token", claim="json") from None
