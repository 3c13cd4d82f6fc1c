"""``oauth-01``: the holder signs in at their own instance, which then says which account that was (Mastodon's API).

For those who will not edit their profile. The right that is asked is the least that names the account; it is used once
and given back at once, whatever came of it.
"""

from asyncio import gather
from collections.abc import Mapping
from dataclasses import replace

from ...core.errors import OutsideError, Unavailable
from ...core.models import End, IdentityType, Record, State, Subject
from ...core.strict_json import Json
from ...words import lang_of, service_name
from ..accounts.actors import Actor
from ..accounts.profiles import check_profile, look_at_page, require_canonical
from ..accounts.resolution import resolve
from ..method import ONE_VIEW, Declaration, Method, Need, NotBegun, OtherViews, Part, Recheck
from ..sign_in import authorization_code as flow
from ..sign_in.authorization_code import AuthorizationRequest
from ..sign_in.instance_api import READ, Access, Client, Server
from ..tools import Tools
from ..trail import Trail

_CUT = 64  # characters of what the instance says that a problem repeats


class OAuth01(Method):
    """A sign-in at the instance.

    State: ``begun``, how often; ``wide``, once the instance knew no smaller scope; and until the holder is back those
    of an :class:`.AuthorizationRequest`, ``server``, ``client`` and, sealed, ``secret``.
    """

    __slots__ = ()
    declaration = Declaration(
        name="oauth-01",
        end=End.ACCOUNT,
        rank=0,
        recheck=Recheck.ACCOUNT,
        offered=dict.fromkeys(IdentityType, Need.ONE_OF),
        part=Part.ACCOUNT,
        actions={"signin": ()},
    )

    def instructions(self, state: State, /) -> Mapping[str, str]:
        return flow.authorization_url(state)

    def is_preparation(self, _state: State, answer: Mapping[str, Json], /) -> bool:
        """Without an answer of the instance, one is asked for."""
        return not answer

    async def prepare(self, subject: Subject, state: State, tools: Tools, /) -> State:
        """Register at the instance, and say where to sign in; a sign-in that is pending is shown again.

        :raises TooMany: ``signin-exhausted``
        :raises NotBegun: ``oauth-unsupported``, ``oauth-metadata``, what is wrong with the account, or as ``Trail``
        """
        if flow.is_pending(state, tools.clock.now()):
            return state
        begun, trail = flow.count_attempt(state), Trail(tools.fetcher)
        try:
            return await self._begin(subject, state, tools, trail) | {"begun": begun}
        except OutsideError as error:
            raise NotBegun(error, {"trail": trail.items}) from error

    async def _begin(self, subject: Subject, state: State, tools: Tools, trail: Trail) -> dict[str, Json]:
        """The request, as it is remembered.

        :raises OutsideError: as :meth:`prepare`
        """
        resolved = await resolve(subject.handle, trail)
        require_canonical(resolved, subject)
        # Only the sandbox is served without TLS.
        sandbox = self.context.site.base_url.startswith("http://")
        server = await Server.discover(resolved.actor.id.host, trail, sandbox=sandbox)
        if "wide" in state:
            server = replace(server, scope=READ)
        client = await self._register(server, subject, trail)
        parameters = {
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "scope": server.scope,
            "force_login": "true",  # whose session it was must not count
            "lang": subject.locale,
        }
        request = AuthorizationRequest.new(self.name, subject, self.context.secret, tools.chance)
        return {
            **_lasting(state),
            **request.begin(server.authorization, parameters, tools.clock.now()),
            "server": server.state,
            "client": client.id,
            "secret": self.context.secret.seal(client.secret.encode()),
        }

    async def check(
        self,
        subject: Subject,
        state: State,
        answer: Mapping[str, Json],
        tools: Tools,
        others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """Resolve the handle both ways, now, and ask the instance whether it was that account that signed in.

        :raises BadInput: ``signin-state``
        """
        request = flow.resume(self.name, state, answer, self.context.secret)
        server = Server.of(state["server"])
        unknown_scope = answer.get("error") == "invalid_scope" and server.scope != READ

        async def find(actor: Actor, trail: Trail) -> dict[str, Json]:
            if unknown_scope:
                raise OutsideError("oauth-scope-unknown", host=str(server.host))
            now = tools.clock.now()
            code = flow.authorization_code(state, answer, server.issuer, now, names_issuer=server.names_issuer)
            if actor.id.host != server.host:
                raise OutsideError("oauth-moved", host=str(server.host))
            secret = self.context.secret.unseal(state["secret"]).decode()
            client = Client(state["client"], secret, self._redirect_uri(subject))
            access = await client.redeem(server, code, request, trail)
            found = await _check_account(actor, client, server, access, trail, others)
            return found | await look_at_page(actor, trail)

        record = await check_profile(self.name, subject, tools, find)
        too_small = record.problem is not None and record.problem.code == "oauth-scope-unknown"
        return record, _lasting(state) | ({"wide": True} if unknown_scope or too_small else {})

    async def _register(self, server: Server, subject: Subject, trail: Trail) -> Client:
        name = service_name(lang_of(subject.locale))
        return await Client.register(server, name, self.context.site.base_url, self._redirect_uri(subject), trail)

    def _redirect_uri(self, subject: Subject) -> str:
        """An address of this order: any instance may be a hostile one, and an order has one instance."""
        return flow.redirect_uri(f"{self.name}/{subject.order_id}", self.context.site)


def _lasting(state: State) -> dict[str, Json]:
    return {name: state[name] for name in ("begun", "wide") if name in state}


async def _check_account(
    actor: Actor, client: Client, server: Server, access: Access, trail: Trail, others: OtherViews
) -> dict[str, Json]:
    """That it was this account; the token ends here, with the trail telling whether the instance took it back.

    :raises OutsideError: ``oauth-scope``, ``oauth-account``, ``oauth-scope-unknown``, ``oauth-other-account``,
        ``views-disagree``
    """
    try:
        if access.exceeds(server.scope):
            raise OutsideError("oauth-scope", host=str(server.host), asked=server.scope, given=access.scope[:_CUT])
        account = await access.account(server, trail)
        # Who stands between us and the instance can answer all of the above; its token opens nothing elsewhere (T39).
        elsewhere = await gather(*(_confirms(access, server, actor, each) for each in others.tools))
    finally:
        await client.revoke(server, access, trail)
    if not _is_same(account, actor):
        other = str(account.get("username"))[:_CUT]
        raise OutsideError("oauth-other-account", handle=str(actor.name_there), other=other, host=str(server.host))
    agree, views = 1 + sum(elsewhere), 1 + len(elsewhere)
    if agree < others.quorum:
        raise OutsideError("views-disagree", agree=agree, views=views, quorum=others.quorum)
    return {"in": "sign-in", "host": str(server.host), "scope": server.scope}


async def _confirms(access: Access, server: Server, actor: Actor, tools: Tools) -> bool:
    """Whether the token opens the same account, seen from another view; one that cannot look has seen nothing."""
    try:
        return _is_same(await access.account(server, Trail(tools.fetcher)), actor)
    except (OutsideError, Unavailable):
        return False


def _is_same(account: Mapping[str, Json], actor: Actor) -> bool:
    """Whether the API's account is the actor: by its id where the API says it (``uri``), else by its profile."""
    username, uri = account.get("username"), account.get("uri")
    if not isinstance(username, str) or not username.isascii() or username.lower() != actor.name_there.folded.user:
        return False
    return uri == str(actor.id) if uri is not None else account.get("url") == actor.profile
