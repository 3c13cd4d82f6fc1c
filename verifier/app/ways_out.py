"""The outside world, as the operator set it: DNS and HTTP from each view, mail, the OpenID provider."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from .. import __version__
from ..core.clock import Chance, Clock
from ..core.errors import ConfigError
from ..core.identifiers import MailAddress
from ..core.shared import Line
from ..core.site import Site
from ..fetch import Fetcher, Identity, Limits, Pace, Resolver, Shared
from ..mail import Mailer, Relay
from ..publication import actor
from ..settings import Settings, ViewSettings
from ..signer.http_key import ActorKeys
from ..validation import Tools
from ..validation.html.pages import Pages
from ..validation.sign_in.openid_provider import OpenId, Provider
from ..validation.views import DIRECT, View, Views

_HERE = ViewSettings(name=DIRECT)  # this machine's own view


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What the rooms reach the outside with.

    :param tools: of this machine's own view
    :param views: every view of the network
    :param background: the same views through fetchers of their own, which keep a pace: what nobody waits for is slow,
        and takes no turn from those who wait
    :param provider: the OpenID provider that agents sign in at, if there is one
    """

    tools: Tools
    views: Views
    background: Views
    provider: OpenId | None


@asynccontextmanager
async def open_ways_out(
    settings: Settings,
    site: Site,
    clock: Clock,
    chance: Chance,
    *,
    actor_keys: ActorKeys,
    pace: Pace,
    line: Line | None = None,
) -> AsyncIterator[WaysOut]:
    """Open them all.

    :param actor_keys: of our own actor; they sign requests
    :param pace: at which a host is asked about its attested accounts
    :param line: to the supervisor, of one process of several
    :raises ConfigError: a setting cannot be used
    """
    network = _Network(settings, site, clock, chance, actor_keys, line)
    async with AsyncExitStack() as stack:
        resolver, fetcher = await stack.enter_async_context(network.open(_HERE, Limits()))
        tools = Tools(
            fetcher=fetcher,
            mailer=mailer(settings, clock, chance),
            dns=resolver,
            pages=await stack.enter_async_context(Pages()),
            clock=clock,
            chance=chance,
        )
        others = [await stack.enter_async_context(network.view(view, tools, Limits())) for view in settings.views]
        views = (View(DIRECT, tools), *others)
        slow = Limits(turn=120, pool=32, pace=pace)
        background = [
            await stack.enter_async_context(network.view(view, tools, slow)) for view in (_HERE, *settings.views)
        ]
        quorum = settings.quorum or len(views)
        provider = _openid(settings, fetcher, clock)
        yield WaysOut(tools, Views(views, quorum), Views(tuple(background), quorum, seconds=150), provider)


@dataclass(frozen=True, slots=True)
class _Network:
    """What all views of the network have in common."""

    settings: Settings
    site: Site
    clock: Clock
    chance: Chance
    actor_keys: ActorKeys
    line: Line | None

    @asynccontextmanager
    async def open(self, view: ViewSettings, limits: Limits) -> AsyncIterator[tuple[Resolver, Fetcher]]:
        """DNS and HTTP as that view has them."""
        settings = self.settings
        if self.line is not None:
            # What nobody waits for has turns of its own.
            name = f"{view.name} slow" if limits.pace else view.name
            limits = replace(limits, shared=Shared(self.line, name))
        resolver = Resolver(
            view.dns_servers or settings.dns_servers or None,
            clock=self.clock,
            chance=self.chance,
            anchor=settings.dns_trust_anchor,
            lenient=settings.sandbox,
        )
        fetcher = Fetcher(
            resolver,
            user_agent=view.user_agent or f"verifier/{__version__} (+{self.site.base_url}/)",
            overrides=settings.host_overrides,
            proxy=view.egress_proxy or settings.egress_proxy or None,
            sign=Identity(actor.key_id(self.site), self.actor_keys.rsa_sha256, self.clock).signers,
            limits=limits,
        )
        async with fetcher:
            yield resolver, fetcher

    @asynccontextmanager
    async def view(self, view: ViewSettings, tools: Tools, limits: Limits) -> AsyncIterator[View]:
        """`tools` with the DNS and HTTP of that view."""
        async with self.open(view, limits) as (resolver, fetcher):
            yield View(view.name, replace(tools, dns=resolver, fetcher=fetcher))


def mailer(settings: Settings, clock: Clock, chance: Chance) -> Mailer:
    """The relay that the operator set."""
    # A sandbox without a relay still starts: mailboxes alone cannot be proved there.
    relay = Relay.parse(settings.smtp_url or "smtp://127.0.0.1:25")
    return Mailer(relay, MailAddress.parse(settings.mail_from), clock, chance)


def _openid(settings: Settings, fetcher: Fetcher, clock: Clock) -> OpenId | None:
    """:raises ConfigError: the provider's secret cannot be read"""
    if not settings.oidc_issuer:
        return None
    secret, file = settings.oidc_client_secret, settings.oidc_client_secret_file
    if file is not None:
        try:
            secret = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"VERIFIER_OIDC_CLIENT_SECRET_FILE: cannot read {file} ({error}).") from None
    provider = Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        acr=settings.oidc_acr,
        scope=settings.oidc_scope,
        name=settings.oidc_name,
        plain_userinfo=settings.oidc_plain_userinfo,
        sandbox=settings.sandbox,
    )
    return OpenId(provider, fetcher, clock)
