"""The status lists: W3C Bitstring Status List credentials, one bit an attestation.

The bits are not stored: they are read from the attestations each time the list is signed.
"""

import asyncio
from collections.abc import Iterable

from ..core import strict_json
from ..core.attestation import CREDENTIALS_V2
from ..core.clock import DAY, Clock, to_rfc3339
from ..core.models import StatusBit
from ..core.site import Site
from ..proof import bitstring
from ..proof.contexts import Contexts
from ..proof.sets import SignersAt, prove_set
from ..storage import Reader, Tx

PURPOSES = ("revocation", "suspension")
LENGTH = bitstring.MIN_ENTRIES
VALIDITY = DAY  # seconds; after that a list proves nothing any more (T48)
CACHE_SECONDS = 60  # that a copy may be kept: a withdrawal shows everywhere within a minute
_MOST_PROCESSES = 16  # that issue on one database, for the next list to come in time


class StatusLists:
    """Signs the lists, with the key of that purpose alone. One per process.

    :param length: places in each list; in a shorter list than the default, an index may tell who its holder is
    """

    def __init__(self, *, site: Site, contexts: Contexts, by: SignersAt, length: int = LENGTH) -> None:
        self._site = site
        self._contexts = contexts
        self._by = by
        self._length = length
        self._filling = (0, 0)  # the newest list, and how many draws of this process cannot make it half full

    async def sign_again(self, tx: Tx, purpose: str, number: int, now: int) -> None:
        """Make the list as the attestations stand in this transaction, sign it, store it."""
        url = self._site.status_list(purpose, number)
        # Away from the event loop: half a list of set bits takes ten milliseconds.
        bits = await asyncio.to_thread(_encoded, await tx.status_lists.indexes_set(purpose, number), self._length)
        document = {
            "@context": [CREDENTIALS_V2],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self._site.did,
            "validFrom": to_rfc3339(now),
            "validUntil": to_rfc3339(now + VALIDITY),
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": bits,
                "ttl": CACHE_SECONDS * 1000,
            },
        }
        signed = await prove_set(document, self._by(now), created=to_rfc3339(now), contexts=self._contexts)
        await tx.status_lists.put(purpose, number, self._length, strict_json.dumps(signed), now)

    async def with_room(self, tx: Tx, now: int) -> tuple[int, int]:
        """Number and length of the pair of lists to draw an index from.

        The next pair is made when half the indexes of the newest are drawn: the fuller a list, the more often chance
        must be asked.
        """
        number = await tx.status_lists.last()
        if number == 0 or await self._is_half_full(tx, number):
            number += 1
            for purpose in PURPOSES:
                await self.sign_again(tx, purpose, number, now)
        return number, self._length

    async def _is_half_full(self, tx: Tx, number: int) -> bool:
        newest, draws = self._filling
        if newest != number or draws == 0:
            # Counting costs as much as there is to count: done again after a share of what is left, not at each draw.
            left = self._length // 2 - await tx.status_lists.count_indexes(number)
            if left <= 0:
                return True
            draws = -(-left // _MOST_PROCESSES)
        self._filling = (number, draws - 1)
        return False


def fresh_for(signed_at: int, now: int) -> int:
    """Seconds for which a copy of a list may be kept: it must not outlive the list."""
    return max(0, min(CACHE_SECONDS, signed_at + VALIDITY - now))


def _encoded(indexes: Iterable[int], length: int) -> str:
    return bitstring.encode(bitstring.of_indexes(indexes, length))


class StatusReader:
    """Reads our own lists for the appraisal of an attestation, without the network."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._decoded: dict[tuple[str, int], tuple[bytes, bytes]] = {}

    async def bit(self, purpose: str, list_number: int, index: int) -> StatusBit:
        """One place of a list; ``unknown`` when there is no such list or its day is over (T48)."""
        stored = await self._reader.status_lists.get(purpose, list_number)
        if stored is None or stored[1] + VALIDITY <= self._clock.now():
            return "unknown"
        body, _ = stored
        decoded = self._decoded.get((purpose, list_number))
        if decoded is None or decoded[0] != body:  # compared whole: a list may be signed twice within a second
            text = strict_json.loads_object(body)["credentialSubject"]["encodedList"]
            decoded = (body, bitstring.decode(text))
            self._decoded[(purpose, list_number)] = decoded
        if index >= len(decoded[1]) * 8:
            return "unknown"  # we never gave that index
        return "set" if bitstring.is_set(decoded[1], index) else "clear"
