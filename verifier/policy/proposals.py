"""Changes of a policy that one editor proposes and another approves. Until then nothing changes.

A proposal is a file in ``proposals`` inside the folder. On approval, both signatures are stored in it before any file
of the policy changes: after a crash, approving again completes it. Until then no service starts with the folder, since
its files are not those of the last sign-off.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from ..core.clock import to_rfc3339
from ..core.errors import BadInput, ConfigError
from ..core.strict_json import loads_object
from ..signer import Signer, store
from ..signer.registry import Entry
from ..signer.trust import Signature, Signatures, signature
from . import signoff
from .files import FileName
from .policy import Policy, read
from .signoff import History, SignedStatement, Statement

FOLDER = "proposals"
_ID = re.compile(r"[0-9]{1,10}-[0-9a-f]{12}")


class Proposal(Entry):
    """:param files: the new text of each file that it changes; `before`: the text that each had, None for a new one"""

    statement: Statement
    files: dict[FileName, str]
    before: dict[FileName, str | None]
    signatures: Annotated[Signatures, Field(min_length=1)]

    @property
    def id(self) -> str:
        return f"{self.statement.version}-{signoff.fingerprint(self.statement)[:12]}"

    def editor(self, key: str) -> str:
        """The name of the editor of that key, as far as the statement knows; else the key."""
        return next((each.name for each in self.statement.editors if each.key == key), key)

    def difference(self) -> Iterator[str]:
        """What it changes, as a unified diff."""
        for name, text in self.files.items():
            before = self.before[name] or ""
            yield from difflib.unified_diff(before.splitlines(), text.splitlines(), name, name, n=1, lineterm="")


async def propose(
    directory: Path, files: Mapping[str, str], *, source: str, reason: str, signer: Signer, now: int
) -> Proposal:
    """Write a proposal, signed by its author.

    :param files: the new texts; empty to have a folder signed as it is
    :raises ConfigError: the author is no editor, the result would be no policy, or the folder is not signed off itself
    """
    signed = signoff.history(directory)
    current, texts = read(directory, {})
    if signed:
        signoff.check(directory, signed, current.editors, current.digest)
    wanted, _ = read(directory, files)
    if not wanted.editors:
        raise ConfigError(f"{directory}: policy.toml names no editors: add at least two ([[editors]]: name, key).")
    try:
        statement = Statement(
            type="policy",
            version=len(signed) + 1,
            previous=signoff.fingerprint(signed[-1].signed) if signed else None,
            digest=wanted.digest,
            editors=wanted.editors,
            source=source,
            reason=reason,
            at=to_rfc3339(now),
        )
    except ValidationError:
        raise ConfigError("Source and reason: a sentence each, of 1,000 characters at most.") from None
    proposal = Proposal(
        statement=statement,
        files=dict(files),
        before={name: texts.get(name) for name in files},
        signatures=(await _signature(signed, statement, signer),),
    )
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    store.write(folder / f"{proposal.id}.json", proposal)
    return proposal


def pending(directory: Path) -> list[Proposal]:
    """Every proposal of that folder, the oldest version first.

    :raises ConfigError: a file there is something else
    """
    return [find(directory, path.stem) for path in sorted((directory / FOLDER).glob("*.json"))]


def find(directory: Path, name: str) -> Proposal:
    """The proposal of that id.

    :raises ConfigError: there is none, or its file is something else
    """
    path = _path(directory, name)
    try:
        proposal = Proposal.model_validate(loads_object(path.read_bytes()), by_alias=True, by_name=False)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}. `verifier policy proposals` lists what waits.") from None
    except (BadInput, ValidationError):
        raise ConfigError(f"{path}: not a proposal. Delete the file and propose again.") from None
    if proposal.id != name or proposal.files.keys() != proposal.before.keys():
        raise ConfigError(f"{path}: its name is not what it holds. Delete the file and propose again.")
    return proposal


def check(directory: Path, proposal: Proposal) -> Policy:
    """The policy that a proposal makes of the folder as it is.

    :raises ConfigError: the folder changed since, or the proposal is not what its author signed
    """
    signed, statement = signoff.history(directory), proposal.statement
    before = {name: text for name, text in proposal.before.items() if text is not None}
    if statement.previous != (signoff.fingerprint(signed[-1].signed) if signed else None) or any(
        _text(directory, name) not in (proposal.before[name], text) for name, text in proposal.files.items()
    ):
        raise ConfigError(f"{proposal.id}: the folder changed since it was proposed. Reject it and propose again.")
    if signed:
        current, _ = read(directory, before)
        signoff.check(directory, signed, current.editors, current.digest)
    wanted, texts = read(directory, proposal.files)
    if wanted.digest != statement.digest or wanted.editors != statement.editors or proposal.files.keys() - texts.keys():
        raise ConfigError(f"{proposal.id}: its files are not those that its author signed. Reject it, propose again.")
    if not signoff.signers(signed, statement, proposal.signatures):
        raise ConfigError(f"{proposal.id}: no editor of the policy proposed it. Reject it.")
    return wanted


def check_second(directory: Path, proposal: Proposal, key: str) -> bool:
    """Whether the second signature is missing, which the holder of `key` may give. A crash may have come after it.

    :raises ConfigError: the holder of `key` gave the first, or is no editor
    """
    signed, statement = signoff.history(directory), proposal.statement
    signers = signoff.signers(signed, statement, proposal.signatures)
    if len(signers) >= signoff.NEEDED:
        return False
    if key in signers:
        raise ConfigError(f"{proposal.id}: you proposed it. Another editor must approve it.")
    _check_editor(signed, statement, key)
    return True


async def approve(directory: Path, proposal: Proposal, signer: Signer) -> Proposal:
    """Sign as the second editor, and put the change in force: files first, the sign-off last.

    :raises ConfigError: as :func:`check` and :func:`check_second`
    """
    with store.locked(directory):
        check(directory, proposal)
        if check_second(directory, proposal, signer.public_key_multibase):
            added = await _signature(signoff.history(directory), proposal.statement, signer)
            proposal = proposal.model_copy(update={"signatures": (*proposal.signatures, added)})
            store.write(_path(directory, proposal.id), proposal)
        for name, text in proposal.files.items():
            temporary = directory / f".{name}.new"
            store.write_new(temporary, text.encode(), mode=0o644)
            store.move(temporary, directory / name)
        last = SignedStatement(signed=proposal.statement, signatures=proposal.signatures)
        store.write(directory / signoff.FILE, History(history=(*signoff.history(directory), last)))
        reject(directory, proposal.id)
    return proposal


def reject(directory: Path, name: str) -> None:
    """Take a proposal away.

    :raises ConfigError: there is none
    """
    try:
        _path(directory, name).unlink()
    except OSError as error:
        raise ConfigError(f"{_path(directory, name)}: {error.strerror}.") from None


async def _signature(signed: tuple[SignedStatement, ...], statement: Statement, signer: Signer) -> Signature:
    _check_editor(signed, statement, signer.public_key_multibase)
    return signature(signer.public_key_multibase, await signer.sign(signoff.payload(statement)))


def _check_editor(signed: tuple[SignedStatement, ...], statement: Statement, key: str) -> None:
    if key not in {editor.key for editor in signoff.electorate(signed, statement)}:
        raise ConfigError(f"{key} is not the key of an editor of this policy: its signature would count for nothing.")


def _text(directory: Path, name: str) -> str | None:
    try:
        return (directory / name).read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _path(directory: Path, name: str) -> Path:
    if not _ID.fullmatch(name):
        raise ConfigError(f"{name[:64]}: not the id of a proposal, such as 3-0123456789ab.")
    return directory / FOLDER / f"{name}.json"
