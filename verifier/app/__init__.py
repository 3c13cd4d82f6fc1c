"""The composition root: settings in, a running service out. Nothing else knows how the rooms are joined."""

from .composition import Service, compose
from .serving import serving
from .signing import key_folder, open_keys

__all__ = ["Service", "compose", "key_folder", "open_keys", "serving"]
