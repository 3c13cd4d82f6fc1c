"""The signing keys of the deployment, and its one secret."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from ..core.clock import Chance, Clock
from ..core.models import Purpose
from ..core.site import Site
from ..proof import did
from ..proof.sets import SUITES_OF, By, ResolveKey, SignersAt
from ..publication.status_lists import signers_of
from ..settings import Settings
from ..signer import KeyFolder, KeyRing, ensure, store
from ..storage import Reader

log = logging.getLogger(__name__)

_SECRET = "secret.key"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys."""

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

    def distrusts_any(self) -> bool:
        return any(key.distrusted_after for key in self.ring.registry.keys)


class DidDocument:
    """The DID document as it is served: the issuing keys.

    A deployment from before the issuing key signed the status lists has a key for them. It is shown until every list is
    signed anew, and never again: whatever it signed would be taken for an attestation (T00h).
    """

    def __init__(self, keys: Keys, reader: Reader) -> None:
        self._keys = keys
        self._reader = reader
        self._moved = False

    async def served(self) -> bytes:
        self._moved = self._moved or not await self._status_keys_in_use()
        purposes = (Purpose.ISSUING,) if self._moved else (Purpose.ISSUING, Purpose.STATUS)
        keys = self._keys
        document = did.did_document(keys.site.did, keys.ring.registry, keys.clock.now(), purposes)
        return json.dumps(document, indent=1).encode()

    async def _status_keys_in_use(self) -> bool:
        old = {key.id for key in self._keys.ring.registry.keys if key.purpose is Purpose.STATUS}
        return bool(old) and any(old & signers_of(body) for body in await self._reader.status_lists.bodies())


def keys_dir(settings: Settings) -> Path:
    """The folder of the registry and of generated keys."""
    return settings.keys_dir or settings.folder


def key_folder(settings: Settings, clock: Clock, chance: Chance) -> KeyFolder:
    return KeyFolder(keys_dir(settings), settings.sandbox, clock, chance, settings.trust_anchor)


def make_sandbox_keys(settings: Settings, clock: Clock, chance: Chance) -> None:
    """Make the keys that are not configured: in the sandbox only; they are marked as such."""
    for purpose, uris in configured(settings).items():
        if not uris:
            ensure(key_folder(settings, clock, chance), purpose)


def open_keys(
    settings: Settings, site: Site, clock: Clock, chance: Chance, *, seen: int = 0, later: bool = False
) -> Keys:
    """The configured keys, each checked against the registry, and the registry against the pinned root.

    :param seen: the highest version of the registry that was in force before
    :param later: a token that does not answer now is opened when it does
    :raises ConfigError: a key is missing, of another purpose, retired, or of the other mode; or the root did not sign
    """
    if settings.signer_status:
        log.warning("VERIFIER_SIGNER_STATUS is not used any more: the issuing keys sign the status lists")
    keys = unopened_keys(settings, site, clock, chance, seen=seen)
    for purpose in configured(settings):
        keys.ring.open(purpose, later=later)
    return keys


def unopened_keys(settings: Settings, site: Site, clock: Clock, chance: Chance, *, seen: int = 0) -> Keys:
    """The same, for whoever signs nothing: the registry is checked, and no signer is asked.

    :raises ConfigError: the root did not sign
    """
    return Keys(KeyRing(key_folder(settings, clock, chance), configured(settings), seen=seen), site, clock)


def configured(settings: Settings) -> dict[Purpose, tuple[str, ...]]:
    """The signers that the operator named, by purpose."""
    return {Purpose.ISSUING: settings.signer}


def secret(folder: Path, chance: Chance) -> bytes:
    """The key of the identity hashes and of form tokens; made once, readable by its owner alone."""
    path = folder / _SECRET
    with store.locked(folder):  # when two processes start at once, the second reads what the first wrote
        if not path.exists():
            temporary = path.with_name(f".{_SECRET}.new")
            store.write_new(temporary, chance.bytes(32), mode=0o600)
            store.move(temporary, path)
    return path.read_bytes()
