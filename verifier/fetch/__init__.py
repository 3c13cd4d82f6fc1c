"""The only way out over HTTP and DNS: guarded, capped, with a deadline."""

from .allowance import CHECK, allowance
from .breaker import Breakers
from .dns import Resolver, Secured
from .fetcher import Fetcher
from .guard import Address, Guard, check_address
from .limits import Limits, Pace, Shared, SharedPace, Taken
from .registrable import registrable
from .response import Response
from .signatures import Identity, Sign

__all__ = [
    "CHECK",
    "Address",
    "Breakers",
    "Fetcher",
    "Guard",
    "Identity",
    "Limits",
    "Pace",
    "Resolver",
    "Response",
    "Secured",
    "Shared",
    "SharedPace",
    "Sign",
    "Taken",
    "allowance",
    "check_address",
    "registrable",
]
