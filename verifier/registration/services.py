"""The services of this room, built once for the process."""

from dataclasses import dataclass

from ..core.identifiers import HttpsUrl
from ..core.sealing import DeploymentSecret
from ..core.site import Site
from ..issuance import Issuer
from ..policy.policy import Policy
from ..publication.status_lists import StatusLists
from ..storage import Storage
from ..validation import Methods
from ..validation.domains.rdap import Registries
from ..validation.views import Views
from .acts import Acts
from .bodies import Bodies
from .monitoring.accounts import Rechecks
from .monitoring.bodies import BodyRechecks
from .monitoring.consequences import Consequences
from .monitoring.domains import Domains
from .monitoring.instances import Instances
from .monitoring.policy_effects import PolicyEffects
from .orders.awaited import AwaitedRecords
from .orders.finalizing import Finalizer
from .orders.owner_consent import OwnerConsent
from .orders.registrar import Registrar
from .orders.resuming import Resuming
from .publishing import Publisher
from .sign_in import SignIns
from .vouching import Vouching


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator chose.

    :param watch_domains: whether the registered domains of accounts are looked at (T34)
    :param rdap_bootstrap: where the registries are listed (RFC 9224); None: of domains only name servers are watched
    :param alerts: whether the operator reads mail
    """

    watch_domains: bool
    rdap_bootstrap: HttpsUrl | None
    alerts: bool


@dataclass(frozen=True, slots=True)
class Services:
    """:param domains: None where registered domains are not watched"""

    registrar: Registrar
    awaited_records: AwaitedRecords
    finalizer: Finalizer
    sign_ins: SignIns
    resuming: Resuming
    bodies: Bodies
    vouching: Vouching
    publisher: Publisher
    rechecks: Rechecks
    body_rechecks: BodyRechecks
    instances: Instances
    domains: Domains | None
    policy_effects: PolicyEffects


def build(  # noqa: PLR0913 - what the lower floors built, each by its name
    *,
    site: Site,
    storage: Storage,
    policy: Policy,
    issuer: Issuer,
    lists: StatusLists,
    methods: Methods,
    secret: DeploymentSecret,
    views: Views,
    background: Views,
    options: Options,
) -> Services:
    """Build them all, the lower ones first.

    :param views: for checks that somebody waits for
    :param background: for looking again; their fetchers keep a pace
    """
    tools, background_tools = views.views[0].tools, background.views[0].tools
    clock, chance = tools.clock, tools.chance
    bodies = Bodies(storage=storage, policy=policy, clock=clock, chance=chance, mac=secret.mac)
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
    sign_ins = SignIns(storage=storage, secret=secret, clock=clock)
    owner_consent = OwnerConsent(storage=storage, policy=policy, tools=tools, authority=site.authority)
    consequences = Consequences(publisher=publisher, chance=chance, alerts=options.alerts)
    domains = Domains(
        storage=storage,
        tools=background_tools,
        registries=Registries(options.rdap_bootstrap, background_tools) if options.rdap_bootstrap else None,
        publisher=publisher,
        consequences=consequences,
    )
    registrar = Registrar(
        site=site,
        storage=storage,
        policy=policy,
        views=views,
        methods=methods,
        owner_consent=owner_consent,
        bodies=bodies,
        publisher=publisher,
    )
    return Services(
        registrar=registrar,
        awaited_records=AwaitedRecords(storage=storage, registrar=registrar, clock=clock),
        finalizer=Finalizer(
            site=site,
            storage=storage,
            policy=policy,
            views=views,
            methods=methods,
            owner_consent=owner_consent,
            bodies=bodies,
            publisher=publisher,
        ),
        sign_ins=sign_ins,
        resuming=Resuming(storage=storage, bodies=bodies, sign_ins=sign_ins, clock=clock, chance=chance),
        bodies=bodies,
        vouching=Vouching(storage=storage, publisher=publisher, acts=Acts(clock, chance), clock=clock),
        publisher=publisher,
        rechecks=Rechecks(site=site, storage=storage, views=background, consequences=consequences),
        body_rechecks=BodyRechecks(
            storage=storage, views=views, authority=site.authority, bodies=bodies, publisher=publisher
        ),
        instances=Instances(
            storage=storage, views=views, authority=site.authority, acts=Acts(clock, chance), clock=clock
        ),
        domains=domains if options.watch_domains else None,
        policy_effects=PolicyEffects(storage=storage, policy=policy, publisher=publisher),
    )
