"""The key registry: which PUBLIC key may do what, and since when. It holds no secret.

A key is named by its own Multikey text: a name that no other key can bear (T50).
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from verifier.core.attestation import Time
from verifier.core.clock import from_rfc3339
from verifier.core.errors import BadInput, ConfigError, ProofError
from verifier.core.models import Purpose
from verifier.core.strict_json import Json, loads

from .multikey import Algorithm, PublicKey

FILE = "registry.json"


def _is_key(text: str) -> str:
    try:
        PublicKey.parse(text)
    except ProofError:
        raise PydanticCustomError("key", "not a Multikey of Ed25519 or P-256") from None
    return text


class _Entry(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Key(_Entry):
    """One public key.

    :param retired: it signs nothing new from then on; what it signed before stays good
    :param distrusted_after: it may be in other hands: what it signed later is worth nothing (T49)
    :param sandbox: made for a trial: no production service takes it, and no sandbox another
    """

    public_key_multibase: Annotated[str, AfterValidator(_is_key)]
    algorithm: Algorithm
    purpose: Purpose
    created: Time
    retired: Time | None = None
    distrusted_after: Time | None = None
    sandbox: bool

    @property
    def id(self) -> str:
        return self.public_key_multibase

    @property
    def public(self) -> PublicKey:
        return PublicKey.parse(self.public_key_multibase)

    @property
    def signs(self) -> bool:
        """Whether it may still sign."""
        return self.retired is None and self.distrusted_after is None

    def check_at(self, created: str) -> None:
        """Whether a proof made at `created` may be by this key.

        :raises ProofError: ``key-not-yet``, ``key-retired``, ``key-distrusted``
        """
        at = from_rfc3339(created)
        if at < from_rfc3339(self.created):
            raise ProofError("key-not-yet", created=created, since=self.created)
        if self.distrusted_after is not None and at > from_rfc3339(self.distrusted_after):
            raise ProofError("key-distrusted", created=created, after=self.distrusted_after)
        if self.retired is not None and at > from_rfc3339(self.retired):
            raise ProofError("key-retired", created=created, retired=self.retired)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.public.algorithm != self.algorithm:
            raise PydanticCustomError("algorithm", "the key is not of that algorithm")
        return self


class Registry(_Entry):
    """All keys that this service ever had, oldest first."""

    version: Literal[1] = 1
    keys: tuple[Key, ...] = Field(default=())

    @model_validator(mode="after")
    def _no_key_twice(self) -> Self:
        if len({key.id for key in self.keys}) != len(self.keys):
            raise PydanticCustomError("twice", "a key stands twice: one key, one purpose")
        return self

    def find(self, id_: str) -> Key | None:
        return next((key for key in self.keys if key.id == id_), None)

    def current(self, purpose: Purpose, algorithm: Algorithm = "ed25519") -> Key | None:
        """The key that signs for `purpose` now: the newest that still may."""
        fit = [key for key in self.keys if key.signs and (key.purpose, key.algorithm) == (purpose, algorithm)]
        return fit[-1] if fit else None

    def with_key(self, key: Key) -> "Registry":
        return Registry(keys=(*self.keys, key))

    def document(self) -> dict[str, Json]:
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def load(folder: Path) -> Registry:
    """The registry of a keys folder; empty if there is none yet.

    :raises ConfigError: the file is not a registry
    """
    path = folder / FILE
    try:
        return Registry.model_validate(loads(path.read_bytes()), by_alias=True, by_name=False)
    except FileNotFoundError:
        return Registry()
    except OSError as error:
        raise ConfigError(f"Key registry {path}: {error.strerror}.") from None
    except (BadInput, ValidationError) as error:
        raise ConfigError(f"Key registry {path}: {_first(error)}. Restore it from a backup.") from None


def _first(error: BadInput | ValidationError) -> str:
    if isinstance(error, BadInput):
        return "not strict JSON"
    item = error.errors()[0]
    return f"{'/'.join(str(part) for part in item['loc'])}: {item['msg']}"


def save(folder: Path, registry: Registry) -> None:
    """Replace the registry, whole or not at all."""
    text = registry.model_dump_json(by_alias=True, exclude_none=True, indent=2) + "\n"
    write_new(folder / f".{FILE}.new", text.encode(), mode=0o644)
    move(folder / f".{FILE}.new", folder / FILE)


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
