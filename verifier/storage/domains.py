"""The registered domains that are looked at again, and what stands or falls with them."""

from collections.abc import Sequence

from ..core.domains import KnownDomain
from .part import Part
from .sql import VOUCHING, columns, values_of

_DUE = f"""
    SELECT domain FROM watched_domain WHERE next_at <= $1 AND (
        EXISTS (SELECT 1 FROM domain_of JOIN account ON account.id = domain_of.subject AND account.current = 1
            JOIN attestation ON attestation.order_id = account.order_id
            WHERE domain_of.domain = watched_domain.domain AND {VOUCHING})
        OR EXISTS (SELECT 1 FROM domain_of JOIN body ON body.id = domain_of.subject
            WHERE domain_of.domain = watched_domain.domain AND body.proved_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM domain_of JOIN instance ON instance.host = domain_of.subject
            WHERE domain_of.domain = watched_domain.domain AND instance.ended_at IS NULL))
    ORDER BY next_at, domain LIMIT $2
"""
_NAMES = """
    SELECT id, domain FROM body
    WHERE proved_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM domain_of WHERE subject = body.id)
    UNION ALL
    SELECT host, host FROM instance
    WHERE ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM domain_of WHERE subject = instance.host)
    LIMIT $1
"""


class DomainReads(Part):
    async def get(self, domain: str) -> KnownDomain | None:
        return await self._get(
            KnownDomain, f"SELECT {columns(KnownDomain)} FROM watched_domain WHERE domain = $1", domain
        )

    async def due(self, now: int, limit: int) -> Sequence[str]:
        """Those whose day has passed, the oldest first, and on which something attested rests."""
        return [str(row[0]) for row in await self._connection.rows(_DUE, now, limit)]

    async def names_unwatched(self, limit: int) -> Sequence[tuple[str, str]]:
        """Subject and name of proved bodies and attested instances whose registered domain is not watched yet."""
        return [(str(row[0]), str(row[1])) for row in await self._connection.rows(_NAMES, limit)]

    async def count_bought(self, top: str, since: int) -> int:
        """How many domains of that top were seen to be registered anew since then."""
        return await self._int(
            "SELECT COUNT(*) FROM watched_domain WHERE bought_at >= $1 AND domain LIKE $2", since, f"%.{top}"
        )


class DomainWrites(DomainReads):
    async def watch(self, subject: str, domain: str, now: int) -> None:
        """Whatever happens to that domain concerns that account, body (by their id) or instance (by its host)."""
        await self._connection.run(
            "INSERT INTO watched_domain (domain, next_at) VALUES ($1, $2) ON CONFLICT (domain) DO NOTHING", domain, now
        )
        await self._connection.run(
            "INSERT INTO domain_of (subject, domain) VALUES ($1, $2) ON CONFLICT (subject, domain) DO NOTHING",
            subject,
            domain,
        )

    async def put(self, known: KnownDomain, next_at: int) -> None:
        """What was seen of it, and when to look again."""
        await self._update("watched_domain", "domain", known.domain, values_of(known) | {"next_at": next_at})

    async def look_later(self, domain: str, next_at: int) -> None:
        await self._update("watched_domain", "domain", domain, {"next_at": next_at})

    async def hasten_checks(self, domain: str, now: int) -> None:
        """The accounts and bodies of that domain are to be looked at now."""
        for table in ("account", "body"):
            await self._connection.run(
                f"UPDATE {table} SET next_check_at = $1 WHERE next_check_at > $1"
                " AND id IN (SELECT subject FROM domain_of WHERE domain = $2)",
                now,
                domain,
            )
