"""audit check, export."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click
import uvloop

from ..registration import acts
from ..registration.acts import AuditReport, Head
from ..storage import Reader
from .common import Choice, as_json, counted, existing, show_json

T = TypeVar("T")


class _NotedHead(click.ParamType[Head]):
    """An entry as ``audit check`` and the log name it: its number, a colon, its digest."""

    name = "SEQ:DIGEST"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Head:  # noqa: ANN401
        seq, _, digest = str(value).partition(":")
        if not (seq.isdecimal() and len(digest) == 64 and digest.isascii() and digest.isalnum()):
            self.fail(f"{value!r}: write the number of the entry, a colon, its digest.", param, context)
        try:
            return Head(int(seq), bytes.fromhex(digest))
        except ValueError:
            self.fail(f"{value!r}: the digest is not hexadecimal.", param, context)


@click.group()
def audit() -> None:
    """What people did: holders, contacts of bodies, operators."""


@audit.command()
@click.option("--head", type=_NotedHead(), help="An entry that you noted, or that the log has: it must still be there.")
@as_json
@click.pass_obj
def check(choice: Choice, head: Head | None, *, json_output: bool) -> None:
    """Check each entry, its place in the chain, and who did it as far as they are not erased; exit code 1 if one fails.

    Without --head, nothing shows that the last entries were taken out with all that goes with them, or that the whole
    trail was written anew. Note the last entry, which this shows, where the operators of the database cannot write.
    """
    report = _read(choice, lambda reader: acts.check(reader, head))
    if json_output:
        last = {"seq": report.head.seq, "digest": report.head.digest.hex()} if report.head else None
        broken = {"entry": report.broken, "why": report.why} if report.broken else None
        show_json(
            {
                "entries": report.entries,
                "erased": report.erased,
                "last": last,
                "broken": broken,
                "astray": report.astray or None,
            }
        )
    else:
        _tell(report)
    sys.exit(0 if report.holds else 1)


@audit.command()
@click.option("--people", is_flag=True, help="With who did it, and the opening: personal data.")
@click.pass_obj
def export(choice: Choice, *, people: bool) -> None:
    """Print all entries, a JSON object a line, oldest first."""

    async def work(reader: Reader) -> None:
        async for entry, person in acts.entries(reader):
            row = acts.entry_json(entry) | {"digest": entry.digest.hex()}
            if people and person is not None:
                row |= {"opening": person.opening.hex(), "person": person.person}
            click.echo(json.dumps(row, ensure_ascii=False, separators=(",", ":")))

    _read(choice, work)


def _tell(report: AuditReport) -> None:
    people = counted(report.erased, "person", "people")
    click.echo(f"{counted(report.entries, 'entry', 'entries')} in order; {people} erased")
    if report.head is not None:
        click.echo(f"last {report.head.seq}:{report.head.digest.hex()}")
    if report.broken is not None:
        click.echo(f"BROKEN at entry {report.broken}: {_WHY[report.why]}.", err=True)
    if report.astray:
        kind = "no entry says" if report.astray.startswith("event") else "no event says"
        click.echo(f"ASTRAY {report.astray}: {kind} the same. One of them was edited by hand.", err=True)


_WHY = {
    "missing": "it is missing",
    "previous": "it does not follow the one before",
    "digest": "it was changed",
    "commitment": "it was done by somebody else than is said beside it",
    "head": "it is another than the one that you noted",
}


def _read(choice: Choice, work: Callable[[Reader], Awaitable[T]]) -> T:
    """No key and no policy is needed to read the trail."""
    url = choice.settings().database_url

    async def run() -> T:
        async with await existing(url) as storage:
            return await work(storage.read)

    return uvloop.run(run())
