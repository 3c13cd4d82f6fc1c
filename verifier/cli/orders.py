"""orders list, orders show."""

import json
from collections.abc import Iterator, Mapping, Sequence

import click

from .. import words
from ..app import Service
from ..core.clock import to_rfc3339
from ..core.models import OrderStatus
from ..core.strict_json import Json
from ..registration.orders.registrar import OrderView
from ..storage import Order, StoredRecord
from .common import Choice, as_json, counted, show_json, visible, with_service

_MOST = 8  # lines of what one check saw, before the rest is left to --json
_LONGEST = 200  # characters of one value


@click.group()
def orders() -> None:
    """The requests to attest an account."""


@orders.command("list")
@click.option("--status", type=click.Choice([status.value for status in OrderStatus]), help="Only those.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@as_json
@click.pass_obj
def list_(choice: Choice, status: str | None, limit: int, *, json_output: bool) -> None:
    """List orders, newest first."""

    async def work(service: Service) -> Sequence[Order]:
        return await service.storage.read.orders.newest(OrderStatus(status) if status else None, limit)

    rows = with_service(choice, work)
    if json_output:
        show_json([_order(order) for order in rows])
        return
    for order in rows:
        click.echo(f"{order.id}  {to_rfc3339(order.created_at)}  {order.status:10}  {order.handle}  {order.class_}")
    click.echo(counted(len(rows), "order"), err=True)


@orders.command()
@click.argument("order_id")
@as_json
@click.pass_obj
def show(choice: Choice, order_id: str, *, json_output: bool) -> None:
    """Show one order with what each check saw."""

    async def work(service: Service) -> OrderView:
        return await service.registration.registrar.view(order_id)

    view = with_service(choice, work)
    checks: list[Json] = [
        {
            "type": challenge.type,
            "status": challenge.status,
            "record": dict(record.evidence) if (record := view.records.get(challenge.record_id or 0)) else None,
            "problem": dict(record.problem) if record and record.problem else None,
        }
        for challenge in view.challenges
    ]
    if json_output:
        show_json(_order(view.order) | {"challenges": checks})
        return
    for name, value in _order(view.order).items():
        click.echo(f"{name:12} {value}")
    for challenge in view.challenges:
        record = view.records.get(challenge.record_id or 0)
        problem = str(record.problem["code"]) if record and record.problem else ""
        click.echo(f"{challenge.type:16} {challenge.status} {problem}".rstrip())
        lines = [] if record is None else list(_evidence_lines(record))
        for line in lines[:_MOST]:
            click.echo(f"    {visible(line)}")
        if len(lines) > _MOST:
            click.echo(f"    and {len(lines) - _MOST} more: --json shows all")


def _evidence_lines(record: StoredRecord) -> Iterator[str]:
    """What that check saw, a line each."""
    yield f"{to_rfc3339(record.checked_at)}, view {record.view}"
    if record.problem:
        problem = words.explain(record.problem["code"], record.problem["values"], words.SOURCE)
        yield f"{problem.title}. {problem.detail}".strip()
    for request in words.seen(record.evidence, words.SOURCE):
        yield str(request)
    for name, value in record.evidence.items():
        if name != "trail":
            for each in value if isinstance(value, list) else [value]:
                yield f"{name}: {_plain(each)}"


def _plain(value: Json) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _order(order: Order) -> dict[str, Json]:
    return {
        "id": order.id,
        "status": order.status,
        "handle": order.handle,
        "domain": order.domain,
        "class": order.class_,
        "decision": order.decision,
        "rule": order.rule,
        "policy": order.policy_version,
        "listed": order.listed,
        "attestation": order.attestation_id,
        "created": to_rfc3339(order.created_at),
        "expires": to_rfc3339(order.expires_at),
    }
