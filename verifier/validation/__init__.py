"""The validation authority: one module for each way of proving an end of an attestation. Records, never rows."""

from ..core.models import State
from .method import Declaration, Method, MethodContext, Methods, Need, NotBegun, Part, Recheck
from .methods import CHALLENGES, DECLARATIONS
from .tools import Tools


def build_methods(context: MethodContext) -> Methods:
    """The challenges of one deployment, those that it is not set up for included (``Method.available``)."""
    return {name: kind(context) for name, kind in CHALLENGES.items()}


__all__ = [
    "CHALLENGES",
    "DECLARATIONS",
    "Declaration",
    "Method",
    "MethodContext",
    "Methods",
    "Need",
    "NotBegun",
    "Part",
    "Recheck",
    "State",
    "Tools",
    "build_methods",
]
