"""Settings in, a service out: open, but not listening yet."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web

from .. import words
from ..core.clock import Chance, Clock
from ..core.errors import ConfigError
from ..core.identifiers import HttpsUrl, MailAddress
from ..core.models import Purpose
from ..core.sealing import DeploymentSecret
from ..core.shared import Line
from ..core.site import Site
from ..core.strict_json import Json
from ..fetch import Pace, SharedPace
from ..issuance import Issuer
from ..jobs import Clockwork, schedule
from ..jobs.status_lists import KEYS_VERSION
from ..policy import policy as policies
from ..policy import signoff as policy_signoff
from ..policy.policy import Policy
from ..proof import contexts as pinned
from ..proof import known_answer
from ..proof.contexts import Contexts
from ..publication import actor
from ..publication.recorded import recorded_at
from ..publication.status_lists import StatusLists, StatusReader
from ..registration import services
from ..registration.services import Services
from ..sandbox import openid as toy
from ..settings import Settings
from ..signer.http_key import ActorKeys
from ..storage import Storage, open_storage
from ..validation import MethodContext, build_methods
from ..web import application
from ..web.counts import SharedCounts
from ..web.doors import has_review
from ..web.frozen import PublishedKeys
from ..web.limits import Limiter
from ..web.verifying import Appraiser
from . import probes
from .signing import DidDocument, Keys, keys_dir, make_sandbox_keys, open_keys, secret, unopened_keys
from .ways_out import open_ways_out


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a deployment; the command line uses those that it needs."""

    settings: Settings
    site: Site
    clock: Clock
    chance: Chance
    keys: Keys
    contexts: Contexts
    storage: Storage
    policy: Policy
    registration: Services
    clockwork: Clockwork
    web: web.Application


@asynccontextmanager
async def compose(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    pace: Pace | None = None,
    signs: bool = True,
    line: Line | None = None,
) -> AsyncIterator[Service]:
    """The service, open: database, keys, ways out. Nothing listens and no job runs yet.

    :param pace: at which a host is asked about its attested accounts
    :param signs: its signers are opened now; whoever only looks or withdraws works while they are out (T00i)
    :param line: to the supervisor, of one process of several: limits are counted there
    :raises ConfigError: a sentence that says what to change
    """
    clock, chance = clock or Clock(), chance or Chance()
    site = Site(settings.base_url)
    operator = MailAddress.parse(settings.alerts_to) if settings.alerts_to else None
    policy = policies.load(settings.policy_dir, providers=toy.SPEAKS_FOR if settings.sandbox else {})
    plain = words.plain_pages(settings.policy_dir, site)
    async with AsyncExitStack() as stack:
        titles = tuple((lang, name, page.title) for (name, lang), page in plain.items())
        deployment = words.Deployment(policy.locale, ZoneInfo(policy.timezone), titles, reviews=has_review())
        stack.enter_context(words.deploying(deployment))
        storage = await stack.enter_async_context(await open_storage(settings.database_url))
        keys = await _open_keys(settings, site, storage, clock, chance, signs=signs)
        await _check_store(storage, site, policy, clock)
        actor_keys = ActorKeys.ensure(keys_dir(settings))
        pace = pace or (Pace(1) if line is None else SharedPace(1, line))
        ways_out = await stack.enter_async_context(
            open_ways_out(settings, site, clock, chance, actor_keys=actor_keys, pace=pace, line=line)
        )
        own_secret = DeploymentSecret.of(secret(keys_dir(settings), chance), chance)
        methods = build_methods(MethodContext(site, own_secret, ways_out.provider))
        known_answer.check()  # before anything is signed
        contexts = pinned.of_site(site)
        by = keys.by(Purpose.ISSUING)
        lists = StatusLists(site=site, storage=storage, contexts=contexts, by=by, clock=clock)
        issuer = Issuer(
            site=site,
            storage=storage,
            contexts=contexts,
            by=by,
            lists_with_room=lists.with_room,
            clock=clock,
            chance=chance,
        )
        registration = services.build(
            site=site,
            storage=storage,
            policy=policy,
            issuer=issuer,
            lists=lists,
            methods=methods,
            secret=own_secret,
            views=ways_out.views,
            background=ways_out.background,
            options=_options(settings),
        )
        clockwork = schedule.build(
            storage=storage,
            registration=registration,
            lists=lists,
            tools=ways_out.tools,
            operator=operator,
            secret=own_secret,
            ring=keys.ring,
            clock=clock,
        )
        web_application = application.build(
            application.Parts(
                site=site,
                storage=storage,
                policy=policy,
                registration=registration,
                tools=ways_out.tools,
                methods=methods,
                provider_name=ways_out.provider.provider.name if ways_out.provider else "",
                appraiser=_appraiser(site, contexts, storage, keys, clock),
                limiter=Limiter(
                    enabled=settings.rate_limits,
                    trusted_networks=settings.trusted_networks,
                    clock=clock,
                    rates=settings.rates,
                    counts=None if line is None else SharedCounts(settings.rates, line),
                ),
                published_keys=PublishedKeys(DidDocument(keys, storage.read).served, lambda: keys.ring.document),
                actor=_actor(site, actor_keys),
                answers_bytes=settings.answers_mb * 2**20,
                plain=plain,
                health=probes.health(settings, storage, keys, ways_out.tools, clock),
                sandbox=settings.sandbox,
            )
        )
        yield Service(
            settings=settings,
            site=site,
            clock=clock,
            chance=chance,
            keys=keys,
            contexts=contexts,
            storage=storage,
            policy=policy,
            registration=registration,
            clockwork=clockwork,
            web=web_application,
        )


async def _open_keys(
    settings: Settings, site: Site, storage: Storage, clock: Clock, chance: Chance, *, signs: bool
) -> Keys:
    if settings.sandbox:
        make_sandbox_keys(settings, clock, chance)
    newest = int(await storage.read.facts.get(KEYS_VERSION) or 0)
    if not signs:
        return unopened_keys(settings, site, clock, chance, seen=newest)
    # A first start needs its signer. A later one does not wait: lookups and withdrawals work without.
    return open_keys(settings, site, clock, chance, seen=newest, later=newest > 0)


async def _check_store(storage: Storage, site: Site, policy: Policy, clock: Clock) -> None:
    """:raises ConfigError: the store belongs to another origin, or has seen a newer policy"""
    async with storage.write.transaction() as tx:
        await tx.facts.set_once("created_at", str(clock.now()))
        await tx.facts.set_once("base_url", site.base_url)
        origin = await tx.facts.get("base_url")
    if origin != site.base_url:
        # Every signed document names the origin: served elsewhere, none of them would verify.
        raise ConfigError(f"VERIFIER_BASE_URL: this database belongs to {origin}; set that, or use another database.")
    await policy_signoff.check_continues(storage.read, policy.signoffs)


def _options(settings: Settings) -> services.Options:
    bootstrap = HttpsUrl.parse(settings.rdap_bootstrap) if settings.rdap_bootstrap else None
    # A trial asks nobody but its toys, and these are registered nowhere.
    watch_domains = bootstrap is not None or not settings.sandbox
    return services.Options(watch_domains, bootstrap, alerts=bool(settings.alerts_to))


def _appraiser(site: Site, contexts: Contexts, storage: Storage, keys: Keys, clock: Clock) -> Appraiser:
    async def recorded(document: Mapping[str, Json]) -> int | None:
        # When it was stored matters only if a key is distrusted after some day: all else stands in the document.
        return await recorded_at(document, reader=storage.read, site=site) if keys.distrusts_any() else None

    return Appraiser(site, contexts, recorded, keys.issuing_keys, StatusReader(storage.read).bit, clock)


def _actor(site: Site, keys: ActorKeys) -> bytes:
    return actor.document(
        site,
        name=words.service_name(words.deployed().locale),
        rsa_pem=keys.rsa_public_pem,
        ed25519_multibase=keys.ed25519_multibase,
    )
