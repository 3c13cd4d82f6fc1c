"""attestations list, show, suspend, revoke."""

from collections.abc import Sequence

import click

from ..app import Service
from ..core import strict_json
from ..core.clock import to_rfc3339
from ..core.errors import Conflict, NotFound, VerifierError
from ..core.identifiers import Handle
from ..core.models import Reason, Status
from ..core.strict_json import Json
from ..publication import lookup as questions
from ..storage import Attestation
from .common import Choice, acting, as_json, counted, show_json, with_service

# Not those that only the service itself may truly give.
_REASONS = [reason.value for reason in Reason if reason not in (Reason.SUPERSEDED, Reason.ERASED)]
_reason = click.option("--reason", required=True, type=click.Choice(_REASONS), help="Why; everybody reads it.")
_which = click.argument("attestation", metavar="ATTESTATION")


@click.group()
def attestations() -> None:
    """What was signed. ATTESTATION is an id, its URL, or the handle of the account."""


@attestations.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@as_json
@click.pass_obj
def list_(choice: Choice, limit: int, *, json_output: bool) -> None:
    """List published attestations, newest first."""

    async def work(service: Service) -> Sequence[Attestation]:
        return await service.storage.read.attestations.newest(limit)

    rows = with_service(choice, work)
    if json_output:
        show_json([_row(attestation) for attestation in rows])
        return
    for attestation in rows:
        row = _row(attestation)
        click.echo(f"{row['id']}  {row['state']:9}  until {row['validUntil']}  {row['handle']}")
    click.echo(counted(len(rows), "attestation"), err=True)


@attestations.command()
@_which
@click.pass_obj
def show(choice: Choice, attestation: str) -> None:
    """Print the signed document, byte for byte as it is served."""

    async def work(service: Service) -> bytes:
        return (await _find(service, attestation)).body or b""

    click.echo(with_service(choice, work), nl=False)


@attestations.command()
@_which
@_reason
@as_json
@click.pass_obj
def suspend(choice: Choice, attestation: str, reason: str, *, json_output: bool) -> None:
    """Stop vouching for an account, at once and at every door, until it is proved again."""

    async def work(service: Service) -> Attestation:
        row = await _find(service, attestation)
        await service.registration.publisher.suspend(row.id, Reason(reason), acting())
        return row

    _report(with_service(choice, work), "suspended", reason, json_output=json_output)


@attestations.command()
@_which
@_reason
@as_json
@click.pass_obj
def revoke(choice: Choice, attestation: str, reason: str, *, json_output: bool) -> None:
    """Stop vouching for an account, at once and at every door, for good."""

    async def work(service: Service) -> Attestation:
        row = await _find(service, attestation)
        await service.registration.publisher.revoke(row.id, Reason(reason), acting())
        return row

    _report(with_service(choice, work), "revoked", reason, json_output=json_output)


def _report(attestation: Attestation, state: str, reason: str, *, json_output: bool) -> None:
    if json_output:
        show_json({"id": attestation.id, "handle": attestation.handle, "state": state, "reason": reason})
        return
    click.echo(f"{attestation.handle}: {state}, {reason}.")


async def none_in_force(service: Service, handle: Handle) -> VerifierError:
    """The error that says why nothing vouches for an account: the state of its attestation, or that it has none."""
    found = await questions.answer(service.storage.read, questions.Question(handle), service.clock.now())
    status = strict_json.loads_object(found.body)["status"]
    if status in (Status.SUSPENDED, Status.REVOKED, Status.EXPIRED):
        return Conflict("attestation-state", state=str(status))
    return NotFound("attestation-not-found")


async def _find(service: Service, text: str) -> Attestation:
    read = service.storage.read
    if "://" not in text and "@" in text:
        handle = Handle.parse(text)
        row = await read.attestations.on_handle(handle.acct)
        if row is None:
            raise await none_in_force(service, handle)
    else:
        # An address of another service names nothing here, whatever its last part is.
        row = await read.attestations.get(text.removeprefix(service.site.attestation("")))
    if row is None or row.published_at is None:
        raise NotFound("attestation-not-found")
    return row


def _row(attestation: Attestation) -> dict[str, Json]:
    ended = {
        "revoked": attestation.revoked_at,
        "expired": attestation.expired_at,
        "suspended": attestation.suspended_at,
    }
    state = next((name for name, at in ended.items() if at), "live")
    return {
        "id": attestation.id,
        "handle": attestation.handle,
        "state": state,
        "order": attestation.order_id,
        "listed": attestation.listed,
        "validFrom": to_rfc3339(attestation.valid_from),
        "validUntil": to_rfc3339(attestation.valid_until),
    }
