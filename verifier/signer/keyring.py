"""The keys of a running service: the registry as it is now, and the signers that may sign now.

``registry.json`` is looked at, not read, each time: when it has changed, what the root vouches for is in force at once.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.clock import from_rfc3339
from ..core.errors import ConfigError, Unavailable
from ..core.models import Purpose
from . import store
from .folder import KeyFolder
from .hsm import TokenSilent
from .keystore import open_key
from .multikey import Algorithm
from .registry import Key, Registry
from .signers import Signer
from .trust import SignedRegistry

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class KeyRing:
    """One per process.

    :param uris: the configured signers of each purpose; with none, the files of the folder
    """

    def __init__(self, folder: KeyFolder, uris: Mapping[Purpose, Sequence[str]], *, seen: int = 0) -> None:
        """:raises ConfigError: the root does not vouch for the registry, or it is older than version `seen`"""
        self._folder = folder
        self._uris = uris
        self._stamp = _stamp(folder.registry_path)
        self._seen = seen
        self._signers: dict[str, Signer] = {}
        self._failed: set[str] = set()
        self._silent: dict[str, Purpose] = {}
        self._load()

    @property
    def registry(self) -> Registry:
        """The keys in force."""
        self._look()
        return self._registry

    @property
    def document(self) -> bytes:
        """``registry.json`` as it is in force, byte for byte."""
        self._look()
        return self._data

    @property
    def version(self) -> int:
        self._look()
        return self._seen

    def open(self, purpose: Purpose, *, later: bool = False) -> None:
        """Open the signers of that purpose, before anybody asks for a signature.

        :param later: a token that does not answer is left to :meth:`reopen`
        :raises ConfigError: a key is missing, unknown, of another purpose, retired, or of the other mode
        """
        now, uris = self._folder.clock.now(), self._uris_of(purpose)
        if not uris:
            raise ConfigError(
                f"{self._folder.registry_path}: no {purpose} key may sign now. Make one: `verifier keys generate "
                f"{purpose}`; in production, have the draft signed and installed (keys/README.md)."
            )
        for uri in uris:
            try:
                self._open(purpose, uri)
            except TokenSilent as error:
                if not later:
                    raise
                self._wait_for(purpose, uri, error)
        if not self._silent and not any(signer.algorithm == "ed25519" for signer in self._fit(purpose, now)):
            raise ConfigError(
                f"Signer {uris[0]}: this key is retired or distrusted, has not started, or is no Ed25519 key. "
                f"Configure the current {purpose} key."
            )

    @property
    def is_waiting(self) -> bool:
        """Whether a token did not answer when it was opened."""
        return bool(self._silent)

    def reopen(self) -> None:
        """Open the tokens that did not answer, if they do now. It blocks for as long as they take."""
        for uri, purpose in list(self._silent.items()):
            try:
                self._open(purpose, uri)
            except TokenSilent:
                continue
            except ConfigError as error:
                self._fail(uri, error)
            del self._silent[uri]

    def signers(self, purpose: Purpose, now: int) -> list[Signer]:
        """Who signs for `purpose` at that moment: an Ed25519 key, and a P-256 key if one is configured.

        :raises Unavailable: ``signer-unavailable``: no key may sign
        """
        self._look()
        for uri in self._uris_of(purpose):
            if uri not in self._signers and uri not in self._failed and uri not in self._silent:
                # If it cannot be opened, the keys before it go on signing, as long as they may.
                try:
                    self._open(purpose, uri)
                except TokenSilent as error:
                    self._wait_for(purpose, uri, error)
                except ConfigError as error:
                    self._fail(uri, error)
        fit = self._fit(purpose, now)
        if not any(signer.algorithm == "ed25519" for signer in fit):
            raise Unavailable("signer-unavailable")
        return fit

    def _fit(self, purpose: Purpose, now: int) -> list[Signer]:
        newest: dict[Algorithm, tuple[Key, Signer]] = {}
        for uri in self._uris_of(purpose):
            signer = self._signers.get(uri)
            key = self._registry.find(signer.public_key_multibase) if signer else None
            if signer and key and key.signs_at(now):
                best = newest.get(key.algorithm)
                if best is None or best[0].created < key.created:
                    newest[key.algorithm] = key, signer
        return [signer for _, (_, signer) in sorted(newest.items())]

    def _uris_of(self, purpose: Purpose) -> Sequence[str]:
        if self._uris.get(purpose):
            return self._uris[purpose]
        now = self._folder.clock.now()
        # Those to come are opened too: at the moment of a rotation, nothing is left to do.
        return [
            f"file:{self._folder.key_path(purpose, key.id)}"
            for key in self._registry.keys
            if key.purpose is purpose and (key.signs_at(now) or _is_to_come(key, now))
        ]

    def _open(self, purpose: Purpose, uri: str) -> None:
        if uri not in self._signers:
            self._signers[uri] = open_key(self._registry, purpose, uri, sandbox=self._folder.sandbox)

    def _wait_for(self, purpose: Purpose, uri: str, error: TokenSilent) -> None:
        self._silent[uri] = purpose
        log.error("%s It is tried again.", error.sentence)

    def _fail(self, uri: str, error: ConfigError) -> None:
        self._failed.add(uri)
        log.error("%s", error.sentence)

    def _look(self) -> None:
        stamp = _stamp(self._folder.registry_path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._load()
        except ConfigError as error:
            # What the root does not vouch for changes nothing: neither a torn file nor a forged one stops the service.
            log.error("%s The keys in force stay as they are.", error.sentence)  # noqa: TRY400
        else:
            log.warning("version %d of the keys is in force", self._seen)

    def _load(self) -> None:
        data = store.read_bytes(self._folder.registry_path)
        document: SignedRegistry = self._folder.check(data, seen=self._seen)
        self._data = data or b""
        self._registry = document.signed.registry
        self._seen = document.signed.version
        self._failed = set()


def _is_to_come(key: Key, now: int) -> bool:
    return key.distrusted_after is None and from_rfc3339(key.created) > now


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
