"""The signing keys of the deployment, and its one secret."""

import json
from dataclasses import dataclass
from pathlib import Path

from ..core.clock import Chance, Clock
from ..core.models import Purpose
from ..core.site import Site
from ..proof import did
from ..proof.sets import SUITES_OF, By, ResolveKey, SignersAt
from ..settings import Settings
from ..signer import KeyFolder, KeyRing, ensure, store
from ..storage.sqlite import database_path

_SECRET = "secret.key"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys, and the documents that publish them."""

    ring: KeyRing
    site: Site
    clock: Clock

    def by(self, purpose: Purpose) -> SignersAt:
        """Who signs for that purpose at a moment, with which suites."""

        def at(now: int) -> tuple[By, ...]:
            return tuple(
                By(suite, signer, did.method_of(self.site.did, signer.public_key_multibase))
                for signer in self.ring.signers(purpose, now)
                for suite in SUITES_OF[signer.algorithm]
            )

        return at

    def issuing_keys(self, recorded: int | None) -> ResolveKey:
        """The keys that attestations are checked with; see :func:`verifier.proof.did.registry_keys`."""
        return did.registry_keys(self.site.did, self.ring.registry, Purpose.ISSUING, recorded=recorded)

    def did_document(self) -> bytes:
        document = did.did_document(self.site.did, self.ring.registry, self.clock.now())
        return json.dumps(document, indent=1).encode()

    def distrusts_any(self) -> bool:
        return any(key.distrusted_after for key in self.ring.registry.keys)


def keys_dir(settings: Settings) -> Path:
    """The folder of the registry and of generated keys."""
    return settings.keys_dir or database_path(settings.database_url).parent


def key_folder(settings: Settings, clock: Clock, chance: Chance) -> KeyFolder:
    return KeyFolder(keys_dir(settings), settings.sandbox, clock, chance, settings.trust_anchor)


def make_sandbox_keys(settings: Settings, clock: Clock, chance: Chance) -> None:
    """Make the keys that are not configured: in the sandbox only; they are marked as such."""
    for purpose, uris in configured(settings).items():
        if not uris:
            ensure(key_folder(settings, clock, chance), purpose)


def open_keys(settings: Settings, site: Site, clock: Clock, chance: Chance, *, seen: int = 0) -> Keys:
    """The configured keys, each checked against the registry, and the registry against the pinned root.

    :param seen: the highest version of the registry that was in force before
    :raises ConfigError: a key is missing, of another purpose, retired, or of the other mode; or the root did not sign
    """
    uris = configured(settings)
    ring = KeyRing(key_folder(settings, clock, chance), uris, seen=seen)
    for purpose in uris:
        ring.open(purpose)
    return Keys(ring, site, clock)


def configured(settings: Settings) -> dict[Purpose, tuple[str, ...]]:
    """The signers that the operator named, by purpose."""
    return {Purpose.ISSUING: settings.signer, Purpose.STATUS: settings.signer_status}


def secret(folder: Path, chance: Chance) -> bytes:
    """The key of the identity hashes and of form tokens; made once, readable by its owner alone."""
    path = folder / _SECRET
    with store.locked(folder):  # when two processes start at once, the second reads what the first wrote
        if not path.exists():
            temporary = path.with_name(f".{_SECRET}.new")
            store.write_new(temporary, chance.bytes(32), mode=0o600)
            store.move(temporary, path)
    return path.read_bytes()
