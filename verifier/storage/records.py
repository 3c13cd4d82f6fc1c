"""Validation records: what each check saw."""

from collections.abc import Sequence

from ..core import strict_json
from ..core.models import AccountPin, Problem, Record
from .part import Part
from .rows import Circumstances, StoredRecord
from .sql import columns

_RECORD = f"SELECT {columns(StoredRecord)} FROM validation_record"
_PROOFS = f"""
    SELECT {columns(StoredRecord, "validation_record")} FROM challenge
    JOIN validation_record ON validation_record.id = challenge.record_id
    WHERE challenge.order_id = $1 AND challenge.status = 'valid' ORDER BY validation_record.id
"""

# Anybody may ask for checks without end: of each way to prove an end, from each view, the last stay.
_KEPT = 3

# Never one that a challenge names: a proof rests on it, and on the proof an attestation.
_OLDER = """
    DELETE FROM validation_record WHERE order_id = $1 AND method = $2 AND view = $3
    AND id NOT IN (SELECT id FROM validation_record WHERE order_id = $1 AND method = $2 AND view = $3
        ORDER BY id DESC LIMIT $4)
    AND id NOT IN (SELECT record_id FROM challenge WHERE order_id = $1 AND record_id IS NOT NULL)
"""


class RecordReads(Part):
    async def get(self, record_id: int) -> StoredRecord | None:
        return await self._get(StoredRecord, f"{_RECORD} WHERE id = $1", record_id)

    async def of_order(self, order_id: str) -> Sequence[StoredRecord]:
        """All that was checked for that order, oldest first."""
        return await self._list(StoredRecord, f"{_RECORD} WHERE order_id = $1 ORDER BY id", order_id)

    async def proofs(self, order_id: str) -> Sequence[StoredRecord]:
        """The records that its valid challenges rest on, oldest first: what one view saw alone is none of them."""
        return await self._list(StoredRecord, _PROOFS, order_id)


class RecordWrites(RecordReads):
    async def add(self, order_id: str, record: Record, seen: Circumstances) -> int:
        """Keep what a check saw, in the place of the oldest of its kind; returns its number."""
        number = await self._int("SELECT COALESCE(MAX(id), 0) + 1 FROM validation_record")
        row = StoredRecord(
            id=number,
            order_id=order_id,
            method=record.method,
            end=record.end,
            view=record.view,
            valid=record.valid,
            checked_at=record.checked_at,
            problem=_problem(record.problem) if record.problem else None,
            evidence=record.evidence,
            account=_pin(record.account) if record.account else None,
            policy_version=seen.policy_version,
            class_=seen.class_,
            consent=seen.consent,
            locale=seen.locale,
        )
        await self._insert("validation_record", row)
        await self._connection.run(_OLDER, order_id, record.method, record.view, _KEPT)
        return number


def _problem(problem: Problem) -> dict[str, strict_json.Json]:
    return {"code": problem.code, "values": dict(problem.values)}


def _pin(pin: AccountPin) -> dict[str, strict_json.Json]:
    return {
        "handle": pin.handle.acct,
        "actor": pin.actor,
        "profile": pin.profile,
        "keyDigest": pin.key_digest,
        "published": pin.published,
        "folding": pin.folding,
    }
