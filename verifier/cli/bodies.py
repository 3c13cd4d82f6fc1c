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
from ..registration.bodies import Vouched, stands
from ..registration.children import parse_children
from ..registration.monitoring.bodies import awaited
from ..registration.monitoring.instances import record_needed
from ..registration.vouching import named_by
from ..storage import Body
from ..validation.methods.dns_01 import record_of
from ..web.api.orders import vouched_json
from ..web.api.vouching import child_json, instance_json
from .common import Choice, as_json, counted, show_json, with_service

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
        return [told(service, body) | await kin(service, body) for body in await service.storage.read.bodies.all(_MOST)]

    found = with_service(choice, work)
    if json_output:
        show_json(found)
        return
    for body in found:
        click.echo(f"{body['state']:9}  {body['domain']:40}  {body['name']}{_around(body)}")
    click.echo(counted(len(found), "body", "bodies"), err=True)


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
        return told(service, body) | await waits(service, body) | await kin(service, body)

    show_body(with_service(choice, work), json_output=json_output)


@bodies.command()
@click.argument("domain")
@as_json
@click.pass_obj
def renew(choice: Choice, domain: str, *, json_output: bool) -> None:
    """Give a body another word to publish: its record with the former one proves nothing from now on.

    What rests on it stays confirmed for 72 hours more, marked as degraded. The contacts of its accounts get a letter
    with the new record as soon as the service has looked for it; what it is not seen for by then is suspended.
    """

    async def work(service: Service) -> dict[str, Json]:
        body = await service.bodies.renew_token(Host.parse(domain))
        held = await service.storage.read.attestations.resting_on_body(body.id)
        return told(service, body) | {"accounts": len(held)} | await waits(service, body)

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

    It says of which of them the first request will be examined: `class`, as the policy asks it of such a domain or
    mailbox, or `contact`, as it is not known who acts for it, or somebody else does.
    """
    try:
        # Spreadsheets begin a CSV with a byte order mark.
        named = parse_children(children.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{children}: it is not UTF-8 text; save it as CSV in UTF-8.") from None

    async def work(service: Service) -> Sequence[Vouched]:
        with showing_record(service, await service.storage.read.bodies.get(str(Host.parse(parent)))):
            return await service.bodies.vouch(Host.parse(parent), named)

    done = with_service(choice, work)
    if json_output:
        show_json([vouched_json(body) for body in done])
        return
    for body in done:
        if body.examined:
            click.echo(f"{body.domain}: its first request will be examined ({body.examined})")
    click.echo(f"{counted(len(done), 'body', 'bodies')} named by {parent}")


@bodies.command()
@click.argument("parent")
@click.argument("child")
@as_json
@click.pass_obj
def unvouch(choice: Choice, parent: str, child: str, *, json_output: bool) -> None:
    """Take back what `vouch` said of one body: what rests on that word alone is suspended at once.

    A body with a DNS record of its own keeps what it has. Nothing resumes by itself when it is named again.
    """

    async def work(service: Service) -> int:
        return await service.bonds.take_back(Host.parse(parent), Host.parse(child))

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
            record = await service.instances.host(Host.parse(domain), Host.parse(host))
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
        return await service.instances.unhost(Host.parse(host), Reason.HOLDER_REQUEST)

    if not with_service(choice, work):
        raise NotFound("instance-unknown", host=host[:253])
    if json_output:
        show_json({"host": host, "hosted": False})
        return
    click.echo(f"accounts of {host} no longer read as hosted")


@contextmanager
def showing_record(service: Service, body: Body | None) -> Iterator[None]:
    """What goes wrong for want of a DNS record is told with that record."""
    try:
        yield
    except VerifierError as error:
        asked = record_needed(body, error, service.site.authority) if body is not None else None
        if asked is not None:
            click.echo(_to_publish(*asked), err=True)
        raise


def _to_publish(name: str, value: str) -> str:
    return f"\nTo publish, type TXT:\n{name}\n{value}"


async def waits(service: Service, body: Body) -> dict[str, Json]:
    """Since when the record that it rests on is looked for in vain, and when what rests on it is suspended."""
    found = await awaited(service.storage.read, body, service.site.authority, service.clock.now())
    return {"failing": _time(found.since) if found else None, "deadline": _time(found.deadline) if found else None}


def told(service: Service, body: Body) -> dict[str, Json]:
    """What is known of a body, for a terminal."""
    record: dict[str, Json] | None = None
    if body.token is not None:
        name, value = record_of(Host.parse(body.domain), body.token, service.site.authority)
        record = {"name": name, "type": "TXT", "value": value}
    state = "proved" if stands(body, service.clock.now()) else "named" if body.vouched_at else "unproved"
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


async def kin(service: Service, body: Body) -> dict[str, Json]:
    """The body that named it, those that it names, its instances."""
    read = service.storage.read
    above = await read.bodies.by_id(body.parent_id) if body.parent_id and body.vouched_at else None
    return {
        "parent": above.domain if above else None,
        "children": [child_json(child) for child in await named_by(read, body, service.policy)],
        "instances": [instance_json(instance) for instance in await read.instances.of_body(body.id)],
    }


def _around(body: dict[str, Json]) -> str:
    """The same in a few words, behind the name of a body."""
    running = [each for each in body["instances"] if each["status"] != "ended"]
    parts = (
        f"named by {body['parent']}" if body["parent"] else "",
        f"names {len(body['children'])}" if body["children"] else "",
        f"runs {', '.join(each['host'] for each in running)}" if running else "",
    )
    told = "; ".join(part for part in parts if part)
    return f"  ({told})" if told else ""


def _time(at: int | None) -> str | None:
    return to_rfc3339(at) if at is not None else None


def show_body(body: dict[str, Json], *, json_output: bool) -> None:
    """As :func:`told` has it."""
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
