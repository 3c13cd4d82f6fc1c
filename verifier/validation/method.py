"""What a way of proving is, and what it may use. It touches no storage: what it must remember is handed back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..core.clock import Chance, Clock
from ..core.identifiers import MailAddress
from ..core.models import End, Record, Subject
from ..core.strict_json import Json
from ..fetch import Fetcher, Resolver
from ..mail import Mailer
from .html.pages import Pages
from .sign_in.openid_provider import OpenId

State = Mapping[str, Json]
"""What a challenge remembers between two requests: JSON, at first empty. It holds no secret that would open it."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The ways out, the parser of pages, time and chance.

    :param mac: a keyed HMAC-SHA256 of this deployment
    :param seal: keeps a secret in a state: encrypted, and authentic when `unseal` opens it (``core.sealing``)
    :param own_origin: the base URL of the service
    :param openid: the OpenID provider of this deployment, if it has one
    :param others: those of the other views, for what happens once and must all the same be seen by a quorum
    :param quorum: of all views
    """

    fetcher: Fetcher
    mailer: Mailer
    dns: Resolver
    pages: Pages
    clock: Clock
    chance: Chance
    mac: Callable[[bytes], bytes]
    seal: Callable[[bytes], str]
    unseal: Callable[[str], bytes]
    own_origin: str
    openid: OpenId | None = None
    others: tuple["Tools", ...] = ()
    quorum: int = 1

    @property
    def authority(self) -> str:
        """What a record in the DNS calls this service: the host of its base URL, and the port if the URL has one."""
        return self.own_origin.partition("://")[2]


def mailbox_of(subject: Subject) -> MailAddress:
    """The address that a proof of a mailbox is about."""
    if subject.mailbox is None:
        raise ValueError("the proof of a mailbox needs one")
    return subject.mailbox


class Method(Protocol):
    """One way to prove one end."""

    @property
    def name(self) -> str:
        """The versioned name, such as ``rel-me-01``."""

    @property
    def end(self) -> End: ...

    @property
    def looks(self) -> bool:
        """Whether it only looks at what anybody can see: then it may be asked from several views."""

    def opens(self, subject: Subject, tools: Tools, /) -> State:
        """What to remember from the moment that the order is opened."""

    def shows(self, state: State, /) -> Mapping[str, str]:
        """What the holder needs to see of it: a word to publish, where to sign in."""

    def begins(self, state: State, answer: Mapping[str, Json], /) -> bool:
        """Whether a request prepares the proof, rather than checks it."""

    async def begin(self, subject: Subject, state: State, tools: Tools, /) -> State:
        """Prepare the proof, such as send a code; returns what to remember.

        :raises Refused: it can never work
        :raises TooMany: it was begun too often
        :raises OutsideError: somebody else's server does not let it begin
        :raises Unavailable: not now
        """

    async def check(
        self, subject: Subject, state: State, answer: Mapping[str, Json], tools: Tools, /
    ) -> tuple[Record, State]:
        """What one check saw, valid or not, and what to remember.

        :raises BadInput: the answer is not of the form asked
        :raises Unavailable: not now
        """
