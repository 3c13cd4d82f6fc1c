"""A witness of transparency logs: it cosigns each checkpoint that goes on from the last one (C2SP tlog-witness)."""

from .door import LARGEST_BODY, application
from .opening import open_witness
from .state import State
from .witness import Witness

__all__ = ["LARGEST_BODY", "State", "Witness", "application", "open_witness"]
