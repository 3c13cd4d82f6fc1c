"""Public bodies, and who acts for them or belongs to them."""

from collections.abc import Sequence

from .connection import Connection
from .rows import Body, Order, columns, make

_ACCOUNTS_OF_CHILDREN = """
    SELECT body.id, attestation.handle FROM body
    JOIN identity ON identity.body_id = body.id AND identity.type = 'institution'
    JOIN attestation ON attestation.identity_id = identity.id
    JOIN verdict ON verdict.order_id = attestation.order_id AND verdict.current = 1
    WHERE body.parent_id = $1 AND body.vouched_at IS NOT NULL AND verdict.status IN ('verified', 'degraded')
    ORDER BY attestation.handle
"""
_CONTACTS = """
    SELECT "order".contact_key, MAX(CASE WHEN verdict.reason = 'issued-in-error' THEN 1 ELSE 0 END),
        MAX(CASE WHEN "order".reason IS NULL THEN 1 ELSE 0 END)
    FROM "order" LEFT JOIN verdict ON verdict.order_id = "order".id AND verdict.current = 1
    WHERE "order".domain = $1 AND "order".identity_type = 'institution'
    AND "order".contact_key IS NOT NULL AND "order".status IN ('issuing', 'issued')
    GROUP BY "order".contact_key
"""
_ON_VOUCHING = f"""
    SELECT {columns(Order, '"order"')} FROM "order"
    JOIN challenge ON challenge.order_id = "order".id AND challenge.type = 'dns-01' AND challenge.status = 'valid'
    JOIN validation_record ON validation_record.id = challenge.record_id AND validation_record.method = 'vouch-01'
    WHERE "order".domain = $1 AND "order".status IN ('pending', 'ready', 'in_review', 'needs_info', 'issuing')
    ORDER BY "order".id
"""


class BodyReads:
    """What is known of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def body(self, domain: str) -> Body | None:
        row = await self._connection.row(f"SELECT {columns(Body)} FROM body WHERE domain = $1", domain)
        return make(Body, row) if row else None

    async def body_of_id(self, body_id: str) -> Body | None:
        row = await self._connection.row(f"SELECT {columns(Body)} FROM body WHERE id = $1", body_id)
        return make(Body, row) if row else None

    async def bodies(self, limit: int) -> Sequence[Body]:
        """Those that asked for something, by domain."""
        rows = await self._connection.rows(f"SELECT {columns(Body)} FROM body ORDER BY domain LIMIT $1", limit)
        return [make(Body, row) for row in rows]

    async def children_of(self, body_id: str) -> Sequence[Body]:
        """Those that it names, by domain; none that it has taken back."""
        rows = await self._connection.rows(
            f"SELECT {columns(Body)} FROM body WHERE parent_id = $1 AND vouched_at IS NOT NULL ORDER BY domain", body_id
        )
        return [make(Body, row) for row in rows]

    async def accounts_of_children(self, body_id: str) -> Sequence[tuple[str, str]]:
        """Body and handle of each account, vouched for, in the name of one that it names."""
        rows = await self._connection.rows(_ACCOUNTS_OF_CHILDREN, body_id)
        return [(str(row[0]), str(row[1])) for row in rows]

    async def orders_on_vouching(self, domain: str) -> Sequence[Order]:
        """Orders in the name of that body, not yet published, whose domain is proved by the body above."""
        return [make(Order, row) for row in await self._connection.rows(_ON_VOUCHING, domain)]

    async def identity_of_key(self, key: bytes) -> tuple[str, bytes | None] | None:
        """Whom a key stands for, and as whom they signed in, if they ever did."""
        row = await self._connection.row("SELECT id, subject FROM identity WHERE key = $1", key)
        return (str(row[0]), bytes(row[1]) if row[1] is not None else None) if row else None

    async def contacts_of(self, domain: str) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """The keyed hashes of those by whom accounts of that body were ever attested, or are about to be.

        The first set lacks those whom the body above has taken back. The second set is of those by whom none should
        have been.
        """
        rows = await self._connection.rows(_CONTACTS, domain)
        return frozenset(bytes(row[0]) for row in rows if row[2]), frozenset(bytes(row[0]) for row in rows if row[1])


class BodyWrites(BodyReads):
    """What is learned of them."""

    async def ensure_body(self, new_id: str, domain: str, name: str, at: int) -> str:
        await self._connection.run(
            "INSERT INTO body (id, domain, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (domain) DO NOTHING",
            new_id,
            domain,
            name,
            at,
        )
        return await self._id("SELECT id FROM body WHERE domain = $1", domain)

    async def set_body_token(self, body_id: str, token: str) -> None:
        """Give a body the word that its DNS must hold; a proof by an older one has ended."""
        await self._connection.run(
            "UPDATE body SET token = $1, proved_at = NULL, proof_until = NULL, checked_at = NULL, security = NULL"
            " WHERE id = $2",
            token,
            body_id,
        )

    async def prove_body(self, body_id: str, at: int, until: int | None, security: str) -> None:
        """Its record was seen: `until` is when the record itself says that it ends."""
        await self._connection.run(
            "UPDATE body SET proved_at = COALESCE(proved_at, $1), proof_until = $2, checked_at = $1, security = $3,"
            " failing_since = NULL, watched_from = COALESCE(watched_from, $1)"
            " WHERE id = $4",
            at,
            until,
            security,
            body_id,
        )

    async def unprove_body(self, body_id: str) -> None:
        """Its record is no longer there, or no longer ours."""
        await self._connection.run(
            "UPDATE body SET proved_at = NULL, proof_until = NULL, checked_at = NULL, security = NULL,"
            " failing_since = NULL WHERE id = $1",
            body_id,
        )

    async def set_body_contact(self, body_id: str, contact_key: bytes) -> None:
        """Whose word is the body's, unless somebody's was before."""
        await self._connection.run(
            "UPDATE body SET contact_key = $1 WHERE id = $2 AND contact_key IS NULL", contact_key, body_id
        )

    async def vouch_body(self, body_id: str, parent_id: str, name: str, at: int) -> None:
        """The body above names it as its own; one that proved itself keeps the name that it had."""
        await self._connection.run(
            "UPDATE body SET parent_id = $1, vouched_at = $2, name = CASE WHEN proved_at IS NULL THEN $3 ELSE name END,"
            " watched_from = COALESCE(watched_from, $2) WHERE id = $4",
            parent_id,
            at,
            name,
            body_id,
        )

    async def unvouch_body(self, body_id: str) -> None:
        """The body above names it no more: `parent_id` stays, and says that it once did.

        Whom the body above named as its contact goes too, unless it had a record of its own to say so.
        """
        await self._connection.run(
            "UPDATE body SET vouched_at = NULL, contact_key = CASE WHEN token IS NULL THEN NULL ELSE contact_key END"
            " WHERE id = $1",
            body_id,
        )

    async def discount_contacts(self, domain: str) -> None:
        """Who had accounts of that body attested is known to act for it no more, until its word is given anew."""
        await self._connection.run(
            "UPDATE \"order\" SET reason = 'identity-lost' WHERE domain = $1 AND identity_type = 'institution'"
            " AND status = 'issued'",
            domain,
        )

    async def end_open_orders(self, key: bytes, but: str, at: int) -> None:
        """What a person asked for and never published, other than the order `but`, ends with them."""
        await self._connection.run(
            "UPDATE \"order\" SET status = 'expired', updated_at = $1, mailbox = NULL"
            " WHERE identity_key = $2 AND id <> $3"
            " AND status IN ('pending', 'ready', 'in_review', 'needs_info', 'issuing')",
            at,
            key,
            but,
        )

    async def ensure_identity(self, new_id: str, order: Order, body_id: str, at: int, until: int) -> str:
        """The identity of that order's key: made, or its proof renewed. Who signed in is remembered, never replaced."""
        await self._connection.run(
            "INSERT INTO identity (id, type, key, body_id, contact, class, proved_at, proof_until, created_at, subject)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9)"
            " ON CONFLICT (key) DO UPDATE SET class = $6, proved_at = $7, proof_until = $8,"
            " subject = COALESCE(identity.subject, $9), contact = COALESCE($5, identity.contact)",
            new_id,
            order.identity_type,
            order.identity_key,
            body_id,
            order.mailbox,
            order.class_,
            at,
            until,
            order.subject,
        )
        return await self._id("SELECT id FROM identity WHERE key = $1", order.identity_key)

    async def retire_identity(self, identity_id: str, key: bytes) -> None:
        """Its mailbox is somebody else's now: under a `key` that nobody has, neither it nor its orders are theirs."""
        await self._connection.run("UPDATE identity SET key = $1 WHERE id = $2", key, identity_id)
        await self._connection.run('UPDATE "order" SET identity_key = $1 WHERE identity_id = $2', key, identity_id)

    async def _id(self, sql: str, value: object) -> str:
        row = await self._connection.row(sql, value)
        assert row is not None  # noqa: S101 - the row was written just before, in this transaction
        return str(row[0])
