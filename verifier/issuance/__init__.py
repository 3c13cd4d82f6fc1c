"""The issuing authority: prepare → lint → sign → compare → store (docs/issuance.md has the same steps)."""

from .document import Facts, Proof, build
from .issuer import Issuer, Reservation

__all__ = ["Facts", "Issuer", "Proof", "Reservation", "build"]
