"""Back up and restore, by the lines of docs/operations.md as they stand there."""

import sqlite3
import stat
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import parts
from tests.integration.documented import Ran, blocks, shell
from tests.integration.house import ALICE, House, running

NOW = int(time.time())  # the program has no clock but the machine's
BACK_UP, RESTORE = blocks("docs/operations.md", "sh", "Back up")
OPERATOR = 'v() { verifier "$@"; }\n'  # who runs the tests is the user of the service
DATABASE = "verifier.sqlite3"


@dataclass
class Machine:
    """Where the copies go, and where they are put in place."""

    house: House
    folder: Path

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    @property
    def secret(self) -> Path:
        return self.folder / "backup.secret"

    @property
    def restored(self) -> Path:
        return self.folder / "restored"

    async def back_up(self) -> Ran:
        parts.sqlite3()
        # What was committed last stands in the log alone.
        assert (self.house.folder / f"{DATABASE}-wal").stat().st_size
        return await shell(BACK_UP, folder=self.folder, given=self.given(self.house.folder))

    async def restore(self, **settings: str) -> Ran:
        given = self.given(self.restored) | settings
        return await shell(OPERATOR + RESTORE, folder=self.folder, given=given)

    def given(self, data: Path) -> dict[str, str]:
        known = self.house.service.settings
        return {
            "DATA": str(data),
            "BACKUP": str(self.backup),
            "OWNER": self.folder.owner(),
            "VERIFIER_SANDBOX": "1",
            "VERIFIER_PORT": str(known.port),
            "VERIFIER_DATABASE_URL": f"sqlite:///{data / DATABASE}",
            "VERIFIER_SMTP_URL": known.smtp_url,
            "VERIFIER_DNS_SERVERS": ",".join(known.dns_servers),
        }

    def copies(self) -> list[Path]:
        return sorted([*self.backup.iterdir(), *self.secret.iterdir()])


def written(machine: Machine) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in machine.copies()}


@asynccontextmanager
async def backed_up(folder: Path) -> AsyncIterator[Machine]:
    async with running(folder / "data", now=NOW) as house:
        await house.service.clockwork.run_due("")
        await house.attest()
        machine = Machine(house, folder)
        assert await machine.back_up() == Ran(0, "ok\n")
        yield machine


def others_may_read(folder: Path) -> list[Path]:
    return [path for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]


async def test_what_was_backed_up_is_restored(tmp_path: Path) -> None:
    async with backed_up(tmp_path) as machine:
        names = {path.name for path in machine.copies()}
        assert {DATABASE, "registry.json", "root.json", "secret.key"} < names
        assert any(name.startswith("issuing-") for name in names)
        assert not [path for path in machine.backup.iterdir() if path.suffix in (".pem", ".key")]
        assert others_may_read(machine.backup) + others_may_read(machine.secret) == []
        said = await machine.restore()
        assert said.code == 0, said.said
        before = await machine.house.lookup(ALICE)
        port = machine.house.service.settings.port
    assert others_may_read(machine.restored) == []
    async with running(machine.restored, now=NOW, port=port) as house:
        assert await house.lookup(ALICE) == before
        assert before["verified"] is True


async def test_a_log_of_before_does_not_spoil_the_copy(tmp_path: Path) -> None:
    async with backed_up(tmp_path) as machine:
        # The machine had a service, which was killed: its log is still there.
        machine.restored.mkdir()
        for name in (DATABASE, f"{DATABASE}-wal"):
            (machine.restored / name).write_bytes((machine.house.folder / name).read_bytes())
        said = await machine.restore()
        assert said.code == 0, said.said
        assert (
            not (machine.restored / f"{DATABASE}-wal").exists()
            or not (machine.restored / f"{DATABASE}-wal").stat().st_size
        )


def cut(machine: Machine) -> None:
    with (machine.backup / DATABASE).open("r+b") as file:
        file.truncate((machine.backup / DATABASE).stat().st_size - 4096)


def swapped(machine: Machine) -> None:
    (machine.backup / DATABASE).write_bytes((machine.backup / "registry.json").read_bytes())


def newer(machine: Machine) -> None:
    with closing(sqlite3.connect(machine.backup / DATABASE)) as database:
        database.execute("PRAGMA user_version=99")


def without_keys(machine: Machine) -> None:
    for path in machine.secret.glob("issuing-*.pem"):
        path.unlink()


def without_secret(machine: Machine) -> None:
    (machine.secret / "secret.key").unlink()


def without_registry(machine: Machine) -> None:
    (machine.backup / "registry.json").unlink()


@pytest.mark.parametrize(
    ("change", "cause"),
    (
        (cut, "is half a copy: its end is missing"),
        (swapped, "is not a SQLite database: the wrong file"),
        (newer, "was written by a newer version"),
        (without_keys, "issuing-"),
        (without_secret, "secret.key is missing"),
        (without_registry, "there is no key registry"),
    ),
)
async def test_a_restore_that_cannot_work_names_the_cause(
    tmp_path: Path, change: Callable[[Machine], None], cause: str
) -> None:
    async with backed_up(tmp_path) as machine:
        change(machine)
        said = await machine.restore()
    assert said.code == 1
    failed = [line for line in said.said.splitlines() if line.split()[1] == "failed"]
    assert any(cause in line for line in failed), said.said


async def test_a_restore_under_another_name_says_so(tmp_path: Path) -> None:
    async with backed_up(tmp_path) as machine:
        said = await machine.restore(VERIFIER_PORT="8081")
    assert said.code == 1
    assert f"this database belongs to {machine.house.base}" in said.said


async def test_a_backup_that_fails_says_so(tmp_path: Path) -> None:
    async with backed_up(tmp_path) as machine:
        kept = written(machine)
        assert (await machine.back_up()).code != 0  # over the copy of before
        assert written(machine) == kept
