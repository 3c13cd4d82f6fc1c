"""The composition root: settings in, a running service out. Nothing else knows how the rooms are joined."""

import asyncio
import gc
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from . import __version__, words
from .core.clock import Chance, Clock
from .core.errors import ConfigError
from .core.identifiers import MailAddress
from .core.models import Purpose
from .core.sealing import Seal
from .core.site import CONTEXT_PATH, SCHEMA_PATH, Site
from .core.strict_json import Json
from .fetch import Fetcher, Identity, Limits, Pace, Resolver
from .issuance import Issuer
from .jobs import Clockwork, Job
from .jobs.clockwork import KEYS_VERSION
from .mail import Mailer, Relay
from .proof import contexts as pinned
from .proof import did, known_answer, schemas
from .proof.contexts import Contexts
from .proof.sets import SUITES_OF, By, ResolveKey, SignersAt
from .publication import actor
from .publication.recorded import recorded_at
from .publication.status_lists import StatusLists, StatusReader
from .registration import policy as policies
from .registration import policy_signoff
from .registration.bodies import Bodies
from .registration.body_rechecks import BodyRechecks
from .registration.consequences import Consequences
from .registration.instances import Instances
from .registration.letters import Letters
from .registration.orders import Registrar
from .registration.policy_effects import PolicyEffects
from .registration.publishing import Publisher
from .registration.rechecks import Rechecks
from .sandbox import openid as toy
from .settings import Settings, ViewSettings
from .signer import KeyFolder, KeyRing, ensure, store
from .signer.http_key import ActorKeys
from .storage import Storage, open_storage
from .storage.database import database_path
from .validation import Tools
from .validation.openid_provider import OpenId, Provider
from .validation.pages import Pages
from .validation.views import DIRECT, View, Views
from .web import keys, openapi
from .web.api import CHECK_SECONDS
from .web.cache import Remembered
from .web.doors import OPENAPI_PATH, make_app
from .web.frozen import FrozenFiles, PublishedKeys
from .web.limits import Limiter
from .web.lookups import Lookups
from .web.verifying import Appraiser

_SECRET = "secret.key"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class Keys:
    """What the service signs with, and says that it does."""

    ring: KeyRing
    site: Site
    clock: Clock

    def by(self, purpose: Purpose) -> SignersAt:
        """Who signs for that purpose at a moment, with which suites."""

        def at(now: int) -> tuple[By, ...]:
            return tuple(
                By(suite, signer, did.method_of(self.site.did, signer.public_key_multibase))
                for signer in self.ring.signers(purpose, now)
                for suite in SUITES_OF[signer.algorithm]
            )

        return at

    def issuing_keys(self, recorded: int | None) -> ResolveKey:
        """The keys that attestations are checked with; see :func:`verifier.proof.did.registry_keys`."""
        return did.registry_keys(self.site.did, self.ring.registry, Purpose.ISSUING, recorded=recorded)

    def did_document(self) -> bytes:
        document = did.did_document(self.site.did, self.ring.registry, self.clock.now())
        return json.dumps(document, indent=1).encode()

    def distrusts_any(self) -> bool:
        return any(key.distrusted_after for key in self.ring.registry.keys)


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
    registrar: Registrar
    bodies: Bodies
    instances: Instances
    publisher: Publisher
    rechecks: Rechecks
    clockwork: Clockwork
    web: web.Application


def keys_dir(settings: Settings) -> Path:
    """The folder of the registry and of generated keys."""
    return settings.keys_dir or database_path(settings.database_url).parent


def key_folder(settings: Settings, clock: Clock, chance: Chance) -> KeyFolder:
    return KeyFolder(keys_dir(settings), settings.sandbox, clock, chance, settings.trust_anchor)


def make_sandbox_keys(settings: Settings, clock: Clock, chance: Chance) -> None:
    """Make the keys that nobody configured: in the sandbox alone, and marked so."""
    for purpose, uris in _configured(settings).items():
        if not uris:
            ensure(key_folder(settings, clock, chance), purpose)


def open_keys(settings: Settings, site: Site, clock: Clock, chance: Chance, *, seen: int = 0) -> Keys:
    """The configured keys, each checked against the registry, and the registry against the pinned root.

    :param seen: the highest version of the registry that was in force before
    :raises ConfigError: a key is missing, of another purpose, retired, or of the other mode; or the root vouches not
    """
    configured = _configured(settings)
    ring = KeyRing(key_folder(settings, clock, chance), configured, seen=seen)
    for purpose in configured:
        ring.open(purpose)
    return Keys(ring, site, clock)


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
        seen = int(await storage.read.fact(KEYS_VERSION) or 0)
        signing = open_keys(settings, site, clock, chance, seen=seen)
        await _know_this_store(storage, site, clock)
        await policy_signoff.check_continues(storage.read, policy.signoffs)
        secret = _secret(keys_dir(settings), chance)
        actor_keys = ActorKeys.ensure(keys_dir(settings))
        resolver, fetcher = await stack.enter_async_context(way_out(settings, site, clock, chance, actor_keys))
        seal = Seal.of(secret, chance)
        tools = Tools(
            fetcher=fetcher,
            mailer=_mailer(settings, clock, chance),
            dns=resolver,
            pages=await stack.enter_async_context(Pages()),
            clock=clock,
            chance=chance,
            mac=lambda data: hmac.digest(secret, data, hashlib.sha256),
            seal=seal.seal,
            unseal=seal.unseal,
            own_origin=site.base_url,
            openid=_openid(settings, fetcher, clock),
        )
        views = [View(DIRECT, tools)]
        for view in settings.views:
            there, reads = await stack.enter_async_context(way_out(settings, site, clock, chance, actor_keys, view))
            views.append(View(view.name, replace(tools, dns=there, fetcher=reads)))
        # A way out of its own: what nobody waits for is slow, and takes no turn from those who wait.
        patient = Limits(turn=120, pool=32, pace=pace or Pace(1))
        _, slow = await stack.enter_async_context(way_out(settings, site, clock, chance, actor_keys, limits=patient))
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
        publisher = Publisher(
            site=site, storage=storage, policy=policy, issuer=issuer, lists=lists, clock=clock, chance=chance
        )
        bodies = Bodies(storage=storage, policy=policy, clock=clock, chance=chance)
        instances = Instances(storage=storage, tools=tools, clock=clock)
        rechecks = Rechecks(
            site=site,
            storage=storage,
            tools=replace(tools, fetcher=slow),
            consequences=Consequences(publisher=publisher, chance=chance, alerts=bool(settings.alerts_to)),
        )
        body_rechecks = BodyRechecks(storage=storage, tools=tools, bodies=bodies, publisher=publisher)
        operator = MailAddress.parse(settings.alerts_to) if settings.alerts_to else None
        letters = Letters(storage=storage, tools=tools, operator=operator)
        registrar = Registrar(
            site=site,
            storage=storage,
            policy=policy,
            views=Views(tuple(views), settings.quorum or len(views)),
            bodies=bodies,
            publisher=publisher,
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
                keys.BODIES: bodies,
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
            registrar=registrar,
            publisher=publisher,
            lists=lists,
            keys_version=lambda: signing.ring.version,
            clock=clock,
            others=(
                Job("policy", 60, PolicyEffects(storage=storage, policy=policy, publisher=publisher).apply),
                Job("instances", 60, instances.look_again, lane="instances"),
                Job("bodies", 60, body_rechecks.run, lane="bodies"),
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
            registrar=registrar,
            bodies=bodies,
            instances=instances,
            publisher=publisher,
            rechecks=rechecks,
            clockwork=clockwork,
            web=application,
        )


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


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[None]:
    """The port is open, and the clockwork runs, as long as this lasts.

    :raises ConfigError: the port cannot be had
    """
    settings = service.settings
    # What a crash left half done is finished before anybody is answered, even if the job itself was what died: its
    # lease may have minutes to run.
    await service.registrar.resume()
    await service.clockwork.run_due("")
    runner = web.AppRunner(service.web, access_log=None, handle_signals=False, shutdown_timeout=5)
    await runner.setup()
    clockwork = asyncio.create_task(service.clockwork.run())
    warming = asyncio.create_task(service.web[keys.LOOKUPS].warm())
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise ConfigError(
                f"VERIFIER_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); choose another."
            ) from None
        gc.collect()
        gc.freeze()  # what was loaded at the start lives as long as the process: no collection need look at it
        yield
    finally:
        for task in (clockwork, warming):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await runner.cleanup()


async def _know_this_store(storage: Storage, site: Site, clock: Clock) -> None:
    async with storage.write.transaction() as tx:
        await tx.set_fact_once("created_at", str(clock.now()))
        await tx.set_fact_once("base_url", site.base_url)
        known = await tx.fact("base_url")
    if known != site.base_url:
        # Every signed document names the origin: served elsewhere, none of them would verify.
        raise ConfigError(f"VERIFIER_BASE_URL: this database belongs to {known}; set that, or use another database.")


def _configured(settings: Settings) -> dict[Purpose, tuple[str, ...]]:
    return {Purpose.ISSUING: settings.signer, Purpose.STATUS: settings.signer_status}


def _mailer(settings: Settings, clock: Clock, chance: Chance) -> Mailer:
    # A sandbox without a relay still starts: mailboxes alone cannot be proved there.
    relay = Relay.parse(settings.smtp_url or "smtp://127.0.0.1:25")
    return Mailer(relay, MailAddress.parse(settings.mail_from), clock, chance)


def _openid(settings: Settings, fetcher: Fetcher, clock: Clock) -> OpenId | None:
    """:raises ConfigError: its secret cannot be read"""
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


def _secret(folder: Path, chance: Chance) -> bytes:
    """The key of the identity hashes and of form tokens; made once, readable by its owner alone."""
    path = folder / _SECRET
    with store.locked(folder):  # of two starts at once, the second reads what the first wrote
        if not path.exists():
            waiting = path.with_name(f".{_SECRET}.new")
            store.write_new(waiting, chance.bytes(32), mode=0o600)
            store.move(waiting, path)
    return path.read_bytes()


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
