"""The command line. Each command's help is exact; exit code 0 only on success."""

import click

from .. import __version__
from ..core.clock import Clock
from . import (
    attestations,
    audit,
    bodies,
    doctor,
    keys,
    log,
    look,
    moving,
    orders,
    policy,
    recheck,
    run,
    schemas,
    settings,
)
from .common import Choice, telling

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--sandbox", is_flag=True, help="Work on the sandbox of this machine (as VERIFIER_SANDBOX=1).")
@click.version_option(__version__, prog_name="verifier")
@click.pass_context
def group(context: click.Context, *, sandbox: bool) -> None:
    """Is this fediverse account official? The service that attests it, and its tools.

    Settings are environment variables: see `verifier settings`.
    """
    context.obj = Choice(sandbox, context.obj or Clock())


group.add_command(run.serve)
group.add_command(run.sandbox)
group.add_command(settings.settings)
group.add_command(doctor.doctor)
group.add_command(look.lookup)
group.add_command(look.verify)
group.add_command(orders.orders)
group.add_command(attestations.attestations)
group.add_command(bodies.bodies)
group.add_command(keys.keys)
group.add_command(log.log)
group.add_command(audit.audit)
group.add_command(policy.policy)
group.add_command(recheck.recheck)
group.add_command(moving.migrate_storage)
group.add_command(schemas.schemas)


def main() -> None:
    """Run a command."""
    with telling():
        group()
