"""The store: a :class:`Reader` for the public doors, a :class:`Writer` for those who change things.

All SQL of the house is in this room, written once with ``$1`` for SQLite and PostgreSQL.
"""

from .database import Storage, open_storage
from .outbox import WaitingLetter
from .queries import LookupReader, Queries, Reader
from .rows import (
    Attestation,
    Authorization,
    Body,
    Challenge,
    Event,
    Instance,
    NewAttestation,
    NewOrder,
    Order,
    StoredRecord,
    StoredVerdict,
    Watched,
)
from .writer import NewChallenge, Tx, Writer

__all__ = [
    "Attestation",
    "Authorization",
    "Body",
    "Challenge",
    "Event",
    "Instance",
    "LookupReader",
    "NewAttestation",
    "NewChallenge",
    "NewOrder",
    "Order",
    "Queries",
    "Reader",
    "Storage",
    "StoredRecord",
    "StoredVerdict",
    "Tx",
    "WaitingLetter",
    "Watched",
    "Writer",
    "open_storage",
]
