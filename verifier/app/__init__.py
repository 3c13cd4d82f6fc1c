"""The composition root: settings in, a running service out. Nothing else knows how the rooms are joined."""

from .composition import Service, compose
from .serving import Inherited, serving
from .signing import key_folder, keys_dir, open_keys
from .supervisor import Task, supervise
from .ways_out import mailer

__all__ = [
    "Inherited",
    "Service",
    "Task",
    "compose",
    "key_folder",
    "keys_dir",
    "mailer",
    "open_keys",
    "serving",
    "supervise",
]
