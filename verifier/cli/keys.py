"""keys generate, list, check."""

import click

from ..app import keys_dir, open_keys
from ..core.clock import Chance, Clock
from ..core.models import Purpose
from ..core.site import Site
from ..signer import generate as make_key
from ..signer import registry
from .common import Choice, as_json, show_json

_PURPOSES = [Purpose.ISSUING.value, Purpose.STATUS.value]


@click.group()
def keys() -> None:
    """The keys that the service signs with. Private keys stay where they are made; see keys/README.md."""


@keys.command()
@click.argument("purpose", type=click.Choice(_PURPOSES))
@click.pass_obj
def generate(choice: Choice, purpose: str) -> None:
    """Make the Ed25519 key of PURPOSE (a file that its owner alone may read) and enter it in the registry."""
    settings = choice.settings()
    folder = keys_dir(settings)
    key = make_key(folder, Purpose(purpose), sandbox=settings.sandbox, clock=Clock(), chance=Chance())
    click.echo(f"{purpose} key {key.id}\nprivate key  {folder / f'{purpose}.pem'} (back it up, show it to nobody)")
    click.echo(f"registry     {folder / registry.FILE}")


@keys.command("list")
@as_json
@click.pass_obj
def list_(choice: Choice, *, json_output: bool) -> None:
    """List the public keys of the registry."""
    known = registry.load(keys_dir(choice.settings()))
    if json_output:
        show_json(known.document())
        return
    for key in known.keys:
        state = "distrusted" if key.distrusted_after else "retired" if key.retired else "in use"
        mode = " sandbox" if key.sandbox else ""
        click.echo(f"{key.purpose:8} {key.algorithm:8} {state:10} since {key.created}{mode}\n  {key.id}")


@keys.command()
@click.pass_obj
def check(choice: Choice) -> None:
    """Open each configured key and compare it with the registry. Exit code 0 only if the service could start."""
    settings = choice.settings()
    opened = open_keys(settings, Site(settings.base_url))
    for purpose, by in (("issuing", opened.issuing), ("status", opened.status)):
        click.echo(f"{purpose:8} ok  {by[0].method}")
