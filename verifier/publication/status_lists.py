"""The status lists: W3C Bitstring Status List credentials, one bit an attestation.

The bits are not stored: they are read from the rows of the attestations each time a list is signed. A list follows its
rows, and no transaction waits for a signature (T00i): the rows are read in one, the signature is made outside of any,
and another stores the list, unless one made from newer rows is there.
"""

import asyncio
from collections.abc import Iterable, Sequence

from ..core import observed, strict_json
from ..core.attestation import CREDENTIALS_V2
from ..core.clock import DAY, HOUR, Clock, to_rfc3339
from ..core.models import Purpose, StatusBit
from ..core.site import Site
from ..core.strict_json import Json
from ..proof import bitstring
from ..proof.contexts import Contexts
from ..proof.sets import SignersAt, prove_set
from ..storage import DueList, Reader, Storage

PURPOSES = ("revocation", "suspension")
LENGTH = bitstring.MIN_ENTRIES
VALIDITY = DAY  # seconds; after that a list proves nothing any more (T48)
SIGNED_EVERY = HOUR  # seconds, so that a stale copy shows (T48)
CACHE_SECONDS = 60  # that a copy may be kept: a withdrawal shows everywhere within a minute
_MOST_PROCESSES = 16  # that issue on one database, for the next list to come in time


class StatusLists:
    """Signs the lists, as a CA signs its CRLs: with the issuing key. One per process.

    :param length: places in each list; in a shorter list than the default, an index may tell who its holder is
    :ivar changed: set after each commit that a list must follow
    """

    def __init__(
        self,
        *,
        site: Site,
        storage: Storage,
        contexts: Contexts,
        by: SignersAt,
        clock: Clock,
        length: int = LENGTH,
    ) -> None:
        self._site = site
        self._storage = storage
        self._contexts = contexts
        self._by = by
        self._clock = clock
        self._length = length
        self._filling = (0, 0)  # the newest list, and how many draws of this process cannot make it half full
        self._making = asyncio.Lock()  # the next pair is signed once, however many orders need it
        self.changed = asyncio.Event()

    async def sign(self, purpose: str, number: int) -> None:
        """Make the list as the rows stand now, sign it, store it.

        :raises Unavailable: the signer does not answer
        """
        async with self._storage.write.transaction() as tx:
            # Within the turn: of two lists, the one made from newer rows never bears the older time.
            now = self._clock.now()
            version = await tx.status_lists.version(purpose, number)
            indexes = await tx.status_lists.indexes_set(purpose, number)
        body = await self._signed(purpose, number, indexes, now)
        async with self._storage.write.transaction() as tx:
            await tx.status_lists.replace(purpose, number, body, version, now)

    async def with_room(self) -> tuple[int, int]:
        """Number and length of the pair of lists to draw an index from.

        The next pair is made when half the indexes of the newest are drawn: the fuller a list, the more often chance
        must be asked. It is signed before an index of it is given, so that no attestation names a list that is missing.

        :raises Unavailable: the signer does not answer
        """
        async with self._making:
            number = await self._storage.read.status_lists.last()
            if number == 0 or await self._is_half_full(number):
                number += 1
                await self._make(number)
        return number, self._length

    async def _make(self, number: int) -> None:
        now = self._clock.now()
        bodies = {purpose: await self._signed(purpose, number, (), now) for purpose in PURPOSES}
        async with self._storage.write.transaction() as tx:
            for purpose, body in bodies.items():
                await tx.status_lists.add(purpose, number, self._length, body, now)

    async def _signed(self, purpose: str, number: int, indexes: Iterable[int], now: int) -> bytes:
        # Away from the event loop: half a list of set bits takes ten milliseconds.
        bits = await asyncio.to_thread(_encoded, indexes, self._length)
        document = unsigned(self._site, purpose, number, bits, to_rfc3339(now), to_rfc3339(now + VALIDITY))
        with observed.signature(Purpose.ISSUING, list=f"{purpose}/{number}"):
            signed = await prove_set(document, self._by(now), created=to_rfc3339(now), contexts=self._contexts)
        return strict_json.dumps(signed)

    async def _is_half_full(self, number: int) -> bool:
        newest, draws = self._filling
        if newest != number or draws == 0:
            # Counting costs as much as there is to count: done again after a share of what is left, not at each draw.
            left = self._length // 2 - await self._storage.read.status_lists.count_indexes(number)
            if left <= 0:
                return True
            draws = -(-left // _MOST_PROCESSES)
        self._filling = (number, draws - 1)
        return False


def unsigned(site: Site, purpose: str, number: int, bits: str, begins: str, ends: str) -> dict[str, Json]:
    """A list before it is signed: of exactly this shape, in which nothing can be taken for an attestation.

    :param bits: as :func:`verifier.proof.bitstring.encode` makes them
    :param begins, ends: its validity, RFC 3339
    """
    url = site.status_list(purpose, number)
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": site.did,
        "validFrom": begins,
        "validUntil": ends,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits,
            "ttl": CACHE_SECONDS * 1000,
        },
    }


async def due_lists(reader: Reader, now: int) -> Sequence[DueList]:
    """The lists to be signed: those that do not say yet what the rows say, then those that are an hour old."""
    return await reader.status_lists.due(now, SIGNED_EVERY)


async def waiting_since(reader: Reader, now: int) -> int | None:
    """Since when a list has waited for its signature, in Unix seconds; None: none does.

    A second or two is how long one takes; whatever is longer, the signer is out.
    """
    return min((each.since for each in await due_lists(reader, now)), default=None)


def signers_of(body: bytes) -> frozenset[str]:
    """The names of the keys that signed a list."""
    proofs = strict_json.loads_object(body)["proof"]
    return frozenset(str(proof["verificationMethod"]).partition("#")[2] for proof in proofs)


def fresh_for(signed_at: int, now: int) -> int:
    """Seconds for which a copy of a list may be kept: it must not outlive the list."""
    return max(0, min(CACHE_SECONDS, signed_at + VALIDITY - now))


def _encoded(indexes: Iterable[int], length: int) -> str:
    return bitstring.encode(bitstring.of_indexes(indexes, length))


class StatusReader:
    """Says from the rows what is withdrawn: at once, whatever the signed lists say yet (T00i)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def bit(self, purpose: str, list_number: int, index: int) -> StatusBit:
        """One place of a list; ``unknown`` when no attestation of ours has it."""
        withdrawn = await self._reader.status_lists.is_set(purpose, list_number, index)
        if withdrawn is None:
            return "unknown"
        return "set" if withdrawn else "clear"
