"""The clockwork: who runs a job, and when it is due."""

from .part import Part
from .rows import Lease


class JobReads(Part):
    async def is_due(self, name: str, now: int) -> bool:
        return not await self._exists(
            "SELECT 1 FROM job WHERE name = $1 AND (next_at > $2 OR lease_until > $2)", name, now
        )

    async def count_late(self, since: int) -> int:
        """How many are due since then, and are not being run."""
        return await self._int("SELECT COUNT(*) FROM job WHERE next_at <= $1 AND lease_until <= $1", since)


class JobWrites(JobReads):
    async def claim(self, name: str, now: int, lease: Lease) -> bool:
        """Become the only one who runs that job; False when somebody does, or when it is not due."""
        changed = await self._connection.run(
            "INSERT INTO job (name, lease_until, holder, attempts, next_at) VALUES ($1, $2, $3, 0, $4)"
            " ON CONFLICT (name) DO UPDATE SET lease_until = $2, holder = $3"
            " WHERE job.lease_until <= $4 AND job.next_at <= $4",
            name,
            lease.until,
            lease.holder,
            now,
        )
        return changed == 1

    async def finish(self, name: str, lease: Lease, next_at: int, *, failed: bool) -> bool:
        """Let go of a job until `next_at`; `attempts` counts its failures in a row.

        :param lease: of the claim; False, and nothing is written, when somebody took the job after it was over
        """
        changed = await self._connection.run(
            "UPDATE job SET lease_until = 0, next_at = $1, attempts = CASE WHEN $2 = 1 THEN attempts + 1 ELSE 0 END"
            " WHERE name = $3 AND lease_until = $4 AND holder = $5",
            next_at,
            int(failed),
            name,
            lease.until,
            lease.holder,
        )
        return changed == 1
