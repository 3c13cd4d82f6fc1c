"""The files of a witness: its key, and what it has cosigned."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..core.clock import Chance, Clock
from ..core.errors import ConfigError
from ..signer import open_signer, store
from ..signer.offline import new_key
from ..tlog.keys import Kind, VerifierKey, check_name
from .state import State
from .witness import Witness

KEY = "witness.key"
STATE = "witness.sqlite"


@contextmanager
def open_witness(
    folder: Path, name: str, logs: Sequence[VerifierKey], clock: Clock, chance: Chance
) -> Iterator[Witness]:
    """The witness in `folder`; at its first start its key and its state are made.

    :raises BadInput: ``log-malformed``: not a name for a key
    :raises ConfigError: its files are not as it left them, or a log is named twice or by a key that signs no log
    """
    check_name(name)
    by_origin = {key.name: key for key in logs}
    if len(by_origin) != len(logs) or any(key.kind is not Kind.NOTE for key in logs):
        raise ConfigError("Logs of the witness: give one key of kind 01 for each log.")
    key, path = folder / KEY, folder / STATE
    with store.locked(folder):
        if key.exists() and not path.exists():
            # A witness that has forgotten what it cosigned would cosign another tree of the same log.
            raise ConfigError(
                f"{path}: it is gone, and the key of the witness is still there. Put the file back as it was, or move "
                f"{key} away: then this is a new witness, whose key those who relied on the old one must be told."
            )
        state = State.open(path)
        if not key.exists():
            waiting = key.with_name(f".{KEY}.new")
            waiting.unlink(missing_ok=True)
            new_key(waiting, "ed25519", chance)
            store.move(waiting, key)
    try:
        yield Witness(name, open_signer(f"file:{key}"), by_origin, state, clock)
    finally:
        state.close()
