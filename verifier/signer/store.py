"""The files of a keys folder: read as strictly as they are written, replaced whole or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ..core.errors import BadInput, ConfigError
from ..core.strict_json import loads
from .registry import Entry
from .trust import SignedRegistry, SignedRoot

REGISTRY = "registry.json"
DRAFT = "registry.draft.json"
ROOT = "root.json"
MOST_BYTES = 1_000_000

AnyDocument = TypeVar("AnyDocument", SignedRegistry, SignedRoot)

_NAMES: dict[type[Entry], str] = {SignedRegistry: "signed key registry", SignedRoot: "signed root"}


def read(path: Path, model: type[AnyDocument]) -> AnyDocument | None:
    """The document in a file; None if there is no such file.

    :raises ConfigError: it cannot be read, or is something else
    """
    data = read_bytes(path)
    return None if data is None else parse(data, model, path)


def read_bytes(path: Path) -> bytes | None:
    """:raises ConfigError: it cannot be read"""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}.") from None


def parse(data: bytes, model: type[AnyDocument], path: Path) -> AnyDocument:
    """:raises ConfigError: another document, or none"""
    try:
        return model.model_validate(loads(data), by_alias=True, by_name=False)
    except (BadInput, ValidationError) as error:
        raise ConfigError(
            f"{path}: not a {_NAMES[model]} ({_first(error)}). Restore it from a backup; for a sandbox, delete its "
            f"folder and start again."
        ) from None


def _first(error: BadInput | ValidationError) -> str:
    if isinstance(error, BadInput):
        return "not strict JSON"
    item = error.errors()[0]
    return f"{'/'.join(str(part) for part in item['loc'])}: {item['msg']}"


def write(path: Path, document: Entry) -> None:
    """Replace a public document, whole or not at all."""
    text = document.model_dump_json(by_alias=True, exclude_none=True, indent=2) + "\n"
    waiting = path.with_name(f".{path.name}.new")
    write_new(waiting, text.encode(), mode=0o644)
    move(waiting, path)


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file of our own and have it on the disk; a torn one of an earlier run goes first."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, opened with its mode
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def move(source: Path, target: Path) -> None:
    """Rename, and have the name on the disk too."""
    source.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in that folder, which is made if it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
