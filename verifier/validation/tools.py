"""The outside world, as a check may use it. It nests nothing; each view of the network has its own."""

from dataclasses import dataclass

from ..core.clock import Chance, Clock
from ..fetch import Fetcher, Resolver
from ..mail import Mailer
from .html.pages import Pages


@dataclass(frozen=True, slots=True)
class Tools:
    """:param pages: the parser of strangers' HTML"""

    fetcher: Fetcher
    mailer: Mailer
    dns: Resolver
    pages: Pages
    clock: Clock
    chance: Chance
