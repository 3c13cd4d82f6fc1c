"""Known answers of canonicalisation: what was signed yesterday must have the same bytes today.

A changed table, context, library or interpreter would make every proof wrong, quietly. One document of each shape,
with every member and what must be escaped, is canonicalised both ways at the start; their digests are pinned.
"""

import hashlib
from collections.abc import Mapping

from ..core.attestation import CREDENTIALS_V2
from ..core.errors import ConfigError
from ..core.site import Site
from ..core.strict_json import Json
from . import fixed_shape, rdfc
from .contexts import of_site

_SITE = Site("https://comptes.example.gouv.fr")
_OWN = _SITE.attestation("aaaabbbbccccdddd")
_AT, _END = "2026-11-23T10:00:00Z", "2027-02-21T10:00:00Z"
_TEXT = 'Zoé "Zo" N’Guyen \\ 𐀀\uffee'  # quotes, a backslash, both sides of the surrogates
_LISTS = {purpose: _SITE.status_list(purpose, 1) for purpose in ("revocation", "suspension")}

DOCUMENTS: Mapping[str, dict[str, Json]] = {
    "attestation": {
        "@context": [CREDENTIALS_V2, _SITE.context],
        "id": _OWN,
        "type": ["VerifiableCredential", "FediverseAccountAttestation"],
        "issuer": _SITE.did,
        "validFrom": _AT,
        "validUntil": _END,
        "credentialSubject": {
            "id": "https://social.example/users/zoe",
            "type": "FediverseAccount",
            "handle": "acct:zoe@social.example",
            "profile": "https://social.example/@zoe",
            "actorKeyDigest": "zQmRL8UmJRkvVWsFd8dytFLrrK3Ftr178hzMpYtPNP4WBnr",
            "accountRole": "mandate",
            "name": _TEXT,
            "mandate": {"id": f"{_OWN}#mandate", "type": "Mandate", "title": _TEXT, "startsAt": _AT, "endsAt": _END},
            "affiliation": {
                "id": _SITE.affiliation("numerique.gouv.fr"),
                "type": "PublicBody",
                "domain": "numerique.gouv.fr",
                "name": _TEXT,
            },
        },
        "evidence": [
            {"id": f"{_OWN}#account", "type": "AccountControlCheck", "method": "rel-me-01", "checkedAt": _AT},
            {
                "id": f"{_OWN}#identity",
                "type": "IdentityCheck",
                "method": "dns-01",
                "class": "institution",
                "dnssec": True,
                "checkedAt": _AT,
            },
            {
                "id": f"{_OWN}#identity-2",
                "type": "IdentityCheck",
                "method": "email-01",
                "class": "state",
                "checkedAt": _AT,
            },
        ],
        "credentialStatus": [
            {
                "id": f"{url}#94567",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": "94567",
                "statusListCredential": url,
            }
            for purpose, url in _LISTS.items()
        ],
        "credentialSchema": {"id": _SITE.schema, "type": "JsonSchema"},
    },
    "status list": {
        "@context": [CREDENTIALS_V2],
        "id": _LISTS["revocation"],
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": _SITE.did,
        "validFrom": _AT,
        "validUntil": _END,
        "credentialSubject": {
            "id": f"{_LISTS['revocation']}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "uH4sIAAAAAAACA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA",
            "ttl": 60_000,
        },
    },
    "proof": {
        "@context": [CREDENTIALS_V2, _SITE.context],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": _AT,
        "verificationMethod": f"{_SITE.did}#z6MkhCXXc4UaA7B7rKvhWmdGqhXNUGHdhGEj3gzHcARmpG5T",
        "proofPurpose": "assertionMethod",
    },
}

# SHA-256 of the canonical N-Quads. A line here never changes: it would disown what was signed before.
ANSWERS: Mapping[str, str] = {
    "attestation": "282f67985e40d15f8a483f43355c6474234be61587257886eea065b7f9831c64",
    "status list": "a7288fd28a4c2e8eaab1b5a951a1449d5f37e72f2cbbdb378561a0f527e7afbf",
    "proof": "0f830c0f152ae51ce0b4af2abf081d3afae01658abbb8c2f90310489a5cdbc0e",
}


def check() -> None:
    """Both ways give the bytes that are pinned.

    :raises ConfigError: one does not
    """
    contexts = of_site(_SITE)
    for name, document in DOCUMENTS.items():
        ways = fixed_shape.canonicalize(document, contexts), rdfc.canonicalize(document, contexts)
        for data in ways:
            if data is None or hashlib.sha256(data).hexdigest() != ANSWERS[name]:
                raise ConfigError(
                    f"Canonicalisation of the known {name} gives other bytes than it should: what is signed here would "
                    "verify nowhere. Reinstall the release with its locked requirements."
                )
