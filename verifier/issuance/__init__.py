"""The issuing authority: prepare → lint → sign → compare → store (docs/issuance.md has the same steps)."""

from .document import Facts, Proof, build
from .issuer import Drawn, Issuer

__all__ = ["Drawn", "Facts", "Issuer", "Proof", "build"]
