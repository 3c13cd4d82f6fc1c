"""``verifier doctor``: whatever is broken, it says what, and what to do."""

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.doubles.smtp import SmtpDouble
from tests.integration.house import running
from verifier import words
from verifier.cli import group
from verifier.cli.doctor import CHECKS
from verifier.core.clock import HOUR
from verifier.policy.policy import PACKAGED
from verifier.words import LANGUAGES, PLAIN_NAMES

NOW = int(time.time())
DATABASE = "verifier.sqlite3"

Change = Callable[[Path], object]


@dataclass(frozen=True)
class Told:
    """What it said, by check."""

    code: int
    found: dict[str, list[tuple[str, str]]]

    def result(self, check: str) -> str:
        """The worst."""
        return max((result for result, _ in self.found[check]), key=("ok", "warning", "failed").index)

    def says(self, check: str) -> str:
        return " ".join(says for _, says in self.found[check])


async def doctor(folder: Path, *options: str, port: int = 8080, **settings: str) -> Told:
    given = {"VERIFIER_SANDBOX": "1", "VERIFIER_PORT": str(port), "VERIFIER_DNS_SERVERS": "127.0.0.1:9"}
    given |= {"VERIFIER_DATABASE_URL": f"sqlite:///{folder / DATABASE}"}
    given |= {f"VERIFIER_{name.upper()}": value for name, value in settings.items()}
    # In a thread: the command runs an event loop of its own.
    ran = await asyncio.to_thread(CliRunner(env=given).invoke, group, ["doctor", "--json", *options])
    document = json.loads(ran.output)  # nothing else: no trace, no log
    found: dict[str, list[tuple[str, str]]] = {}
    for each in document["checks"]:
        found.setdefault(each["check"], []).append((each["result"], each["says"]))
    assert document["ok"] == (ran.exit_code == 0) == all(r != "failed" for rows in found.values() for r, _ in rows)
    return Told(ran.exit_code, found)


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an attested account, whose service has stopped."""
    folder = tmp_path_factory.mktemp("seed") / "data"

    async def work() -> None:
        async with running(folder, now=NOW, port=8080) as house:
            await house.service.clockwork.run_due("")
            await house.attest()

    asyncio.run(work())
    return folder


@pytest.fixture
def folder(seed: Path, tmp_path: Path) -> Path:
    shutil.copytree(seed, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    return tmp_path / "data"


def own_pages(folder: Path, *languages: str) -> Path:
    """A policy whose plain pages somebody wrote in those languages."""
    shutil.copytree(PACKAGED, folder)
    (folder / "pages").mkdir()
    for name in PLAIN_NAMES:
        for lang in languages:
            (folder / "pages" / f"{name}.{lang}.md").write_text("# Title\n\nText.\n")
    return folder


async def test_all_is_well(tmp_path: Path) -> None:
    async with running(tmp_path, now=NOW) as house:
        await house.service.clockwork.run_due("")
        known = house.service.settings
        told = await doctor(
            tmp_path,
            "--mail",
            "operator@example.org",
            port=known.port,
            smtp_url=known.smtp_url,
            dns_servers=",".join(known.dns_servers),
            policy_dir=str(own_pages(tmp_path / "policy", *LANGUAGES)),
        )
    assert {check: told.result(check) for check in told.found} == dict.fromkeys(told.found, "ok"), told
    assert list(told.found) == ["settings", *[check.__name__ for check in CHECKS]]
    assert told.code == 0
    (letter,) = house.smtp.received
    assert b"To: operator@example.org" in letter.content


async def test_plain_pages_that_nobody_wrote(folder: Path, tmp_path: Path) -> None:
    unsaid = "Still to be said: accessibilite, donnees-personnelles, mentions-legales."
    software = "As the software has them: comment-ca-marche, developpeurs."
    told = await doctor(folder)
    assert told.result("pages") == "warning"
    assert (unsaid in told.says("pages"), software in told.says("pages")) == (True, True)

    policy = own_pages(tmp_path / "policy", "fr")
    told = await doctor(folder, policy_dir=str(policy))
    assert told.result("pages") == "warning"
    assert "mentions-legales is written in fr alone: its readers in en get that." in told.says("pages")

    # Copied, they say no more than before.
    for default in (Path(words.__file__).parent / "plain").glob("*.md"):
        shutil.copy(default, policy / "pages")
    told = await doctor(folder, policy_dir=str(policy))
    assert (unsaid in told.says("pages"), software in told.says("pages")) == (True, True)

    for name in ("accessibilite", "donnees-personnelles", "mentions-legales"):
        for lang in LANGUAGES:
            page = policy / "pages" / f"{name}.{lang}.md"
            page.write_text(page.read_text().replace("{{unsaid}}", "Known"))
    told = await doctor(folder, policy_dir=str(policy))
    assert (told.result("pages"), told.says("pages")) == ("ok", software)

    (policy / "pages" / "accessibilite.fr.md").write_text("<script>")
    told = await doctor(folder, policy_dir=str(policy))
    assert told.result("pages") == "failed"
    assert "accessibilite.fr.md: HTML" in told.says("pages")


def without_log(path: Path) -> None:
    """All that it says stands in the one file."""
    with closing(sqlite3.connect(path / DATABASE)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("-wal", "-shm"):
        (path / f"{DATABASE}{name}").unlink(missing_ok=True)


def half(path: Path) -> None:
    without_log(path)
    with (path / DATABASE).open("r+b") as file:
        file.truncate((path / DATABASE).stat().st_size // 2)


def torn(path: Path) -> None:
    without_log(path)
    with (path / DATABASE).open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096 * 3)


def of_something_else(path: Path) -> None:
    (path / DATABASE).unlink()
    with closing(sqlite3.connect(path / DATABASE)) as database:
        database.executescript("CREATE TABLE bookmark (url); PRAGMA user_version=1;")


def sql(*statements: str, value: object = None) -> Change:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path / DATABASE, isolation_level=None)) as database:
            for statement in statements:
                database.execute(statement, {"value": value})

    return change


def keys_of_before(path: Path) -> None:
    sql("INSERT OR REPLACE INTO fact VALUES ('keys_version', '99')")(path)


BROKEN = [
    ("database", "No such file", lambda path: (path / DATABASE).unlink()),
    ("database", "is empty: half a copy", lambda path: (path / DATABASE).write_bytes(b"")),
    ("database", "the wrong file", lambda path: (path / DATABASE).write_text("attestations: none\n" * 99)),
    ("database", "the wrong file", of_something_else),
    ("database", "is half a copy: its end is missing", half),
    ("database", "damaged", torn),
    ("database", "written by a newer version", sql("PRAGMA user_version=99")),
    ("database", "lead nowhere", sql("DELETE FROM account")),
    ("keys", "there is no key registry", lambda path: (path / "registry.json").unlink()),
    ("keys", "there is no pinned root", lambda path: (path / "root.json").unlink()),
    ("keys", "not a signed key registry", lambda path: (path / "registry.json").write_text('{"roots": [')),
    ("keys", "older", keys_of_before),
    ("keys", "No such file", lambda path: [each.unlink() for each in path.glob("issuing-*.pem")]),
    ("keys", "secret.key is missing", lambda path: (path / "secret.key").unlink()),
    ("files", "secret.key: others may read it (mode 0640)", lambda path: (path / "secret.key").chmod(0o640)),
    ("files", "others may read it (mode 0604)", lambda path: (path / DATABASE).chmod(0o604)),
    ("files", "others may write there (mode 0770)", lambda path: path.chmod(0o770)),
]


@pytest.mark.parametrize(("check", "says", "change"), BROKEN, ids=[f"{each[0]}-{each[1][:20]}" for each in BROKEN])
async def test_what_is_broken_is_named(folder: Path, check: str, says: str, change: Change) -> None:
    change(folder)
    told = await doctor(folder)
    assert told.code == 1
    assert told.result(check) == "failed"
    assert says in told.says(check)


def written(folder: Path) -> dict[str, bytes]:
    """What a folder holds, but for the index and an empty log that SQLite makes for whoever reads."""
    return {
        path.name: data for path in folder.iterdir() if not path.name.endswith("-shm") and (data := path.read_bytes())
    }


async def test_it_changes_nothing(folder: Path) -> None:
    before = written(folder)
    await doctor(folder)
    assert written(folder) == before


async def test_an_empty_folder(tmp_path: Path) -> None:
    told = await doctor(tmp_path)
    assert (told.code, told.result("database"), told.result("keys")) == (1, "failed", "failed")
    assert written(tmp_path) == {}


async def test_wrong_settings_are_told_alone(folder: Path) -> None:
    told = await doctor(folder, host_overrides="no JSON", smtp_url="")
    assert (told.code, list(told.found), told.result("settings")) == (1, ["settings"], "failed")
    assert "VERIFIER_HOST_OVERRIDES" in told.says("settings")


async def test_a_database_of_another_origin(folder: Path) -> None:
    told = await doctor(folder, port=8081)
    assert told.result("database") == "failed"
    assert "belongs to http://localhost:8080" in told.says("database")


@pytest.mark.parametrize(("passed", "clock", "jobs"), ((-HOUR, "failed", "ok"), (3 * HOUR, "ok", "warning")))
async def test_clock_and_jobs(folder: Path, passed: int, clock: str, jobs: str) -> None:
    sql("UPDATE status_list SET signed_at = signed_at - :value", value=passed)(folder)
    told = await doctor(folder)
    assert (told.result("clock"), told.result("jobs")) == (clock, jobs)


async def test_a_relay_that_is_gone_or_refuses(folder: Path) -> None:
    told = await doctor(folder, smtp_url="smtp://127.0.0.1:9")
    assert (told.result("mail"), "127.0.0.1:9" in told.says("mail")) == ("failed", True)
    async with SmtpDouble.running() as smtp:
        smtp.refuse["RCPT"] = "550 5.7.1 no relaying"
        assert (await doctor(folder, smtp_url=smtp.url())).result("mail") == "ok"
        told = await doctor(folder, "--mail", "operator@example.org", smtp_url=smtp.url())
    assert told.result("mail") == "failed"


async def test_a_resolver_that_is_gone(folder: Path) -> None:
    told = await doctor(folder)
    assert (told.code, told.result("resolver")) == (1, "failed")
    assert "127.0.0.1: no answer to the question for the root" in told.says("resolver")


async def test_somebody_else_answers_there(folder: Path, tmp_path: Path) -> None:
    async with running(tmp_path / "other", now=NOW) as house:
        sql("UPDATE fact SET value = :value WHERE name = 'base_url'", value=house.base)(folder)
        told = await doctor(folder, port=house.service.settings.port)
    assert told.result("origin") == "failed"
    assert "is not the file of this machine" in told.says("origin")
