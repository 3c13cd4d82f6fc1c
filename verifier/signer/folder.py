"""The folder of the registry, and what the pinned root says of it."""

from dataclasses import dataclass
from pathlib import Path

from ..core.clock import Chance, Clock
from ..core.errors import ConfigError
from ..core.models import Purpose
from . import store
from .trust import SignedRegistry, SignedRoot, follow

ROOT_KEY = "root.pem"  # in a sandbox alone


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Where the registry is, and the private keys that are files.

    :param anchor: the pinned root; by default ``root.json`` in the folder
    :param sandbox: whether the keys made here are for a trial
    """

    path: Path
    sandbox: bool
    clock: Clock
    chance: Chance
    anchor: Path | None = None

    @property
    def registry_path(self) -> Path:
        return self.path / store.REGISTRY

    @property
    def draft_path(self) -> Path:
        return self.path / store.DRAFT

    @property
    def anchor_path(self) -> Path:
        return self.anchor or self.path / store.ROOT

    @property
    def signs_itself(self) -> bool:
        """Whether the root's key lies beside the keys: in a sandbox, unless it rehearses the ceremony."""
        return self.sandbox and (self.path / ROOT_KEY).exists()

    def key_path(self, purpose: Purpose, key_id: str) -> Path:
        """Where a private key is that was made here."""
        return self.path / f"{purpose}-{key_id}.pem"

    def pinned(self) -> SignedRoot:
        """:raises ConfigError: there is none, or it is something else"""
        root = store.read(self.anchor_path, SignedRoot)
        if root is None:
            raise ConfigError(
                f"{self.anchor_path}: there is no pinned root. Put there, by hand, the root.json that "
                f"`verifier keys root init` made on the offline machine (keys/README.md)."
            )
        return root

    def load(self, *, seen: int = 0) -> SignedRegistry:
        """The registry, as far as the pinned root vouches for it.

        :param seen: the highest version that was in use before
        :raises ConfigError: there is none, or the root does not vouch for it
        """
        return self.check(store.read_bytes(self.registry_path), seen=seen)

    def check(self, data: bytes | None, *, seen: int = 0) -> SignedRegistry:
        """The same, of bytes that were read before.

        :raises ConfigError: as :meth:`load`
        """
        if data is None:
            raise ConfigError(
                f"{self.registry_path}: there is no key registry. Make keys with `verifier keys generate`, "
                f"and in production have the draft signed and installed (keys/README.md)."
            )
        document = store.parse(data, SignedRegistry, self.registry_path)
        try:
            follow(document, self.pinned().signed, now=self.clock.now(), seen=seen)
        except ConfigError as error:
            raise ConfigError(f"Key registry {self.registry_path}: {error.sentence}") from None
        return document

    def draft(self) -> SignedRegistry | None:
        """The change that waits for signatures, if it is the next one."""
        draft, known = store.read(self.draft_path, SignedRegistry), store.read(self.registry_path, SignedRegistry)
        return draft if draft and draft.signed.version == (known.signed.version if known else 0) + 1 else None
