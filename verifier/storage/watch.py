"""What is looked at again: attested accounts by the host of their actor, and the bodies that hold them."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.identifiers import HttpsUrl
from .connection import Connection
from .rows import Attestation, Body, Watched, columns, make

_ACCOUNT = f"SELECT {columns(Watched)} FROM account"
LIVE = (
    "attestation.published_at IS NOT NULL AND attestation.revoked_at IS NULL AND attestation.expired_at IS NULL"
    " AND attestation.suspended_at IS NULL AND attestation.body IS NOT NULL"
)
_VOUCHED_FOR = f"SELECT {columns(Attestation, 'attestation')} FROM attestation"
_FREE_HOSTS = """
    SELECT account.host FROM account LEFT JOIN watched_host ON watched_host.host = account.host
    WHERE account.current = 1 AND account.next_check_at <= $1 AND COALESCE(watched_host.lease_until, 0) <= $1
    GROUP BY account.host ORDER BY MIN(account.next_check_at), account.host LIMIT $2
"""


def _rests_on(body: str) -> str:
    """What rests on the record of that body."""
    # Its own attestations, unless the body above it speaks for them, and those of the bodies that it vouched for and
    # that have no record of their own. The condition before LIVE is the one that indexes serve.
    return f"""
        FROM body AS held JOIN identity ON identity.body_id = held.id AND identity.type = 'institution'
        JOIN attestation ON attestation.identity_id = identity.id
        WHERE (held.id = {body} OR held.parent_id = {body}) AND {LIVE}
        AND CASE WHEN held.vouched_at IS NOT NULL AND held.proved_at IS NULL
            THEN held.parent_id ELSE held.id END = {body}"""


_OF_BODY = f"SELECT {columns(Attestation, 'attestation')} {_rests_on('$1')} ORDER BY attestation.id"
_BODIES_DUE = f"""
    SELECT {columns(Body)} FROM body WHERE watched_from IS NOT NULL AND token IS NOT NULL AND next_check_at <= $1
    AND (proved_at IS NOT NULL OR EXISTS (SELECT 1 {_rests_on("body.id")})
        OR EXISTS (SELECT 1 FROM instance WHERE instance.body_id = body.id AND instance.ended_at IS NULL))
    ORDER BY next_check_at, id LIMIT $2
"""
_BODY_FAILING = """
    SELECT CASE WHEN body.vouched_at IS NOT NULL AND body.proved_at IS NULL
        THEN above.failing_since ELSE body.failing_since END
    FROM attestation JOIN identity ON identity.id = attestation.identity_id AND identity.type = 'institution'
    JOIN body ON body.id = identity.body_id LEFT JOIN body AS above ON above.id = body.parent_id
    WHERE attestation.id = $1
"""


class WatchReads:
    """What is due, and what is known of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def account_is_due(self, now: int) -> bool:
        row = await self._connection.row("SELECT 1 FROM account WHERE current = 1 AND next_check_at <= $1 LIMIT 1", now)
        return row is not None

    async def accounts_due(self, host: str, now: int, limit: int) -> Sequence[Watched]:
        """The accounts of that host whose time has come, the oldest first."""
        rows = await self._connection.rows(
            f"{_ACCOUNT} WHERE current = 1 AND host = $1 AND next_check_at <= $2 ORDER BY next_check_at, id LIMIT $3",
            host,
            now,
            limit,
        )
        return [make(Watched, row) for row in rows]

    async def count_accounts_due(self, now: int) -> int:
        row = await self._connection.row("SELECT COUNT(*) FROM account WHERE current = 1 AND next_check_at <= $1", now)
        return int(row[0]) if row else 0

    async def watched_account(self, acct: str) -> Watched | None:
        """The pin that answers for that handle."""
        row = await self._connection.row(f"{_ACCOUNT} WHERE current = 1 AND handle = $1", acct)
        return make(Watched, row) if row else None

    async def attestation_vouching(self, order_id: str) -> Attestation | None:
        """The attestation of that order, if it is in force and not suspended."""
        row = await self._connection.row(
            f"{_VOUCHED_FOR} WHERE order_id = $1 AND {LIVE} ORDER BY published_at DESC, id LIMIT 1", order_id
        )
        return make(Attestation, row) if row else None

    async def body_failing_since(self, attestation_id: str) -> int | None:
        """Since when the record that an institution's attestation rests on cannot be seen."""
        row = await self._connection.row(_BODY_FAILING, attestation_id)
        return None if row is None else row[0]

    async def vouched_on_host(self, host: str) -> Sequence[Attestation]:
        """The attestations in force, and not suspended, of the accounts of that host."""
        rows = await self._connection.rows(
            f"{_VOUCHED_FOR} JOIN account ON account.order_id = attestation.order_id AND account.current = 1"
            f" WHERE account.host = $1 AND {LIVE} ORDER BY attestation.id",
            host,
        )
        return [make(Attestation, row) for row in rows]

    async def drifted_on_host(self, host: str, since: int) -> Mapping[str, int]:
        """How many accounts of that host, by their holder, were seen with another key or actor since then."""
        rows = await self._connection.rows(
            "SELECT attestation.identity_id, COUNT(DISTINCT account.id) FROM account"
            " JOIN attestation ON attestation.order_id = account.order_id"
            " WHERE account.current = 1 AND account.host = $1 AND account.drifted_at >= $2"
            " GROUP BY attestation.identity_id",
            host,
            since,
        )
        return {str(row[0]): int(row[1]) for row in rows}

    async def vouched_by_body(self, body_id: str) -> Sequence[Attestation]:
        """The attestations in force, and not suspended, that rest on the record of that body."""
        return [make(Attestation, row) for row in await self._connection.rows(_OF_BODY, body_id)]

    async def body_failing(self, body_id: str) -> tuple[int | None, int | None]:
        """Since when its record cannot be seen; and since when an unsigned answer says no, in that time."""
        row = await self._connection.row(
            "SELECT failing_since, CASE WHEN failing_since IS NOT NULL THEN denied_since END FROM body WHERE id = $1",
            body_id,
        )
        return (row[0], row[1]) if row else (None, None)

    async def bodies_due(self, now: int, limit: int) -> Sequence[Body]:
        """Bodies whose record is to be looked at, the oldest first: proved, or something still rests on them."""
        rows = await self._connection.rows(_BODIES_DUE, now, limit)
        return [make(Body, row) for row in rows]


class WatchWrites(WatchReads):
    """What was seen of it."""

    async def claim_hosts(self, now: int, lease_until: int, limit: int) -> Sequence[str]:
        """Become the only one who looks at these hosts: those with an account that is due, the oldest first."""
        hosts = [str(row[0]) for row in await self._connection.rows(_FREE_HOSTS, now, limit)]
        for host in hosts:
            await self._connection.run(
                "INSERT INTO watched_host (host, lease_until) VALUES ($1, $2)"
                " ON CONFLICT (host) DO UPDATE SET lease_until = $2",
                host,
                lease_until,
            )
        return hosts

    async def release_hosts(self, hosts: Sequence[str]) -> None:
        for host in hosts:
            await self._connection.run("UPDATE watched_host SET lease_until = 0 WHERE host = $1", host)

    async def account_as_pinned(self, account_id: str, actor: str, at: int, next_at: int) -> None:
        """It was seen to be as it was pinned: what failed before is forgotten."""
        seen: dict[str, int | None] = {"checked_at": at, "next_check_at": next_at}
        seen |= dict.fromkeys(("failing_since", "missing_since", "warned_at"))
        await self._note(account_id, host=str(HttpsUrl.parse(actor).host), **seen)

    async def account_failing(self, account_id: str, since: int, missing_since: int | None, next_at: int) -> None:
        """It could not be seen."""
        await self._note(account_id, failing_since=since, missing_since=missing_since, next_check_at=next_at)

    async def account_warned(self, account_id: str, at: int) -> None:
        """Its holder was written to, once for this failure."""
        await self._note(account_id, warned_at=at)

    async def account_drifted(self, account_id: str, actor: str, at: int) -> None:
        """It was seen with another key, or as another actor."""
        await self._note(account_id, host=str(HttpsUrl.parse(actor).host), drifted_at=at)

    async def look_later(self, account_id: str, next_at: int) -> None:
        await self._note(account_id, next_check_at=next_at)

    async def hasten_checks(self, now: int) -> None:
        """Every account is due now."""
        await self._connection.run(
            "UPDATE account SET next_check_at = $1 WHERE current = 1 AND next_check_at > $1", now
        )

    async def alarm_host(self, host: str, at: int, since: int) -> bool:
        """Note that a whole host is suspected; False when that was noted since then already."""
        changed = await self._connection.run(
            "INSERT INTO watched_host (host, lease_until, alarmed_at) VALUES ($1, 0, $2) ON CONFLICT (host)"
            " DO UPDATE SET alarmed_at = $2 WHERE COALESCE(watched_host.alarmed_at, 0) < $3",
            host,
            at,
            since,
        )
        return changed == 1

    async def body_seen(self, body_id: str, next_at: int) -> None:
        """What failed before is forgotten."""
        await self.body_failed(body_id, None, None, next_at)

    async def body_failed(self, body_id: str, since: int | None, denied_since: int | None, next_at: int) -> None:
        """Its record was not seen, or what was seen is still to be believed."""
        await self._connection.run(
            "UPDATE body SET failing_since = $1, denied_since = $2, next_check_at = $3 WHERE id = $4",
            since,
            denied_since,
            next_at,
            body_id,
        )

    async def look_at_body_later(self, body_id: str, next_at: int) -> None:
        await self._connection.run("UPDATE body SET next_check_at = $1 WHERE id = $2", next_at, body_id)

    async def renew_verdict(self, order_id: str, at: int, body: bytes) -> None:
        """The same verdict, seen to be true again: no new version, or each day would add one for each account."""
        await self._connection.run(
            "UPDATE verdict SET at = $1, body = $2 WHERE order_id = $3 AND current = 1", at, body, order_id
        )
        await self._connection.run(
            "UPDATE answer SET etag = $1, body = $2"
            " WHERE handle = (SELECT handle FROM account WHERE order_id = $3 AND current = 1)",
            hashlib.sha256(body).hexdigest()[:32],
            body,
            order_id,
        )

    async def _note(self, account_id: str, **values: Any) -> None:  # noqa: ANN401 - whatever a column holds
        named: Mapping[str, Any] = values
        places = ", ".join(f"{name} = ${place}" for place, name in enumerate(named, 2))
        await self._connection.run(f"UPDATE account SET {places} WHERE id = $1", account_id, *named.values())
