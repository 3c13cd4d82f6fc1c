"""Settings in, a service out: open, but not listening yet."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from aiohttp import web

from .. import words
from ..core.clock import Chance, Clock
from ..core.errors import ConfigError
from ..core.identifiers import HttpsUrl, MailAddress
from ..core.models import Purpose
from ..core.sealing import Seal
from ..core.site import CONTEXT_PATH, SCHEMA_PATH, Site
from ..core.strict_json import Json
from ..fetch import Limits, Pace
from ..issuance import Issuer
from ..jobs import Clockwork, Job
from ..jobs.clockwork import KEYS_VERSION
from ..jobs.forgetting import Forgetting
from ..jobs.letters import Letters
from ..policy import policy as policies
from ..policy import signoff as policy_signoff
from ..proof import contexts as pinned
from ..proof import known_answer, schemas
from ..proof.contexts import Contexts
from ..publication import actor
from ..publication.recorded import recorded_at
from ..publication.status_lists import StatusLists, StatusReader
from ..registration.bodies import Bodies
from ..registration.monitoring.accounts import Rechecks
from ..registration.monitoring.bodies import BodyRechecks
from ..registration.monitoring.consequences import Consequences
from ..registration.monitoring.domains import Domains
from ..registration.monitoring.instances import Instances
from ..registration.monitoring.policy_effects import PolicyEffects
from ..registration.orders.finalizing import Finisher
from ..registration.orders.owner_consent import Owners
from ..registration.orders.registrar import Registrar
from ..registration.publishing import Publisher
from ..registration.vouching import Bonds
from ..sandbox import openid as toy
from ..settings import Settings
from ..signer.http_key import ActorKeys
from ..storage import Storage, open_storage
from ..validation import Tools
from ..validation.domains.rdap import Registries
from ..validation.html.pages import Pages
from ..web import keys, openapi
from ..web.api.public import CHECK_SECONDS
from ..web.cache import Remembered
from ..web.doors import OPENAPI_PATH, make_app
from ..web.frozen import FrozenFiles, PublishedKeys
from ..web.limits import Limiter
from ..web.lookups import Lookups
from ..web.verifying import Appraiser
from .signing import Keys, keys_dir, make_sandbox_keys, open_keys, secret
from .ways_out import WaysOut, mailer, openid


@dataclass(frozen=True, slots=True)
class Service:
    """Everything composed; the command line and the web use the parts that they need."""

    settings: Settings
    site: Site
    clock: Clock
    chance: Chance
    keys: Keys
    contexts: Contexts
    storage: Storage
    policy: policies.Policy
    registrar: Registrar
    finisher: Finisher
    bodies: Bodies
    bonds: Bonds
    body_rechecks: BodyRechecks
    instances: Instances
    publisher: Publisher
    rechecks: Rechecks
    clockwork: Clockwork
    web: web.Application


@asynccontextmanager
async def compose(
    settings: Settings, *, clock: Clock | None = None, chance: Chance | None = None, pace: Pace | None = None
) -> AsyncIterator[Service]:
    """The service, open: database, keys, ways out. Nothing listens and no job runs yet.

    :param pace: at which a host is asked about its attested accounts
    :raises ConfigError: a sentence that says what to change
    """
    clock, chance = clock or Clock(), chance or Chance()
    site = Site(settings.base_url)
    policy = policies.load(settings.policy_dir)
    if settings.sandbox:
        policy = replace(policy, providers={**policy.providers, **toy.SPEAKS_FOR})
    async with AsyncExitStack() as stack:
        stack.enter_context(words.deploying(words.Deployment(policy.locale, ZoneInfo(policy.timezone))))
        storage = await stack.enter_async_context(await open_storage(settings.database_url))
        if settings.sandbox:
            make_sandbox_keys(settings, clock, chance)
        seen = int(await storage.read.facts.get(KEYS_VERSION) or 0)
        signing = open_keys(settings, site, clock, chance, seen=seen)
        await _know_this_store(storage, site, clock)
        await policy_signoff.check_continues(storage.read, policy.signoffs)
        own_secret = secret(keys_dir(settings), chance)
        actor_keys = ActorKeys.ensure(keys_dir(settings))
        out = WaysOut(settings, site, clock, chance, actor_keys)
        resolver, fetcher = await stack.enter_async_context(out.of())
        seal = Seal.of(own_secret, chance)
        tools = Tools(
            fetcher=fetcher,
            mailer=mailer(settings, clock, chance),
            dns=resolver,
            pages=await stack.enter_async_context(Pages()),
            clock=clock,
            chance=chance,
            mac=lambda data: hmac.digest(own_secret, data, hashlib.sha256),
            seal=seal.seal,
            unseal=seal.unseal,
            own_origin=site.base_url,
            openid=openid(settings, fetcher, clock),
        )
        views = await stack.enter_async_context(out.views(tools))
        # A way out of its own: what nobody waits for is slow, and takes no turn from those who wait.
        patient = Limits(turn=120, pool=32, pace=pace or Pace(1))
        slow = await stack.enter_async_context(out.views(tools, limits=patient))
        known_answer.check()
        known = pinned.of_site(site)
        lists = StatusLists(site=site, contexts=known, by=signing.by(Purpose.STATUS))
        issuer = Issuer(
            site=site,
            storage=storage,
            contexts=known,
            by=signing.by(Purpose.ISSUING),
            ensure_lists=lists.ensure,
            clock=clock,
            chance=chance,
        )
        bodies = Bodies(storage=storage, policy=policy, clock=clock, chance=chance, mac=tools.mac)
        publisher = Publisher(
            site=site,
            storage=storage,
            policy=policy,
            bodies=bodies,
            issuer=issuer,
            lists=lists,
            clock=clock,
            chance=chance,
        )
        bonds = Bonds(storage=storage, publisher=publisher, clock=clock)
        instances = Instances(storage=storage, views=views, clock=clock)
        consequences = Consequences(publisher=publisher, chance=chance, alerts=bool(settings.alerts_to))
        rechecks = Rechecks(site=site, storage=storage, views=slow, consequences=consequences)
        near = slow.views[0].tools
        domains = Domains(
            storage=storage,
            tools=near,
            registries=Registries(HttpsUrl.parse(settings.rdap_bootstrap), near) if settings.rdap_bootstrap else None,
            publisher=publisher,
            consequences=consequences,
        )
        # A trial asks nobody but its toys, and these are registered nowhere.
        watches_domains = bool(settings.rdap_bootstrap) or not settings.sandbox
        body_rechecks = BodyRechecks(storage=storage, views=views, bodies=bodies, publisher=publisher)
        operator = MailAddress.parse(settings.alerts_to) if settings.alerts_to else None
        letters = Letters(storage=storage, tools=tools, operator=operator)
        owners = Owners(storage=storage, policy=policy, tools=tools)
        registrar = Registrar(
            site=site, storage=storage, policy=policy, views=views, owners=owners, bodies=bodies, publisher=publisher
        )
        finisher = Finisher(
            site=site, storage=storage, policy=policy, views=views, owners=owners, bodies=bodies, publisher=publisher
        )

        async def recorded(document: Mapping[str, Json]) -> int | None:
            # Asked only when it counts: all else about a document stands in the document.
            if not signing.distrusts_any():
                return None
            return await recorded_at(document, reader=storage.read, site=site)

        appraiser = Appraiser(
            site,
            known,
            recorded,
            signing.issuing_keys,
            StatusReader(storage.read, clock).bit,
            clock,
        )
        application = make_app(
            {
                keys.SITE: site,
                keys.CLOCK: clock,
                keys.READER: storage.read,
                keys.REGISTRAR: registrar,
                keys.FINISHER: finisher,
                keys.BODIES: bodies,
                keys.BONDS: bonds,
                keys.INSTANCES: instances,
                keys.POLICY: policy,
                keys.TOOLS: tools,
                keys.LOOKUPS: Lookups(storage.lookups),
                keys.CHECKED: Remembered(CHECK_SECONDS),
                keys.APPRAISER: appraiser,
                keys.LIMITER: Limiter.make(enabled=settings.rate_limits, trusted_proxies=settings.trusted_proxies),
                keys.FROZEN: _frozen_files(),
                keys.PUBLISHED_KEYS: PublishedKeys(signing.did_document, lambda: signing.ring.document),
                keys.ACTOR: _actor(site, actor_keys),
                keys.SANDBOX: settings.sandbox,
            }
        )
        clockwork = Clockwork(
            storage=storage,
            finisher=finisher,
            publisher=publisher,
            lists=lists,
            keys_version=lambda: signing.ring.version,
            clock=clock,
            others=(
                Job("forgetting", 60, Forgetting(storage, clock).run),
                Job("policy", 60, PolicyEffects(storage=storage, policy=policy, publisher=publisher).apply),
                Job("instances", 60, instances.look_again, lane="instances"),
                Job("bodies", 60, body_rechecks.run, lane="bodies"),
                *((Job("domains", 60, domains.run, lane="domains"),) if watches_domains else ()),
                Job("rechecks", 0, rechecks.run, lane="rechecks", shared=True),
                Job("letters", 0, letters.send, lane="letters", shared=True),
            ),
        )
        yield Service(
            settings=settings,
            site=site,
            clock=clock,
            chance=chance,
            keys=signing,
            contexts=known,
            storage=storage,
            policy=policy,
            registrar=registrar,
            finisher=finisher,
            bodies=bodies,
            bonds=bonds,
            body_rechecks=body_rechecks,
            instances=instances,
            publisher=publisher,
            rechecks=rechecks,
            clockwork=clockwork,
            web=application,
        )


async def _know_this_store(storage: Storage, site: Site, clock: Clock) -> None:
    async with storage.write.transaction() as tx:
        await tx.facts.set_once("created_at", str(clock.now()))
        await tx.facts.set_once("base_url", site.base_url)
        known = await tx.facts.get("base_url")
    if known != site.base_url:
        # Every signed document names the origin: served elsewhere, none of them would verify.
        raise ConfigError(f"VERIFIER_BASE_URL: this database belongs to {known}; set that, or use another database.")


def _actor(site: Site, known: ActorKeys) -> bytes:
    return actor.document(
        site,
        name=words.service_name(words.deployed().locale),
        rsa_pem=known.rsa_public_pem,
        ed25519_multibase=known.ed25519_multibase,
    )


def _frozen_files() -> FrozenFiles:
    files = dict(words.ASSETS)
    files[CONTEXT_PATH] = ("application/ld+json", schemas.read(pinned.OWN_FILE))
    files[SCHEMA_PATH] = ("application/schema+json", schemas.read("fediverse-account-attestation-v1.json"))
    # The file of the package has the paths of a deployment in French.
    french = words.deployed().locale == "fr"
    files[OPENAPI_PATH] = ("application/json", schemas.read("openapi.json") if french else openapi.described())
    return FrozenFiles(files)
