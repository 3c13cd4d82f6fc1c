"""The store in each of its databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.doubles.postgres import Postgres
from verifier.storage import Storage, open_storage

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without rows."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'verifier.sqlite3'}"
    server: Postgres = request.getfixturevalue("server")
    return server.emptied()


@pytest.fixture
def new_url(engine: str, url: str, request: pytest.FixtureRequest) -> str:
    """A database that nobody has opened."""
    if engine == "sqlite":
        return url
    server: Postgres = request.getfixturevalue("server")
    return server.new()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Storage]:
    async with await open_storage(url) as storage:
        yield storage


@pytest.fixture
async def other(url: str, store: Storage) -> AsyncIterator[Storage]:
    """Another process's, as far as the database can tell."""
    async with await open_storage(url) as storage:
        yield storage
