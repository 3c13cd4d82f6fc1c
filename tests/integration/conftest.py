"""Services to knock at."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from tests.doubles.postgres import Postgres
from tests.doubles.signed_zones import SignedZones
from tests.integration import house as houses
from tests.integration.house import Holder, House
from tests.integration.openid import Way, provided
from tests.integration.registered import Watch, watching
from tests.integration.signed_world import DOMAIN, NAME, TEXT, World
from verifier.cli import group


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked ``engines`` runs on each database."""
    if metafunc.definition.get_closest_marker("engines") and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ("sqlite", "postgresql"), indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of the house's database."""
    if engine == "sqlite":
        return {}
    server: Postgres = request.getfixturevalue("server")
    return {"database_url": server.emptied(), "keys_dir": tmp_path}


@pytest.fixture
async def house(tmp_path: Path, database: dict[str, Any]) -> AsyncIterator[House]:
    """A service with nothing attested yet, an instance, a mail server and a DNS server that do as they are told."""
    async with houses.running(tmp_path, **database) as house:
        yield house


@pytest.fixture
def away(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Result]]:
    """`verifier --sandbox ARGUMENTS` on the house's store, while no sandbox says where its toys are."""
    settings = house.service.settings
    for name in [name for name in os.environ if name.startswith("VERIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VERIFIER_PORT", str(settings.port))
    monkeypatch.setenv("VERIFIER_DATABASE_URL", settings.database_url)
    if settings.keys_dir:
        monkeypatch.setenv("VERIFIER_KEYS_DIR", str(settings.keys_dir))

    async def call(*arguments: str) -> Result:
        given = ["--sandbox", *arguments]
        return await asyncio.to_thread(CliRunner().invoke, group, given, obj=house.time.clock)

    return call


@pytest.fixture
async def watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Watch]:
    """A service that looks at registered domains, and a registry that says what it is told."""
    async with watching(tmp_path, caplog) as watch:
        yield watch


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    """A house with an OpenID provider."""
    async with provided(tmp_path) as way:
        yield way


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A signed DNS tree in which a domain has its record."""
    async with SignedZones.tree() as double:
        double[f"{DOMAIN}."].add(f"{NAME}.", "TXT", f'"{TEXT}"')
        yield World(double, double.anchor(tmp_path))


@dataclass(frozen=True)
class Town:
    """A house that a whole module only reads.

    :param listed, unlisted: attested accounts
    :param pending: an order with nothing proved
    """

    house: House
    listed: Holder
    unlisted: Holder
    pending: Holder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with houses.running(tmp_path_factory.mktemp("town")) as house:
        yield Town(
            house,
            await house.attest(listed=True),
            await house.attest("@bob@social.example", "bob.petit@numerique.gouv.fr"),
            await house.order("@carol@social.example", "carol.grand@numerique.gouv.fr"),
        )
