"""The only way out over HTTP and DNS: guarded, capped, with a deadline."""

from .allowance import CHECK, allowance
from .dns import Resolver, Secured
from .fetcher import Fetcher
from .guard import Address, Guard, check_address
from .limits import Limits, Pace
from .registrable import registrable
from .response import Response
from .signatures import Identity, Sign

__all__ = [
    "CHECK",
    "Address",
    "Fetcher",
    "Guard",
    "Identity",
    "Limits",
    "Pace",
    "Resolver",
    "Response",
    "Secured",
    "Sign",
    "allowance",
    "check_address",
    "registrable",
]
