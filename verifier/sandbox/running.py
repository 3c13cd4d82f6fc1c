"""What a running sandbox tells the commands: where its toys are, in a file beside its database.

The file is locked while the sandbox runs. The system lets go of the lock with the process, so that what a crash left
behind is told from what runs; no number of a process is trusted.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..core import strict_json
from ..core.errors import BadInput, ConfigError
from ..core.strict_json import Json

_FILE = "sandbox.json"


@contextmanager
def recorded(folder: Path, settings: Mapping[str, Json]) -> Iterator[None]:
    """The file is there, its owner's alone, as long as this lasts.

    :param settings: settings, by name, that lead to the toys
    """
    path, draft = folder / _FILE, folder / f".{_FILE}.draft"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, opened with its mode
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        file.write(json.dumps(dict(settings)))
        file.flush()
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def addresses(folder: Path) -> dict[str, Json] | None:
    """What the sandbox of that folder was given; None when none runs.

    :raises ConfigError: its file says something else
    """
    path = folder / _FILE
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return strict_json.loads_object(file.read())
    except FileNotFoundError:
        return None
    except (OSError, BadInput):
        raise ConfigError(f"{path}: it cannot be read. Start the sandbox again.") from None
    return None  # nobody holds it: a crash left it
