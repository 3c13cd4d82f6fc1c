"""The steps of issuance, each stored before the next: a crash after any of them leaves a row that says how far it went.

1. reserve: draw id and status indexes, store the document that we intend to sign, in one transaction;
2. lint: is it what the facts give; the strict model; then the whole proof set made with throw-away keys and verified
   through pyld: each time, of the very bytes that step 3 signs, whatever the row says of an earlier lint (T00j);
3. sign: what step 2 handed over, with the issuing keys;
4. compare: what came back, without its proofs, is what was linted, byte for byte; and its proofs verify;
5. store: the signed bytes, once and for ever;
6. publish (``registration.publishing``): verdict, page, event and outbox, in one transaction.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from ..core import metrics, observed, strict_json
from ..core.clock import Chance, Clock, to_rfc3339
from ..core.errors import ProofError, Unavailable
from ..core.models import Purpose
from ..core.site import Site
from ..core.strict_json import Json
from ..proof.contexts import Contexts
from ..proof.sets import By, SignersAt, prove_set, verify_set
from ..storage import Attestation, NewAttestation, Storage, Tx
from .document import Facts, build
from .lint import Linted, keys_of, lint

INTENT_LIFETIME = 600  # seconds: an intent left unsigned for longer is made anew, since its validFrom is too old
DRAWS = 64  # tries at a free pair of indexes; at half full, all failing has a chance of 2^-26


@dataclass(frozen=True, slots=True)
class Reservation:
    """The id of an attestation, and its index in each of the two lists of that number, all drawn at random."""

    attestation_id: str
    number: int
    revocation: int
    suspension: int


MakeFacts = Callable[[Reservation, int], Facts]
ListsWithRoom = Callable[[], Awaitable[tuple[int, int]]]


class Issuer:
    """Turns facts into stored, signed bytes. One per process.

    :param by: who signs at a moment, with which suites: each makes one proof of the set
    :param lists_with_room: number and length of the status lists to draw from
    """

    def __init__(
        self,
        *,
        site: Site,
        storage: Storage,
        contexts: Contexts,
        by: SignersAt,
        lists_with_room: ListsWithRoom,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._site = site
        self._storage = storage
        self._contexts = contexts
        self._by = by
        self._lists_with_room = lists_with_room
        self._clock = clock
        self._chance = chance

    async def issue(self, order_id: str, attestation_id: str | None, facts: MakeFacts, *, listed: bool) -> Attestation:
        """Steps 1 to 5, from wherever that order stopped; returns the stored row, with its signed body.

        :raises ProofError: the document does not lint, or what was signed is not what was linted
        :raises Unavailable: the signer does not answer
        """
        row = await self._storage.read.attestations.get(attestation_id) if attestation_id else None
        if row is not None and row.body is None and self._clock.now() - row.reserved_at > INTENT_LIFETIME:
            async with self._storage.write.transaction() as tx:
                await tx.attestations.drop_intent(row.id)
            row = None
        if row is None:
            row = await self._reserve(order_id, facts, listed=listed)
            metrics.ISSUANCE_STEPS.labels("reserve").inc()
        if row.body is not None:
            return row
        if row.intent != self._intent(facts(_reserved(row), row.reserved_at)):
            raise ProofError("intent-differs")
        now = self._clock.now()
        by = self._by(now)
        linted = await lint(row.intent, by, now, contexts=self._contexts, chance=self._chance)
        async with self._storage.write.transaction() as tx:
            await tx.attestations.set_linted(row.id, now)
        metrics.ISSUANCE_STEPS.labels("lint").inc()
        with observed.signature(Purpose.ISSUING, attestation=row.id):
            signed = await self._sign(linted, by, now)
        metrics.ISSUANCE_STEPS.labels("sign").inc()
        await self._compare(signed, linted, by)
        metrics.ISSUANCE_STEPS.labels("compare").inc()
        stored = await self._store(row.id, strict_json.dumps(signed))
        metrics.ISSUANCE_STEPS.labels("store").inc()
        return stored

    async def _reserve(self, order_id: str, facts: MakeFacts, *, listed: bool) -> Attestation:
        """Step 1."""
        number, length = await self._lists_with_room()  # before the transaction: a new pair is signed
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            order = await tx.orders.get(order_id)
            if order is not None and order.attestation_id is not None:
                # Another process reserved first; its intent is as good as ours.
                return await _row(tx, order.attestation_id)
            reservation = await self._draw(tx, number, length)
            values = facts(reservation, now)
            await tx.attestations.reserve(
                NewAttestation(
                    id=reservation.attestation_id,
                    order_id=order_id,
                    previous_id=None,
                    issuer=self._site.did,
                    handle=values.pin.handle.acct,
                    intent=self._intent(values),
                    revocation_list=reservation.number,
                    revocation_index=reservation.revocation,
                    suspension_list=reservation.number,
                    suspension_index=reservation.suspension,
                    listed=listed,
                    valid_from=values.valid_from,
                    valid_until=values.valid_until,
                    reserved_at=now,
                )
            )
            return await _row(tx, reservation.attestation_id)

    async def _draw(self, tx: Tx, number: int, length: int) -> Reservation:
        for _ in range(DRAWS):
            # At random: an index in order would tell when, and beside whom, somebody was attested.
            revocation, suspension = self._chance.below(length), self._chance.below(length)
            if not await tx.status_lists.is_index_taken(number, revocation, suspension):
                return Reservation(self._chance.identifier(), number, revocation, suspension)
        raise Unavailable("status-list-full")

    def _intent(self, facts: Facts) -> bytes:
        return strict_json.dumps(build(facts, self._site))

    async def _sign(self, linted: Linted, by: Sequence[By], now: int) -> dict[str, Json]:
        """Step 3. What comes from anywhere but the lint has no such type."""
        intent = strict_json.loads_object(linted.intent)
        return await prove_set(intent, by, created=to_rfc3339(now), contexts=self._contexts)

    async def _compare(self, signed: Mapping[str, Json], linted: Linted, by: Sequence[By]) -> None:
        """Step 4."""
        unsigned = {name: value for name, value in signed.items() if name != "proof"}
        if strict_json.dumps(unsigned) != linted.intent:
            raise ProofError("signed-differs")
        verify_set(signed, keys_of(by), self._contexts)

    async def _store(self, attestation_id: str, body: bytes) -> Attestation:
        """Step 5. When another process stored first, its bytes are the attestation."""
        async with self._storage.write.transaction() as tx:
            await tx.attestations.set_signed(attestation_id, body, self._clock.now())
            return await _row(tx, attestation_id)


def _reserved(row: Attestation) -> Reservation:
    return Reservation(row.id, row.revocation_list, row.revocation_index, row.suspension_index)


async def _row(tx: Tx, attestation_id: str) -> Attestation:
    row = await tx.attestations.get(attestation_id)
    if row is None:
        raise ProofError("attestation-lost")
    return row
