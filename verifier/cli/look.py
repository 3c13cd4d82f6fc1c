"""lookup, verify."""

import sys
from pathlib import Path

import click

from .. import words
from ..app import Service
from ..appraisal import Appraisal
from ..core import strict_json
from ..core.errors import BadInput
from ..core.strict_json import Json
from ..publication import lookup as questions
from ..web.keys import APPRAISER
from .common import Choice, as_json, show_json, with_service

MOST = 262_144  # bytes of a document


@click.command()
@click.argument("account")
@as_json
@click.pass_obj
def lookup(choice: Choice, account: str, *, json_output: bool) -> None:
    """Say what this service knows of ACCOUNT: a handle, or a profile or post URL."""

    async def work(service: Service) -> dict[str, Json]:
        body, _ = await questions.answer(service.storage.read, questions.parse(account))
        return strict_json.loads_object(body)

    verdict = with_service(choice, work)
    if json_output:
        show_json(verdict)
        return
    view = words.verdict_view(verdict, "en", typed=account)
    click.echo(f"{view.handle or account}: {view.title}")
    for sentence in view.lead:
        click.echo(str(sentence))
    for line in (view.reason, view.remedy, view.as_of, view.note):
        if line:
            click.echo(str(line))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
@click.pass_obj
def verify(choice: Choice, file: Path, *, json_output: bool) -> None:
    """Say what the attestation in FILE is worth, axis by axis. Exit code 0 only if all are ok."""

    async def work(service: Service) -> Appraisal:
        if file.stat().st_size > MOST:
            raise BadInput("too-large")
        return await service.web[APPRAISER].appraise(strict_json.loads_object(file.read_bytes()))

    appraisal = with_service(choice, work)
    if json_output:
        show_json(appraisal.document())
    else:
        for name, axis in appraisal.axes.items():
            told = words.explain(axis.problem.code, axis.problem.values, "en").title if axis.problem else ""
            where = f" ({axis.problem.pointer})" if axis.problem and axis.problem.pointer else ""
            click.echo(f"{name:10} {axis.result:8} {told}{where}".rstrip())
        click.echo("verified" if appraisal.verified else "not verified")
    sys.exit(0 if appraisal.verified else 1)
