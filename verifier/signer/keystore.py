"""Keys of a folder: made, replaced, retired, distrusted.

Each change is the next version of ``registry.json``, signed by the root. In a sandbox the root's key lies beside
it and the change is in force at once. In production the change waits as ``registry.draft.json`` until the
keepers of the root have signed it (``offline``) and :func:`install` has checked it.
"""

from collections.abc import Callable
from pathlib import Path

from ..core.clock import DAY, from_rfc3339, to_rfc3339
from ..core.errors import ConfigError
from ..core.models import Purpose
from . import hsm, store
from .folder import ROOT_KEY, KeyFolder
from .multikey import Algorithm
from .registry import Key, Registry
from .signers import Signer, draw, load_file, open_signer, signer_of, to_pem
from .trust import (
    KeyList,
    Root,
    SignedRegistry,
    SignedRoot,
    check_history,
    check_successor,
    follow,
    payload,
    signature,
)

REGISTRY_LIFE = 365 * DAY
SANDBOX_LIFE = 3650 * DAY  # nobody signs again for a sandbox


def generate(folder: KeyFolder, purpose: Purpose, algorithm: Algorithm = "ed25519", *, uri: str = "") -> Key:
    """Make the first key of `purpose`, or the next after one that was distrusted.

    :param uri: where the private key goes: ``file:PATH``, ``pkcs11:…``, by default a file of the folder
    :raises ConfigError: there is one already
    """
    with store.locked(folder.path):
        return _enter(folder, _without(folder, purpose, algorithm), purpose, _making(algorithm, uri))


def register(folder: KeyFolder, purpose: Purpose, uri: str) -> Key:
    """Enter a key that exists already as the first of `purpose`.

    :raises ConfigError: there is one already, or `uri` opens nothing
    """
    signer = open_signer(uri)
    with store.locked(folder.path):
        return _enter(folder, _without(folder, purpose, signer.algorithm), purpose, _taking(signer))


def ensure(folder: KeyFolder, purpose: Purpose) -> Key:
    """The key of `purpose`, made if there is none, in a sandbox: two starts at once make one key.

    :raises ConfigError: a private key lies there that the registry does not know
    """
    with store.locked(folder.path):
        registry = _finish(folder)
        key = registry.current(purpose, folder.clock.now())
        if key is not None:
            return key
        for path in folder.path.glob(f"{purpose}-*.pem"):
            if registry.find(path.stem.partition("-")[2]) is None:
                raise ConfigError(f"{path}: not in {store.REGISTRY}. Restore the registry, or move the file away.")
        return _enter(folder, registry, purpose, _making("ed25519", ""))


def rotate(
    folder: KeyFolder,
    purpose: Purpose,
    algorithm: Algorithm = "ed25519",
    *,
    at: int | None = None,
    uri: str = "",
    existing: bool = False,
) -> tuple[Key, Key]:
    """Plan the next key of `purpose`; returns the one that retires and the one that follows.

    Both are published at once; at the moment `at` the old one signs its last and the new one its first.

    :param at: Unix seconds; by default now where the root is at hand, otherwise in a day: the keepers must have signed
    :param existing: the key of `uri` is there already, and is entered rather than made
    :raises ConfigError: no key to follow, a rotation that is planned already, a moment that has passed
    """
    now = folder.clock.now()
    at = at if at is not None else now if folder.signs_itself else now + DAY
    if at < now:
        raise ConfigError(f"{to_rfc3339(at)} has passed: what was signed since would be worth nothing. Give a later.")
    with store.locked(folder.path):
        registry = _finish(folder)
        signer = open_signer(uri) if existing else None
        algorithm = signer.algorithm if signer else algorithm
        making = _taking(signer) if signer else _making(algorithm, uri)
        old = registry.current(purpose, now, algorithm)
        if old is None:
            raise ConfigError(f"There is no {purpose} key ({algorithm}) in use: `verifier keys generate {purpose}`.")
        if old.retired is not None:
            raise ConfigError(f"{old.id} retires at {old.retired} already: the next rotation can be planned then.")
        retired = old.model_copy(update={"retired": to_rfc3339(at)})
        return retired, _enter(folder, registry.with_key(retired), purpose, making, created=at)


def retire(folder: KeyFolder, key_id: str, *, at: int | None = None) -> Key:
    """End the use of a key that another has followed, or that nothing follows: what it signed stays good.

    :param at: Unix seconds; by default now
    :raises ConfigError: no such key, ended already, or a moment at which it may still have signed
    """
    with store.locked(folder.path):
        registry = _finish(folder)
        key = _find(registry, key_id)
        if key.retired is not None:
            raise ConfigError(f"{key.id} was retired at {key.retired} already. Nothing was changed.")
        retired = key.model_copy(update={"retired": to_rfc3339(folder.clock.now() if at is None else at)})
        _check_retirement(retired, registry, folder.clock.now())
        _commit(folder, registry.with_key(retired))
        return retired


def renew(folder: KeyFolder) -> None:
    """The same keys, for another year.

    :raises ConfigError: there are none
    """
    with store.locked(folder.path):
        registry = _finish(folder)
        if not registry.keys:
            raise ConfigError(f"{folder.registry_path}: there are no keys yet: `verifier keys generate`.")
        _commit(folder, registry)


def distrust(folder: KeyFolder, key_id: str, *, after: int) -> Key:
    """What that key signed after that moment is worth nothing from now on (T49).

    :param after: Unix seconds
    :raises ConfigError: no such key, a moment to come, or one later than what was said before
    """
    if after > folder.clock.now():
        raise ConfigError(f"{to_rfc3339(after)} is to come: give the last moment when the key was surely in our hands.")
    with store.locked(folder.path):
        registry = _finish(folder)
        key = _find(registry, key_id)
        if key.distrusted_after is not None and after >= from_rfc3339(key.distrusted_after):
            raise ConfigError(f"{key.id} is distrusted after {key.distrusted_after} already. Nothing was changed.")
        distrusted = key.model_copy(update={"distrusted_after": to_rfc3339(after)})
        _commit(folder, registry.with_key(distrusted))
        return distrusted


def install(folder: KeyFolder, path: Path) -> SignedRegistry:
    """Put a signed registry, or a signed next root, in force.

    A next root makes a new draft, which the keepers of that root must sign.

    :returns: what is in force now, or for a root the draft that waits
    :raises ConfigError: what the root does not vouch for, or what does not go on from the registry in force
    """
    data = store.read_bytes(path)
    if data is None:
        raise ConfigError(f"{path}: there is no such file.")
    with store.locked(folder.path):
        if b'"roots"' not in data:
            return _install_root(folder, store.parse(data, SignedRoot, path))
        document, now = store.parse(data, SignedRegistry, path), folder.clock.now()
        known = store.read(folder.registry_path, SignedRegistry)
        try:
            follow(document, folder.pinned().signed, now=now)
            if document.root.sandbox != folder.sandbox:
                raise ConfigError("it is for the other mode: a sandbox and a production service share no keys.")
            if known is not None:
                check_history(known, document)
                for key in document.signed.keys:
                    before = known.signed.registry.find(key.id)
                    if before is not None and key.retired != before.retired:
                        _check_retirement(key, known.signed.registry, now)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error.sentence} Nothing was changed.") from None
        store.write(folder.registry_path, document)
        draft = store.read(folder.draft_path, SignedRegistry)
        if draft is not None and draft.signed.version <= document.signed.version:
            folder.draft_path.unlink()
        return document


def open_key(registry: Registry, purpose: Purpose, uri: str, *, sandbox: bool) -> Signer:
    """The signer of `uri`, checked: what signs is what the registry says. It may be retired, or not have started.

    :raises ConfigError: the key is unknown, of another purpose, or of the other mode
    """
    signer = open_signer(uri)
    key = registry.find(signer.public_key_multibase)
    if key is None:
        raise ConfigError(
            f"Signer {uri}: its public key {signer.public_key_multibase} is not in {store.REGISTRY}. "
            f"Restore the registry, point VERIFIER_SIGNER to the key that it names, or enter this one with "
            f"`verifier keys register`."
        )
    if key.purpose is not purpose:
        raise ConfigError(f"Signer {uri}: this key is for {key.purpose}, not for {purpose}. One key, one purpose.")
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


# A way to get a private key: given where files go by default, the signer, and how to put it in its place in the end.
Making = Callable[[KeyFolder, Purpose], tuple[Signer, Callable[[], None]]]


def _making(algorithm: Algorithm, uri: str) -> Making:
    def make(folder: KeyFolder, purpose: Purpose) -> tuple[Signer, Callable[[], None]]:
        if uri.startswith("pkcs11:"):
            return hsm.generate(uri, algorithm, folder.chance), _nothing
        private = draw(algorithm, folder.chance)
        signer = signer_of(private)
        # The private key waits under another name until the registry knows it, so that a crash at any point
        # leaves either nothing in use or a key that `_finish` puts in its place.
        target = _file_of(uri) if uri else folder.key_path(purpose, signer.public_key_multibase)
        waiting = target.with_name(f".{target.name}.new")
        store.write_new(waiting, to_pem(private), mode=0o600)
        return signer, lambda: store.move(waiting, target)

    return make


def _taking(signer: Signer) -> Making:
    return lambda _folder, _purpose: (signer, _nothing)


def _nothing() -> None:
    """The key is where it stays."""


def _file_of(uri: str) -> Path:
    scheme, _, path = uri.partition(":")
    if scheme != "file" or not path:
        raise ConfigError(f"Signer {uri!r}: write it as file:PATH or pkcs11:…;object=NAME?module-path=…&pin-source=…")
    if Path(path).exists():
        raise ConfigError(f"{path}: there is a file already. Nothing was changed.")
    return Path(path)


def _enter(folder: KeyFolder, registry: Registry, purpose: Purpose, making: Making, created: int | None = None) -> Key:
    _root(folder)  # before a key is made: without a root, nothing could be entered
    signer, place = making(folder, purpose)
    known = registry.find(signer.public_key_multibase)
    if known is not None:
        raise ConfigError(f"{known.id} is in the registry already, for {known.purpose}. One key, one purpose.")
    key = Key(
        public_key_multibase=signer.public_key_multibase,
        algorithm=signer.algorithm,
        purpose=purpose,
        created=to_rfc3339(folder.clock.now() if created is None else created),
        sandbox=folder.sandbox,
    )
    _commit(folder, registry.with_key(key))
    place()
    return key


def _commit(folder: KeyFolder, registry: Registry) -> None:
    """Sign the next version where the root's key lies beside it; otherwise leave it as a draft."""
    known, draft = store.read(folder.registry_path, SignedRegistry), folder.draft()
    before = draft or known
    roots = before.roots if before else (_root(folder),)
    life = SANDBOX_LIFE if folder.sandbox else REGISTRY_LIFE
    signed = KeyList(
        type="keys",
        version=(known.signed.version if known else 0) + 1,
        expires=to_rfc3339(folder.clock.now() + life),
        keys=registry.keys,
    )
    if folder.signs_itself:
        private = load_file(folder.path / ROOT_KEY)
        by = signature(private.public_key_multibase, private.sign_now(payload(signed)))
        store.write(folder.registry_path, SignedRegistry(roots=roots, signed=signed, signatures=(by,)))
    else:
        store.write(folder.draft_path, SignedRegistry(roots=roots, signed=signed, signatures=()))


def _root(folder: KeyFolder) -> SignedRoot:
    root = folder.pinned()
    if root.signed.sandbox != folder.sandbox:
        raise ConfigError(
            f"{folder.anchor_path}: this root is {'a sandbox' if root.signed.sandbox else 'a production'} root. "
            f"A sandbox and a production service need a VERIFIER_KEYS_DIR each."
        )
    return root


def _make_sandbox_root(folder: KeyFolder) -> None:
    private = signer_of(draw("ed25519", folder.chance))
    store.write_new(folder.path / ROOT_KEY, to_pem(private.private), mode=0o600)
    root = Root(
        type="root",
        version=1,
        expires=to_rfc3339(folder.clock.now() + SANDBOX_LIFE),
        threshold=1,
        keys=(private.public_key_multibase,),
        sandbox=True,
    )
    by = signature(private.public_key_multibase, private.sign_now(payload(root)))
    store.write(folder.anchor_path, SignedRoot(signed=root, signatures=(by,)))


def _install_root(folder: KeyFolder, root: SignedRoot) -> SignedRegistry:
    known, now = folder.load(), folder.clock.now()
    before = folder.draft() or known
    signed = before.signed.model_copy(
        update={"version": known.signed.version + 1, "expires": to_rfc3339(now + REGISTRY_LIFE)}
    )
    # What remains to be signed is the list: everything else must hold already.
    draft = SignedRegistry(roots=(*known.roots, root), signed=signed, signatures=())
    check_successor(known.root, root)
    store.write(folder.draft_path, draft)
    return draft


def _finish(folder: KeyFolder) -> Registry:
    """Complete what a crashed run began; returns the keys, with those that wait to be signed."""
    if folder.sandbox and not folder.anchor_path.exists() and not folder.registry_path.exists():
        _make_sandbox_root(folder)
    document = folder.draft() or store.read(folder.registry_path, SignedRegistry)
    registry = document.signed.registry if document else Registry()
    for waiting in folder.path.glob(".*.pem.new"):
        target = waiting.with_name(waiting.name.removeprefix(".").removesuffix(".new"))
        if registry.find(target.stem.partition("-")[2]) is not None:
            store.move(waiting, target)
        else:
            waiting.unlink()
    return registry


def _without(folder: KeyFolder, purpose: Purpose, algorithm: Algorithm) -> Registry:
    registry = _finish(folder)
    if any(
        (key.purpose, key.algorithm, key.retired, key.distrusted_after) == (purpose, algorithm, None, None)
        for key in registry.keys
    ):
        raise ConfigError(
            f"{folder.path}: the {purpose} key ({algorithm}) exists already. Nothing was changed. "
            f"To replace it: `verifier keys rotate {purpose}`."
        )
    return registry


def _find(registry: Registry, key_id: str) -> Key:
    key = registry.find(key_id)
    if key is None:
        raise ConfigError(f"{key_id}: no such key in the registry. `verifier keys list` shows their names.")
    return key


def _check_retirement(key: Key, registry: Registry, now: int) -> None:
    """A key retires in the past only if another had taken over by then: what it signed since would be worth nothing.

    :param registry: what is in force
    """
    at = from_rfc3339(key.retired or "")
    other = Registry(keys=tuple(each for each in registry.keys if each.id != key.id))
    if at < now and other.current(key.purpose, at, key.algorithm) is None and key.distrusted_after is None:
        raise ConfigError(
            f"{key.id} would be retired since {key.retired}, and no other key had taken over by then: what it signed "
            f"since would be worth nothing. Plan it for a moment to come."
        )
