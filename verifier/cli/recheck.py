"""recheck."""

import sys
from collections import Counter

import click

from ..app import Service
from ..core.clock import to_rfc3339
from ..core.errors import NotFound
from ..core.identifiers import Handle, Host
from ..core.strict_json import Json
from ..registration.monitoring.accounts import CheckResult
from . import bodies
from .attestations import none_in_force
from .common import Choice, acting, as_json, show_json, with_service

_MOST = 1000  # bodies, and instances, at once


@click.command()
@click.argument("handle", required=False)
@click.option("--body", metavar="DOMAIN", help="Look at the DNS record of this body instead.")
@click.option("--instance", metavar="HOST", help="Look at this whole instance of a body instead.")
@as_json
@click.pass_obj
def recheck(choice: Choice, handle: str | None, body: str | None, instance: str | None, *, json_output: bool) -> None:
    """Look at attested accounts again, now: at HANDLE, or at all of them, and at the bodies and instances that are due.

    What follows is what would follow at their next daily look: suspension too. A host is asked once a second at most.
    """
    if sum(each is not None for each in (handle, body, instance)) > 1:
        raise click.UsageError("Name one: HANDLE, --body or --instance.")
    if body is not None:
        _body(choice, Host.parse(body), json_output=json_output)
    elif instance is not None:
        _instance(choice, Host.parse(instance), json_output=json_output)
    elif handle is not None:
        _one(choice, Handle.parse(handle), json_output=json_output)
    else:
        _all(choice, json_output=json_output)


def _body(choice: Choice, domain: Host, *, json_output: bool) -> None:
    async def work(service: Service) -> dict[str, Json]:
        finding, record = await service.registration.body_rechecks.look_now(domain, acting())
        body = await service.storage.read.bodies.get(str(domain))
        if body is None:
            raise NotFound("body-unknown", domain=str(domain))
        row: dict[str, Json] = {
            "seen": finding.outcome,
            "why": finding.why or None,
            "records": list(record.evidence.get("records", ())),
        }
        return row | bodies.body_json(service, body) | await bodies.deadline_json(service, body)

    row = with_service(choice, work, outside=True)
    if not json_output:
        records = row.pop("records")
        why = f" ({row.pop('why')})" if row["why"] else ""
        click.echo(f"{domain}: {row.pop('seen')}{why}; TXT records seen: {len(records)}")
        for text in records:
            click.echo(f"  {text}")
        row.pop("why", None)
    bodies.show_body(row, json_output=json_output)


def _instance(choice: Choice, host: Host, *, json_output: bool) -> None:
    async def work(service: Service) -> dict[str, Json]:
        await service.registration.instances.look_now(host)
        instance = await service.storage.read.instances.get(str(host))
        if instance is None:
            raise NotFound("instance-unknown", host=str(host))
        failing = instance.failing_since if instance.ended_at is None else None
        return {
            "host": str(host),
            "hosted": instance.ended_at is None,
            "reason": instance.reason,
            "seen": to_rfc3339(instance.checked_at),
            "failingSince": to_rfc3339(failing) if failing is not None else None,
        }

    row = with_service(choice, work, outside=True)
    if json_output:
        show_json(row)
    elif not row["hosted"]:
        click.echo(f"{host}: ended, {row['reason']}.")
    elif row["failingSince"]:
        click.echo(f"{host}: not seen to be so since {row['failingSince']}; it is tried again.")
    else:
        click.echo(f"{host}: as attested.")


def _one(choice: Choice, handle: Handle, *, json_output: bool) -> None:
    async def work(service: Service) -> CheckResult:
        try:
            return await service.registration.rechecks.check(handle, acting())
        except NotFound:
            raise await none_in_force(service, handle) from None

    checked = with_service(choice, work, outside=True)
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

    async def work(service: Service) -> tuple[int, int]:
        due = await service.registration.rechecks.hasten()
        with click.progressbar(length=due, label="Accounts", file=sys.stderr) as bar:

            def report(checked: CheckResult) -> None:
                counted[_word(checked)] += 1
                bar.update(1)

            await service.registration.rechecks.run(acting(), report)
        others = (
            len(await service.registration.body_rechecks.due(_MOST)),
            len(await service.registration.instances.due(_MOST)),
        )
        await service.registration.body_rechecks.run(acting(), _MOST)
        await service.registration.instances.look_again(_MOST)
        return others

    of_bodies, of_instances = with_service(choice, work, outside=True)
    if json_output:
        show_json({"accounts": dict(sorted(counted.items())), "bodies": of_bodies, "instances": of_instances})
        return
    for word, count in sorted(counted.items()):
        click.echo(f"{count:8}  {word}")
    click.echo(f"{counted.total()} accounts; a running service has taken its part of them", err=True)
    click.echo(f"{of_bodies} bodies and {of_instances} instances were due, and were looked at", err=True)


def _word(checked: CheckResult) -> str:
    if checked.finding is None:
        return "put-off"
    return checked.status or "not-vouched-for"
