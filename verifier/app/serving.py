"""The running service: its port and its clockwork."""

import asyncio
import gc
import logging
import resource
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from aiohttp import web

from ..core.clock import MINUTE
from ..core.errors import ConfigError, Unavailable
from ..jobs.clockwork import is_cancelled
from ..web import keys
from ..web.health import Health
from ..web.limits import RATES, Limit
from ..web.protocol import Connections, Patience, Protocol
from . import metrics
from .composition import Service

log = logging.getLogger(__name__)

RESUME_WAIT = 10  # seconds
_BACKLOG = 1024  # connections that the kernel keeps while this process does something else
_OTHER_FILES = 256  # descriptors beside those of clients


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[None]:
    """The port is open, and the clockwork runs, as long as this lasts.

    :raises ConfigError: the port cannot be had
    """
    settings = service.settings
    # What a crash interrupted is finished before the first answer. The job `resume` might have to wait: if the crash
    # came during that job, its lease lasts for minutes. A signer that does not answer holds up no lookup, nor does a
    # full disk: the port opens all the same, and the clockwork tries again.
    resuming = asyncio.create_task(_try("what was left half done", service.registration.finalizer.resume()))
    await asyncio.wait({resuming}, timeout=RESUME_WAIT)
    await _try("the jobs", service.clockwork.run_due(""))
    clockwork = asyncio.create_task(service.clockwork.run())
    watching = asyncio.create_task(_watch(service.web[keys.HEALTH]))
    following = asyncio.create_task(service.web[keys.LOOKUPS].answers.keep_up())
    try:
        most = settings.rates[Limit.CONNECTIONS].amount
        make_room_for(most)
        async with private_port(service), listening(service.web, settings.host, settings.port, most=most):
            gc.collect()
            gc.freeze()  # what is loaded by now lives as long as the process: no collection has to look at it
            yield
    finally:
        tasks = clockwork, watching, following, resuming
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def private_port(service: Service) -> AsyncIterator[None]:
    """``/metrics`` is open, if the operator has set a port.

    :raises ConfigError: the port cannot be had
    """
    host, port = service.settings.metrics_host, service.settings.metrics_port
    if not port:
        yield
        return
    async with listening(metrics.application(service), host, port, patience=1, setting="VERIFIER_METRICS_PORT"):
        yield


@asynccontextmanager
async def listening(
    application: web.Application,
    host: str,
    port: int,
    *,
    most: int = RATES[Limit.CONNECTIONS].amount,
    with_clients: Patience | None = None,
    patience: float = 5,
    setting: str = "VERIFIER_PORT",
) -> AsyncIterator[None]:
    """The port is open.

    :param most: connections
    :param with_clients: that are slow
    :param patience: seconds that answers under way are given at the end
    :param setting: which names the port
    :raises ConfigError: the port cannot be had
    """
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=patience)
    await runner.setup()
    manager, loop = runner.server, asyncio.get_running_loop()
    if manager is None:
        raise RuntimeError("the runner was set up and has no server")
    connections = Connections(most, with_clients or Patience())
    try:
        try:
            server = await loop.create_server(
                lambda: Protocol(manager, connections, loop=loop), host, port, backlog=_BACKLOG
            )
        except OSError as error:
            raise ConfigError(
                f"{setting}: cannot listen on {host}:{port} ({error.strerror}); choose another."
            ) from None
        try:
            with connections.watched():
                yield
        finally:
            server.close()
    finally:
        await runner.cleanup()


def make_room_for(connections: int) -> None:
    """As many descriptors as so many clients take; many systems give 1,024 where nobody asks for more.

    :raises ConfigError: the system gives fewer
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _OTHER_FILES
    if needed <= soft:
        return
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise ConfigError(
            f"VERIFIER_LIMIT_CONNECTIONS: {connections} connections take {needed} open files, and the system allows"
            f" {hard}; raise that (LimitNOFILE of systemd), or lower this."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


async def _try(name: str, work: Awaitable[None]) -> None:
    try:
        await work
    except Unavailable as error:
        log.error("%s: %s; tried again in a moment", name, error)  # noqa: TRY400 - known: no trace says more
    except Exception:
        log.exception("%s: tried again in a moment", name)


async def _watch(health: Health) -> None:
    """A line in the log each minute, as long as something does not work."""
    while True:
        if impaired := await health.look():
            log.warning("impaired: %s", ", ".join(impaired))
        if is_cancelled():  # a probe may have lost it
            return
        await asyncio.sleep(MINUTE)
