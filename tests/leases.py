"""Leases of processes that a test invents."""

from verifier.storage import Lease


def until(end: int, holder: str = "") -> Lease:
    """A claim that ends then: the same one for the same end, unless a holder is named."""
    return Lease(holder or f"until {end}", end)
