"""The running service: its port and its clockwork."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from ..core.errors import ConfigError
from ..web import keys
from ..web.protocol import Protocol
from .composition import Service


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[None]:
    """The port is open, and the clockwork runs, as long as this lasts.

    :raises ConfigError: the port cannot be had
    """
    settings = service.settings
    # What a crash interrupted is finished before the first answer. The job `resume` might have to wait: if the crash
    # came during that job, its lease lasts for minutes.
    await service.registration.finalizer.resume()
    await service.clockwork.run_due("")
    clockwork = asyncio.create_task(service.clockwork.run())
    warming = asyncio.create_task(service.web[keys.LOOKUPS].warm())
    try:
        async with listening(service.web, settings.host, settings.port):
            gc.collect()
            gc.freeze()  # what is loaded by now lives as long as the process: no collection has to look at it
            yield
    finally:
        for task in (clockwork, warming):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def listening(application: web.Application, host: str, port: int, *, patience: float = 5) -> AsyncIterator[None]:
    """The port is open.

    :param patience: seconds that answers under way are given at the end
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
                f"VERIFIER_PORT: cannot listen on {host}:{port} ({error.strerror}); choose another."
            ) from None
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()
