"""The store in each of its databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.stored import BACKENDS
from verifier.storage import Storage, open_storage


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Storage]:
    async with await open_storage(url) as storage:
        yield storage


@pytest.fixture
async def other(url: str, store: Storage) -> AsyncIterator[Storage]:
    """Another process's, as far as the database can tell."""
    async with await open_storage(url) as storage:
        yield storage
