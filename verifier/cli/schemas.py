"""schemas export."""

from pathlib import Path

import click

from ..proof import schemas as documents
from ..web import openapi


@click.group()
def schemas() -> None:
    """The published descriptions: of an attestation, of the key registry, of the doors (OpenAPI)."""


@schemas.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".")
def export(folder: Path) -> None:
    """Write the files that are made from the code below FOLDER, the root of a checkout (default: here)."""
    for name, content in {**documents.exports(), **openapi.exports()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        click.echo(path)
