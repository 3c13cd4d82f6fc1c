"""The ways out of the house, as the operator set them: DNS and HTTP from each view, mail, the OpenID provider."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from .. import __version__
from ..core.clock import Chance, Clock
from ..core.errors import ConfigError
from ..core.identifiers import MailAddress
from ..core.site import Site
from ..fetch import Fetcher, Identity, Limits, Resolver
from ..mail import Mailer, Relay
from ..publication import actor
from ..settings import Settings, ViewSettings
from ..signer.http_key import ActorKeys
from ..validation import Tools
from ..validation.sign_in.openid_provider import OpenId, Provider
from ..validation.views import DIRECT, View, Views


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What every way out of this deployment has in common.

    :param known: the keys of our own actor, which sign requests
    """

    settings: Settings
    site: Site
    clock: Clock
    chance: Chance
    known: ActorKeys

    @asynccontextmanager
    async def of(
        self, view: ViewSettings | None = None, *, limits: Limits | None = None
    ) -> AsyncIterator[tuple[Resolver, Fetcher]]:
        """DNS and HTTP as one view of the network has them; this machine's own when None."""
        there, settings = view or ViewSettings(name=DIRECT), self.settings
        resolver = Resolver(
            there.dns_servers or settings.dns_servers or None,
            clock=self.clock,
            chance=self.chance,
            anchor=settings.dns_trust_anchor,
            lenient=settings.sandbox,
        )
        fetcher = Fetcher(
            resolver,
            user_agent=there.user_agent or f"verifier/{__version__} (+{self.site.base_url}/)",
            overrides=settings.host_overrides,
            proxy=there.egress_proxy or settings.egress_proxy or None,
            sign=Identity(actor.key_id(self.site), self.known.rsa_sha256, self.clock).knocks,
            limits=limits,
        )
        async with fetcher:
            yield resolver, fetcher

    @asynccontextmanager
    async def views(self, tools: Tools, *, limits: Limits | None = None) -> AsyncIterator[Views]:
        """Every view of the network.

        :param tools: of this machine's own; with `limits`, it too gets a way out that keeps to them
        """
        async with AsyncExitStack() as stack:
            found = [] if limits else [View(DIRECT, tools)]
            for view in (None, *self.settings.views) if limits else self.settings.views:
                dns, fetcher = await stack.enter_async_context(self.of(view, limits=limits))
                found.append(View(view.name if view else DIRECT, replace(tools, dns=dns, fetcher=fetcher)))
            yield Views(tuple(found), self.settings.quorum or len(found))


def mailer(settings: Settings, clock: Clock, chance: Chance) -> Mailer:
    """The relay that the operator set."""
    # A sandbox without a relay still starts: mailboxes alone cannot be proved there.
    relay = Relay.parse(settings.smtp_url or "smtp://127.0.0.1:25")
    return Mailer(relay, MailAddress.parse(settings.mail_from), clock, chance)


def openid(settings: Settings, fetcher: Fetcher, clock: Clock) -> OpenId | None:
    """The provider that agents sign in at, if there is one.

    :raises ConfigError: its secret cannot be read
    """
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
