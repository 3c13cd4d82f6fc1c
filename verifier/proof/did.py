"""DIDs: our own did:web document, and did:key."""

from collections.abc import Mapping, Sequence

from ..core.attestation import LIFETIME
from ..core.clock import from_rfc3339
from ..core.errors import ProofError
from ..core.models import Purpose
from ..core.strict_json import Json
from ..signer import Key, PublicKey, Registry
from .sets import ResolveKey


def method_of(did: str, key_id: str) -> str:
    """The DID URL of a key."""
    return f"{did}#{key_id}"


def did_document(
    did: str, registry: Registry, now: int, purposes: Sequence[Purpose] = (Purpose.ISSUING,)
) -> dict[str, Json]:
    """The DID document (DID core 1.0, with Multikey) of the issuing keys.

    It tells no purposes: whatever a key of it signs is taken for an attestation (T00h). So no other key stands there.
    A retired key stays until the last document that it signed has ended; a distrusted one leaves at once.
    """
    keys = [key for key in registry.keys if key.purpose in purposes and _is_shown(key, now)]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {
                "id": method_of(did, key.id),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.public_key_multibase,
            }
            for key in keys
        ],
        "assertionMethod": [method_of(did, key.id) for key in keys],
    }


def _is_shown(key: Key, now: int) -> bool:
    if key.distrusted_after is not None:
        return False
    # What it signed on its last day lives so long: readers must still find it.
    return key.retired is None or now <= from_rfc3339(key.retired) + LIFETIME


def registry_keys(did: str, registry: Registry, *purposes: Purpose, recorded: int | None = None) -> ResolveKey:
    """Resolves our own methods: the key must be ours, of one of these purposes, and good at that time (T45, T49).

    :param recorded: when the service recorded exactly that document, None if it has no record of it: what a distrusted
        key signed counts by that moment, since whoever stole the key writes the other
    """

    def resolve(method: str, created: str) -> str:
        controller, _, key_id = method.partition("#")
        key = registry.find(key_id) if controller == did else None
        if key is None or key.purpose not in purposes:
            raise ProofError("method-unknown", method=method[:200])
        key.check_at(created, recorded)
        return key.public_key_multibase

    return resolve


def document_keys(document: Mapping[str, Json]) -> ResolveKey:
    """Resolves the assertion methods of a DID document that the caller trusts, for checks away from the service."""
    named = {item["id"]: item["publicKeyMultibase"] for item in document["verificationMethod"]}

    def resolve(method: str, _created: str) -> str:
        if method not in document["assertionMethod"] or method not in named:
            raise ProofError("method-unknown", method=method[:200])
        return str(named[method])

    return resolve


def did_key(public_key_multibase: str) -> str:
    """The did:key of a public key."""
    return f"did:key:{public_key_multibase}"


def resolve_did_key(method: str, _created: str = "") -> str:
    """The key that a did:key verification method spells: ``did:key:KEY#KEY``.

    :raises ProofError: ``method-unknown``, ``key-malformed``
    """
    did, _, fragment = method.partition("#")
    if did != did_key(fragment):
        raise ProofError("method-unknown", method=method[:200])
    return PublicKey.parse(fragment).multibase
