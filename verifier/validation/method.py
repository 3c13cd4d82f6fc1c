"""What a method of proof is, and what it declares of itself. It touches no storage: its state is handed back.

The other rooms read the declaration and name no method: a new one is its module, its words and its documentation
(docs/challenges.md).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import ClassVar

from ..core.errors import OutsideError
from ..core.identifiers import MailAddress
from ..core.models import End, IdentityType, Record, State, Subject
from ..core.sealing import DeploymentSecret
from ..core.site import Site
from ..core.strict_json import Json
from .sign_in.openid_provider import OpenId
from .tools import Tools


class Need(Enum):
    """What a challenge counts for, where it is offered."""

    ONE_OF = auto()
    """It proves its end alone; so does each of the others."""
    ALL_OF = auto()
    """It proves its end together with the others."""
    ADDS = auto()
    """It adds evidence: never enough, never asked for."""


class Recheck(Enum):
    """How what was proved is looked at again while the attestation holds."""

    PROFILE_LINK = auto()
    """Each day: the account is as it was pinned, and its profile still links to the page."""
    ACCOUNT = auto()
    """Each day: the account is as it was pinned, its page still there; what proved it may have left the profile."""
    BODY_RECORD = auto()
    """Each day: the DNS record of the body, or of the body above that names it."""
    INSTANCE = auto()
    """Each day: the instance as a whole."""
    EXPIRY = auto()
    """Not by us: it holds for a time, then it must be proved anew (T07)."""
    NEVER = auto()
    """It says what was seen at that moment."""


class Part(StrEnum):
    """The step of an order's page where a challenge stands (``words/templates/order.html``)."""

    ACCOUNT = "account"
    MAILBOX = "mailbox"
    DOMAIN = "domain"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What the other rooms must know of a method.

    :param name: versioned, such as ``rel-me-01``
    :param rank: its place among the evidence of an attestation, the lowest first; None: it never stands in one
    :param offered: to whom it is offered as a challenge; to nobody: it is evidence that no order asks for
    :param part: where it stands on the page of an order
    :param actions: the buttons that it has there, each with the fields of its form that are the answer
    :param of_body: it speaks for the body, not for whoever asks in its name
    :param public: it only reads what anybody can see: so each view of the network can make it
    :param names_person: its evidence names a person (``subject``) to the policy
    """

    name: str
    end: End
    rank: int | None
    recheck: Recheck
    offered: Mapping[IdentityType, Need] = field(default_factory=dict)
    part: Part | None = None
    actions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    of_body: bool = False
    public: bool = False
    names_person: bool = False


@dataclass(frozen=True, slots=True)
class MethodContext:
    """What a method may know of the deployment.

    :param provider: the OpenID provider, if there is one
    """

    site: Site
    secret: DeploymentSecret
    provider: OpenId | None = None


@dataclass(frozen=True, slots=True)
class OtherViews:
    """The other views of the network, for a method that is not public and must all the same be seen by a quorum.

    :param quorum: of all views, the one that checks included
    """

    tools: Sequence[Tools] = ()
    quorum: int = 1


ONE_VIEW = OtherViews()


class NotBegun(OutsideError):
    """Why a proof cannot begin, with what was seen on the way (``evidence``): the record of a check that failed."""

    def __init__(self, why: OutsideError, evidence: Mapping[str, Json]) -> None:
        super().__init__(why.code, pointer=why.pointer, **why.values)
        self.evidence = evidence


class Method(ABC):
    """One way to prove one end of an order."""

    __slots__ = ("context",)
    declaration: ClassVar[Declaration]

    def __init__(self, context: MethodContext) -> None:
        self.context = context

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def end(self) -> End:
        return self.declaration.end

    @property
    def available(self) -> bool:
        """Whether this deployment is set up for it: then it is offered."""
        return True

    def initial_state(self, _subject: Subject, /) -> State:
        """What to remember from the moment that the order is opened."""
        return {}

    def instructions(self, _state: State, /) -> Mapping[str, str]:
        """What the holder needs to see: a word to publish, where to sign in."""
        return {}

    def is_preparation(self, _state: State, _answer: Mapping[str, Json], /) -> bool:
        """Whether a request prepares the proof, rather than checks it."""
        return False

    def sends_mail(self, _answer: Mapping[str, Json], /) -> bool:
        """Whether a request has a mail sent to the mailbox of the order: such requests are limited."""
        return False

    async def prepare(self, _subject: Subject, state: State, _tools: Tools, /) -> State:
        """Prepare the proof, such as send a code; returns what to remember.

        :raises Refused: it can never work
        :raises TooMany: it was prepared too often
        :raises NotBegun: somebody else's server does not let it begin
        :raises Unavailable: not now
        """
        return state

    @abstractmethod
    async def check(
        self,
        subject: Subject,
        state: State,
        answer: Mapping[str, Json],
        tools: Tools,
        others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """What one check saw, valid or not, and what to remember.

        :raises BadInput: the answer is not of the form asked
        :raises Unavailable: not now
        """


Methods = Mapping[str, Method]
"""The challenges of a deployment by name, the usual way first."""


def mailbox_of(subject: Subject) -> MailAddress:
    """The address that a proof of a mailbox is about."""
    if subject.mailbox is None:
        raise ValueError("the proof of a mailbox needs one")
    return subject.mailbox
