"""The offline root, and what it vouches for: the rules alone, without files, clock or network.

The model is The Update Framework (TUF 1.0.33, 5.3 and 5.6), with two roles. A *root* names n keys that are kept
offline, of which k must agree. It signs the *list of keys* of the service, and the root that follows it. The
registry document carries the list with all roots from the first, so that a client that pinned any of them
walks from its own to the last, and then trusts the list, without asking anybody.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

import base58
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..core.attestation import Time
from ..core.clock import from_rfc3339
from ..core.errors import ConfigError, ProofError
from .multikey import PublicKey
from .registry import MOST_KEYS, Entry, Key, KeyId, Registry

# What a root key signs begins with this line, which no other document that anybody signs begins with (T51).
PREFIX = b"https://w3id.org/fediverse-account#keys-v1\n"

Version = Annotated[int, Field(strict=True, ge=1, lt=2**31)]


class Root(Entry):
    """The keys that vouch for the service's keys.

    :param threshold: how many of `keys` must sign
    :param sandbox: made for a trial, with its private key beside it: no production service takes it
    """

    type: Literal["root"]
    version: Version
    expires: Time
    threshold: Annotated[int, Field(strict=True, ge=1)]
    keys: Annotated[tuple[KeyId, ...], Field(min_length=1, max_length=32)]
    sandbox: bool

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if len(set(self.keys)) != len(self.keys):
            raise PydanticCustomError("twice", "a root key stands twice")
        if self.threshold > len(self.keys):
            raise PydanticCustomError("threshold", "the threshold is above the number of root keys")
        return self


class KeyList(Entry):
    """The keys of the service, as of one version."""

    type: Literal["keys"]
    version: Version
    expires: Time
    keys: Annotated[tuple[Key, ...], Field(max_length=MOST_KEYS)]

    @property
    def registry(self) -> Registry:
        return Registry(keys=self.keys)

    @model_validator(mode="after")
    def _is_registry(self) -> Self:
        Registry(keys=self.keys)
        return self


class Signature(Entry):
    """:param signature: base58btc multibase of 64 bytes: over :func:`payload`"""

    key: KeyId
    signature: Annotated[str, Field(max_length=100, pattern=r"^z[1-9A-HJ-NP-Za-km-z]+$")]


Signatures = Annotated[tuple[Signature, ...], Field(max_length=64)]


class SignedRoot(Entry):
    """``root.json``: what clients pin."""

    signed: Root
    signatures: Signatures


class SignedRegistry(Entry):
    """``registry.json``.

    :param roots: from the first to the one that signs the list, each signed by itself and by the one before
    """

    roots: Annotated[tuple[SignedRoot, ...], Field(min_length=1, max_length=64)]
    signed: KeyList
    signatures: Signatures

    @property
    def root(self) -> Root:
        """The last root."""
        return self.roots[-1].signed


def payload(signed: Root | KeyList) -> bytes:
    """What a root key signs: the prefix, then the canonical JSON (RFC 8785) of the document."""
    document = signed.model_dump(mode="json", by_alias=True, exclude_none=True)
    # Names and texts are ASCII and numbers are small integers: for these, this is RFC 8785.
    return PREFIX + json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def signature(key_id: str, raw: bytes) -> Signature:
    return Signature(key=key_id, signature="z" + base58.b58encode(raw).decode())


def signers(signed: Root | KeyList, signatures: Iterable[Signature], among: Sequence[str]) -> frozenset[str]:
    """Which keys of `among` signed it; see :func:`signed_by`."""
    return signed_by(payload(signed), signatures, among)


def signed_by(data: bytes, signatures: Iterable[Signature], among: Sequence[str]) -> frozenset[str]:
    """Which keys of `among` signed. One key counts once, however often it signed; unknown keys count for nothing."""
    return frozenset(each.key for each in signatures if each.key in among and _holds(each, data))


def _holds(each: Signature, data: bytes) -> bool:
    try:
        PublicKey.parse(each.key).verify(base58.b58decode(each.signature[1:]), data)
    except ProofError:
        return False
    return True


def check_threshold(signed: Root | KeyList, signatures: Sequence[Signature], root: Root) -> None:
    """:raises ConfigError: fewer keys of `root` signed than it asks for"""
    count = len(signers(signed, signatures, root.keys))
    if count < root.threshold:
        what = f"root {signed.version}" if isinstance(signed, Root) else f"version {signed.version} of the keys"
        raise ConfigError(
            f"{what} is signed by {count} of the keys of root {root.version}, which asks for {root.threshold}: "
            f"collect the missing signatures with `verifier keys root sign`."
        )


def check_successor(old: Root, new: SignedRoot) -> None:
    """Whether a root follows another: the keys of both agree to it (TUF 5.3.4).

    :raises ConfigError: a version left out or repeated, a threshold not met, a sandbox root after a production one
    """
    if new.signed.version != old.version + 1:
        raise ConfigError(f"root {new.signed.version} cannot follow root {old.version}: versions go one by one.")
    if new.signed.sandbox != old.sandbox:
        raise ConfigError("a sandbox root and a production root cannot follow each other: start another keys folder.")
    check_threshold(new.signed, new.signatures, old)
    check_threshold(new.signed, new.signatures, new.signed)


def follow(document: SignedRegistry, pinned: Root, *, now: int, seen: int = 0) -> KeyList:
    """The list of keys that a client trusts which pinned that root.

    :param now: Unix seconds
    :param seen: the highest version of the list that the client has trusted before
    :raises ConfigError: the root is another, a step between roots does not hold, a threshold is not met, an older
        version than `seen`, expired, or a key with two uses
    """
    at = next((place for place, each in enumerate(document.roots) if each.signed == pinned), None)
    if at is None:
        raise ConfigError(
            f"it does not come from the pinned root {pinned.version}: get registry.json from the service itself, or "
            f"pin the root that the service's keepers show."
        )
    last = pinned
    for each in document.roots[at + 1 :]:
        check_successor(last, each)
        last = each.signed
    # Only the last: a root that was followed in time stays a good step afterwards (TUF 5.3.10).
    _check_fresh(f"root {last.version}", last.expires, now)
    check_threshold(document.signed, document.signatures, last)
    if document.signed.version < seen:
        raise ConfigError(
            f"version {document.signed.version} of the keys is older than version {seen}, which was already in use: "
            f"put the newest registry.json back."
        )
    _check_fresh(f"version {document.signed.version} of the keys", document.signed.expires, now)
    root_keys = {key for each in document.roots for key in each.signed.keys}
    for key in document.signed.keys:
        if key.id in root_keys:
            raise ConfigError(f"{key.id} is a root key and a {key.purpose} key: one key, one purpose.")
        if key.sandbox != last.sandbox:
            raise ConfigError(f"{key.id}: a sandbox root vouches for sandbox keys alone, and no other for them.")
    return document.signed


def _check_fresh(what: str, expires: str, now: int) -> None:
    if now >= from_rfc3339(expires):
        raise ConfigError(f"{what} ended at {expires}: have the next version signed (`verifier keys --help`).")


def check_history(old: SignedRegistry, new: SignedRegistry) -> None:
    """Whether the new document goes on from the old: nothing that was told of a key is taken back.

    :raises ConfigError: an older or the same version, other roots, a key gone or told differently
    """
    if new.signed.version <= old.signed.version:
        raise ConfigError(
            f"version {old.signed.version} of the keys is in use: version {new.signed.version} would go back. "
            f"Make the change again and have that signed."
        )
    if [each.signed for each in new.roots[: len(old.roots)]] != [each.signed for each in old.roots]:
        raise ConfigError("its roots are not those in use: it belongs to another service.")
    registry = new.signed.registry
    for key in old.signed.keys:
        now = registry.find(key.id)
        if now is None:
            raise ConfigError(f"{key.id} is no longer in it: a key is retired or distrusted, never removed.")
        if now.model_copy(update={"retired": key.retired, "distrusted_after": key.distrusted_after}) != key:
            raise ConfigError(f"{key.id}: its purpose or its start is not what was published before.")
        if key.retired is not None and now.retired != key.retired:
            raise ConfigError(f"{key.id} was retired at {key.retired}, and stays so.")
        before, after = key.distrusted_after, now.distrusted_after
        if before is not None and (after is None or after > before):
            raise ConfigError(f"{key.id} is distrusted after {before}: that moment can only move back.")
