"""The status lists: W3C Bitstring Status List credentials, one bit an attestation.

The bits are no store of their own: they are read from the attestations each time the list is signed.
"""

from collections.abc import Sequence
from typing import Literal

from ..core import strict_json
from ..core.attestation import CREDENTIALS_V2
from ..core.clock import DAY, Clock, to_rfc3339
from ..core.site import Site
from ..proof import bitstring
from ..proof.contexts import Contexts
from ..proof.sets import By, prove_set
from ..storage import Reader, Tx

StatusBit = Literal["clear", "set", "unknown"]

PURPOSES = ("revocation", "suspension")
LENGTH = bitstring.MIN_ENTRIES
VALIDITY = DAY  # after that a list says nothing any more (T48)


class StatusLists:
    """Signs the lists, with the key of that purpose alone. One per process."""

    def __init__(self, *, site: Site, contexts: Contexts, by: Sequence[By]) -> None:
        self._site = site
        self._contexts = contexts
        self._by = by

    async def sign_again(self, tx: Tx, purpose: str, number: int, now: int) -> None:
        """Make the list as the attestations stand in this transaction, sign it, store it."""
        url = self._site.status_list(purpose, number)
        bits = bitstring.encode(bitstring.of_indexes(await tx.status_indexes_set(purpose, number), LENGTH))
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
            },
        }
        signed = await prove_set(document, self._by, created=to_rfc3339(now), contexts=self._contexts)
        await tx.put_status_list(purpose, number, LENGTH, strict_json.dumps(signed), now)

    async def ensure(self, tx: Tx, now: int) -> int:
        """The number of the newest pair of lists; the first pair is made when there is none."""
        number = await tx.last_status_list()
        if number == 0:
            number = 1
            for purpose in PURPOSES:
                await self.sign_again(tx, purpose, number, now)
        return number


class StatusReader:
    """Reads our own lists for the appraisal of an attestation, without the network."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._decoded: dict[tuple[str, int], tuple[int, bytes]] = {}

    async def bit(self, purpose: str, list_number: int, index: int) -> StatusBit:
        """One place of a list; ``unknown`` when there is no such list or its day is over (T48)."""
        stored = await self._reader.status_list(purpose, list_number)
        if stored is None or stored[1] + VALIDITY <= self._clock.now():
            return "unknown"
        body, signed_at = stored
        known = self._decoded.get((purpose, list_number))
        if known is None or known[0] != signed_at:
            text = strict_json.loads_object(body)["credentialSubject"]["encodedList"]
            known = (signed_at, bitstring.decode(text))
            self._decoded[(purpose, list_number)] = known
        return "set" if bitstring.is_set(known[1], index) else "clear"
