"""Whole instances run by a body."""

from collections.abc import Mapping, Sequence

from ..core import strict_json
from ..core.models import Reason, Record
from ..core.strict_json import Json
from .connection import Connection
from .rows import Instance, columns, make

_SELECT = f"SELECT {columns(Instance)} FROM instance"


class InstanceReads:
    """What is known of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def instance(self, host: str) -> Instance | None:
        row = await self._connection.row(f"{_SELECT} WHERE host = $1", host)
        return make(Instance, row) if row else None

    async def instances_of(self, body_id: str) -> Sequence[Instance]:
        """Those that were ever its, by name; one that another body took since is not."""
        rows = await self._connection.rows(f"{_SELECT} WHERE body_id = $1 ORDER BY host", body_id)
        return [make(Instance, row) for row in rows]

    async def hosted_by(self, host: str) -> tuple[str, str, int, Mapping[str, Json]] | None:
        """Domain and name of the body whose instance that is, when that was last seen to be so, and what was seen."""
        row = await self._connection.row(
            "SELECT body.domain, body.name, instance.checked_at, instance.evidence FROM instance"
            " JOIN body ON body.id = instance.body_id WHERE instance.host = $1 AND instance.ended_at IS NULL",
            host,
        )
        return (str(row[0]), str(row[1]), int(row[2]), strict_json.loads_object(row[3].encode())) if row else None

    async def instances_to_check(self, seen_before: int, failed_before: int, limit: int) -> Sequence[Instance]:
        """Those not seen since then, or failing and not tried since then; who waited longest for a look first."""
        rows = await self._connection.rows(
            f"{_SELECT} WHERE ended_at IS NULL AND checked_at <= $1 AND (tried_at IS NULL OR tried_at <= $2)"
            " ORDER BY COALESCE(tried_at, checked_at), host LIMIT $3",
            seen_before,
            failed_before,
            limit,
        )
        return [make(Instance, row) for row in rows]


class InstanceWrites(InstanceReads):
    """What is learned of them."""

    async def put_instance(self, host: str, body_id: str, record: Record) -> None:
        """It was seen to be that body's, and closed."""
        await self._connection.run(
            "INSERT INTO instance (host, body_id, evidence, proved_at, checked_at) VALUES ($1, $2, $3, $4, $4)"
            " ON CONFLICT (host) DO UPDATE SET body_id = $2, evidence = $3, checked_at = $4, tried_at = NULL,"
            " failing_since = NULL, denied_since = NULL, ended_at = NULL, reason = NULL",
            host,
            body_id,
            strict_json.dumps(dict(record.evidence)).decode(),
            record.checked_at,
        )

    async def fail_instance(self, host: str, at: int, *, denied: bool) -> None:
        """It could not be seen, or what was seen is still to be believed."""
        await self._connection.run(
            "UPDATE instance SET tried_at = $1, failing_since = COALESCE(failing_since, $1),"
            " denied_since = COALESCE(denied_since, $2) WHERE host = $3",
            at,
            at if denied else None,
            host,
        )

    async def put_off_instance(self, host: str, at: int) -> None:
        """It was not looked at: the fault is ours."""
        await self._connection.run("UPDATE instance SET tried_at = $1 WHERE host = $2", at, host)

    async def end_instance(self, host: str, reason: Reason, at: int) -> bool:
        """It is no longer so; False when it was not, already."""
        changed = await self._connection.run(
            "UPDATE instance SET ended_at = $1, reason = $2 WHERE host = $3 AND ended_at IS NULL", at, reason, host
        )
        return changed == 1

    async def end_instances_of_body(self, body_id: str, reason: Reason, at: int) -> None:
        """All of them go with the proof of their body."""
        await self._connection.run(
            "UPDATE instance SET ended_at = $1, reason = $2 WHERE body_id = $3 AND ended_at IS NULL",
            at,
            reason,
            body_id,
        )
