"""The sign-off of a policy: two of its editors agree to each change (docs/adr, two people for the policy).

``signoff.json`` holds every statement from the first. Each names the one before by its digest and is signed by two
editors of the one before (the first by two of its own), so that nobody becomes an editor by writing it down.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from ..core.attestation import Time
from ..core.errors import BadInput, ConfigError
from ..core.strict_json import loads_object
from ..proof import jcs
from ..signer.registry import Entry, KeyId
from ..signer.trust import Signatures, signed_by
from ..storage import Reader, Tx

# What an editor signs begins with this line, which no other document that anybody signs begins with (T51).
PREFIX = b"https://w3id.org/fediverse-account#policy-v1\n"
FILE = "signoff.json"
NEEDED = 2
SEEN = "policy_signoff"  # the fact: the fingerprint of the last statement that this store has seen in force

Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Editor(Entry):
    """:param key: the Multikey text of the public key that is theirs alone"""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    key: KeyId


def _are_people(editors: tuple[Editor, ...]) -> tuple[Editor, ...]:
    if len({editor.key for editor in editors}) != len(editors) or len({e.name for e in editors}) != len(editors):
        raise PydanticCustomError("twice", "an editor, or a key under two names, stands twice")
    if len(editors) == 1:
        raise PydanticCustomError("alone", "one editor cannot be two people: name at least two, or none")
    return editors


Editors = Annotated[tuple[Editor, ...], Field(max_length=100), AfterValidator(_are_people)]


class Statement(Entry):
    """What editors agree to.

    :param previous: SHA-256 of what was signed before; None for the first
    :param digest: SHA-256 of the files of the policy
    :param editors: as of this version: two of them agree to the next
    :param source: where the change comes from
    """

    type: Literal["policy"]
    version: Annotated[int, Field(strict=True, ge=1, lt=2**31)]
    previous: Hex | None = None
    digest: Hex
    editors: Annotated[Editors, Field(min_length=2)]
    source: Sentence
    reason: Sentence
    at: Time


class SignedStatement(Entry):
    """A statement and who agreed to it."""

    signed: Statement
    signatures: Signatures


class History(Entry):
    """``signoff.json``: the first statement first."""

    history: Annotated[tuple[SignedStatement, ...], Field(min_length=1)]


def payload(statement: Statement) -> bytes:
    """What an editor signs: the prefix, then the canonical JSON (RFC 8785) of the statement."""
    return PREFIX + jcs.canonicalize(statement.model_dump(mode="json", by_alias=True, exclude_none=True))


def fingerprint(statement: Statement) -> str:
    """SHA-256 of what is signed, in hexadecimal: names the statement in the next one."""
    return hashlib.sha256(payload(statement)).hexdigest()


def history(directory: Path) -> tuple[SignedStatement, ...]:
    """What ``signoff.json`` holds, unchecked; empty when there is none.

    :raises ConfigError: it is something else
    """
    path = directory / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}.") from None
    try:
        return History.model_validate(loads_object(data), by_alias=True, by_name=False).history
    except (BadInput, ValidationError):
        raise ConfigError(f"{path}: not the sign-offs of a policy. Restore it from a backup.") from None


def electorate(signed: Sequence[SignedStatement], statement: Statement) -> tuple[Editor, ...]:
    """The editors of whom two must agree to `statement`, which comes after `signed`."""
    return signed[-1].signed.editors if signed else statement.editors


def signers(signed: Sequence[SignedStatement], statement: Statement, signatures: Signatures) -> frozenset[str]:
    """The keys of the :func:`electorate` that signed `statement`; each counts once."""
    return signed_by(payload(statement), signatures, [editor.key for editor in electorate(signed, statement)])


def check(directory: Path, signed: Sequence[SignedStatement], editors: Sequence[Editor], digest: str) -> None:
    """Check that two editors agreed to a folder as it is, and to each of its editors.

    :raises ConfigError: they did not
    """
    if not signed and not editors:
        return
    if not signed:
        raise ConfigError(
            f"{directory}: policy.toml names editors and there is no {FILE}: have two of them sign the folder "
            f"(`verifier policy propose files`, then `verifier policy approve`)."
        )
    for at, each in enumerate(signed):
        statement, before = each.signed, signed[:at]
        previous = fingerprint(before[-1].signed) if before else None
        if statement.version != at + 1 or statement.previous != previous:
            raise ConfigError(f"{directory / FILE}: version {at + 1} does not follow the one before: restore the file.")
        if len(signers(before, statement, each.signatures)) < NEEDED:
            raise ConfigError(
                f"{directory / FILE}: version {statement.version} is not signed by two different editors of the "
                f"version before: restore the file, or make the change again with `verifier policy propose`."
            )
    last = signed[-1].signed
    if last.digest != digest or last.editors != tuple(editors):
        raise ConfigError(
            f"{directory}: its files are not those that two editors signed as version {last.version}: put them back, "
            f"or make the change with `verifier policy propose` and `verifier policy approve`."
        )


async def check_continues(read: Reader, signed: Sequence[SignedStatement]) -> None:
    """Check that a policy continues from the last sign-off that this store has seen in force.

    :raises ConfigError: it goes back, starts anew, or has no editors any more
    """
    last = await read.facts.get(SEEN)
    if last is not None and last not in {fingerprint(each.signed) for each in signed}:
        raise ConfigError(
            "VERIFIER_POLICY_DIR: this database has seen a policy that two editors signed, and this one does not go "
            "on from it: put the newest folder back (docs/mailbox-policy.md says what to do if its editors are lost)."
        )


async def remember(tx: Tx, signed: Sequence[SignedStatement]) -> None:
    """Keep in the store which sign-off is in force."""
    if signed:
        await tx.facts.set(SEEN, fingerprint(signed[-1].signed))
