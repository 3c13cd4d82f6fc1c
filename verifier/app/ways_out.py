"""The ways out of the house, as the operator set them: DNS and HTTP from each view, mail, the OpenID provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
from ..validation.openid_provider import OpenId, Provider


@asynccontextmanager
async def way_out(
    settings: Settings,
    site: Site,
    clock: Clock,
    chance: Chance,
    known: ActorKeys,
    view: ViewSettings | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[tuple[Resolver, Fetcher]]:
    """DNS and HTTP as one view of the network has them; this machine's own when None."""
    there = view or ViewSettings(name="own")
    resolver = Resolver(
        there.dns_servers or settings.dns_servers or None,
        clock=clock,
        chance=chance,
        anchor=settings.dns_trust_anchor,
        lenient=settings.sandbox,
    )
    fetcher = Fetcher(
        resolver,
        user_agent=there.user_agent or f"verifier/{__version__} (+{site.base_url}/)",
        overrides=settings.host_overrides,
        proxy=there.egress_proxy or settings.egress_proxy or None,
        sign=Identity(actor.key_id(site), known.rsa_sha256, clock).knocks,
        limits=limits,
    )
    async with fetcher:
        yield resolver, fetcher


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
