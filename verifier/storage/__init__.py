"""The store: a :class:`Reader` for the public doors, a :class:`Writer` for those who change things.

All SQL of the house is in this room, written once with ``$1`` for SQLite and PostgreSQL: each part (``tx.orders``,
``reader.bodies``, …) is a module with the reads and the writes of a few tables. What is an engine's own is in
``sqlite`` and ``postgres``.
"""

from .letters import WaitingLetter
from .opening import folder_of, is_there, open_storage, place_of
from .rows import (
    Attestation,
    AuditEntry,
    AuditPerson,
    Authorization,
    Body,
    Challenge,
    Change,
    Circumstances,
    DueList,
    Event,
    Instance,
    Lease,
    ListedAccount,
    NewAttestation,
    NewChallenge,
    NewOrder,
    Order,
    Session,
    SignIn,
    StoredRecord,
    StoredVerdict,
    Watched,
)
from .store import LookupReader, Reader, Storage, Tx, Writer

__all__ = [
    "Attestation",
    "AuditEntry",
    "AuditPerson",
    "Authorization",
    "Body",
    "Challenge",
    "Change",
    "Circumstances",
    "DueList",
    "Event",
    "Instance",
    "Lease",
    "ListedAccount",
    "LookupReader",
    "NewAttestation",
    "NewChallenge",
    "NewOrder",
    "Order",
    "Reader",
    "Session",
    "SignIn",
    "Storage",
    "StoredRecord",
    "StoredVerdict",
    "Tx",
    "WaitingLetter",
    "Watched",
    "Writer",
    "folder_of",
    "is_there",
    "open_storage",
    "place_of",
]
