"""The document that will be signed, from facts alone: the same facts give the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.attestation import CREDENTIALS_V2
from ..core.clock import to_rfc3339
from ..core.models import AccountPin
from ..core.site import CONTEXT_PATH, Site
from ..core.strict_json import Json


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof, as the attestation states it. ``checked_at`` in Unix seconds; ``dnssec`` where that is known."""

    method: str
    checked_at: int
    class_: str | None = None
    dnssec: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that an attestation states.

    :param identity: at least one; for a body, the proof of the body first
    :param domain, name: the affiliation at the level that the holder chose
    :param revocation, suspension: list number and index, drawn at random
    """

    attestation_id: str
    pin: AccountPin
    role: str
    domain: str
    name: str
    account: Proof
    identity: Sequence[Proof]
    revocation: tuple[int, int]
    suspension: tuple[int, int]
    valid_from: int
    valid_until: int


def build(facts: Facts, site: Site) -> dict[str, Json]:
    """The unsigned attestation. Every node has an id, so that only the proof is a blank node."""
    own = site.attestation(facts.attestation_id)
    return {
        "@context": [CREDENTIALS_V2, site.base_url + CONTEXT_PATH],
        "id": own,
        "type": ["VerifiableCredential", "FediverseAccountAttestation"],
        "issuer": site.did,
        "validFrom": to_rfc3339(facts.valid_from),
        "validUntil": to_rfc3339(facts.valid_until),
        "credentialSubject": {
            "id": facts.pin.actor,
            "type": "FediverseAccount",
            "handle": facts.pin.handle.acct,
            "profile": facts.pin.profile,
            "actorKeyDigest": facts.pin.key_digest,
            "accountRole": facts.role,
            "affiliation": {
                "id": site.affiliation(facts.domain),
                "type": "PublicBody",
                "domain": facts.domain,
                "name": facts.name,
            },
        },
        "evidence": [
            {
                "id": f"{own}#account",
                "type": "AccountControlCheck",
                "method": facts.account.method,
                "checkedAt": to_rfc3339(facts.account.checked_at),
            },
            *(_identity(own, place, proof) for place, proof in enumerate(facts.identity, start=1)),
        ],
        "credentialStatus": [
            _status(site, "revocation", *facts.revocation),
            _status(site, "suspension", *facts.suspension),
        ],
        "credentialSchema": {"id": site.schema, "type": "JsonSchema"},
    }


def _identity(own: str, place: int, proof: Proof) -> dict[str, Json]:
    node: dict[str, Json] = {
        "id": f"{own}#identity" if place == 1 else f"{own}#identity-{place}",
        "type": "IdentityCheck",
        "method": proof.method,
        "class": proof.class_,
    }
    if proof.dnssec is not None:
        node["dnssec"] = proof.dnssec
    return node | {"checkedAt": to_rfc3339(proof.checked_at)}


def _status(site: Site, purpose: str, number: int, index: int) -> dict[str, Json]:
    url = site.status_list(purpose, number)
    return {
        "id": f"{url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": url,
    }
