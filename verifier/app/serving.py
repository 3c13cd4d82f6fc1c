"""The running service: its port and its clockwork."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from aiohttp import web

from ..core.clock import MINUTE
from ..core.errors import ConfigError, Unavailable
from ..jobs.clockwork import is_cancelled
from ..web import keys
from ..web.health import Health
from ..web.protocol import Protocol
from . import metrics
from .composition import Service

log = logging.getLogger(__name__)

RESUME_WAIT = 10  # seconds


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
        async with private_port(service), listening(service.web, settings.host, settings.port):
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
    application: web.Application, host: str, port: int, *, patience: float = 5, setting: str = "VERIFIER_PORT"
) -> AsyncIterator[None]:
    """The port is open.

    :param patience: seconds that answers under way are given at the end
    :param setting: which names the port
    :raises ConfigError: the port cannot be had
    """
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=patience)
    await runner.setup()
    manager, loop = runner.server, asyncio.get_running_loop()
    if manager is None:
        raise RuntimeError("the runner was set up and has no server")
    try:
        try:
            # No log of accesses: it would name people (its type does not say that it may be None).
            server = await loop.create_server(
                lambda: Protocol(manager, loop=loop, access_log=None),  # type: ignore[arg-type]
                host,
                port,
            )
        except OSError as error:
            raise ConfigError(
                f"{setting}: cannot listen on {host}:{port} ({error.strerror}); choose another."
            ) from None
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()


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
