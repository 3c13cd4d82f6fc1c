"""All that is written, inside transactions: :meth:`Writer.transaction` gives a :class:`Tx`."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import astuple, dataclass

from ..core import strict_json
from ..core.clock import DAY
from ..core.identifiers import HttpsUrl
from ..core.models import (
    AccountPin,
    ChallengeStatus,
    End,
    EventKind,
    OrderStatus,
    Reason,
    Record,
    Status,
)
from .bodies import BodyWrites
from .domains import DomainWrites
from .instances import InstanceWrites
from .keeping import KeepingWrites
from .outbox import LetterWrites
from .queries import Queries
from .rows import NewAttestation, NewOrder, columns
from .watch import WatchWrites

FIRST_CHECK = DAY // 2  # seconds from a pin to the first look at it


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was in force when a proof was made; kept with each record."""

    policy_version: str
    class_: str
    consent: Mapping[str, strict_json.Json]
    locale: str


@dataclass(frozen=True, slots=True)
class NewChallenge:
    """One way of proving an end.

    :param state: what it remembers from the start
    """

    type: str
    end: End
    state: Mapping[str, strict_json.Json]


class Tx(Queries, BodyWrites, InstanceWrites, WatchWrites, DomainWrites, LetterWrites, KeepingWrites):
    """Reads and writes of one transaction."""

    async def set_fact_once(self, name: str, value: str) -> None:
        """Remember a fact of this store, unless it is known already."""
        await self._connection.run(
            "INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, value
        )

    async def set_fact(self, name: str, value: str) -> None:
        """Remember what may change, in the place of what was known."""
        await self._connection.run(
            "INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2", name, value
        )

    # Orders

    async def add_order(self, order: NewOrder, ends: Mapping[End, str], challenges: Sequence[NewChallenge]) -> None:
        """A pending order with its authorizations (end → ``any`` or ``all``) and challenges."""
        await self._connection.run(
            f'INSERT INTO "order" ({columns(NewOrder)}, status, updated_at)'
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 'pending', $17)",
            *astuple(order),
        )
        for end, needs in ends.items():
            await self._connection.run(
                'INSERT INTO "authorization" (order_id, "end", needs, status) VALUES ($1, $2, $3, $4)',
                order.id,
                end,
                needs,
                ChallengeStatus.PENDING,
            )
        for challenge in challenges:
            await self._connection.run(
                'INSERT INTO challenge (order_id, type, "end", status, state, lease_until)'
                " VALUES ($1, $2, $3, $4, $5, 0)",
                order.id,
                challenge.type,
                challenge.end,
                ChallengeStatus.PENDING,
                _json(challenge.state),
            )

    async def move_order(self, order_id: str, source: OrderStatus, target: OrderStatus, at: int) -> bool:
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

    async def forget_mailbox(self, order_id: str) -> None:
        """Once an order has ended, the address itself has no use, nor who signed in: the keyed hash stays."""
        await self._connection.run('UPDATE "order" SET mailbox = NULL, subject = NULL WHERE id = $1', order_id)

    async def claim_challenge(self, order_id: str, type_: str, now: int, lease_until: int) -> bool:
        """Become the only one at work on that challenge until `lease_until`; False if somebody is, or it is valid."""
        changed = await self._connection.run(
            "UPDATE challenge SET status = $1, lease_until = $2"
            " WHERE order_id = $3 AND type = $4 AND lease_until <= $5 AND status <> $6",
            ChallengeStatus.PROCESSING,
            lease_until,
            order_id,
            type_,
            now,
            ChallengeStatus.VALID,
        )
        return changed == 1

    async def finish_challenge(
        self,
        order_id: str,
        type_: str,
        status: ChallengeStatus,
        state: Mapping[str, strict_json.Json],
        record_id: int | None,
    ) -> None:
        """Write what came of it and let go of it."""
        await self._connection.run(
            "UPDATE challenge SET status = $1, state = $2, record_id = COALESCE($3, record_id), lease_until = 0"
            " WHERE order_id = $4 AND type = $5",
            status,
            _json(state),
            record_id,
            order_id,
            type_,
        )

    async def set_authorization(self, order_id: str, end: End, status: ChallengeStatus) -> None:
        await self._connection.run(
            'UPDATE "authorization" SET status = $1 WHERE order_id = $2 AND "end" = $3', status, order_id, end
        )

    async def add_record(self, order_id: str, record: Record, seen: Circumstances) -> int:
        """Keep what a check saw, in the place of the oldest of its kind; returns its number."""
        row = await self._connection.row(
            'INSERT INTO validation_record (id, order_id, method, "end", view, valid, checked_at, problem, evidence,'
            " account, policy_version, class, consent, locale)"
            " SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13"
            " FROM validation_record WHERE true RETURNING id",
            order_id,
            record.method,
            record.end,
            record.view,
            int(record.valid),
            record.checked_at,
            _json({"code": record.problem.code, "values": dict(record.problem.values)}) if record.problem else None,
            _json(record.evidence),
            _json(_pin(record.account)) if record.account else None,
            seen.policy_version,
            seen.class_,
            _json(seen.consent),
            seen.locale,
        )
        assert row is not None  # noqa: S101 - RETURNING always returns
        await self.drop_older_records(order_id, record.method, record.view)
        return int(row[0])

    # Attestations

    async def reserve(self, intent: NewAttestation) -> None:
        """Store what will be signed, with the indexes drawn for it, and name it on its order."""
        names = columns(NewAttestation)
        await self._connection.run(
            f"INSERT INTO attestation ({names}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            *astuple(intent),
        )
        await self._connection.run('UPDATE "order" SET attestation_id = $1 WHERE id = $2', intent.id, intent.order_id)

    async def drop_intent(self, attestation_id: str) -> None:
        """Give up an intent that was never signed; its indexes return to the pool. One that was signed stays."""
        dropped = await self._connection.run(
            "DELETE FROM attestation WHERE id = $1 AND signed_at IS NULL", attestation_id
        )
        if dropped:
            await self._connection.run(
                'UPDATE "order" SET attestation_id = NULL WHERE attestation_id = $1', attestation_id
            )

    async def give_up(self, order_id: str, at: int) -> bool:
        """An order in ``issuing`` is ``ready`` again, and its document nobody's; False when it was not in it."""
        moved = await self.move_order(order_id, OrderStatus.ISSUING, OrderStatus.READY, at)
        if moved:
            await self.disown(order_id)
        return moved

    async def disown(self, order_id: str) -> None:
        """What was signed for that order and never published, if anything, is nobody's.

        Its row stays, as whatever the key signed does, and no door shows it.
        """
        await self._connection.run("DELETE FROM attestation WHERE order_id = $1 AND signed_at IS NULL", order_id)
        await self._connection.run('UPDATE "order" SET attestation_id = NULL WHERE id = $1', order_id)

    async def mark_linted(self, attestation_id: str, at: int) -> None:
        await self._connection.run("UPDATE attestation SET linted_at = $1 WHERE id = $2", at, attestation_id)

    async def store_signed(self, attestation_id: str, body: bytes, at: int) -> bool:
        """Keep the signed bytes; False when they are there already: an attestation is signed once."""
        changed = await self._connection.run(
            "UPDATE attestation SET body = $1, signed_at = $2 WHERE id = $3 AND signed_at IS NULL",
            body,
            at,
            attestation_id,
        )
        return changed == 1

    async def pin_account(self, new_id: str, pin: AccountPin, order_id: str, at: int) -> str:
        """Make that pin the one that answers for the handle; returns `new_id`."""
        await self._connection.run("UPDATE account SET current = 0 WHERE handle = $1 AND current = 1", pin.handle.acct)
        await self._connection.run(
            "INSERT INTO account (id, handle, actor, profile, key_digest, published, pinned_at, order_id, current,"
            " host, next_check_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)",
            new_id,
            pin.handle.acct,
            pin.actor,
            pin.profile,
            pin.key_digest,
            pin.published,
            at,
            order_id,
            str(HttpsUrl.parse(pin.actor).host),
            at + FIRST_CHECK,
        )
        return new_id

    async def mark_published(self, attestation_id: str, account_id: str, identity_id: str, at: int) -> None:
        await self._connection.run(
            "UPDATE attestation SET account_id = $1, identity_id = $2, published_at = $3"
            " WHERE id = $4 AND published_at IS NULL",
            account_id,
            identity_id,
            at,
            attestation_id,
        )
        await self._connection.run(
            'UPDATE "order" SET account_id = $1, identity_id = $2 WHERE attestation_id = $3',
            account_id,
            identity_id,
            attestation_id,
        )

    async def set_suspended(self, attestation_id: str, at: int | None) -> None:
        await self._connection.run("UPDATE attestation SET suspended_at = $1 WHERE id = $2", at, attestation_id)

    async def set_revoked(self, attestation_id: str, at: int) -> None:
        await self._connection.run("UPDATE attestation SET revoked_at = $1 WHERE id = $2", at, attestation_id)

    async def set_expired(self, attestation_id: str, at: int) -> None:
        await self._connection.run("UPDATE attestation SET expired_at = $1 WHERE id = $2", at, attestation_id)

    async def put_status_list(self, purpose: str, number: int, length: int, body: bytes, at: int) -> None:
        await self._connection.run(
            "INSERT INTO status_list (purpose, number, length, body, signed_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (purpose, number) DO UPDATE SET body = $4, signed_at = $5",
            purpose,
            number,
            length,
            body,
            at,
        )

    # The clockwork

    async def claim_job(self, name: str, now: int, lease_until: int) -> bool:
        """Become the only one who runs that job; False when somebody does, or when it is not due."""
        changed = await self._connection.run(
            "INSERT INTO job (name, lease_until, attempts, next_at) VALUES ($1, $2, 0, $3)"
            " ON CONFLICT (name) DO UPDATE SET lease_until = $2 WHERE job.lease_until <= $3 AND job.next_at <= $3",
            name,
            lease_until,
            now,
        )
        return changed == 1

    async def finish_job(self, name: str, next_at: int, *, failed: bool) -> None:
        """Let go of a job until `next_at`; `attempts` counts its failures in a row."""
        await self._connection.run(
            "UPDATE job SET lease_until = 0, next_at = $1, attempts = CASE WHEN $2 = 1 THEN attempts + 1 ELSE 0 END"
            " WHERE name = $3",
            next_at,
            int(failed),
            name,
        )

    # What the world reads

    async def put_verdict(self, order_id: str, status: Status, reason: Reason | None, at: int, body: bytes) -> None:
        """A new version; the older ones stay. It is also what a lookup gets, if that order speaks for its handle."""
        await self._connection.run("UPDATE verdict SET current = 0 WHERE order_id = $1 AND current = 1", order_id)
        await self._connection.run(
            "INSERT INTO verdict (order_id, version, status, reason, at, body, current)"
            " SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5, 1 FROM verdict WHERE order_id = $1",
            order_id,
            status,
            reason,
            at,
            body,
        )
        await self._connection.run(
            "INSERT INTO answer (handle, etag, body)"
            " SELECT handle, $2, $3 FROM account WHERE order_id = $1 AND current = 1"
            " ON CONFLICT (handle) DO UPDATE SET etag = $2, body = $3",
            order_id,
            hashlib.sha256(body).hexdigest()[:32],
            body,
        )

    async def add_event(
        self, kind: EventKind, attestation_id: str, acct: str, at: int, *, listed: bool, reason: Reason | None = None
    ) -> None:
        """What followers read, and the delivery that tells them, in the transaction of the change itself."""
        row = await self._connection.row(
            "INSERT INTO event (seq, at, kind, attestation_id, handle, listed, reason)"
            " SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5, $6 FROM event WHERE true RETURNING seq",
            at,
            kind,
            attestation_id,
            acct,
            int(listed),
            reason,
        )
        assert row is not None  # noqa: S101 - RETURNING always returns
        await self._connection.run(
            "INSERT INTO outbox (id, kind, payload, created_at, lease_until, attempts, next_at)"
            " SELECT COALESCE(MAX(id), 0) + 1, 'event', $1, $2, 0, 0, $2 FROM outbox WHERE true",
            _json({"seq": int(row[0])}),
            at,
        )


class Writer(ABC):
    """Whoever may change the store; one transaction at a time."""

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """All of it or nothing: committed on the way out, rolled back on any exception."""


def _json(value: Mapping[str, strict_json.Json]) -> str:
    return strict_json.dumps(dict(value)).decode()


def _pin(pin: AccountPin) -> dict[str, strict_json.Json]:
    return {
        "handle": pin.handle.acct,
        "actor": pin.actor,
        "profile": pin.profile,
        "keyDigest": pin.key_digest,
        "published": pin.published,
    }
