"""PostgreSQL by the lines of docs/operations.md, from the file of one machine to a server, and what the doctor says."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import parts
from tests.doubles.postgres import Postgres
from tests.integration.documented import PROGRAMS, Ran, blocks, shell
from tests.integration.house import ALICE, House, running
from verifier.web import keys

NOW = int(time.time())  # the program has no clock but the machine's
DOCUMENT = "docs/operations.md"
CREATE, MOVE = blocks(DOCUMENT, "sh", "SQLite or PostgreSQL")[0], blocks(DOCUMENT, "sh", "Move")[0]
BACK_UP, RESTORE = blocks(DOCUMENT, "sh", "Back up PostgreSQL")
OPERATOR = 'v() { verifier "$@"; }\n'  # who runs the tests is the user of the service


@dataclass
class Machine:
    """One that has a house on it, with SQLite."""

    house: House
    server: Postgres
    folder: Path

    async def runs(self, script: str, **given: str) -> Ran:
        known = self.house.service.settings
        return await shell(
            OPERATOR + script,
            folder=self.folder,
            given={
                "PATH": os.pathsep.join((str(PROGRAMS), str(parts.postgres()), os.environ["PATH"])),
                "PGHOST": str(self.server.folder),
                "PGPORT": str(self.server.port),
                "PGUSER": "postgres",
                "BACKUP": str(self.folder / "backup"),
                "VERIFIER_SANDBOX": "1",
                "VERIFIER_PORT": str(known.port),
                "VERIFIER_SMTP_URL": known.smtp_url,
                "VERIFIER_DNS_SERVERS": ",".join(known.dns_servers),
                "VERIFIER_KEYS_DIR": str(self.folder / "data"),
            }
            | given,
        )

    def url(self, name: str, user: str = "verifier") -> str:
        return self.server.url(name).replace("postgres@", f"{user}@")


@asynccontextmanager
async def machine(server: Postgres, folder: Path) -> AsyncIterator[Machine]:
    async with running(folder / "data", now=NOW) as house:
        (folder / "data").chmod(0o700)
        await house.service.clockwork.run_due("")
        await house.attest(listed=True)
        yield Machine(house, server, folder)


@pytest.fixture
def clean(server: Postgres) -> Iterator[Postgres]:
    yield server
    for name in ("verifier", "restored"):
        server.sql(f"DROP DATABASE IF EXISTS {name}")
    server.sql("DROP ROLE IF EXISTS verifier")


async def test_the_way_from_one_machine_to_a_server_and_its_backup(tmp_path: Path, clean: Postgres) -> None:
    async with machine(clean, tmp_path) as at:
        before = await at.house.lookup(ALICE)
        port = at.house.service.settings.port
        file = f"sqlite:///{tmp_path / 'data' / 'verifier.sqlite3'}"
        said = await at.runs(CREATE)
        assert said.code == 0, said.said
        assert (
            clean.sql("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = 'verifier'") == "f"
        )

        said = await at.runs("v doctor", VERIFIER_DATABASE_URL=at.url("verifier"))
        assert "/verifier is empty: the first start makes the tables" in said.said
        said = await at.runs(MOVE, FROM=file, TO=at.url("verifier"))
        assert said.code == 1
        assert "is in use: stop the service" in said.said
    said = await at.runs(MOVE, FROM=file, TO=at.url("verifier"))
    assert said.code == 0, said.said

    await keeps(at, "verifier", before, port)
    said = await at.runs(BACK_UP, DATABASE=at.url("verifier"))
    assert said.code == 0, said.said
    said = await at.runs(CREATE.splitlines()[1].replace("UTF8 verifier", "UTF8 restored"))
    assert said.code == 0, said.said
    said = await at.runs(RESTORE, DATABASE=at.url("restored"))
    assert said.code == 0, said.said
    await keeps(at, "restored", before, port)


async def keeps(at: Machine, name: str, before: object, port: int) -> None:
    """A service on that database has what the machine had, and the doctor finds nothing amiss."""
    data = at.folder / "data"
    async with running(data, now=NOW, port=port, database_url=at.url(name), keys_dir=data) as house:
        assert await house.lookup(ALICE) == before
        await house.attest(f"@{name}@social.example", f"{name}.martin@numerique.gouv.fr")
        at.house = house
        said = await at.runs("v doctor", VERIFIER_DATABASE_URL=at.url(name))
        lines = [line for line in said.said.splitlines() if line.split()[1] != "ok"]
        assert (said.code, [line.split()[0] for line in lines]) == (0, ["database", "pages"]), said.said
        assert f"/{name}: fsync is off there" in lines[0]
        assert "The keys belong to one user" in said.said
        said = await at.runs("v attestations list; v audit check", VERIFIER_DATABASE_URL=at.url(name))
        assert said.code == 0, said.said
        assert "acct:alice@social.example" in said.said


async def test_a_database_of_which_the_user_may_not_do_all(tmp_path: Path, clean: Postgres) -> None:
    async with machine(clean, tmp_path) as at:
        await at.runs(CREATE)
    await at.runs(MOVE, FROM=f"sqlite:///{tmp_path / 'data' / 'verifier.sqlite3'}", TO=at.url("verifier"))
    clean.sql("ALTER TABLE event OWNER TO postgres", "verifier")
    said = await at.runs("v doctor", VERIFIER_DATABASE_URL=at.url("verifier"))
    assert said.code == 1
    assert "this user may not do all that is done with event: make it the owner" in said.said


async def test_commands_find_no_store_where_none_is(tmp_path: Path, clean: Postgres) -> None:
    async with machine(clean, tmp_path) as at:
        await at.runs(CREATE)
        for command in ("attestations list", "audit check", "keys affected x"):
            said = await at.runs(f"v {command}", VERIFIER_DATABASE_URL=at.url("verifier"))
            assert said.code == 1
        assert clean.sql("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'", "verifier") == "0"
        said = await at.runs("v audit check", VERIFIER_DATABASE_URL=at.url("verifier"))
        assert "there is no database" in said.said


async def test_doors_say_that_the_database_is_away_and_open_when_it_is_back(tmp_path: Path, clean: Postgres) -> None:
    async with running(tmp_path, database_url=clean.emptied(), keys_dir=tmp_path) as house:
        alice = await house.attest()
        clean.stop()
        try:
            refused = (
                await alice.show(),
                await house.new_order("@bob@social.example"),
                await house.get("/api/v1/events"),
            )
            assert [(answer.status, answer.code) for answer in refused] == [(503, "storage-unavailable")] * 3
            assert all(int(answer.headers["Retry-After"]) for answer in refused)
            assert "database" in (await house.get("/readyz")).json["impaired"]
        finally:
            clean.start()
        await house.service.web[keys.LOOKUPS].answers.ask()  # as the service does each second
        assert (await house.order("@bob@social.example", "bob.petit@numerique.gouv.fr")).id
        assert (await alice.show()).json["status"] == "issued"
        assert "database" not in (await house.get("/readyz")).json["impaired"]
        assert (await house.lookup(ALICE))["status"] == "verified"
