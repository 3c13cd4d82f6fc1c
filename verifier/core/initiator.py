"""Who acts: written with every event and verdict, and in the audit trail; in no public answer."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """In what quality somebody acts."""

    HOLDER = "holder"
    CONTACT = "contact"  # of a body, who asks in its name
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Initiator:
    """Whoever brings a change about.

    :param name: of an operator, the user of the system; of a reviewer, their id; of a job, its name; of a holder or a
        contact, the keyed hash of the mailbox, in hexadecimal
    """

    role: Role
    name: str

    @property
    def person(self) -> str | None:
        """What names the person; None: it is a job."""
        return None if self.role is Role.JOB else f"{self.role}:{self.name}"

    def __str__(self) -> str:
        """As an event has it: the row of the order says which holder or contact."""
        return self.role if self.role in (Role.HOLDER, Role.CONTACT) else f"{self.role}:{self.name}"


def role_of(by: str | None) -> Role | None:
    """In what quality somebody acted, of what a row has kept; None: it is from before this was kept."""
    return None if by is None else Role(by.partition(":")[0])


def operator(user: str) -> Initiator:
    return Initiator(Role.OPERATOR, user)


def job(name: str) -> Initiator:
    return Initiator(Role.JOB, name)
