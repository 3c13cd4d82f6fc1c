"""A database looked at from outside, without changing it: to say why one cannot be opened, before anything opens it."""

import os
import shutil
import tempfile
from pathlib import Path

from ..opening import parse_url
from .file import examine_file
from .found import Examination
from .server import examine_server

__all__ = ["LOW", "Examination", "examine", "room"]

LOW = 256 * 2**20  # bytes free, below which somebody should act
_PROBE = 65_536


async def examine(url: str) -> Examination:
    """Look at all of it: takes as long as to read it once.

    :raises ConfigError: a sentence that names the cause: no database, one of something else, half a copy, damaged, of
        a newer version, or not to be read by this user; a server that is away, unfit, or gives too few rights
    """
    where = parse_url(url)
    return await (examine_file(where) if isinstance(where, Path) else examine_server(where))


def room(folder: Path) -> int:
    """Bytes that are free for the files of that folder, after a write that was tried there and left nothing.

    :raises OSError: nothing can be written there: full, over a quota, read-only, or of another user
    """
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(_PROBE))
        probe.flush()
        os.fsync(probe.fileno())
    return shutil.disk_usage(folder).free
