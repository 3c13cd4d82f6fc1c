"""The running service: its port and its clockwork."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from ..core.errors import ConfigError
from ..web import keys
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
    runner = web.AppRunner(service.web, access_log=None, handle_signals=False, shutdown_timeout=5)
    await runner.setup()
    clockwork = asyncio.create_task(service.clockwork.run())
    warming = asyncio.create_task(service.web[keys.LOOKUPS].warm())
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise ConfigError(
                f"VERIFIER_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); choose another."
            ) from None
        gc.collect()
        gc.freeze()  # what is loaded by now lives as long as the process: no collection has to look at it
        yield
    finally:
        for task in (clockwork, warming):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await runner.cleanup()
