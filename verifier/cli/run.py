"""serve, sandbox."""

import asyncio
import signal
import sys

import click
import uvloop

from ..app import Service, compose, serving, supervise
from ..core.clock import Clock
from ..core.strict_json import Json
from ..sandbox import running
from ..sandbox.neighbours import PORT, SMTP_PORT, Neighbours
from ..settings import Settings, load
from .common import Choice, log_to_stderr


@click.command()
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes that answer on the port; by default VERIFIER_WORKERS."
)
@click.pass_obj
def serve(choice: Choice, workers: int | None) -> None:
    """Run the service until SIGTERM or Ctrl-C.

    With several workers, this process only binds the port and starts them; one that dies is started again.
    """
    settings = choice.settings()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    if settings.workers == 1:
        log_to_stderr()
        uvloop.run(_serve(settings))
        return
    log_to_stderr("supervisor")
    # -P: a folder named verifier where the service is started is not the service.
    command = sys.executable, "-P", "-m", "verifier.cli.worker"
    asyncio.run(supervise(settings, command, lambda: say(f"Ready on {settings.base_url}/")))


@click.command()
@click.option("--port", default=8080, show_default=True, envvar="VERIFIER_PORT", help="Port of the service.")
@click.option("--neighbours-port", default=PORT, show_default=True, help="Port of the toy fediverse and the mailbox.")
@click.option("--smtp-port", default=SMTP_PORT, show_default=True, help="Port of the toy mail server.")
def sandbox(port: int, neighbours_port: int, smtp_port: int) -> None:
    """Run the service with toy neighbours on this machine: a fediverse and a mailbox to play with."""
    log_to_stderr()
    uvloop.run(_sandbox(port, neighbours_port, smtp_port))


async def _serve(settings: Settings) -> None:
    async with compose(settings) as service, serving(service):
        say(f"Ready on {service.site.base_url}/")
        await stopped()


async def _sandbox(port: int, neighbours_port: int, smtp_port: int) -> None:
    options: dict[str, Json] = {"sandbox": True, "port": port}
    plain = load(**options)
    folder = plain.folder
    folder.mkdir(parents=True, exist_ok=True)
    neighbours = Neighbours(plain.base_url, clock=Clock(), folder=folder, port=neighbours_port, smtp_port=smtp_port)
    async with neighbours:
        addresses: dict[str, Json] = {"host_overrides": dict(neighbours.overrides), "smtp_url": neighbours.smtp_url}
        addresses |= {"dns_servers": neighbours.names.server, **neighbours.openid}
        settings = load(**options, **addresses)
        async with compose(settings) as service, serving(service):
            # The port is open, so that no other sandbox runs on this folder.
            with running.recorded(folder, addresses):
                await _play(service, neighbours)


async def _play(service: Service, neighbours: Neighbours) -> None:
    say(f"What to try, step by step:  {neighbours.guide_url}")
    say(f"The service:                {service.site.base_url}/")
    say("Stop with Ctrl-C. What you make here is on this machine alone.")
    await stopped()


async def stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
