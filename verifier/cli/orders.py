"""orders list, orders show."""

from collections.abc import Sequence

import click

from ..app import Service
from ..core.clock import to_rfc3339
from ..core.models import OrderStatus
from ..core.strict_json import Json
from ..registration.orders import OrderView
from ..storage import Order
from .common import Choice, as_json, show_json, with_service


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
        return await service.storage.read.orders(OrderStatus(status) if status else None, limit)

    found = with_service(choice, work)
    if json_output:
        show_json([_order(order) for order in found])
        return
    for order in found:
        click.echo(f"{order.id}  {to_rfc3339(order.created_at)}  {order.status:10}  {order.handle}  {order.class_}")
    click.echo(f"{len(found)} orders", err=True)


@orders.command()
@click.argument("order_id")
@as_json
@click.pass_obj
def show(choice: Choice, order_id: str, *, json_output: bool) -> None:
    """Show one order with what each check saw."""

    async def work(service: Service) -> OrderView:
        return await service.registrar.view(order_id)

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
    for check in checks:
        problem = check["problem"]["code"] if check["problem"] else ""
        click.echo(f"{check['type']:12} {check['status']} {problem}".rstrip())


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
