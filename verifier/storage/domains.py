"""The registered domains that are looked at again, and what stands or falls with them."""

from collections.abc import Sequence
from dataclasses import fields

from ..core import strict_json
from ..core.domains import KnownDomain
from .connection import Connection, Row
from .rows import Attestation, Body, columns, make
from .watch import LIVE

_KNOWN = f"SELECT {columns(KnownDomain)} FROM watched_domain"
_JSON = frozenset({"name_servers", "statuses", "told"})
_DUE = f"""
    SELECT domain FROM watched_domain WHERE next_at <= $1 AND (
        EXISTS (SELECT 1 FROM domain_of JOIN account ON account.id = domain_of.subject AND account.current = 1
            JOIN attestation ON attestation.order_id = account.order_id
            WHERE domain_of.domain = watched_domain.domain AND {LIVE})
        OR EXISTS (SELECT 1 FROM domain_of JOIN body ON body.id = domain_of.subject
            WHERE domain_of.domain = watched_domain.domain AND body.proved_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM domain_of JOIN instance ON instance.host = domain_of.subject
            WHERE domain_of.domain = watched_domain.domain AND instance.ended_at IS NULL))
    ORDER BY next_at, domain LIMIT $2
"""
_ACCOUNTS = """
    SELECT id, handle, actor FROM account
    WHERE current = 1 AND NOT EXISTS (SELECT 1 FROM domain_of WHERE subject = account.id) ORDER BY id LIMIT $1
"""
_NAMES = """
    SELECT id, domain FROM body
    WHERE proved_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM domain_of WHERE subject = body.id)
    UNION ALL
    SELECT host, host FROM instance
    WHERE ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM domain_of WHERE subject = instance.host)
    LIMIT $1
"""


class DomainReads:
    """What is due, and what is known of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def accounts_without_domain(self, limit: int) -> Sequence[tuple[str, str, str]]:
        """Id, handle and actor of accounts whose domains are not watched yet."""
        return [(str(row[0]), str(row[1]), str(row[2])) for row in await self._connection.rows(_ACCOUNTS, limit)]

    async def names_without_domain(self, limit: int) -> Sequence[tuple[str, str]]:
        """Subject and name of proved bodies and attested instances whose registered domain is not watched yet."""
        return [(str(row[0]), str(row[1])) for row in await self._connection.rows(_NAMES, limit)]

    async def domains_due(self, now: int, limit: int) -> Sequence[str]:
        """Those whose day has passed, the oldest first, and on which something attested rests."""
        return [str(row[0]) for row in await self._connection.rows(_DUE, now, limit)]

    async def known_domain(self, domain: str) -> KnownDomain | None:
        row = await self._connection.row(f"{_KNOWN} WHERE domain = $1", domain)
        return _known(row) if row else None

    async def vouched_on_domain(self, domain: str) -> Sequence[Attestation]:
        """The attestations in force, and not suspended, of the accounts whose actor or handle is of that domain."""
        rows = await self._connection.rows(
            f"SELECT {columns(Attestation, 'attestation')} FROM domain_of"
            " JOIN account ON account.id = domain_of.subject AND account.current = 1"
            f" JOIN attestation ON attestation.order_id = account.order_id WHERE domain_of.domain = $1 AND {LIVE}"
            " ORDER BY attestation.id",
            domain,
        )
        return [make(Attestation, row) for row in rows]

    async def bodies_of_domain(self, domain: str) -> Sequence[Body]:
        """The proved bodies whose names are of that domain."""
        rows = await self._connection.rows(
            f"SELECT {columns(Body)} FROM body WHERE proved_at IS NOT NULL"
            " AND id IN (SELECT subject FROM domain_of WHERE domain = $1) ORDER BY id",
            domain,
        )
        return [make(Body, row) for row in rows]

    async def instances_of_domain(self, domain: str) -> Sequence[str]:
        """The hosts of attested instances that are of that domain."""
        rows = await self._connection.rows(
            "SELECT host FROM instance WHERE ended_at IS NULL"
            " AND host IN (SELECT subject FROM domain_of WHERE domain = $1) ORDER BY host",
            domain,
        )
        return [str(row[0]) for row in rows]

    async def count_bought(self, top: str, since: int) -> int:
        """How many domains of that top were seen to be registered anew since then."""
        row = await self._connection.row(
            "SELECT COUNT(*) FROM watched_domain WHERE bought_at >= $1 AND domain LIKE $2", since, f"%.{top}"
        )
        return int(row[0]) if row else 0


class DomainWrites(DomainReads):
    """What is learned of them."""

    async def watch_domain(self, subject: str, domain: str, now: int) -> None:
        """Whatever happens to that domain concerns that account, body (by their id) or instance (by its host)."""
        await self._connection.run(
            "INSERT INTO watched_domain (domain, next_at) VALUES ($1, $2) ON CONFLICT (domain) DO NOTHING", domain, now
        )
        await self._connection.run(
            "INSERT INTO domain_of (subject, domain) VALUES ($1, $2) ON CONFLICT (subject, domain) DO NOTHING",
            subject,
            domain,
        )

    async def put_domain(self, known: KnownDomain, next_at: int) -> None:
        """What was seen of it, and when to look again."""
        values = [_stored(getattr(known, field.name)) for field in fields(KnownDomain)]
        places = ", ".join(f"{field.name} = ${place}" for place, field in enumerate(fields(KnownDomain), 1))
        await self._connection.run(
            f"UPDATE watched_domain SET {places}, next_at = ${len(values) + 1} WHERE domain = $1", *values, next_at
        )

    async def look_at_domain_later(self, domain: str, next_at: int) -> None:
        await self._connection.run("UPDATE watched_domain SET next_at = $1 WHERE domain = $2", next_at, domain)

    async def hasten_domain(self, domain: str, now: int) -> None:
        """The accounts and bodies of that domain are to be looked at now."""
        for table in ("account", "body"):
            await self._connection.run(
                f"UPDATE {table} SET next_check_at = $1 WHERE next_check_at > $1"
                " AND id IN (SELECT subject FROM domain_of WHERE domain = $2)",
                now,
                domain,
            )


def _known(row: Row) -> KnownDomain:
    values = {
        field.name: strict_json.parse(value) if field.name in _JSON else value
        for field, value in zip(fields(KnownDomain), row, strict=True)
    }
    return KnownDomain(**values | {name: frozenset(values[name]) for name in ("name_servers", "statuses")})


def _stored(value: object) -> object:
    if isinstance(value, frozenset):
        value = sorted(value)
    return strict_json.dumps(value).decode() if isinstance(value, list | dict) else value
