"""What a whole database says of itself, whichever it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..connection import Connection
from ..schema import migrations


@dataclass(frozen=True, slots=True)
class Examination:
    """What a whole database says of itself.

    :param schema: its version; older than :param:`known`, the next start brings it up to date
    :param known: the version that this software has
    :param base_url: the origin that it belongs to; None: it was never in service
    :param keys_version: the highest version of the key registry that was in force with it
    :param attestations: how many are signed
    :param newest: Unix seconds: the latest moment that it has recorded; None: none yet
    :param signed: Unix seconds: when its status lists were last signed; None: never
    :param warnings: what is not as it should be, and what to do; it works as it is
    """

    schema: int
    known: int
    base_url: str | None
    keys_version: int
    attestations: int
    newest: int | None
    signed: int | None
    warnings: Sequence[str]


async def look(database: Connection, schema: int, warnings: Sequence[str] = ()) -> Examination:
    facts = {str(name): str(value) for name, value in await database.rows("SELECT name, value FROM fact")}
    attestations, last = await _row(database, "SELECT COUNT(signed_at), MAX(signed_at) FROM attestation")
    (signed,) = await _row(database, "SELECT MAX(signed_at) FROM status_list")
    (told,) = await _row(database, "SELECT MAX(at) FROM event")
    (asked,) = await _row(database, 'SELECT MAX(updated_at) FROM "order"')
    moments = [moment for moment in (signed, last, told, asked) if moment is not None]
    return Examination(
        schema=schema,
        known=migrations()[-1][0],
        base_url=facts.get("base_url"),
        keys_version=int(facts.get("keys_version", 0)),
        attestations=attestations or 0,
        newest=max(moments, default=None),
        signed=signed,
        warnings=warnings,
    )


async def _row(database: Connection, sql: str) -> Sequence[int | None]:
    row = await database.row(sql)
    assert row is not None  # noqa: S101 - an aggregate always has one
    return row
