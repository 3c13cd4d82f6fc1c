"""What a handler finds in its application, by typed key; only ``app`` puts it there."""

from collections.abc import Mapping

from aiohttp import web

from ..core.clock import Clock
from ..core.site import Site
from ..policy.policy import Policy
from ..registration.bodies import Bodies
from ..registration.monitoring.instances import Instances
from ..registration.orders.finalizing import Finalizer
from ..registration.orders.registrar import Registrar
from ..registration.orders.resuming import Resuming
from ..registration.sign_in import SignIns
from ..registration.vouching import Vouching
from ..storage import Reader
from ..validation import Methods, Tools
from .cache import Remembered
from .frozen import FrozenFiles, PublishedKeys
from .health import Health
from .limits import Limiter
from .lookups import Lookups
from .responses import Answer
from .verifying import Appraiser

SITE = web.AppKey("site", Site)
CLOCK = web.AppKey("clock", Clock)
READER = web.AppKey("reader", Reader)
REGISTRAR = web.AppKey("registrar", Registrar)
FINALIZER = web.AppKey("finalizer", Finalizer)
SIGN_INS = web.AppKey("sign_ins", SignIns)
RESUMING = web.AppKey("resuming", Resuming)
BODIES = web.AppKey("bodies", Bodies)
VOUCHING = web.AppKey("vouching", Vouching)
INSTANCES = web.AppKey("instances", Instances)
POLICY = web.AppKey("policy", Policy)
TOOLS = web.AppKey("tools", Tools)
METHODS = web.AppKey[Methods]("methods")
PROVIDER_NAME = web.AppKey("provider_name", str)
"""What the button of the OpenID provider is called; empty without one."""
LOOKUPS = web.AppKey("lookups", Lookups)
CHECKED = web.AppKey("checked", Remembered)
APPRAISER = web.AppKey("appraiser", Appraiser)
LIMITER = web.AppKey("limiter", Limiter)
FROZEN = web.AppKey("frozen", FrozenFiles)
PUBLISHED_KEYS = web.AppKey("published_keys", PublishedKeys)
ACTOR = web.AppKey("actor", bytes)
HEALTH = web.AppKey("health", Health)
PLAIN = web.AppKey[Mapping[str, Answer]]("plain")
"""The plain pages, by path."""
SANDBOX = web.AppKey("sandbox", bool)
