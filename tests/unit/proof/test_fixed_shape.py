"""What is not exactly of our shape takes the long way: the table would say something else than pyld, or twice."""

import copy
from collections.abc import Sequence

import pytest

from verifier.core.clock import to_rfc3339
from verifier.core.strict_json import Json
from verifier.proof import bitstring, fixed_shape

from .documents import NOW, SITE, Issuer, unsigned

CONTEXTS = Issuer().contexts
LIST: dict[str, Json] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": f"{SITE.base_url}/status/revocation/1",
    "type": ["VerifiableCredential", "BitstringStatusListCredential"],
    "issuer": SITE.did,
    "validFrom": to_rfc3339(NOW),
    "validUntil": to_rfc3339(NOW + 86_400),
    "credentialSubject": {
        "id": f"{SITE.base_url}/status/revocation/1#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": bitstring.encode(bytes(16_384)),
        "ttl": 300_000,
    },
}
PROOF: dict[str, Json] = {
    "@context": unsigned()["@context"],
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": to_rfc3339(NOW),
    "verificationMethod": f"{SITE.did}#key",
    "proofPurpose": "assertionMethod",
}


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        (unsigned(), ("credentialSubject", "type"), "Person"),
        (unsigned(), ("credentialSubject", "type"), ["FediverseAccount"]),
        (unsigned(), ("credentialSubject", "affiliation", "type"), "Mandate"),
        (unsigned(), ("evidence", 1, "type"), "AccountControlCheck"),
        (unsigned(), ("credentialSchema",), "https://comptes.example.gouv.fr/schemas/x.json"),
        (unsigned(), ("evidence", 1, "dnssec"), "true"),
        (LIST, ("credentialSubject", "ttl"), -1),
        (LIST, ("credentialSubject", "ttl"), 2**53),
        (LIST, ("credentialSubject", "ttl"), 1.5),
        (LIST, ("credentialSubject", "ttl"), True),
        (PROOF, ("proofPurpose",), "authentication"),
        (PROOF, ("proofPurpose",), ["assertionMethod"]),
    ],
)
def test_t43_another_shape_takes_the_long_way(
    document: dict[str, Json], path: Sequence[str | int], value: Json
) -> None:
    assert fixed_shape.canonicalize(document, CONTEXTS) is not None
    changed = copy.deepcopy(document)
    where: Json = changed
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    assert fixed_shape.canonicalize(changed, CONTEXTS) is None
