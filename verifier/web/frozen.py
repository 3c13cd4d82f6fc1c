"""What never changes at its address while the process runs: contexts, schemas, style sheets, the DID document."""

from collections.abc import Mapping
from dataclasses import dataclass

VC_TYPE = "application/vc"


@dataclass(frozen=True, slots=True)
class FrozenFiles:
    """:param files: path → (content type, bytes)"""

    files: Mapping[str, tuple[str, bytes]]
    did_document: bytes
