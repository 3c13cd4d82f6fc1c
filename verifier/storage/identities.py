"""Identities: who somebody is, under the keyed hash of a mailbox or of a domain."""

from .part import Part
from .rows import Order


class IdentityReads(Part):
    async def of_key(self, key: bytes) -> tuple[str, bytes | None] | None:
        """Whom a key stands for, and as whom they signed in, if they ever did."""
        row = await self._connection.row("SELECT id, subject FROM identity WHERE key = $1", key)
        return (str(row[0]), bytes(row[1]) if row[1] is not None else None) if row else None

    async def contact(self, identity_id: str) -> str | None:
        """The address that an identity chose; None when there is none."""
        row = await self._connection.row("SELECT contact FROM identity WHERE id = $1", identity_id)
        return row[0] if row else None

    async def contact_of_body(self, body_id: str) -> str | None:
        """The address of whoever had an account of that body attested last; None when nobody had."""
        row = await self._connection.row(
            "SELECT contact FROM identity WHERE body_id = $1 AND type = 'institution'", body_id
        )
        return row[0] if row else None

    async def of_body(self, identity_id: str) -> str | None:
        """The institution in whose name the body of that identity acts; None when it has no attested account."""
        row = await self._connection.row(
            "SELECT institution.id FROM identity JOIN identity AS institution"
            " ON institution.body_id = identity.body_id AND institution.type = 'institution' WHERE identity.id = $1",
            identity_id,
        )
        return str(row[0]) if row else None


class IdentityWrites(IdentityReads):
    async def ensure(self, new_id: str, order: Order, body_id: str, at: int, until: int) -> str:
        """The identity of that order's key: made, or its proof renewed. Who signed in is remembered, never replaced."""
        row = await self._connection.row(
            "INSERT INTO identity (id, type, key, body_id, contact, class, proved_at, proof_until, created_at, subject)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9)"
            " ON CONFLICT (key) DO UPDATE SET class = $6, proved_at = $7, proof_until = $8,"
            " subject = COALESCE(identity.subject, $9), contact = COALESCE($5, identity.contact) RETURNING id",
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
        assert row is not None  # noqa: S101 - RETURNING always returns
        return str(row[0])

    async def retire(self, identity_id: str, key: bytes) -> None:
        """Its mailbox is somebody else's now: under a `key` that nobody has, neither it nor its orders are theirs."""
        await self._connection.run("UPDATE identity SET key = $1 WHERE id = $2", key, identity_id)
        await self._connection.run('UPDATE "order" SET identity_key = $1 WHERE identity_id = $2', key, identity_id)
