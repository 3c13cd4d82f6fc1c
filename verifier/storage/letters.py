"""Letters that wait to be sent: written with the change that they tell of, so that neither is without the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core import strict_json
from .outbox import enqueue
from .part import Part


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter of the outbox.

    :param identity: whom it is for; None: `to`, or the operator
    :param to: the address of somebody who is no identity of ours: the owner of a domain
    :param letter: its name in ``words.letters``
    :param sealed: values that must not be read in the store, sealed; worth nothing after the time ``until`` of `values`
    """

    id: int
    identity: str | None
    letter: str
    locale: str
    values: Mapping[str, strict_json.Json]
    created_at: int
    attempts: int
    lease_until: int
    to: str | None
    sealed: str | None


class LetterReads(Part):
    async def is_due(self, now: int) -> bool:
        return await self._exists(
            "SELECT 1 FROM outbox WHERE kind = 'letter' AND next_at <= $1 AND lease_until <= $1 LIMIT 1", now
        )

    async def count_due(self, now: int) -> int:
        """How many should be sent by now."""
        return await self._int("SELECT COUNT(*) FROM outbox WHERE kind = 'letter' AND next_at <= $1", now)


class LetterWrites(LetterReads):
    async def add(
        self,
        identity_id: str | None,
        letter: str,
        locale: str,
        values: Mapping[str, strict_json.Json],
        at: int,
        *,
        to: str | None = None,
        sealed: str | None = None,
    ) -> None:
        """To be sent once this transaction is committed.

        :param identity_id: None: to the address `to`, or to the operator
        :param sealed: as :class:`WaitingLetter` has it
        """
        payload = {"identity": identity_id, "letter": letter, "locale": locale, "values": dict(values), "to": to}
        payload |= {"sealed": sealed} if sealed is not None else {}
        await enqueue(self._connection, "letter", payload, at)

    async def claim(self, now: int, lease_until: int, limit: int) -> Sequence[WaitingLetter]:
        """Become the only one who sends these until `lease_until`, the oldest first."""
        rows = await self._connection.rows(
            "UPDATE outbox SET lease_until = $1, attempts = attempts + 1 WHERE id IN"
            " (SELECT id FROM outbox WHERE kind = 'letter' AND next_at <= $2 AND lease_until <= $2"
            " ORDER BY next_at, id LIMIT $3) RETURNING id, payload, created_at, attempts",
            lease_until,
            now,
            limit,
        )
        return [
            _letter(int(row[0]), str(row[1]), int(row[2]), int(row[3]), lease_until)
            for row in sorted(rows, key=lambda row: int(row[0]))
        ]

    async def put_off(self, letter: WaitingLetter, next_at: int) -> None:
        """To be tried again at `next_at`."""
        await self._connection.run(
            "UPDATE outbox SET lease_until = 0, next_at = $1 WHERE id = $2 AND lease_until = $3",
            next_at,
            letter.id,
            letter.lease_until,
        )

    async def drop(self, letter: WaitingLetter) -> None:
        """It was sent, or never will be."""
        # With its lease: whoever held it for too long must not drop the next one of that number.
        await self._connection.run(
            "DELETE FROM outbox WHERE id = $1 AND lease_until = $2", letter.id, letter.lease_until
        )


def _letter(number: int, payload: str, created_at: int, attempts: int, lease_until: int) -> WaitingLetter:
    said = strict_json.loads_object(payload.encode())
    whom = said["identity"], said["letter"], said["locale"], said["values"]
    return WaitingLetter(number, *whom, created_at, attempts, lease_until, said["to"], said.get("sealed"))
