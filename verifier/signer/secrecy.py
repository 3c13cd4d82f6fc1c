"""Files that hold a secret."""

import os
import stat
from pathlib import Path

from ..core.errors import ConfigError


def read_private(path: Path, what: str, remedy: str) -> bytes:
    """The bytes of a file that its owner alone may read.

    :param what: what it is, to begin a sentence; `remedy`: what to do if there is none
    :raises ConfigError: it cannot be read, or others may read it
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)  # of what was opened, not of what the path names later
            if mode & 0o177:
                raise ConfigError(f"{what} {path}: others may read it (mode {mode:04o}). Run: chmod 600 {path}")
            return file.read(65_536)
    except OSError as error:
        raise ConfigError(f"{what} {path}: {error.strerror}. {remedy}.") from None
