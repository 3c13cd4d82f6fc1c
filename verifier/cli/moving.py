"""migrate-storage: all that one database holds, into another."""

import click
import uvloop

from ..storage import place_of
from ..storage.moving import Content, move
from .common import as_json, counted, show_json


@click.command("migrate-storage")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@as_json
def migrate_storage(source: str, target: str, *, json_output: bool) -> None:
    """Copy all that the database FROM holds to the empty database TO, and compare: sqlite:///PATH or postgresql://…

    Stop the service first. All is copied or nothing: each table is read again at TO, and must have the same rows, by
    their SHA-256, before TO keeps any. FROM is not changed. Put passwords into PGPASSFILE: others see the arguments of
    a command.
    """

    def progress(content: Content) -> None:
        click.echo(f"{content.table}: {counted(content.rows, 'row')}", err=True)

    found = uvloop.run(move(source, target, progress))
    if json_output:
        show_json([{"table": each.table, "rows": each.rows, "sha256": each.sha256} for each in found])
    else:
        rows = counted(sum(each.rows for each in found), "row")
        click.echo(f"{counted(len(found), 'table')}, {rows}: {place_of(target)} holds what {place_of(source)} does.")
        click.echo("Set VERIFIER_DATABASE_URL to it, and start the service there alone.")
