"""Attestations to try things on, and who signs them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from verifier.core.attestation import CREDENTIALS_V2, Attestation, parse
from verifier.core.clock import Chance, to_rfc3339
from verifier.core.identifiers import Digest
from verifier.core.models import Purpose
from verifier.core.site import Site
from verifier.core.strict_json import Json
from verifier.proof.contexts import Contexts, of_site
from verifier.proof.did import did_document, method_of, registry_keys
from verifier.proof.sets import BOTH, By, ResolveKey, prove_set
from verifier.signer import Key, Registry, Signer, throwaway

VECTORS = Path(__file__).parents[2] / "vectors"
NOW = 1_795_428_000  # 2026-11-23T10:00:00Z
SITE = Site("https://comptes.example.gouv.fr")
NUMBER = "6v3kq2w7m4n5p8r9"


def unsigned(role: str = "office", site: Site = SITE, now: int = NOW) -> dict[str, Json]:
    """An attestation of an office, an agent or a mandate."""
    id_ = site.attestation(NUMBER)
    at = to_rfc3339(now)
    mandate = {"id": f"{id_}#mandate", "type": "Mandate", "title": "Préfète d’Exemple", "startsAt": at}
    subject: dict[str, Json] = {
        "id": "https://social.numerique.gouv.fr/users/dinum",
        "type": "FediverseAccount",
        "handle": "acct:dinum@social.numerique.gouv.fr",
        "profile": "https://social.numerique.gouv.fr/@dinum",
        "actorKeyDigest": str(Digest.of(b"key")),
        "accountRole": role,
        **({"name": 'Zoé "Zo" N’Guyen \\ 🙂'} if role != "office" else {}),
        **({"mandate": mandate} if role == "mandate" else {}),
        "affiliation": {
            "id": site.affiliation("numerique.gouv.fr"),
            "type": "PublicBody",
            "domain": "numerique.gouv.fr",
            "name": "Direction interministérielle du numérique",
        },
    }
    identity = (
        {"method": "email-01", "class": "state"} if role == "agent" else {"method": "dns-01", "class": "institution"}
    )
    return {
        "@context": [CREDENTIALS_V2, site.context],
        "id": id_,
        "type": ["VerifiableCredential", "FediverseAccountAttestation"],
        "issuer": site.did,
        "validFrom": at,
        "validUntil": to_rfc3339(now + 90 * 86_400),
        "credentialSubject": subject,
        "evidence": [
            {"id": f"{id_}#account", "type": "AccountControlCheck", "method": "rel-me-01", "checkedAt": at},
            {"id": f"{id_}#identity", "type": "IdentityCheck", **identity}
            | ({} if role == "agent" else {"dnssec": True})
            | {"checkedAt": at},
        ],
        "credentialStatus": [
            {
                "id": f"{site.status_list(purpose, 1)}#{index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(index),
                "statusListCredential": site.status_list(purpose, 1),
            }
            for purpose, index in (("revocation", 94567), ("suspension", 3))
        ],
        "credentialSchema": {"id": site.schema, "type": "JsonSchema"},
    }


def model(role: str = "office") -> Attestation:
    return parse(unsigned(role))


@dataclass(frozen=True)
class Issuer:
    """An issuing and a status key, in memory."""

    site: Site = SITE
    issuing: Signer = field(default_factory=lambda: throwaway("ed25519", Chance()))
    status: Signer = field(default_factory=lambda: throwaway("ed25519", Chance()))

    @property
    def contexts(self) -> Contexts:
        return of_site(self.site)

    @property
    def registry(self) -> Registry:
        return Registry(
            keys=tuple(
                Key(
                    public_key_multibase=signer.public_key_multibase,
                    algorithm="ed25519",
                    purpose=purpose,
                    created=to_rfc3339(NOW - 86_400),
                    sandbox=True,
                )
                for signer, purpose in ((self.issuing, Purpose.ISSUING), (self.status, Purpose.STATUS))
            )
        )

    @property
    def resolve_key(self) -> ResolveKey:
        return registry_keys(self.site.did, self.registry, Purpose.ISSUING)

    @property
    def did_document(self) -> dict[str, Json]:
        return did_document(self.site.did, self.registry, NOW)

    async def sign(
        self, document: Mapping[str, Json], *, signer: Signer | None = None, created: int = NOW
    ) -> dict[str, Json]:
        signer = signer or self.issuing
        by = [By(suite, signer, method_of(self.site.did, signer.public_key_multibase)) for suite in BOTH]
        return await prove_set(document, by, created=to_rfc3339(created), contexts=self.contexts)


def vectors(name: str) -> Json:
    return json.loads((VECTORS / name).read_bytes())
