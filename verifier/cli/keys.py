"""keys generate, register, list, check, rotate, retire, renew, distrust, affected, install."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import click
import uvloop

from ..app import key_folder, open_keys
from ..core import strict_json
from ..core.clock import Chance, from_rfc3339, to_rfc3339
from ..core.errors import BadInput, ConfigError
from ..core.models import Purpose
from ..core.site import Site
from ..core.strict_json import Json
from ..signer import Algorithm, Key, KeyFolder, keystore, offline, store
from ..signer.trust import SignedRegistry
from ..storage import Attestation
from .common import Choice, as_json, counted, existing, record_act, show_json
from .keys_root import root

PAGE = 500  # attestations read at a time


class Moment(click.ParamType[int]):
    """A time, as Unix seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int:  # noqa: ANN401
        if str(value).isdecimal():
            self.fail(
                "a place in the log cannot be given yet; give a time such as 2026-11-23T10:00:00Z.", param, context
            )
        try:
            return from_rfc3339(str(value))
        except BadInput:
            self.fail(f"{value!r}: write it as 2026-11-23T10:00:00Z (UTC, whole seconds).", param, context)


# Keys of status lists alone are in registries from before; nobody makes one any more.
_MADE = [purpose.value for purpose in Purpose if purpose is not Purpose.STATUS]
_purpose = click.argument("purpose", type=click.Choice(_MADE))
_key = click.argument("key", metavar="KEY")
_algorithm = click.option(
    "--algorithm", type=click.Choice(["ed25519", "p256"]), default="ed25519", show_default=True, help="Kind of key."
)
_signer = click.option(
    "--signer",
    "uri",
    default="",
    help="Where the private key goes: file:PATH or pkcs11:token=T;object=O?module-path=PATH&pin-source=file:PATH. "
    "By default a file of the keys folder.",
)


@click.group()
def keys() -> None:
    """The keys that the service signs with.

    Private keys stay where they are made. Each change is the next version of registry.json, which the offline root
    signs: in a sandbox at once; in production it waits as registry.draft.json for `verifier keys root sign`, then
    `verifier keys install`. The whole ceremony is in keys/README.md. KEY is a name as `verifier keys list` shows it.
    """


keys.add_command(root)


@keys.command()
@_purpose
@_algorithm
@_signer
@click.pass_obj
def generate(choice: Choice, purpose: str, algorithm: str, uri: str) -> None:
    """Make the first key of PURPOSE (or the next after one was distrusted) and enter it in the registry.

    In a PKCS#11 token, the private key is made there and cannot leave it.
    """
    folder = _folder(choice)
    key = keystore.generate(folder, Purpose(purpose), cast("Algorithm", algorithm), uri=uri)
    record_act(choice, "key.generate", purpose=purpose, key=key.id)
    _tell_key(folder, key, uri)


@keys.command()
@click.argument("uri", metavar="URI")
@_purpose
@click.pass_obj
def register(choice: Choice, uri: str, purpose: str) -> None:
    """Enter the key at URI, which exists already, as the first of PURPOSE. It must be new to the registry."""
    folder = _folder(choice)
    key = keystore.register(folder, Purpose(purpose), uri)
    record_act(choice, "key.register", purpose=purpose, key=key.id)
    _tell_key(folder, key, uri)


@keys.command("list")
@as_json
@click.pass_obj
def list_(choice: Choice, *, json_output: bool) -> None:
    """List the public keys of the registry, and those of a change that waits for signatures."""
    folder = _folder(choice)
    registry, draft = store.read(folder.registry_path, SignedRegistry), folder.draft()
    if json_output:
        show_json({"registry": _document(registry), "draft": _document(draft)})
        return
    if registry is None and draft is None:
        click.echo(f"{folder.registry_path}: no keys yet.", err=True)
    for title, document in (("in force", registry), (f"not in force: {folder.draft_path}", draft)):
        if document is not None:
            click.echo(title)
            _tell_document(folder, document)


@keys.command()
@click.pass_obj
def check(choice: Choice) -> None:
    """Check the registry against the pinned root, and each configured private key against the registry.

    Exit code 0 only if the service could start.
    """
    settings, clock = choice.settings(), choice.clock
    opened = open_keys(settings, Site(settings.base_url), clock, Chance())
    for by in opened.by(Purpose.ISSUING)(clock.now()):
        click.echo(f"issuing  ok  {by.suite:16} {by.method}")
    document = _folder(choice).load()
    click.echo(f"registry ok  version {document.signed.version}, until {document.signed.expires}")
    click.echo(f"root     ok  version {document.root.version}, until {document.root.expires}")


@keys.command()
@_purpose
@_algorithm
@_signer
@click.option("--existing", is_flag=True, help="The key of --signer is there already: enter it, make none.")
@click.option("--at", type=Moment(), help="When the new key takes over. By default in a day; in a sandbox now.")
@click.pass_obj
def rotate(choice: Choice, purpose: str, algorithm: str, uri: str, at: int | None, *, existing: bool) -> None:
    """Plan the next key of PURPOSE.

    Both keys are published at once. At the moment --at, the old one retires and the running service signs with the
    new one; what the old one signed stays good. The change must be signed and installed before that moment.
    """
    folder = _folder(choice)
    if existing and not uri:
        raise click.UsageError("--existing needs --signer.")
    old, new = keystore.rotate(
        folder, Purpose(purpose), cast("Algorithm", algorithm), at=at, uri=uri, existing=existing
    )
    record_act(choice, "key.rotate", purpose=purpose, old=old.id, key=new.id)
    click.echo(f"{purpose} key {old.id} retires at {old.retired}; what it signed stays good")
    _tell_key(folder, new, uri)


@keys.command()
@_key
@click.option("--at", type=Moment(), help="When it ends. By default now; in production, a moment to come.")
@click.pass_obj
def retire(choice: Choice, key: str, at: int | None) -> None:
    """End the use of KEY, when no rotation did: it signs nothing new, and what it signed stays good."""
    folder = _folder(choice)
    retired = keystore.retire(folder, key, at=at)
    record_act(choice, "key.retire", purpose=retired.purpose, key=retired.id)
    click.echo(f"{retired.purpose} key {retired.id} retires at {retired.retired}; what it signed stays good")
    _tell_state(folder)


@keys.command()
@click.pass_obj
def renew(choice: Choice) -> None:
    """Draw up the same keys once more, for another year: a registry ends, so that nobody is kept on an old one."""
    folder = _folder(choice)
    keystore.renew(folder)
    record_act(choice, "key.renew")
    _tell_state(folder)


@keys.command()
@_key
@click.option("--after", required=True, type=Moment(), help="The last moment when the key was surely in our hands.")
@click.pass_obj
def distrust(choice: Choice, key: str, after: int) -> None:
    """KEY was lost or stolen: what it signed after TIME is worth nothing, from the moment the change is in force.

    What this service recorded before TIME stays good at its doors, and nowhere else: the key leaves the DID document.
    Nobody can forge an earlier date, since what the service has no record of fails. Next: `verifier keys generate`,
    then `verifier keys affected KEY`.
    """
    folder = _folder(choice)
    distrusted = keystore.distrust(folder, key, after=after)
    record_act(choice, "key.distrust", purpose=distrusted.purpose, key=distrusted.id)
    click.echo(f"{distrusted.purpose} key {distrusted.id} is distrusted after {distrusted.distrusted_after}")
    _tell_state(folder)


@keys.command()
@_key
@as_json
@click.pass_obj
def affected(choice: Choice, key: str, *, json_output: bool) -> None:
    """List the attestations in force that KEY signed: to be revoked, or issued anew.

    `worthless`: signed after the moment of distrust. `good here`: signed before; readers who go by the DID document
    alone no longer accept them.
    """
    folder = _folder(choice)
    entry = folder.load().signed.registry.find(key)
    if entry is None:
        raise ConfigError(f"{key}: no such key in the registry. `verifier keys list` shows their names.")

    async def work() -> list[dict[str, Json]]:
        async with await existing(choice.settings().database_url) as storage:
            return [_row(row, entry) async for row in _in_force(storage.read.attestations.in_force) if _by(row, key)]

    rows = sorted(uvloop.run(work()), key=lambda row: row["signedAt"])
    if json_output:
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']}  {row['worth']:9}  signed {row['signedAt']}  {row['handle']}")
    click.echo(counted(len(rows), "attestation"), err=True)


@keys.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def install(choice: Choice, file: Path) -> None:
    """Put the signed registry in FILE in force, if the pinned root vouches for it. A running service follows.

    A signed next root makes a new draft, to be signed by the keepers of that root.
    """
    folder = _folder(choice)
    document = keystore.install(folder, file)
    record_act(choice, "key.install", version=document.signed.version)
    if document.signatures:
        click.echo(f"{folder.registry_path}: version {document.signed.version} is in force")
    else:
        _tell_state(folder)


def _folder(choice: Choice) -> KeyFolder:
    return key_folder(choice.settings(), choice.clock, Chance())


def _tell_key(folder: KeyFolder, key: Key, uri: str) -> None:
    place = uri or f"{folder.key_path(key.purpose, key.id)} (back it up, show it to nobody)"
    click.echo(f"{key.purpose} key {key.id}\nsigns since  {key.created}\nprivate key  {place}")
    if uri:
        setting = {Purpose.ISSUING: "VERIFIER_SIGNER"}.get(key.purpose, f"VERIFIER_SIGNER_{key.purpose.upper()}")
        click.echo(f"setting      add it to {setting}, then restart the service")
    _tell_state(folder)


def _tell_state(folder: KeyFolder) -> None:
    draft = folder.draft()
    if draft is None:
        click.echo(f"registry     {folder.registry_path}, in force")
        return
    click.echo(f"not in force: {folder.draft_path} waits for its root (signatures missing: {offline.missing(draft)}):")
    for line in offline.summary(draft.signed, folder.clock.now()):
        click.echo(f"  {line}")
    click.echo("take it to the keepers (`verifier keys root sign`), then `verifier keys install`")


def _tell_document(folder: KeyFolder, document: SignedRegistry) -> None:
    for line in offline.summary(document.signed, folder.clock.now()):
        click.echo(f"  {line}")


def _document(document: SignedRegistry | None) -> Json:
    return document and document.model_dump(mode="json", by_alias=True, exclude_none=True)


async def _in_force(read: Callable[..., Any]) -> AsyncIterator[Attestation]:
    last = ""
    while page := await read(last, PAGE):
        for attestation in page:
            yield attestation
        last = page[-1].id


def _by(attestation: Attestation, key: str) -> bool:
    proofs = strict_json.loads_object(attestation.body or b"{}").get("proof", [])
    return any(str(proof["verificationMethod"]).endswith(f"#{key}") for proof in proofs)


def _row(attestation: Attestation, key: Key) -> dict[str, Json]:
    signed_at = attestation.signed_at or 0
    late = key.distrusted_after is not None and signed_at > from_rfc3339(key.distrusted_after)
    worth = "worthless" if late else "good here" if key.distrusted_after else "good"
    return {
        "id": attestation.id,
        "handle": attestation.handle,
        "order": attestation.order_id,
        "signedAt": to_rfc3339(signed_at),
        "validUntil": to_rfc3339(attestation.valid_until),
        "worth": worth,
    }
