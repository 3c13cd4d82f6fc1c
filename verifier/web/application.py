"""The web application, built once for the process."""

from dataclasses import dataclass

from aiohttp import web

from .. import words
from ..core.site import CONTEXT_PATH, SCHEMA_PATH, Site
from ..policy.policy import Policy
from ..proof import contexts as pinned
from ..proof import schemas
from ..registration.services import Services
from ..storage import Storage
from ..validation import Methods, Tools
from . import keys, openapi
from .actions.checks import kept_for
from .answers import Answers
from .cache import Remembered
from .doors import OPENAPI_PATH, make_app
from .frozen import FrozenFiles, PublishedKeys
from .health import Health
from .limits import Limiter
from .lookups import Lookups
from .pages import plain
from .verifying import Appraiser


@dataclass(frozen=True, slots=True)
class Parts:
    """What the doors ask.

    :param provider_name: of the OpenID provider, as people know it; empty when there is none
    :param actor: the ActivityPub document of the service
    :param answers_bytes: of the answers that are kept in memory
    """

    site: Site
    storage: Storage
    policy: Policy
    registration: Services
    tools: Tools
    methods: Methods
    provider_name: str
    appraiser: Appraiser
    limiter: Limiter
    published_keys: PublishedKeys
    actor: bytes
    answers_bytes: int
    plain: words.PlainPages
    health: Health
    sandbox: bool


def build(parts: Parts) -> web.Application:
    """The application over those parts."""
    registration = parts.registration
    return make_app(
        {
            keys.SITE: parts.site,
            keys.CLOCK: parts.tools.clock,
            keys.READER: parts.storage.read,
            keys.REGISTRAR: registration.registrar,
            keys.FINALIZER: registration.finalizer,
            keys.SIGN_INS: registration.sign_ins,
            keys.RESUMING: registration.resuming,
            keys.BODIES: registration.bodies,
            keys.VOUCHING: registration.vouching,
            keys.INSTANCES: registration.instances,
            keys.POLICY: parts.policy,
            keys.TOOLS: parts.tools,
            keys.METHODS: parts.methods,
            keys.PROVIDER_NAME: parts.provider_name,
            keys.LOOKUPS: Lookups(
                Answers(parts.storage.lookups, parts.tools.clock, parts.answers_bytes), parts.limiter
            ),
            keys.CHECKED: Remembered(kept_for),
            keys.APPRAISER: parts.appraiser,
            keys.LIMITER: parts.limiter,
            keys.FROZEN: _frozen_files(),
            keys.PUBLISHED_KEYS: parts.published_keys,
            keys.ACTOR: parts.actor,
            keys.HEALTH: parts.health,
            keys.PLAIN: plain.answers(parts.plain, sandbox=parts.sandbox),
            keys.SANDBOX: parts.sandbox,
        }
    )


def _frozen_files() -> FrozenFiles:
    files = dict(words.ASSETS)
    files[CONTEXT_PATH] = ("application/ld+json", schemas.read(pinned.OWN_FILE))
    files[SCHEMA_PATH] = ("application/schema+json", schemas.read("fediverse-account-attestation-v1.json"))
    # The file of the package has the paths of a deployment in the language of the packaged policy.
    packaged = words.deployed().locale == words.PACKAGED
    files[OPENAPI_PATH] = ("application/json", schemas.read("openapi.json") if packaged else openapi.described())
    return FrozenFiles(files)
