"""The store: the parts that a reader holds, those that a transaction holds, and who gives them out."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Self

from .accounts import AccountReads, AccountWrites
from .attestations import AttestationReads, AttestationWrites
from .audit import AuditReads, AuditWrites
from .bodies import BodyReads, BodyWrites
from .challenges import ChallengeReads, ChallengeWrites
from .changes import ChangeReads, ChangeWrites
from .connection import Connection
from .domains import DomainReads, DomainWrites
from .events import EventReads, EventWrites
from .facts import FactReads, FactWrites
from .identities import IdentityReads, IdentityWrites
from .instances import InstanceReads, InstanceWrites
from .jobs import JobReads, JobWrites
from .letters import LetterReads, LetterWrites
from .orders import OrderReads, OrderWrites
from .records import RecordReads, RecordWrites
from .sign_ins import SignInReads, SignInWrites
from .status_lists import StatusListReads, StatusListWrites
from .verdicts import VerdictReads, VerdictWrites


class Reader:
    """What the public doors get: it cannot write."""

    def __init__(self, connection: Connection) -> None:
        self.orders = OrderReads(connection)
        self.challenges = ChallengeReads(connection)
        self.records = RecordReads(connection)
        self.attestations = AttestationReads(connection)
        self.verdicts = VerdictReads(connection)
        self.events = EventReads(connection)
        self.changes = ChangeReads(connection)
        self.accounts = AccountReads(connection)
        self.identities = IdentityReads(connection)
        self.bodies = BodyReads(connection)
        self.instances = InstanceReads(connection)
        self.domains = DomainReads(connection)
        self.letters = LetterReads(connection)
        self.status_lists = StatusListReads(connection)
        self.jobs = JobReads(connection)
        self.facts = FactReads(connection)
        self.audit = AuditReads(connection)
        self.sign_ins = SignInReads(connection)


class LookupReader(Reader):
    """A reader that also tells whether anything has changed.

    :param version: see :meth:`version`
    :ivar commits: how many transactions this process has committed
    """

    def __init__(self, connection: Connection, version: Callable[[], Awaitable[int]]) -> None:
        super().__init__(connection)
        self.version = version
        """A number that differs as soon as anybody, in any process, has committed something.

        :raises Unavailable: ``storage-unavailable``: the database cannot be asked
        """
        self.commits = 0


class Tx(Reader):
    """Reads and writes of one transaction: each part of a :class:`Reader`, with its writes."""

    def __init__(self, connection: Connection) -> None:
        self.orders: OrderWrites = OrderWrites(connection)
        self.challenges: ChallengeWrites = ChallengeWrites(connection)
        self.records: RecordWrites = RecordWrites(connection)
        self.attestations: AttestationWrites = AttestationWrites(connection)
        self.verdicts: VerdictWrites = VerdictWrites(connection)
        self.events: EventWrites = EventWrites(connection)
        self.changes: ChangeWrites = ChangeWrites(connection)
        self.accounts: AccountWrites = AccountWrites(connection)
        self.identities: IdentityWrites = IdentityWrites(connection)
        self.bodies: BodyWrites = BodyWrites(connection)
        self.instances: InstanceWrites = InstanceWrites(connection)
        self.domains: DomainWrites = DomainWrites(connection)
        self.letters: LetterWrites = LetterWrites(connection)
        self.status_lists: StatusListWrites = StatusListWrites(connection)
        self.jobs: JobWrites = JobWrites(connection)
        self.facts: FactWrites = FactWrites(connection)
        self.audit: AuditWrites = AuditWrites(connection)
        self.sign_ins: SignInWrites = SignInWrites(connection)
        self._afterwards: list[Callable[[], None]] = []

    def afterwards(self, act: Callable[[], None]) -> None:
        """Call `act` once this transaction is committed, and never if it is rolled back."""
        self._afterwards.append(act)

    def ended(self, *, committed: bool) -> None:
        """For the writer: the transaction is over."""
        acts, self._afterwards = self._afterwards, []
        for act in acts if committed else ():
            act()


class Writer(ABC):
    """Whoever may change the store; one transaction at a time.

    :ivar failing: the store could not take the last transaction
    """

    failing: bool

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """All of it or nothing: committed on the way out, rolled back on any exception.

        :raises Unavailable: ``storage-unavailable``: a full disk, or one that is out of order; ``overloaded``: too many
            wait to write
        """


class Storage(ABC):
    """The open store. An async context manager: closes what it opened.

    :ivar read: sees every commit
    :ivar lookups: for the busiest door; sees this process's commits at once, those of others within five milliseconds
    :ivar write: the one writer of this process
    """

    read: Reader
    lookups: LookupReader
    write: Writer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @abstractmethod
    async def close(self) -> None:
        """Close what was opened."""
