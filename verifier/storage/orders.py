"""Orders, from the request to their end."""

from collections.abc import Mapping, Sequence

from ..core.models import ChallengeStatus, End, OrderStatus
from .part import Part
from .rows import Authorization, Challenge, NewChallenge, NewOrder, Order
from .sql import columns

_OPEN = "('pending', 'ready', 'in_review', 'needs_info', 'issuing')"
_ORDER = f'SELECT {columns(Order)} FROM "order"'
_ON_VOUCHING = f"""
    SELECT {columns(Order, '"order"')} FROM "order"
    JOIN challenge ON challenge.order_id = "order".id AND challenge.type = 'dns-01' AND challenge.status = 'valid'
    JOIN validation_record ON validation_record.id = challenge.record_id AND validation_record.method = 'vouch-01'
    WHERE "order".domain = $1 AND "order".status IN {_OPEN}
    ORDER BY "order".id
"""
# Of those alone whose mailbox is proved: anybody may open an order for any domain.
_AWAITING_RECORD = f"""
    SELECT {columns(Order, '"order"')} FROM "order"
    JOIN challenge ON challenge.order_id = "order".id AND challenge.type = 'dns-01' AND challenge.status <> 'valid'
    JOIN challenge AS mail ON mail.order_id = "order".id AND mail.type = 'email-01' AND mail.status = 'valid'
    WHERE "order".status = 'pending' AND challenge.next_look_at <= $1 AND challenge.lease_until <= $1
    ORDER BY challenge.next_look_at, "order".id LIMIT $2
"""
_CONTACTS = """
    SELECT "order".contact_key, MAX(CASE WHEN verdict.reason = 'issued-in-error' THEN 1 ELSE 0 END),
        MAX(CASE WHEN "order".reason IS NULL THEN 1 ELSE 0 END)
    FROM "order" LEFT JOIN verdict ON verdict.order_id = "order".id AND verdict.current = 1
    WHERE "order".domain = $1 AND "order".identity_type = 'institution'
    AND "order".contact_key IS NOT NULL AND "order".status IN ('issuing', 'issued')
    GROUP BY "order".contact_key
"""

# Anybody may make orders that come to nothing, without end: they are dropped, and what hangs on them.
_OVER = """
    SELECT id FROM "order" WHERE status IN ('expired', 'rejected', 'withdrawn') AND updated_at <= $1
    AND NOT EXISTS (SELECT 1 FROM attestation WHERE attestation.order_id = "order".id)
    LIMIT $2
"""
_OF_ORDER = ("validation_record", "challenge", '"authorization"')


class OrderReads(Part):
    async def get(self, order_id: str) -> Order | None:
        return await self._get(Order, f"{_ORDER} WHERE id = $1", order_id)

    async def newest(self, status: OrderStatus | None, limit: int) -> Sequence[Order]:
        """The orders in that status (all when None), newest first."""
        return await self._list(
            Order, f"{_ORDER} WHERE status = $1 OR $1 IS NULL ORDER BY created_at DESC, id LIMIT $2", status, limit
        )

    async def count(self, status: OrderStatus) -> int:
        return await self._int('SELECT COUNT(*) FROM "order" WHERE status = $1', status)

    async def idle_since(self, status: OrderStatus, before: int, limit: int) -> Sequence[Order]:
        """Orders in that status that nobody has touched since `before`, oldest first."""
        return await self._list(
            Order,
            f"{_ORDER} WHERE status = $1 AND updated_at <= $2 ORDER BY updated_at, id LIMIT $3",
            status,
            before,
            limit,
        )

    async def overdue(self, now: int, limit: int) -> Sequence[Order]:
        """Open orders whose time is over."""
        return await self._list(
            Order,
            f"{_ORDER} WHERE status IN ('pending', 'ready') AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2",
            now,
            limit,
        )

    async def open_of(self, contact_key: bytes) -> Sequence[Order]:
        """What whoever has that mailbox asks for and has not yet, the newest first."""
        return await self._list(
            Order, f"{_ORDER} WHERE contact_key = $1 AND status IN {_OPEN} ORDER BY created_at DESC, id", contact_key
        )

    async def on_vouching(self, domain: str) -> Sequence[Order]:
        """Orders in the name of that body, not yet published, whose domain is proved by the body above."""
        return await self._list(Order, _ON_VOUCHING, domain)

    async def awaiting_record(self, now: int, limit: int) -> Sequence[Order]:
        """Open orders whose DNS record is to be looked for now, who waited longest first."""
        return await self._list(Order, _AWAITING_RECORD, now, limit)

    async def contacts(self, domain: str) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """The keyed hashes of those by whom accounts of that body were ever attested, or are about to be.

        The first set lacks those whom the body above has taken back. The second set is of those by whom none should
        have been.
        """
        rows = await self._connection.rows(_CONTACTS, domain)
        return frozenset(bytes(row[0]) for row in rows if row[2]), frozenset(bytes(row[0]) for row in rows if row[1])

    async def keys_issuing(self, acct: str) -> Sequence[bytes]:
        """The keyed hashes of those to whom that handle, in whatever case, is about to be attested."""
        rows = await self._connection.rows(
            "SELECT DISTINCT identity_key FROM \"order\" WHERE status = 'issuing' AND LOWER(handle) = $1",
            acct.lower(),
        )
        return [bytes(row[0]) for row in rows]


class OrderWrites(OrderReads):
    async def add(self, order: NewOrder, ends: Mapping[End, str], challenges: Sequence[NewChallenge]) -> None:
        """A pending order with its authorizations (end → ``any`` or ``all``) and challenges."""
        await self._insert('"order"', order, status=OrderStatus.PENDING, updated_at=order.created_at)
        for end, needs in ends.items():
            await self._insert('"authorization"', Authorization(order.id, end, needs, ChallengeStatus.PENDING))
        for new in challenges:
            challenge = Challenge(order.id, new.type, new.end, ChallengeStatus.PENDING, new.state, None, 0)
            await self._insert("challenge", challenge)

    async def move(self, order_id: str, source: OrderStatus, target: OrderStatus, at: int) -> bool:
        """From one status to the next; False when it was no longer in `source`."""
        changed = await self._connection.run(
            'UPDATE "order" SET status = $1, updated_at = $2 WHERE id = $3 AND status = $4',
            target,
            at,
            order_id,
            source,
        )
        return changed == 1

    async def set_ruling(self, order_id: str, *, decision: str, class_: str, rule: str, subject: bytes) -> None:
        """What an order is worth once its holder signed in, and who that was."""
        await self._connection.run(
            'UPDATE "order" SET decision = $1, class = $2, rule = $3, subject = $4 WHERE id = $5',
            decision,
            class_,
            rule,
            subject,
            order_id,
        )

    async def set_report(self, order_id: str, addresses: str) -> None:
        """Where the owners of its domains ask to be told once it is published, divided by a space."""
        await self._connection.run('UPDATE "order" SET report = $1 WHERE id = $2', addresses, order_id)

    async def set_token(self, order_id: str, token_digest: bytes) -> None:
        """Whoever had the token before has the order no more."""
        await self._update('"order"', "id", order_id, {"token_digest": token_digest})

    async def withdraw(self, order: Order, at: int) -> bool:
        """Its holder gives it up; False when it is no longer in the status that it was in."""
        moved = await self.move(order.id, order.status, OrderStatus.WITHDRAWN, at)
        if moved:
            await self.forget_mailbox(order.id)
        return moved

    async def forget_mailbox(self, order_id: str) -> None:
        """Once an order has ended, no address has any use, nor who signed in: the keyed hash stays."""
        await self._connection.run(
            'UPDATE "order" SET mailbox = NULL, subject = NULL, report = NULL WHERE id = $1', order_id
        )

    async def give_up(self, order_id: str, at: int) -> bool:
        """An order in ``issuing`` is ``ready`` again, and its document nobody's; False when it was not in it."""
        moved = await self.move(order_id, OrderStatus.ISSUING, OrderStatus.READY, at)
        if moved:
            await self.disown(order_id)
        return moved

    async def disown(self, order_id: str) -> None:
        """What was signed for that order and never published, if anything, is nobody's.

        Its row stays, as whatever the key signed does, and no door shows it.
        """
        await self._connection.run("DELETE FROM attestation WHERE order_id = $1 AND signed_at IS NULL", order_id)
        await self._connection.run('UPDATE "order" SET attestation_id = NULL WHERE id = $1', order_id)

    async def discount_contacts(self, domain: str) -> None:
        """Who had accounts of that body attested is known to act for it no more, until its word is given anew."""
        await self._connection.run(
            "UPDATE \"order\" SET reason = 'identity-lost' WHERE domain = $1 AND identity_type = 'institution'"
            " AND status = 'issued'",
            domain,
        )

    async def end_open(self, key: bytes, but: str, at: int) -> None:
        """What a person asked for and never published, other than the order `but`, ends with them."""
        await self._connection.run(
            "UPDATE \"order\" SET status = 'expired', updated_at = $1, mailbox = NULL, report = NULL"
            f" WHERE identity_key = $2 AND id <> $3 AND status IN {_OPEN}",
            at,
            key,
            but,
        )

    async def drop_ended(self, before: int, limit: int) -> int:
        """Orders that ended without an attestation, by then, and all that hangs on them; returns how many.

        What the key signed stays, published or not, and with it its order.
        """
        rows = await self._connection.rows(_OVER, before, limit)
        for (order_id,) in rows:
            for table in _OF_ORDER:
                await self._connection.run(f"DELETE FROM {table} WHERE order_id = $1", order_id)
            await self._connection.run('DELETE FROM "order" WHERE id = $1', order_id)
        return len(rows)
