"""All that is read. :class:`Reader` hands it to the public doors; a transaction reads through it too."""

from collections.abc import Awaitable, Callable, Sequence

from ..core.models import IdentityType, OrderStatus
from .bodies import BodyReads
from .connection import Connection
from .domains import DomainReads
from .instances import InstanceReads
from .outbox import LetterReads
from .rows import (
    Attestation,
    Authorization,
    Challenge,
    Event,
    Order,
    StoredRecord,
    StoredVerdict,
    columns,
    make,
)
from .watch import WatchReads

_ORDER = f'SELECT {columns(Order)} FROM "order"'
_ATTESTATION = f"SELECT {columns(Attestation)} FROM attestation"
_RECORD = f"SELECT {columns(StoredRecord)} FROM validation_record"

# Two indexed reads, since an OR over two columns would scan.
_HANDLE_OF_URL = """
    SELECT handle FROM account WHERE actor = $1 AND current = 1
    UNION ALL
    SELECT handle FROM account WHERE profile = $1 AND current = 1
    LIMIT 1
"""
_LAST_CHANGE = """
    SELECT COALESCE((SELECT at FROM event ORDER BY seq DESC LIMIT 1),
                    (SELECT CAST(value AS BIGINT) FROM fact WHERE name = 'created_at'), 0)
"""
_STATUS_INDEXES = {
    "revocation": """
        SELECT revocation_index FROM attestation WHERE revocation_list = $1 AND revoked_at IS NOT NULL
    """,
    "suspension": """
        SELECT suspension_index FROM attestation WHERE suspension_list = $1 AND suspended_at IS NOT NULL
    """,
}
_IS_LIVE = "handle = $1 AND published_at IS NOT NULL AND revoked_at IS NULL AND expired_at IS NULL"
_LIVE = f"{_ATTESTATION} WHERE {_IS_LIVE} ORDER BY published_at DESC, id LIMIT 1"
_LISTED = """
    SELECT attestation.handle, "order".identity_type FROM attestation
    JOIN verdict ON verdict.order_id = attestation.order_id AND verdict.current = 1
    JOIN "order" ON "order".id = attestation.order_id
    WHERE attestation.listed = 1 AND verdict.status IN ('verified', 'degraded')
"""
_IDENTITIES = f"""
    SELECT DISTINCT identity_key FROM "order"
    WHERE handle = $1 AND (status = 'issuing' OR id IN (SELECT order_id FROM attestation WHERE {_IS_LIVE}))
"""


class Queries(BodyReads, InstanceReads, WatchReads, DomainReads, LetterReads):
    """The SELECTs, over any connection. Handles are in their ``acct:`` form; times are Unix seconds."""

    async def answer_of(self, acct: str) -> tuple[bytes, str] | None:
        """The verdict on that handle as it is served, and its entity tag."""
        row = await self._connection.row("SELECT body, etag FROM answer WHERE handle = $1", acct)
        return (row[0], row[1]) if row else None

    async def handle_of_url(self, url: str) -> str | None:
        """The handle of the account whose actor id or profile URL is exactly that."""
        row = await self._connection.row(_HANDLE_OF_URL, url)
        return str(row[0]) if row else None

    async def last_change(self) -> int:
        """When anything last changed for any account: the age of an answer about an account that we do not know."""
        row = await self._connection.row(_LAST_CHANGE)
        return int(row[0]) if row else 0

    async def verdict_of_order(self, order_id: str) -> StoredVerdict | None:
        row = await self._connection.row(
            f"SELECT {columns(StoredVerdict)} FROM verdict WHERE order_id = $1 AND current = 1", order_id
        )
        return make(StoredVerdict, row) if row else None

    async def order(self, order_id: str) -> Order | None:
        row = await self._connection.row(f"{_ORDER} WHERE id = $1", order_id)
        return make(Order, row) if row else None

    async def orders(self, status: OrderStatus | None, limit: int) -> Sequence[Order]:
        """The orders in that status (all when None), newest first."""
        rows = await self._connection.rows(
            f"{_ORDER} WHERE $1 IS NULL OR status = $1 ORDER BY created_at DESC, id LIMIT $2", status, limit
        )
        return [make(Order, row) for row in rows]

    async def orders_idle_since(self, status: OrderStatus, before: int, limit: int) -> Sequence[Order]:
        """Orders in that status that nobody has touched since `before`, oldest first."""
        rows = await self._connection.rows(
            f"{_ORDER} WHERE status = $1 AND updated_at <= $2 ORDER BY updated_at, id LIMIT $3", status, before, limit
        )
        return [make(Order, row) for row in rows]

    async def orders_ended(self, now: int, limit: int) -> Sequence[Order]:
        """Open orders whose time is over."""
        rows = await self._connection.rows(
            f"{_ORDER} WHERE status IN ('pending', 'ready') AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2",
            now,
            limit,
        )
        return [make(Order, row) for row in rows]

    async def authorizations(self, order_id: str) -> Sequence[Authorization]:
        rows = await self._connection.rows(
            f'SELECT {columns(Authorization)} FROM "authorization" WHERE order_id = $1 ORDER BY "end"', order_id
        )
        return [make(Authorization, row) for row in rows]

    async def challenges(self, order_id: str) -> Sequence[Challenge]:
        rows = await self._connection.rows(
            f'SELECT {columns(Challenge)} FROM challenge WHERE order_id = $1 ORDER BY "end", type', order_id
        )
        return [make(Challenge, row) for row in rows]

    async def challenge(self, order_id: str, type_: str) -> Challenge | None:
        row = await self._connection.row(
            f"SELECT {columns(Challenge)} FROM challenge WHERE order_id = $1 AND type = $2", order_id, type_
        )
        return make(Challenge, row) if row else None

    async def record(self, record_id: int) -> StoredRecord | None:
        row = await self._connection.row(f"{_RECORD} WHERE id = $1", record_id)
        return make(StoredRecord, row) if row else None

    async def records(self, order_id: str) -> Sequence[StoredRecord]:
        """All that was checked for that order, oldest first."""
        rows = await self._connection.rows(f"{_RECORD} WHERE order_id = $1 ORDER BY id", order_id)
        return [make(StoredRecord, row) for row in rows]

    async def proofs(self, order_id: str) -> Sequence[StoredRecord]:
        """The records that its valid challenges rest on, oldest first: what one view saw alone is none of them."""
        rows = await self._connection.rows(
            f"SELECT {columns(StoredRecord, 'validation_record')} FROM challenge"
            " JOIN validation_record ON validation_record.id = challenge.record_id"
            " WHERE challenge.order_id = $1 AND challenge.status = 'valid' ORDER BY validation_record.id",
            order_id,
        )
        return [make(StoredRecord, row) for row in rows]

    async def attestation(self, attestation_id: str) -> Attestation | None:
        row = await self._connection.row(f"{_ATTESTATION} WHERE id = $1", attestation_id)
        return make(Attestation, row) if row else None

    async def live_attestation(self, acct: str) -> Attestation | None:
        """The attestation in force for that handle, suspended or not."""
        row = await self._connection.row(_LIVE, acct)
        return make(Attestation, row) if row else None

    async def attestations(self, limit: int) -> Sequence[Attestation]:
        """Published attestations, newest first."""
        rows = await self._connection.rows(
            f"{_ATTESTATION} WHERE published_at IS NOT NULL ORDER BY published_at DESC, id LIMIT $1", limit
        )
        return [make(Attestation, row) for row in rows]

    async def attestations_in_force(self, after: str, limit: int) -> Sequence[Attestation]:
        """Published attestations neither revoked, ended nor erased, suspended or not, by id from behind `after`."""
        rows = await self._connection.rows(
            f"{_ATTESTATION} WHERE id > $1 AND published_at IS NOT NULL AND revoked_at IS NULL AND expired_at IS NULL"
            " AND body IS NOT NULL ORDER BY id LIMIT $2",
            after,
            limit,
        )
        return [make(Attestation, row) for row in rows]

    async def attestations_of_identity(self, identity_id: str) -> Sequence[Attestation]:
        """Those in force, suspended ones too."""
        rows = await self._connection.rows(
            f"{_ATTESTATION} WHERE identity_id = $1"
            " AND published_at IS NOT NULL AND revoked_at IS NULL AND expired_at IS NULL",
            identity_id,
        )
        return [make(Attestation, row) for row in rows]

    async def attestations_ended(self, now: int, limit: int) -> Sequence[Attestation]:
        """Published attestations whose ``validUntil`` has passed, not yet marked so nor revoked."""
        rows = await self._connection.rows(
            f"{_ATTESTATION} WHERE valid_until <= $1 AND published_at IS NOT NULL"
            " AND expired_at IS NULL AND revoked_at IS NULL ORDER BY valid_until, id LIMIT $2",
            now,
            limit,
        )
        return [make(Attestation, row) for row in rows]

    async def last_verdict_on(self, acct: str) -> StoredVerdict | None:
        """The current verdict of the newest attestation that was ever published for that handle."""
        row = await self._connection.row(
            f"SELECT {columns(StoredVerdict, 'verdict')} FROM attestation"
            " JOIN verdict ON verdict.order_id = attestation.order_id AND verdict.current = 1"
            " WHERE attestation.handle = $1 AND attestation.published_at IS NOT NULL"
            " ORDER BY attestation.published_at DESC, attestation.id LIMIT 1",
            acct,
        )
        return make(StoredVerdict, row) if row else None

    async def identities_of(self, acct: str) -> Sequence[bytes]:
        """The keyed hashes of those to whom that handle is attested, or is about to be."""
        rows = await self._connection.rows(_IDENTITIES, acct)
        return [bytes(row[0]) for row in rows]

    async def listed_in_force(self) -> Sequence[tuple[str, IdentityType]]:
        """Every listed account that is vouched for, and whose it is."""
        return [(str(row[0]), IdentityType(row[1])) for row in await self._connection.rows(_LISTED)]

    async def listed_as(self, acct: str) -> IdentityType | None:
        """Whose account that is, if it is listed and vouched for."""
        row = await self._connection.row(f"{_LISTED} AND attestation.handle = $1", acct)
        return IdentityType(row[1]) if row else None

    async def last_event(self) -> int:
        """The number of the last event; 0 before the first."""
        row = await self._connection.row("SELECT COALESCE(MAX(seq), 0) FROM event")
        return int(row[0]) if row else 0

    async def events(self, after: int, limit: int) -> Sequence[Event]:
        rows = await self._connection.rows(
            f"SELECT {columns(Event)} FROM event WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit
        )
        return [make(Event, row) for row in rows]

    async def status_list(self, purpose: str, number: int) -> tuple[bytes, int] | None:
        """The signed list and when it was signed."""
        row = await self._connection.row(
            "SELECT body, signed_at FROM status_list WHERE purpose = $1 AND number = $2", purpose, number
        )
        return (bytes(row[0]), int(row[1])) if row else None

    async def status_lists_signed_before(self, at: int) -> Sequence[tuple[str, int]]:
        rows = await self._connection.rows(
            "SELECT purpose, number FROM status_list WHERE signed_at <= $1 ORDER BY purpose, number", at
        )
        return [(str(purpose), int(number)) for purpose, number in rows]

    async def last_status_list(self) -> int:
        """The number of the newest list, 0 when there is none."""
        row = await self._connection.row("SELECT COALESCE(MAX(number), 0) FROM status_list")
        return int(row[0]) if row else 0

    async def status_indexes_used(self, number: int) -> int:
        row = await self._connection.row("SELECT COUNT(*) FROM attestation WHERE revocation_list = $1", number)
        return int(row[0]) if row else 0

    async def status_index_taken(self, number: int, revocation: int, suspension: int) -> bool:
        row = await self._connection.row(
            "SELECT 1 FROM attestation WHERE (revocation_list = $1 AND revocation_index = $2)"
            " OR (suspension_list = $1 AND suspension_index = $3)",
            number,
            revocation,
            suspension,
        )
        return row is not None

    async def status_indexes_set(self, purpose: str, number: int) -> Sequence[int]:
        """The indexes whose bit is 1 in that list (purpose: ``revocation`` or ``suspension``)."""
        rows = await self._connection.rows(_STATUS_INDEXES[purpose], number)
        return [int(row[0]) for row in rows]

    async def job_is_due(self, name: str, now: int) -> bool:
        row = await self._connection.row(
            "SELECT 1 FROM job WHERE name = $1 AND (next_at > $2 OR lease_until > $2)", name, now
        )
        return row is None

    async def fact(self, name: str) -> str | None:
        row = await self._connection.row("SELECT value FROM fact WHERE name = $1", name)
        return str(row[0]) if row else None


class Reader(Queries):
    """What the public doors get: it cannot write."""


class LookupReader(Reader):
    """A reader that also tells whether anything has changed.

    :param version: see :meth:`version`
    """

    def __init__(self, connection: Connection, version: Callable[[], Awaitable[int]]) -> None:
        super().__init__(connection)
        self.version = version
        """A number that differs as soon as anybody, in any process, has committed something."""
