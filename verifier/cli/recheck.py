"""recheck."""

import sys
from collections import Counter

import click

from ..app import Service
from ..core.identifiers import Handle
from ..core.strict_json import Json
from ..registration.rechecks import Checked
from .common import Choice, as_json, show_json, with_service


@click.command()
@click.argument("handle", required=False)
@as_json
@click.pass_obj
def recheck(choice: Choice, handle: str | None, *, json_output: bool) -> None:
    """Look at attested accounts again, now: at HANDLE, or at all of them.

    What follows is what would follow at their next daily look: suspension too. A host is asked once a second at most.
    """
    if handle is None:
        _all(choice, json_output=json_output)
    else:
        _one(choice, Handle.parse(handle), json_output=json_output)


def _one(choice: Choice, handle: Handle, *, json_output: bool) -> None:
    async def work(service: Service) -> Checked:
        return await service.rechecks.check(handle)

    checked = with_service(choice, work)
    finding = checked.finding
    row: dict[str, Json] = {
        "handle": checked.handle,
        "seen": finding.outcome if finding else None,
        "why": (finding.why or None) if finding else None,
        "status": checked.status,
    }
    if json_output:
        show_json(row)
    elif finding is None:
        click.echo(f"{checked.handle}: not now; it is tried again within minutes.")
    else:
        why = f" ({finding.why})" if finding.why else ""
        click.echo(f"{checked.handle}: {finding.outcome}{why}, {checked.status or 'not vouched for'}.")


def _all(choice: Choice, *, json_output: bool) -> None:
    counted = Counter[str]()

    async def work(service: Service) -> None:
        due = await service.rechecks.hasten()
        with click.progressbar(length=due, label="Accounts", file=sys.stderr) as bar:

            def told(checked: Checked) -> None:
                counted[_word(checked)] += 1
                bar.update(1)

            await service.rechecks.run(told)

    with_service(choice, work)
    if json_output:
        show_json(dict(sorted(counted.items())))
        return
    for word, count in sorted(counted.items()):
        click.echo(f"{count:8}  {word}")
    click.echo(f"{counted.total()} accounts; a running service has taken its part of them", err=True)


def _word(checked: Checked) -> str:
    if checked.finding is None:
        return "put-off"
    return checked.status or "not-vouched-for"
