"""Chromium, and a sandbox to visit: one of each for a file of tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests import parts

from .sandbox import Sandbox
from .visits import Visits

# Nothing of Chromium's own may go to the network: the tests say that no request leaves this machine.
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=parts.chromium(), args=_SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    # The limits count one client, and a file of tests asks more than a person does.
    async with Sandbox.running(tmp_path_factory.mktemp("sandbox"), VERIFIER_RATE_LIMITS="off") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visits(chromium: Browser) -> AsyncIterator[Visits]:
    """Sessions whose pages behaved."""
    opened = Visits(chromium)
    yield opened
    await opened.close()
    assert opened.faults == []
