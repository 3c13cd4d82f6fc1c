"""Keys of a folder: made, and opened against the registry."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verifier.core.clock import Chance, Clock, to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.models import Purpose

from . import registry as registries
from .multikey import Algorithm
from .registry import Key, Registry
from .signers import Signer, draw, open_signer, signer_of, to_pem


def key_path(folder: Path, purpose: Purpose) -> Path:
    """Where :func:`generate` puts the private key of a purpose."""
    return folder / f"{purpose}.pem"


def generate(
    folder: Path, purpose: Purpose, *, sandbox: bool, clock: Clock, chance: Chance, algorithm: Algorithm = "ed25519"
) -> Key:
    """Make the key of `purpose` and enter it in the registry.

    :raises ConfigError: there is one already
    """
    with _locked(folder):
        registry = _finish(folder)
        if registry.current(purpose) or key_path(folder, purpose).exists():
            raise ConfigError(f"{folder}: the {purpose} key exists already; one key, one purpose. Nothing was changed.")
        return _generate(folder, registry, purpose, algorithm, sandbox=sandbox, clock=clock, chance=chance)


def ensure(folder: Path, purpose: Purpose, *, sandbox: bool, clock: Clock, chance: Chance) -> Key:
    """The key of `purpose`, made if there is none: two starts at once make one key.

    :raises ConfigError: a private key lies there that the registry does not know
    """
    with _locked(folder):
        registry = _finish(folder)
        key = registry.current(purpose)
        if key is not None:
            return key
        if key_path(folder, purpose).exists():
            raise ConfigError(
                f"{key_path(folder, purpose)}: not in {registries.FILE}. Restore the registry or move it."
            )
        return _generate(folder, registry, purpose, "ed25519", sandbox=sandbox, clock=clock, chance=chance)


def open_key(registry: Registry, purpose: Purpose, uri: str, *, sandbox: bool) -> Signer:
    """The signer of `purpose`, checked: what signs is what the registry says.

    :raises ConfigError: the key is unknown, of another purpose, retired, distrusted, or of the other mode
    """
    signer = open_signer(uri)
    key = registry.find(signer.public_key_multibase)
    if key is None:
        raise ConfigError(
            f"Signer {uri}: its public key {signer.public_key_multibase} is not in {registries.FILE}. "
            f"Restore the registry, or point VERIFIER_SIGNER to the key that it names."
        )
    if key.purpose is not purpose:
        raise ConfigError(f"Signer {uri}: this key is for {key.purpose}, not for {purpose}. One key, one purpose.")
    if not key.signs:
        raise ConfigError(f"Signer {uri}: this key is retired or distrusted. Configure the current {purpose} key.")
    if key.sandbox and not sandbox:
        raise ConfigError(
            f"Signer {uri}: this is a sandbox key. Make a production key with `verifier keys generate`, "
            f"or set VERIFIER_SANDBOX=1 for a trial."
        )
    if sandbox and not key.sandbox:
        raise ConfigError(
            f"Signer {uri}: this is a production key, which the sandbox does not take. "
            f"Unset VERIFIER_SANDBOX, or give the sandbox its own VERIFIER_KEYS_DIR."
        )
    return signer


def _generate(
    folder: Path,
    registry: Registry,
    purpose: Purpose,
    algorithm: Algorithm,
    *,
    sandbox: bool,
    clock: Clock,
    chance: Chance,
) -> Key:
    # The private key waits under another name until the registry knows it, so that a crash at any point
    # leaves either nothing in use or a key that `_finish` puts in its place.
    private = draw(algorithm, chance)
    key = Key(
        public_key_multibase=signer_of(private).public_key_multibase,
        algorithm=algorithm,
        purpose=purpose,
        created=to_rfc3339(clock.now()),
        sandbox=sandbox,
    )
    registries.write_new(_waiting(folder, purpose), to_pem(private), mode=0o600)
    registries.save(folder, registry.with_key(key))
    registries.move(_waiting(folder, purpose), key_path(folder, purpose))
    return key


def _finish(folder: Path) -> Registry:
    """Complete what a crashed run began; returns the registry."""
    registry = registries.load(folder)
    for purpose in Purpose:
        waiting = _waiting(folder, purpose)
        if waiting.exists() and not key_path(folder, purpose).exists():
            key = registry.current(purpose)
            if key is not None and open_signer(f"file:{waiting}").public_key_multibase == key.id:
                registries.move(waiting, key_path(folder, purpose))
    return registry


def _waiting(folder: Path, purpose: Purpose) -> Path:
    return folder / f".{purpose}.pem.new"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
