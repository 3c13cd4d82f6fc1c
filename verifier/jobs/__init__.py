"""The clockwork: what must happen without anybody asking."""

from .clockwork import Clockwork

__all__ = ["Clockwork"]
