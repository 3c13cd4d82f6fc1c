"""keys root init, new, next, sign, show: the offline machine's part. No setting is read."""

import asyncio
from pathlib import Path
from typing import cast

import click

from ..core.clock import Chance
from ..core.errors import ConfigError
from ..signer import Algorithm, hsm, offline, open_signer, store
from ..signer.trust import SignedRegistry, SignedRoot
from .common import Choice

_days = click.option(
    "--days", default=offline.ROOT_DAYS, show_default=True, type=click.IntRange(1, 7300), help="Days until it ends."
)
_threshold = click.option("--threshold", required=True, type=click.IntRange(1, 32), help="How many must sign.")
_algorithm = click.option(
    "--algorithm", type=click.Choice(["ed25519", "p256"]), default="ed25519", show_default=True, help="Kind of key."
)
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def root() -> None:
    """The offline root, which vouches for the service's keys: on a machine that no network reaches.

    A root names n keys, of which a threshold must sign each change of the service's keys, and each next root.
    """


@root.command()
@_threshold
@click.option("--keys", "count", type=click.IntRange(1, 32), help="How many keys to make.")
@click.option(
    "--keep",
    multiple=True,
    type=click.Path(path_type=Path),
    help="File of a private key, once for each: each keeper's own medium. By default root-N.pem beside --out.",
)
@click.option("--key", "names", multiple=True, help="In place of --keys: a key made by `root new`; once for each.")
@click.option("--out", default="root.json", show_default=True, type=click.Path(path_type=Path), help="The root to pin.")
@_algorithm
@_days
@click.pass_obj
def init(
    choice: Choice,
    threshold: int,
    count: int | None,
    keep: tuple[Path, ...],
    names: tuple[str, ...],
    out: Path,
    algorithm: str,
    days: int,
) -> None:
    """Make the root keys and the first root, signed by all of them.

    Give each keeper one private key; show everybody the digest. root.json is public: it is what clients pin. With
    --key, the keys are elsewhere (in tokens): then their keepers sign with `verifier keys root sign`. With `verifier
    --sandbox`, for a rehearsal.
    """
    if (count is None) is not bool(names) or (names and keep):
        raise click.UsageError("Give --keys N (and --keep), or each --key.")
    paths = keep or tuple(out.with_name(f"root-{number}.pem") for number in range(1, (count or 0) + 1))
    if count is not None and (len(paths) != count or len(set(paths)) != count):
        raise click.UsageError(f"--keep: give {count} files, or none.")
    if threshold > (count or len(names)):
        raise click.UsageError(f"--threshold {threshold}: there are {count or len(names)} keys.")
    _fresh(out)
    made = tuple(offline.new_key(path, cast("Algorithm", algorithm), Chance()) for path in paths)
    document: SignedRoot | SignedRegistry = offline.make_root(
        names or made, threshold, now=choice.clock.now(), days=days, sandbox=choice.sandbox
    )
    for path in paths:
        document = asyncio.run(offline.sign(document, open_signer(f"file:{path}")))
    store.write(out, document)
    for path, name in zip(paths, made, strict=True):
        click.echo(f"{path}  {name}")
    _show(choice, out, document)


@root.command()
@click.argument("place", metavar="PATH|URI")
@_algorithm
def new(place: str, algorithm: str) -> None:
    """Make one root key in the file PATH, or in the token of a pkcs11 URI, and print its name."""
    kind = cast("Algorithm", algorithm)
    if place.startswith("pkcs11:"):
        name = hsm.generate(place, kind, Chance()).public_key_multibase
    else:
        name = offline.new_key(Path(place.removeprefix("file:")), kind, Chance())
    click.echo(f"{place}  {name}")


@root.command("next")
@_file
@_threshold
@click.option("--key", "names", multiple=True, required=True, help="A key of the next root (z6Mk…); once for each.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The next root, to be signed.")
@_days
@click.pass_obj
def next_(choice: Choice, file: Path, threshold: int, names: tuple[str, ...], out: Path, days: int) -> None:
    """Draw up the root that follows the one in FILE (root.json or registry.json).

    It counts once a threshold of the old keys and a threshold of the new ones have signed it; then install it.
    """
    before = offline.read(file)
    last = before.root if isinstance(before, SignedRegistry) else before.signed
    _fresh(out)
    document = offline.make_root(
        names, threshold, now=choice.clock.now(), days=days, version=last.version + 1, sandbox=last.sandbox
    )
    store.write(out, document)
    _show(choice, out, document)


@root.command()
@_file
@click.option(
    "--key", "key", required=True, help="PATH of a root key, or its URI (file:PATH, pkcs11:… for a token of its own)."
)
@click.option("--yes", is_flag=True, help="Do not ask. For drills.")
@click.pass_obj
def sign(choice: Choice, file: Path, key: str, *, yes: bool) -> None:
    """Sign FILE (registry.draft.json, or a next root) with one root key, in place, after showing what it says.

    Compare the digest with what the other machine shows. Refuse what you were not told of.
    """
    document = offline.read(file)
    for line in offline.summary(document.signed, choice.clock.now()):
        click.echo(line)
    if not yes:
        click.confirm("Sign this?", abort=True)
    signer = open_signer(key if key.startswith(("file:", "pkcs11:")) else f"file:{key}")
    signed = asyncio.run(offline.sign(document, signer))
    store.write(file, signed)
    click.echo(f"signed by {signer.public_key_multibase}")
    _tell_missing(signed)


@root.command()
@_file
@click.pass_obj
def show(choice: Choice, file: Path) -> None:
    """Show what FILE says (a root, a draft or a registry), its digest, and how many signatures it lacks."""
    document = offline.read(file)
    if isinstance(document, SignedRegistry):
        for line in offline.summary(document.root, choice.clock.now()):
            click.echo(line)
    _show(choice, file, document)


def _show(choice: Choice, path: Path, document: SignedRoot | SignedRegistry) -> None:
    click.echo(path)
    for line in offline.summary(document.signed, choice.clock.now()):
        click.echo(f"  {line}")
    _tell_missing(document)


def _tell_missing(document: SignedRoot | SignedRegistry) -> None:
    lacking = offline.missing(document)
    click.echo(f"signatures still missing: {lacking}" if lacking else "signed by enough keys of its root")


def _fresh(path: Path) -> None:
    if path.exists():
        raise ConfigError(f"{path}: there is a file already. Nothing was changed.")
