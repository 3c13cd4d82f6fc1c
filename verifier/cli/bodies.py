"""bodies list, show, renew, vouch, unvouch, host, unhost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from ..app import Service
from ..core.clock import to_rfc3339
from ..core.errors import ConfigError, NotFound, Refused, VerifierError
from ..core.identifiers import Host
from ..core.models import Reason, Record
from ..core.strict_json import Json
from ..registration.bodies import VouchResult, is_proved
from ..registration.children import parse_children
from ..registration.monitoring.bodies import missing_record
from ..registration.monitoring.instances import record_needed
from ..registration.vouching import child_bodies
from ..storage import Body
from ..validation.domains.body_record import record_of
from ..web.api.children import child_json, vouched_json
from ..web.api.instances import instance_json
from .common import Choice, acting, as_json, counted, show_json, with_service

_MOST = 1000


@click.group()
def bodies() -> None:
    """Public bodies: which are proved by their DNS, and what they must publish."""


@bodies.command("list")
@as_json
@click.pass_obj
def list_(choice: Choice, *, json_output: bool) -> None:
    """List the bodies that asked for something, or were named, by domain."""

    async def work(service: Service) -> list[dict[str, Json]]:
        return [
            body_json(service, body) | await relations_json(service, body)
            for body in await service.storage.read.bodies.all(_MOST)
        ]

    rows = with_service(choice, work)
    if json_output:
        show_json(rows)
        return
    for body in rows:
        click.echo(f"{body['state']:9}  {body['domain']:40}  {body['name']}{_around(body)}")
    click.echo(counted(len(rows), "body", "bodies"), err=True)


@bodies.command()
@click.argument("domain")
@as_json
@click.pass_obj
def show(choice: Choice, domain: str, *, json_output: bool) -> None:
    """Show one body, with the TXT record that its DNS must hold."""

    async def work(service: Service) -> dict[str, Json]:
        body = await service.storage.read.bodies.get(str(Host.parse(domain)))
        if body is None:
            raise NotFound("body-unknown", domain=domain[:253])
        return body_json(service, body) | await deadline_json(service, body) | await relations_json(service, body)

    show_body(with_service(choice, work), json_output=json_output)


@bodies.command()
@click.argument("domain")
@as_json
@click.pass_obj
def renew(choice: Choice, domain: str, *, json_output: bool) -> None:
    """Give a body another token to publish: the record with the former one proves nothing from now on.

    What rests on the record stays confirmed for 72 hours more, marked as degraded. The contacts of its accounts get a
    letter with the new record as soon as the service has looked for it. What rests on it is suspended if the record is
    not seen by then.
    """

    async def work(service: Service) -> dict[str, Json]:
        body = await service.registration.bodies.renew_token(Host.parse(domain), acting())
        attestations = await service.storage.read.attestations.resting_on_body(body.id)
        return body_json(service, body) | {"accounts": len(attestations)} | await deadline_json(service, body)

    row = with_service(choice, work)
    show_body(row, json_output=json_output)
    if not json_output:
        resting = counted(row["accounts"], "attested account rests", "attested accounts rest")
        click.echo(f"\n{resting} on it. Publish it by {row['deadline']}; `verifier recheck --body {domain}` looks now.")


@bodies.command()
@click.argument("parent")
@click.argument("children", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
@click.pass_obj
def vouch(choice: Choice, parent: str, children: Path, *, json_output: bool) -> None:
    """Let a proved body name those below it: columns domain, name and, if wanted, contact. All or none.

    It lists the bodies whose first request people will examine, and why: `class`, the policy asks it of such a domain
    or mailbox; `contact`, nobody is known to act for the body, or somebody else does.
    """
    try:
        # Spreadsheets begin a CSV with a byte order mark.
        rows = parse_children(children.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{children}: it is not UTF-8 text; save it as CSV in UTF-8.") from None

    async def work(service: Service) -> Sequence[VouchResult]:
        with showing_record(service, await service.storage.read.bodies.get(str(Host.parse(parent)))):
            return await service.registration.bodies.vouch(Host.parse(parent), rows, acting())

    results = with_service(choice, work)
    if json_output:
        show_json([vouched_json(body) for body in results])
        return
    for body in results:
        if body.examined:
            click.echo(f"{body.domain}: its first request will be examined ({body.examined})")
    click.echo(f"{counted(len(results), 'body', 'bodies')} named by {parent}")


@bodies.command()
@click.argument("parent")
@click.argument("child")
@as_json
@click.pass_obj
def unvouch(choice: Choice, parent: str, child: str, *, json_output: bool) -> None:
    """Take back what `vouch` said of one body: what rests on the vouching alone is suspended at once.

    A body with a DNS record of its own keeps what it has. Nothing resumes by itself when it is named again.
    """

    async def work(service: Service) -> int:
        return await service.registration.vouching.take_back(Host.parse(parent), Host.parse(child), acting())

    count = with_service(choice, work)
    if json_output:
        show_json({"domain": child, "suspended": count})
        return
    click.echo(f"{child} is no longer named by {parent}; attestations suspended: {count}")


@bodies.command()
@click.argument("domain")
@click.argument("host")
@as_json
@click.pass_obj
def host(choice: Choice, domain: str, host: str, *, json_output: bool) -> None:
    """Take a whole instance as that body's, after a look at its DNS and at whether registration is closed."""

    async def work(service: Service) -> Record:
        with showing_record(service, await service.storage.read.bodies.get(str(Host.parse(domain)))):
            record = await service.registration.instances.host(Host.parse(domain), Host.parse(host), acting())
            if json_output:
                show_json({"host": host, "hosted": record.valid, "evidence": dict(record.evidence)})
            if record.problem is not None:
                raise Refused(record.problem.code, pointer=None, **record.problem.values)
        return record

    with_service(choice, work, outside=True)
    if not json_output:
        click.echo(f"accounts of {host} read as hosted by {domain}")


@bodies.command()
@click.argument("host")
@as_json
@click.pass_obj
def unhost(choice: Choice, host: str, *, json_output: bool) -> None:
    """End what `host` began: accounts there read as not attested again."""

    async def work(service: Service) -> bool:
        return await service.registration.instances.unhost(Host.parse(host), Reason.HOLDER_REQUEST, acting())

    if not with_service(choice, work):
        raise NotFound("instance-unknown", host=host[:253])
    if json_output:
        show_json({"host": host, "hosted": False})
        return
    click.echo(f"accounts of {host} no longer read as hosted")


@contextmanager
def showing_record(service: Service, body: Body | None) -> Iterator[None]:
    """Print the DNS record whose absence is the cause of an error."""
    try:
        yield
    except VerifierError as error:
        record = record_needed(body, error, service.site.authority) if body is not None else None
        if record is not None:
            click.echo(_to_publish(*record), err=True)
        raise


def _to_publish(name: str, value: str) -> str:
    return f"\nTo publish, type TXT:\n{name}\n{value}"


async def deadline_json(service: Service, body: Body) -> dict[str, Json]:
    """Since when the record that it rests on cannot be seen, and when what rests on it is suspended."""
    missing = await missing_record(service.storage.read, body, service.site.authority, service.clock.now())
    return {
        "failing": _time(missing.since) if missing else None,
        "deadline": _time(missing.deadline) if missing else None,
    }


def body_json(service: Service, body: Body) -> dict[str, Json]:
    """One body: its proof, and the record to publish."""
    record: dict[str, Json] | None = None
    if body.token is not None:
        name, value = record_of(Host.parse(body.domain), body.token, service.site.authority)
        record = {"name": name, "type": "TXT", "value": value}
    state = "proved" if is_proved(body, service.clock.now()) else "named" if body.vouched_at else "unproved"
    return {
        "domain": body.domain,
        "name": body.name,
        "state": state,
        "dnssec": body.security,
        "proved": _time(body.proved_at),
        "checked": _time(body.checked_at),
        "until": _time(body.proof_until),
        "record": record,
    }


async def relations_json(service: Service, body: Body) -> dict[str, Json]:
    """The body that vouches for it, those that it vouches for, its instances."""
    read = service.storage.read
    above = await read.bodies.by_id(body.parent_id) if body.parent_id and body.vouched_at else None
    return {
        "parent": above.domain if above else None,
        "children": [child_json(child) for child in await child_bodies(read, body, service.policy)],
        "instances": [instance_json(instance) for instance in await read.instances.of_body(body.id)],
    }


def _around(body: dict[str, Json]) -> str:
    """The relations in a few words, to follow the name of a body."""
    running = [each for each in body["instances"] if each["status"] != "ended"]
    parts = (
        f"named by {body['parent']}" if body["parent"] else "",
        f"names {len(body['children'])}" if body["children"] else "",
        f"runs {', '.join(each['host'] for each in running)}" if running else "",
    )
    text = "; ".join(part for part in parts if part)
    return f"  ({text})" if text else ""


def _time(at: int | None) -> str | None:
    return to_rfc3339(at) if at is not None else None


def show_body(body: dict[str, Json], *, json_output: bool) -> None:
    """As :func:`body_json` has it."""
    if json_output:
        show_json(body)
        return
    record, children, instances = body.pop("record"), body.pop("children", ()), body.pop("instances", ())
    for name, value in body.items():
        click.echo(f"{name:8} {value if value is not None else '-'}")
    for child in children:
        facts = ("own record" if child["record"] else "on its word", counted(len(child["accounts"]), "account"))
        click.echo(f"names    {child['domain']}  {child['name']}  ({', '.join(facts)})")
    for instance in instances:
        click.echo(f"instance {instance['host']}  {instance['status']}  seen {instance['checkedAt']}")
    if record is None:
        click.echo("\nno record yet: each request shows the one to publish")
    else:
        click.echo(_to_publish(record["name"], record["value"]))
