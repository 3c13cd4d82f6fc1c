"""One status list, whose entries are handed out to credentials of the suite."""

from collections.abc import Mapping

from verifier.core.attestation import CREDENTIALS_V2
from verifier.core.clock import DAY, Chance, to_rfc3339
from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.proof import bitstring
from verifier.proof.strangers.forms import listed


class StatusList:
    """:param issuer: id of the issuer, a plain string"""

    def __init__(self, url: str, issuer: str, chance: Chance) -> None:
        self._url = url
        self._issuer = issuer
        self._chance = chance
        self.revoked: set[int] = set()

    def draw(self) -> dict[str, Json]:
        """A new entry."""
        index = self._chance.below(bitstring.MIN_ENTRIES)
        return {
            "id": f"{self._url}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": self._url,
        }

    def document(self, now: int) -> dict[str, Json]:
        """The list, not signed yet."""
        return {
            "@context": [CREDENTIALS_V2],
            "id": self._url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self._issuer,
            "validFrom": to_rfc3339(now),
            "validUntil": to_rfc3339(now + DAY),
            "credentialSubject": {
                "id": f"{self._url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": bitstring.encode(bitstring.of_indexes(self.revoked)),
            },
        }

    def check(self, credential: Mapping[str, Json]) -> None:
        """Entries of this list alone: others would have to be fetched.

        :raises ProofError: ``status-set``, ``bitstring-index``
        """
        bits = bitstring.of_indexes(self.revoked)
        for entry in listed(credential.get("credentialStatus", [])):
            ours = entry.get("statusListCredential") == self._url and entry.get("statusPurpose") == "revocation"
            if ours and bitstring.is_set(bits, int(entry["statusListIndex"])):
                raise ProofError("status-set", pointer="/credentialStatus")
