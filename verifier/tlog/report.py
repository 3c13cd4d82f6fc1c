"""What an audit of a log reads, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from .checkpoint import Checkpoint

MOST_FINDINGS = 100
"""Then it ends: a log that claims more entries than there can be would keep an auditor for ever."""


class Fault(StrEnum):
    """What is wrong with a file."""

    MISSING = "missing"
    UNREAD = "unread"
    MALFORMED = "malformed"
    SIGNATURE = "signature"
    QUORUM = "quorum"
    ROOT = "root"
    PARENT = "parent"
    LEAVES = "leaves"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True)
class File:
    """:param headers: as they were sent, names in lower case; None: it was not sent"""

    data: bytes
    headers: Mapping[str, str] | None = None


class Source(Protocol):
    """Where the files of a log are."""

    async def read(self, path: str) -> File:
        """:param path: below the prefix of the log

        :raises NotFound: there is none
        :raises OutsideError: it could not be read
        """


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    path: str
    fault: Fault


@dataclass(slots=True)
class Report:
    """What an audit found.

    :param checkpoint: None: the log did not sign one that can be read
    :param witnesses: those of the policy that cosigned it, with the Unix second in which they did
    :param files: how many were read
    """

    checkpoint: Checkpoint | None = None
    witnesses: dict[str, int] = field(default_factory=dict)
    files: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, path: str, fault: Fault) -> None:
        """:raises Enough: nobody needs more of them"""
        self.findings.append(Finding(path, fault))
        if len(self.findings) >= MOST_FINDINGS:
            raise Enough


class Enough(Exception):
    """So many findings that the rest says nothing new."""
