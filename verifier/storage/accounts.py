"""Accounts as they were pinned, and what is seen of them, looked at again by the host of their actor."""

from collections.abc import Mapping, Sequence

from ..core.clock import DAY
from ..core.identifiers import HttpsUrl
from ..core.models import AccountPin
from .changed import Kind, note, note_account
from .part import Part
from .rows import Watched
from .sql import PINS_IN_ANY_SPELLING, columns, of_spelling

FIRST_CHECK = DAY // 2  # seconds from a pin to the first look at it

_ACCOUNT = f"SELECT {columns(Watched)} FROM account"

# Two indexed reads, since an OR over two columns would scan. An actor that was renamed has a pin for each name.
_HANDLE_OF_URL = """
    SELECT handle, pinned_at, 0 AS place FROM account WHERE actor = $1 AND current = 1
    UNION ALL
    SELECT handle, pinned_at, 1 AS place FROM account WHERE profile = $1 AND current = 1
    ORDER BY place, pinned_at DESC LIMIT 1
"""
_REPLACED = f"""
    {_ACCOUNT} WHERE current = 1 AND LOWER(handle) = $1
    AND (handle = $2 OR actor = $3 OR ($4 = 0 AND COALESCE(folding, 'yes') = 'yes'))
"""
_WITHOUT_DOMAIN = """
    SELECT id, handle, actor FROM account
    WHERE current = 1 AND NOT EXISTS (SELECT 1 FROM domain_of WHERE subject = account.id) ORDER BY id LIMIT $1
"""
_FREE_HOSTS = """
    SELECT account.host FROM account LEFT JOIN watched_host ON watched_host.host = account.host
    WHERE account.current = 1 AND account.next_check_at <= $1 AND COALESCE(watched_host.lease_until, 0) <= $1
    GROUP BY account.host ORDER BY MIN(account.next_check_at), account.host LIMIT $2
"""


class AccountReads(Part):
    async def get(self, acct: str) -> Watched | None:
        """The pin that answers for that handle, in whatever spelling if its server folds."""
        found = of_spelling(acct, await self._connection.rows(PINS_IN_ANY_SPELLING, acct.lower()))
        return await self._get(Watched, f"{_ACCOUNT} WHERE id = $1", found[2]) if found else None

    async def replaced_by(self, pin: AccountPin) -> Sequence[Watched]:
        """The pins whose name is that of `pin`, which takes their place.

        Of another spelling, it is only if the actor is the same too, or if the server takes all spellings for one.
        """
        return await self._list(
            Watched,
            _REPLACED,
            pin.handle.folded.acct,
            pin.handle.acct,
            pin.actor,
            int(pin.is_exact),
        )

    async def of_order(self, order_id: str) -> Watched | None:
        """The pin that was made for that order."""
        return await self._get(Watched, f"{_ACCOUNT} WHERE order_id = $1", order_id)

    async def handle_of_url(self, url: str) -> str | None:
        """The handle, the newest, of the account whose actor id or profile URL is exactly that."""
        row = await self._connection.row(_HANDLE_OF_URL, url)
        return str(row[0]) if row else None

    async def is_any_due(self, now: int) -> bool:
        return await self._exists("SELECT 1 FROM account WHERE current = 1 AND next_check_at <= $1 LIMIT 1", now)

    async def count_due(self, now: int) -> int:
        return await self._int("SELECT COUNT(*) FROM account WHERE current = 1 AND next_check_at <= $1", now)

    async def due(self, host: str, now: int, limit: int) -> Sequence[Watched]:
        """The accounts of that host whose time has come, the oldest first."""
        return await self._list(
            Watched,
            f"{_ACCOUNT} WHERE current = 1 AND host = $1 AND next_check_at <= $2 ORDER BY next_check_at, id LIMIT $3",
            host,
            now,
            limit,
        )

    async def count_drifted(self, host: str, since: int) -> Mapping[str, int]:
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

    async def without_domain(self, limit: int) -> Sequence[tuple[str, str, str]]:
        """Id, handle and actor of accounts whose domains are not watched yet."""
        return [(str(row[0]), str(row[1]), str(row[2])) for row in await self._connection.rows(_WITHOUT_DOMAIN, limit)]


class AccountWrites(AccountReads):
    async def pin(
        self, new_id: str, pin: AccountPin, order_id: str, at: int, *, profile_page: bool | None = None
    ) -> str:
        """Make that pin the one that answers for the handle; returns `new_id`."""
        for old in await self.replaced_by(pin):
            await self._update("account", "id", old.id, {"current": 0})
            await note_account(self._connection, old.handle, old.actor, old.profile)
        account = Watched(
            id=new_id,
            handle=pin.handle.acct,
            actor=pin.actor,
            profile=pin.profile,
            key_digest=pin.key_digest,
            published=pin.published,
            order_id=order_id,
            host=_host(pin.actor),
            checked_at=None,
            failing_since=None,
            missing_since=None,
            warned_at=None,
            next_check_at=at + FIRST_CHECK,
            profile_page=profile_page,
            folding=pin.folding,
            folding_asked_at=None if pin.folding is None else at,
            folding_unknown_since=None,
        )
        await self._insert("account", account, pinned_at=at, current=1)
        await note_account(self._connection, account.handle, account.actor, account.profile)
        return new_id

    async def set_seen(self, account_id: str, actor: str, at: int, next_at: int) -> None:
        """It was seen to be as it was pinned: what failed before is forgotten."""
        changes: dict[str, object] = {"checked_at": at, "next_check_at": next_at, "host": _host(actor)}
        changes |= dict.fromkeys(("failing_since", "missing_since", "warned_at"))
        await self._update("account", "id", account_id, changes)

    async def set_profile_page(self, account_id: str, *, answered: bool) -> None:
        """Whether the page of its profile answered, the first time that it was looked at."""
        await self._update("account", "id", account_id, {"profile_page": int(answered)})

    async def set_spelling(
        self, account_id: str, pin: AccountPin, asked_at: int | None, unknown_since: int | None
    ) -> None:
        """The name is spelled as in `pin`, which no other pin may have, and its server folds or not as it says there.

        :param asked_at: when that was learned; `unknown_since`: from when on it cannot be
        """
        changes = {
            "handle": pin.handle.acct,
            "folding": pin.folding,
            "folding_asked_at": asked_at,
            "folding_unknown_since": unknown_since,
        }
        before = await self._connection.row("SELECT handle, actor, profile FROM account WHERE id = $1", account_id)
        await self._update("account", "id", account_id, changes)
        if before:
            await note_account(self._connection, *before)
            await note(self._connection, Kind.HANDLE, pin.handle.acct)

    async def set_failing(self, account_id: str, since: int, missing_since: int | None, next_at: int) -> None:
        """It could not be seen."""
        changes = {"failing_since": since, "missing_since": missing_since, "next_check_at": next_at}
        await self._update("account", "id", account_id, changes)

    async def set_warned(self, account_id: str, at: int) -> None:
        """Its holder was written to, once for this failure."""
        await self._update("account", "id", account_id, {"warned_at": at})

    async def set_drifted(self, account_id: str, actor: str, at: int) -> None:
        """It was seen with another key, or as another actor."""
        await self._update("account", "id", account_id, {"host": _host(actor), "drifted_at": at})

    async def look_later(self, account_id: str, next_at: int) -> None:
        await self._update("account", "id", account_id, {"next_check_at": next_at})

    async def hasten(self, now: int) -> None:
        """Every account is due now."""
        await self._connection.run(
            "UPDATE account SET next_check_at = $1 WHERE current = 1 AND next_check_at > $1", now
        )

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

    async def release_hosts(self, leases: Mapping[str, int]) -> None:
        """:param leases: of each host, that of its claim; a host that somebody took after it was over stays theirs"""
        for host, lease_until in leases.items():
            await self._connection.run(
                "UPDATE watched_host SET lease_until = 0 WHERE host = $1 AND lease_until = $2", host, lease_until
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


def _host(actor: str) -> str:
    return str(HttpsUrl.parse(actor).host)
