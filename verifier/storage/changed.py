"""For whom the answer to a lookup changed, told in the transaction of the change itself.

Whoever keeps answers drops those that rest on such a key. So each statement that writes what a lookup reads has its
note, in the part that writes it (tests/contract/test_storage_changes.py finds one that has none).
"""

from enum import StrEnum

from .connection import Connection


class Kind(StrEnum):
    """What a key names."""

    HANDLE = "handle"
    HOST = "host"
    ACTOR = "actor"
    PROFILE = "profile"


async def note(connection: Connection, kind: Kind, key: str) -> None:
    """What is answered about that key changed; of a handle, in whatever spelling."""
    await connection.run(
        "INSERT INTO changed (seq, kind, key) SELECT COALESCE(MAX(seq), 0) + 1, $1, $2 FROM changed WHERE true",
        kind,
        key.lower() if kind is Kind.HANDLE else key,
    )


async def note_account(connection: Connection, acct: str, actor: str, profile: str) -> None:
    """The pin of that account was made, ended, or spelled otherwise."""
    await note(connection, Kind.HANDLE, acct)
    await note(connection, Kind.ACTOR, actor)
    await note(connection, Kind.PROFILE, profile)


async def note_instances(connection: Connection, body_id: str) -> None:
    """What is answered of the accounts on the instances of that body changes."""
    for (host,) in await connection.rows(
        "SELECT host FROM instance WHERE body_id = $1 AND ended_at IS NULL ORDER BY host", body_id
    ):
        await note(connection, Kind.HOST, host)
