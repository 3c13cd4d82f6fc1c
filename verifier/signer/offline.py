"""The work of the root's keepers, on a machine that no network reaches: roots made, documents read and signed."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core.clock import DAY, Chance, from_rfc3339, to_rfc3339
from ..core.errors import ConfigError
from . import store
from .multikey import Algorithm
from .signers import Signer, draw, signer_of, to_pem
from .trust import KeyList, Root, SignedRegistry, SignedRoot, payload, signature, signers

ROOT_DAYS = 1825  # five years


def new_key(path: Path, algorithm: Algorithm, chance: Chance) -> str:
    """A root key in a new file that its owner alone may read; returns its name.

    :raises ConfigError: there is a file of that name
    """
    private = signer_of(draw(algorithm, chance))
    if path.exists():
        raise ConfigError(f"{path}: there is a file already. Nothing was changed.")
    try:
        store.write_new(path, to_pem(private.private), mode=0o600)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}.") from None
    return private.public_key_multibase


def make_root(
    keys: Sequence[str], threshold: int, *, now: int, days: int = ROOT_DAYS, version: int = 1, sandbox: bool = False
) -> SignedRoot:
    """A root that nobody has signed yet.

    :param sandbox: to rehearse the ceremony

    :raises ConfigError: a key is none or stands twice, a threshold that cannot be met
    """
    try:
        root = Root(
            type="root",
            version=version,
            expires=to_rfc3339(now + days * DAY),
            threshold=threshold,
            keys=tuple(keys),
            sandbox=sandbox,
        )
    except ValueError:
        raise ConfigError(
            f"{len(keys)} root keys, of which {threshold} must sign: give each key once, as z6Mk… or zDna…, and at "
            f"least as many as must sign."
        ) from None
    return SignedRoot(signed=root, signatures=())


def read(path: Path) -> SignedRegistry | SignedRoot:
    """A document that roots sign.

    :raises ConfigError: there is no such file, or it is something else
    """
    data = store.read_bytes(path)
    if data is None:
        raise ConfigError(f"{path}: there is no such file.")
    return store.parse(data, SignedRegistry, path) if b'"roots"' in data else store.parse(data, SignedRoot, path)


async def sign(document: SignedRegistry | SignedRoot, signer: Signer) -> SignedRegistry | SignedRoot:
    """The document with one more signature.

    :raises ConfigError: the key is not of its root, or signed already
    """
    key = signer.public_key_multibase
    if isinstance(document, SignedRegistry) and key not in document.root.keys:
        raise ConfigError(f"{key} is not a key of root {document.root.version}: its signature would count for nothing.")
    if key in signers(document.signed, document.signatures, (key,)):
        raise ConfigError(f"{key} has signed this already: one key counts once.")
    added = signature(key, await signer.sign(payload(document.signed)))
    kept = tuple(each for each in document.signatures if each.key != key)
    return document.model_copy(update={"signatures": (*kept, added)})


def missing(document: SignedRegistry | SignedRoot) -> int:
    """How many signatures of its own root it still needs."""
    root = document.root if isinstance(document, SignedRegistry) else document.signed
    return max(0, root.threshold - len(signers(document.signed, document.signatures, root.keys)))


def digest(signed: KeyList | Root) -> str:
    """What two people read to each other to know that two machines hold the same document: SHA-256, in groups."""
    text = hashlib.sha256(payload(signed)).hexdigest()
    return " ".join(text[at : at + 8] for at in range(0, 64, 8))


def summary(signed: KeyList | Root, now: int) -> Iterator[str]:
    """The document in lines, for those who are asked to sign it."""
    if isinstance(signed, Root):
        yield f"root {signed.version}: {signed.threshold} of {len(signed.keys)} keys, until {signed.expires}"
        yield from (f"  {key}" for key in signed.keys)
    else:
        yield f"version {signed.version} of the keys, until {signed.expires}"
        for key in signed.keys:
            if key.distrusted_after:
                state = f"distrusted after {key.distrusted_after}"
            elif key.retired:
                state = f"{'retired' if from_rfc3339(key.retired) <= now else 'retires'} at {key.retired}"
            else:
                state = "in use" if key.signs_at(now) else f"starts at {key.created}"
            mode = ", sandbox" if key.sandbox else ""
            yield f"  {key.purpose:8} {key.algorithm:8} {state} (since {key.created}{mode})"
            yield f"    {key.id}"
    yield f"digest {digest(signed)}"
