"""The only way out over HTTP and DNS: guarded, capped, with a deadline."""

from .dns import Resolver
from .fetcher import Fetcher
from .guard import Address, Guard, check_address
from .limits import Limits
from .response import Response
from .signatures import Identity, Sign

__all__ = ["Address", "Fetcher", "Guard", "Identity", "Limits", "Resolver", "Response", "Sign", "check_address"]
