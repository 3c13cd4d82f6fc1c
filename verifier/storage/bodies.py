"""Public bodies: their records, who names them, and when they are looked at again."""

from collections.abc import Sequence

from .changed import note_instances
from .part import Part
from .rows import Body
from .sql import columns, resting_on

_BODY = f"SELECT {columns(Body)} FROM body"
_ACCOUNTS_OF_CHILDREN = """
    SELECT body.id, attestation.handle FROM body
    JOIN identity ON identity.body_id = body.id AND identity.type = 'institution'
    JOIN attestation ON attestation.identity_id = identity.id
    JOIN verdict ON verdict.order_id = attestation.order_id AND verdict.current = 1
    WHERE body.parent_id = $1 AND body.vouched_at IS NOT NULL AND verdict.status IN ('verified', 'degraded')
    ORDER BY attestation.handle
"""
_DUE = f"""
    {_BODY} WHERE watched_from IS NOT NULL AND token IS NOT NULL AND next_check_at <= $1
    AND (proved_at IS NOT NULL OR EXISTS (SELECT 1 {resting_on("body.id")})
        OR EXISTS (SELECT 1 FROM instance WHERE instance.body_id = body.id AND instance.ended_at IS NULL))
    ORDER BY next_check_at, id LIMIT $2
"""


class BodyReads(Part):
    async def get(self, domain: str) -> Body | None:
        return await self._get(Body, f"{_BODY} WHERE domain = $1", domain)

    async def by_id(self, body_id: str) -> Body | None:
        return await self._get(Body, f"{_BODY} WHERE id = $1", body_id)

    async def all(self, limit: int) -> Sequence[Body]:
        """Those that asked for something, by domain."""
        return await self._list(Body, f"{_BODY} ORDER BY domain LIMIT $1", limit)

    async def children(self, body_id: str) -> Sequence[Body]:
        """Those that it names, by domain; none that it has taken back."""
        return await self._list(
            Body, f"{_BODY} WHERE parent_id = $1 AND vouched_at IS NOT NULL ORDER BY domain", body_id
        )

    async def accounts_of_children(self, body_id: str) -> Sequence[tuple[str, str]]:
        """Body and handle of each account, vouched for, in the name of one that it names."""
        rows = await self._connection.rows(_ACCOUNTS_OF_CHILDREN, body_id)
        return [(str(row[0]), str(row[1])) for row in rows]

    async def proved_on_domain(self, domain: str) -> Sequence[Body]:
        """The proved bodies whose names are of that registered domain."""
        return await self._list(
            Body,
            f"{_BODY} WHERE proved_at IS NOT NULL AND id IN (SELECT subject FROM domain_of WHERE domain = $1)"
            " ORDER BY id",
            domain,
        )

    async def due(self, now: int, limit: int) -> Sequence[Body]:
        """Bodies whose record is to be looked at, the oldest first: proved, or something still rests on them."""
        return await self._list(Body, _DUE, now, limit)

    async def failing(self, body_id: str) -> tuple[int | None, int | None]:
        """Since when its record cannot be seen; and since when an unsigned answer says no, in that time."""
        row = await self._connection.row(
            "SELECT failing_since, CASE WHEN failing_since IS NOT NULL THEN denied_since END FROM body WHERE id = $1",
            body_id,
        )
        return (row[0], row[1]) if row else (None, None)


class BodyWrites(BodyReads):
    async def ensure(self, new_id: str, domain: str, name: str, at: int) -> str:
        """The id of the body of that domain, which is made if there is none."""
        await self._connection.run(
            "INSERT INTO body (id, domain, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (domain) DO NOTHING",
            new_id,
            domain,
            name,
            at,
        )
        row = await self._connection.row("SELECT id FROM body WHERE domain = $1", domain)
        assert row is not None  # noqa: S101 - the row was written just before, in this transaction
        return str(row[0])

    async def rename(self, domain: str, name: str) -> None:
        """The body of that domain, if there is one, has that name from now on."""
        await self._connection.run("UPDATE body SET name = $1 WHERE domain = $2 AND name <> $1", name, domain)
        for (body_id,) in await self._connection.rows("SELECT id FROM body WHERE domain = $1", domain):
            await note_instances(self._connection, body_id)

    async def set_token(self, body_id: str, token: str) -> None:
        """Give a body the word that its DNS must hold; a proof by an older one has ended."""
        await self._connection.run(
            "UPDATE body SET token = $1, proved_at = NULL, proof_until = NULL, checked_at = NULL, security = NULL"
            " WHERE id = $2",
            token,
            body_id,
        )

    async def prove(self, body_id: str, at: int, until: int | None, security: str) -> None:
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

    async def unprove(self, body_id: str) -> None:
        """Its record is no longer there, or no longer ours."""
        await self._connection.run(
            "UPDATE body SET proved_at = NULL, proof_until = NULL, checked_at = NULL, security = NULL,"
            " failing_since = NULL WHERE id = $1",
            body_id,
        )

    async def set_contact(self, body_id: str, contact_key: bytes) -> None:
        """Whose word is the body's, unless somebody's was before."""
        await self._connection.run(
            "UPDATE body SET contact_key = $1 WHERE id = $2 AND contact_key IS NULL", contact_key, body_id
        )

    async def vouch(self, body_id: str, parent_id: str, name: str, at: int) -> None:
        """The body above names it as its own; one that proved itself keeps the name that it had, if it had one."""
        await self._connection.run(
            "UPDATE body SET parent_id = $1, vouched_at = $2,"
            " name = CASE WHEN proved_at IS NULL OR name = domain THEN $3 ELSE name END,"
            " watched_from = COALESCE(watched_from, $2) WHERE id = $4",
            parent_id,
            at,
            name,
            body_id,
        )
        await note_instances(self._connection, body_id)  # its name is told with them

    async def unvouch(self, body_id: str) -> None:
        """The body above names it no more: `parent_id` stays, and says that it once did.

        Whom the body above named as its contact goes too, unless it had a record of its own to say so.
        """
        await self._connection.run(
            "UPDATE body SET vouched_at = NULL, contact_key = CASE WHEN token IS NULL THEN NULL ELSE contact_key END"
            " WHERE id = $1",
            body_id,
        )

    async def set_seen(self, body_id: str, next_at: int) -> None:
        """What failed before is forgotten."""
        await self.set_failing(body_id, None, None, next_at)

    async def set_failing(self, body_id: str, since: int | None, denied_since: int | None, next_at: int) -> None:
        """Its record was not seen, or what was seen is still to be believed."""
        changes = {"failing_since": since, "denied_since": denied_since, "next_check_at": next_at}
        await self._update("body", "id", body_id, changes)

    async def look_later(self, body_id: str, next_at: int) -> None:
        await self._update("body", "id", body_id, {"next_check_at": next_at})
