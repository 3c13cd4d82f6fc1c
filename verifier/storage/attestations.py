"""Attestations: from what will be signed to what is in force."""

from collections.abc import Sequence

from .part import Part
from .rows import Attestation, ListedAccount, NewAttestation
from .sql import IN_FORCE, LIST_CHANGED, PINS_IN_ANY_SPELLING, VOUCHING, columns, make, of_spelling, resting_on

_ATTESTATION = f"SELECT {columns(Attestation, 'attestation')} FROM attestation"
_RESTING_ON_BODY = f"SELECT {columns(Attestation, 'attestation')} {resting_on('$1')} ORDER BY attestation.id"
_ON_DOMAIN = f"""
    SELECT {columns(Attestation, "attestation")} FROM domain_of
    JOIN account ON account.id = domain_of.subject AND account.current = 1
    JOIN attestation ON attestation.order_id = account.order_id WHERE domain_of.domain = $1 AND {VOUCHING}
    ORDER BY attestation.id
"""
_OF_ACCOUNT = f"""
    SELECT {columns(Attestation, "attestation")} FROM account
    JOIN attestation ON attestation.account_id = account.id
"""
_EVER = "attestation.published_at IS NOT NULL"
_NEWEST_FIRST = "ORDER BY attestation.published_at DESC, attestation.id"
_EVER_OF_HANDLE = f"{_ATTESTATION} WHERE LOWER(handle) = $1 AND {_EVER} {_NEWEST_FIRST}"
_EVER_OF_ACTOR = f"{_OF_ACCOUNT} WHERE account.actor = $1 AND {_EVER} {_NEWEST_FIRST}"
_EVER_OF_KEY = f"{_OF_ACCOUNT} WHERE account.key_digest = $1 AND account.actor <> $2 AND {_EVER} {_NEWEST_FIRST}"
_OF_ACTOR = f"{_OF_ACCOUNT} WHERE account.actor = $1 AND {IN_FORCE} {_NEWEST_FIRST}"
_OF_SAME_ACCOUNT = (
    f"{_OF_ACCOUNT} JOIN account AS its ON its.actor = account.actor WHERE its.id = $1 AND {IN_FORCE} {_NEWEST_FIRST}"
)
_LISTED = """
    SELECT account.handle, "order".identity_type, body.domain, body.name FROM attestation
    JOIN account ON account.order_id = attestation.order_id AND account.current = 1
    JOIN verdict ON verdict.order_id = attestation.order_id AND verdict.current = 1
    JOIN "order" ON "order".id = attestation.order_id
    LEFT JOIN identity ON identity.id = attestation.identity_id AND identity.type = 'institution'
    LEFT JOIN body ON body.id = identity.body_id
    WHERE attestation.listed = 1 AND verdict.status IN ('verified', 'degraded')
"""
_BODY_FAILING = """
    SELECT CASE WHEN body.vouched_at IS NOT NULL AND body.proved_at IS NULL
        THEN above.failing_since ELSE body.failing_since END
    FROM attestation JOIN identity ON identity.id = attestation.identity_id AND identity.type = 'institution'
    JOIN body ON body.id = identity.body_id LEFT JOIN body AS above ON above.id = body.parent_id
    WHERE attestation.id = $1
"""
_SUSPENSION_DUE, _REVOCATION_DUE = (
    f"{LIST_CHANGED} WHERE purpose = '{purpose}' AND number = (SELECT {purpose}_list FROM attestation WHERE id = $2)"
    for purpose in ("suspension", "revocation")
)


class AttestationReads(Part):
    """In force: published, neither revoked nor ended. Vouching: in force, not suspended, not erased."""

    async def get(self, attestation_id: str) -> Attestation | None:
        return await self._get(Attestation, f"{_ATTESTATION} WHERE id = $1", attestation_id)

    async def newest(self, limit: int) -> Sequence[Attestation]:
        """Published attestations, newest first."""
        return await self._list(
            Attestation,
            f"{_ATTESTATION} WHERE published_at IS NOT NULL ORDER BY published_at DESC, id LIMIT $1",
            limit,
        )

    async def on_handle(self, acct: str) -> Attestation | None:
        """The attestation in force of the pin that answers for that handle, suspended or not."""
        found = of_spelling(acct, await self._connection.rows(PINS_IN_ANY_SPELLING, acct.lower()))
        return await self.of_order(found[3]) if found else None

    async def of_order(self, order_id: str) -> Attestation | None:
        """The attestation in force of that order, suspended or not."""
        return await self._get(
            Attestation,
            f"{_ATTESTATION} WHERE order_id = $1 AND {IN_FORCE} ORDER BY published_at DESC, id LIMIT 1",
            order_id,
        )

    async def ever_of_handle(self, acct: str) -> Sequence[Attestation]:
        """All that were ever published for that handle, in whatever case, newest first."""
        return await self._list(Attestation, _EVER_OF_HANDLE, acct.lower())

    async def ever_of_actor(self, actor: str) -> Sequence[Attestation]:
        """All that were ever published for that actor, whatever its handle, newest first."""
        return await self._list(Attestation, _EVER_OF_ACTOR, actor)

    async def ever_of_key(self, key_digest: str, actor: str) -> Sequence[Attestation]:
        """All that were ever published for another actor than that one with the same key, newest first."""
        return await self._list(Attestation, _EVER_OF_KEY, key_digest, actor)

    async def of_actor(self, actor: str) -> Sequence[Attestation]:
        """Those in force of that actor, whatever its handles, newest first."""
        return await self._list(Attestation, _OF_ACTOR, actor)

    async def of_same_account(self, attestation: Attestation) -> Sequence[Attestation]:
        """Those in force of the actor of that attestation, whatever its handles, newest first: the first is live."""
        return await self._list(Attestation, _OF_SAME_ACCOUNT, attestation.account_id)

    async def of_identity(self, identity_id: str) -> Sequence[Attestation]:
        """Those in force, suspended ones too."""
        return await self._list(Attestation, f"{_ATTESTATION} WHERE identity_id = $1 AND {IN_FORCE}", identity_id)

    async def in_force(self, after: str, limit: int) -> Sequence[Attestation]:
        """Those in force and not erased, suspended or not, by id from behind `after`."""
        return await self._list(
            Attestation,
            f"{_ATTESTATION} WHERE id > $1 AND {IN_FORCE} AND body IS NOT NULL ORDER BY id LIMIT $2",
            after,
            limit,
        )

    async def overdue(self, now: int, limit: int) -> Sequence[Attestation]:
        """Those in force whose ``validUntil`` has passed."""
        return await self._list(
            Attestation,
            f"{_ATTESTATION} WHERE valid_until <= $1 AND {IN_FORCE} ORDER BY valid_until, id LIMIT $2",
            now,
            limit,
        )

    async def vouching(self, order_id: str) -> Attestation | None:
        """The attestation of that order, if it is vouching."""
        return await self._get(
            Attestation,
            f"{_ATTESTATION} WHERE order_id = $1 AND {VOUCHING} ORDER BY published_at DESC, id LIMIT 1",
            order_id,
        )

    async def vouching_on_host(self, host: str) -> Sequence[Attestation]:
        """Those, vouching, of the accounts of that host."""
        return await self._list(
            Attestation,
            f"{_ATTESTATION} JOIN account ON account.order_id = attestation.order_id AND account.current = 1"
            f" WHERE account.host = $1 AND {VOUCHING} ORDER BY attestation.id",
            host,
        )

    async def vouching_on_domain(self, domain: str) -> Sequence[Attestation]:
        """Those, vouching, of the accounts whose actor or handle is of that domain."""
        return await self._list(Attestation, _ON_DOMAIN, domain)

    async def resting_on_body(self, body_id: str) -> Sequence[Attestation]:
        """Those, vouching, that rest on the record of that body."""
        return await self._list(Attestation, _RESTING_ON_BODY, body_id)

    async def body_failing_since(self, attestation_id: str) -> int | None:
        """Since when the record that an institution's attestation rests on cannot be seen."""
        row = await self._connection.row(_BODY_FAILING, attestation_id)
        return None if row is None else row[0]

    async def listed(self) -> Sequence[ListedAccount]:
        """Every listed account that is vouched for."""
        return [make(ListedAccount, row) for row in await self._connection.rows(_LISTED)]

    async def listed_as(self, acct: str) -> Sequence[ListedAccount]:
        """As :meth:`listed`, of that handle in whatever spelling."""
        rows = await self._connection.rows(f"{_LISTED} AND LOWER(account.handle) = $1", acct.lower())
        return [make(ListedAccount, row) for row in rows]


class AttestationWrites(AttestationReads):
    async def reserve(self, intent: NewAttestation) -> None:
        """Store what will be signed, with the indexes drawn for it, and name it on its order."""
        await self._insert("attestation", intent)
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

    async def set_linted(self, attestation_id: str, at: int) -> None:
        await self._connection.run("UPDATE attestation SET linted_at = $1 WHERE id = $2", at, attestation_id)

    async def set_signed(self, attestation_id: str, body: bytes, at: int) -> bool:
        """Keep the signed bytes; False when they are there already: an attestation is signed once."""
        changed = await self._connection.run(
            "UPDATE attestation SET body = $1, signed_at = $2 WHERE id = $3 AND signed_at IS NULL",
            body,
            at,
            attestation_id,
        )
        return changed == 1

    async def set_published(self, attestation_id: str, account_id: str, identity_id: str, at: int) -> None:
        """Whose it is and of which account, on it and on its order; the time of the first publication stays."""
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
        """The status list is due from then on, within the same transaction."""
        await self._connection.run("UPDATE attestation SET suspended_at = $1 WHERE id = $2", at, attestation_id)
        await self._connection.run(_SUSPENSION_DUE, at, attestation_id)

    async def set_revoked(self, attestation_id: str, at: int) -> None:
        """As :meth:`set_suspended`."""
        await self._connection.run("UPDATE attestation SET revoked_at = $1 WHERE id = $2", at, attestation_id)
        await self._connection.run(_REVOCATION_DUE, at, attestation_id)

    async def set_expired(self, attestation_id: str, at: int) -> None:
        await self._connection.run("UPDATE attestation SET expired_at = $1 WHERE id = $2", at, attestation_id)
