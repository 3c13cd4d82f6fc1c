"""What strangers sign, well or badly: proofs that our own code would refuse to make are made with pyld alone."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyld import jsonld

from verifier.core.clock import Chance
from verifier.core.strict_json import Json
from verifier.proof import jcs
from verifier.proof.did import did_key
from verifier.proof.suites import SUITES, signed, to_sign
from verifier.signer.signers import MemorySigner, throwaway

from . import pinned

CONTEXTS = pinned.contexts()
V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
NAME = {"name": "https://schema.org/name", "description": "https://schema.org/description"}


@dataclass(frozen=True)
class Stranger:
    """Somebody with a key."""

    signer: MemorySigner = field(default_factory=lambda: throwaway("ed25519", Chance()))

    @property
    def id(self) -> str:
        return did_key(self.signer.public_key_multibase)

    def config(self, suite: str = "eddsa-rdfc-2022", **more: Json) -> dict[str, Json]:
        """A proof config; a member that is `None` is left out."""
        config = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": "2026-01-01T00:00:00Z",
            "verificationMethod": f"{self.id}#{self.signer.public_key_multibase}",
            "proofPurpose": "assertionMethod",
            **more,
        }
        return {name: value for name, value in config.items() if value is not None}

    async def prove(
        self,
        document: Mapping[str, Json],
        suite: str = "eddsa-rdfc-2022",
        *,
        previous: Sequence[Mapping[str, Json]] = (),
        **more: Json,
    ) -> dict[str, Json]:
        """A proof as it should be."""
        config = self.config(suite, **more)
        if SUITES[suite].form == "jcs":
            config["@context"] = document["@context"]
        return signed(config, await self.signer.sign(to_sign(document, config, CONTEXTS, previous=previous)))

    async def sign(self, document: Mapping[str, Json], suite: str = "eddsa-rdfc-2022", **more: Json) -> dict[str, Json]:
        return {**document, "proof": await self.prove(document, suite, **more)}

    async def sign_anyhow(
        self,
        document: Mapping[str, Json],
        *,
        canonical: Callable[[Json], bytes] | None = None,
        digest: str = "sha256",
        **more: Json,
    ) -> dict[str, Json]:
        """Signed as a careless issuer does, who drops what JSON-LD does not know."""
        config = self.config(**more)
        parts = ({**config, "@context": document["@context"]}, document)
        hashes = b"".join(hashlib.new(digest, (canonical or _lossy)(part)).digest() for part in parts)
        return {**document, "proof": signed(config, await self.signer.sign(hashes))}


def credential(issuer: Json, /, **more: Json) -> dict[str, Json]:
    """A small one of VCDM 2.0; a member that is `None` is left out."""
    return _without_none(
        {
            "@context": [V2],
            "type": ["VerifiableCredential"],
            "issuer": issuer,
            "credentialSubject": {"id": "did:example:subject"},
            **more,
        }
    )


def credential_1_1(issuer: Json, /, **more: Json) -> dict[str, Json]:
    """The same, of 1.1."""
    return _without_none(
        {
            "@context": [V1, NAME],
            "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
            "type": ["VerifiableCredential"],
            "issuer": issuer,
            "issuanceDate": "2020-03-16T22:37:26.544Z",
            "credentialSubject": {"id": "did:example:subject", "name": "Example"},
            **more,
        }
    )


def presentation(*credentials: Json, **more: Json) -> dict[str, Json]:
    return _without_none(
        {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": list(credentials), **more}
    )


def _without_none(document: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in document.items() if value is not None}


def _lossy(document: Json) -> bytes:
    def load(url: str, _: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS.load(url), "tag": "static"}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    return str(jsonld.normalize(document, options)).encode()


def jcs_of(document: Json) -> bytes:
    return jcs.canonicalize(document)
