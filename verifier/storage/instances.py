"""Whole instances run by a body."""

from collections.abc import Mapping, Sequence

from ..core import strict_json
from ..core.models import Reason, Record
from .changed import Kind, note, note_instances
from .part import Part
from .rows import Instance
from .sql import columns, json_text

_INSTANCE = f"SELECT {columns(Instance)} FROM instance"


class InstanceReads(Part):
    async def get(self, host: str) -> Instance | None:
        return await self._get(Instance, f"{_INSTANCE} WHERE host = $1", host)

    async def of_body(self, body_id: str) -> Sequence[Instance]:
        """Those that were ever its, by name; one that another body took since is not."""
        return await self._list(Instance, f"{_INSTANCE} WHERE body_id = $1 ORDER BY host", body_id)

    async def body_of(self, host: str) -> tuple[str, str, int, Mapping[str, strict_json.Json]] | None:
        """Domain and name of the body whose instance that is, when that was last seen to be so, and what was seen."""
        row = await self._connection.row(
            "SELECT body.domain, body.name, instance.checked_at, instance.evidence FROM instance"
            " JOIN body ON body.id = instance.body_id WHERE instance.host = $1 AND instance.ended_at IS NULL",
            host,
        )
        return (str(row[0]), str(row[1]), int(row[2]), strict_json.loads_object(row[3].encode())) if row else None

    async def hosts_on_domain(self, domain: str) -> Sequence[str]:
        """The hosts of attested instances that are of that registered domain."""
        rows = await self._connection.rows(
            "SELECT host FROM instance WHERE ended_at IS NULL"
            " AND host IN (SELECT subject FROM domain_of WHERE domain = $1) ORDER BY host",
            domain,
        )
        return [str(row[0]) for row in rows]

    async def due(self, seen_before: int, failed_before: int, limit: int) -> Sequence[Instance]:
        """Those not seen since then, or failing and not tried since then; who waited longest for a look first."""
        return await self._list(
            Instance,
            f"{_INSTANCE} WHERE ended_at IS NULL AND checked_at <= $1 AND (tried_at IS NULL OR tried_at <= $2)"
            " ORDER BY COALESCE(tried_at, checked_at), host LIMIT $3",
            seen_before,
            failed_before,
            limit,
        )


class InstanceWrites(InstanceReads):
    async def put(self, host: str, body_id: str, record: Record) -> None:
        """It was seen to be that body's, and closed."""
        await self._connection.run(
            "INSERT INTO instance (host, body_id, evidence, proved_at, checked_at) VALUES ($1, $2, $3, $4, $4)"
            " ON CONFLICT (host) DO UPDATE SET body_id = $2, evidence = $3, checked_at = $4, tried_at = NULL,"
            " failing_since = NULL, denied_since = NULL, ended_at = NULL, reason = NULL",
            host,
            body_id,
            json_text(record.evidence),
            record.checked_at,
        )
        await note(self._connection, Kind.HOST, host)

    async def set_failing(self, host: str, at: int, *, denied: bool) -> None:
        """It could not be seen, or what was seen is still to be believed."""
        await self._connection.run(
            "UPDATE instance SET tried_at = $1, failing_since = COALESCE(failing_since, $1),"
            " denied_since = COALESCE(denied_since, $2) WHERE host = $3",
            at,
            at if denied else None,
            host,
        )

    async def put_off(self, host: str, at: int) -> None:
        """It was not looked at: the fault is ours."""
        await self._connection.run("UPDATE instance SET tried_at = $1 WHERE host = $2", at, host)

    async def end(self, host: str, reason: Reason, at: int) -> bool:
        """It is no longer so; False when it was not, already."""
        changed = await self._connection.run(
            "UPDATE instance SET ended_at = $1, reason = $2 WHERE host = $3 AND ended_at IS NULL", at, reason, host
        )
        if changed:
            await note(self._connection, Kind.HOST, host)
        return changed == 1

    async def end_of_body(self, body_id: str, reason: Reason, at: int) -> None:
        """All of them go with the proof of their body."""
        await note_instances(self._connection, body_id)
        await self._connection.run(
            "UPDATE instance SET ended_at = $1, reason = $2 WHERE body_id = $3 AND ended_at IS NULL",
            at,
            reason,
            body_id,
        )
