"""The authorizations of an order, and its challenges: the ways of proving its ends."""

from collections.abc import Mapping, Sequence

from ..core import strict_json
from ..core.models import ChallengeStatus, End
from .part import Part
from .rows import Authorization, Challenge
from .sql import columns, json_text

_CHALLENGE = f"SELECT {columns(Challenge)} FROM challenge"


class ChallengeReads(Part):
    async def authorizations(self, order_id: str) -> Sequence[Authorization]:
        return await self._list(
            Authorization,
            f'SELECT {columns(Authorization)} FROM "authorization" WHERE order_id = $1 ORDER BY "end"',
            order_id,
        )

    async def of_order(self, order_id: str) -> Sequence[Challenge]:
        return await self._list(Challenge, f'{_CHALLENGE} WHERE order_id = $1 ORDER BY "end", type', order_id)

    async def get(self, order_id: str, type_: str) -> Challenge | None:
        return await self._get(Challenge, f"{_CHALLENGE} WHERE order_id = $1 AND type = $2", order_id, type_)

    async def next_look(self, order_id: str, type_: str) -> int:
        """When the service looks for it by itself, in Unix seconds; 0: as soon as it may."""
        return await self._int(
            "SELECT COALESCE(MAX(next_look_at), 0) FROM challenge WHERE order_id = $1 AND type = $2", order_id, type_
        )


class ChallengeWrites(ChallengeReads):
    async def claim(self, order_id: str, type_: str, now: int, lease_until: int) -> bool:
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

    async def is_held(self, order_id: str, type_: str, lease_until: int) -> bool:
        """Whether the claim with that lease still stands: nobody took the challenge once the lease was over.

        No later claim has the same lease, since it begins when this one is over.
        """
        return await self._exists(
            "SELECT 1 FROM challenge WHERE order_id = $1 AND type = $2 AND lease_until = $3",
            order_id,
            type_,
            lease_until,
        )

    async def finish(
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
            json_text(state),
            record_id,
            order_id,
            type_,
        )

    async def look_next(self, order_id: str, type_: str, at: int) -> None:
        """The service looks for it by itself again at that time."""
        await self._connection.run(
            "UPDATE challenge SET next_look_at = $1 WHERE order_id = $2 AND type = $3", at, order_id, type_
        )

    async def set_authorization(self, order_id: str, end: End, status: ChallengeStatus) -> None:
        await self._connection.run(
            'UPDATE "authorization" SET status = $1 WHERE order_id = $2 AND "end" = $3', status, order_id, end
        )
