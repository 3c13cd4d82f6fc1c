"""The command line: what it prints, what it says to a machine, and with which code it ends."""

import asyncio
import json
import os
import re
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration import house as houses
from tests.integration.house import ALICE
from verifier import __version__, cli, words
from verifier.settings import Settings


@dataclass(frozen=True)
class Seed:
    """A folder with two attested accounts and an open order, and the settings that fit it."""

    folder: Path
    environment: dict[str, str]
    attestation: str
    order: str
    pending: str


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    folder = tmp_path_factory.mktemp("seed")

    async def work() -> Seed:
        async with houses.running(folder, now=int(time.time())) as house:
            await house.service.clockwork.run_due()
            listed = await house.attest(listed=True)
            await house.attest("@bob@social.example", "bob.petit@numerique.gouv.fr")
            pending = await house.order("@carol@social.example", "carol.grand@numerique.gouv.fr")
            await pending.challenge("rel-me-01")
            environment = {"VERIFIER_SANDBOX": "1", "VERIFIER_PORT": house.base.rpartition(":")[2]}
            return Seed(folder, environment, listed.order["attestation"], listed.id, pending.id)

    return asyncio.run(work())


@pytest.fixture
def run(seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`verifier ARGUMENTS` on a copy of the seed."""
    for name in os.environ:
        if name.startswith("VERIFIER_"):
            monkeypatch.delenv(name)
    shutil.copytree(seed.folder, tmp_path / "data")
    for name, value in seed.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VERIFIER_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'verifier.sqlite3'}")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def call(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["verifier", *arguments])
        code: object = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        captured = capfd.readouterr()
        assert isinstance(code, int), code
        assert "Traceback" not in captured.err
        return Ran(code, captured.out, captured.err)

    return call


def test_the_version(run: Run) -> None:
    assert (run("--version").out, run("--version").code) == (f"verifier, version {__version__}\n", 0)


@pytest.mark.parametrize(
    "arguments",
    (("nonsense",), ("lookup",), ("lookup", "a", "b"), ("keys", "nonsense"), ("orders", "list", "--limit", "0")),
)
def test_a_command_that_is_none(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == 2


# lookup


@pytest.mark.parametrize("account", (ALICE, "alice@social.example", "https://social.example/@alice/1"))
def test_lookup(run: Run, account: str) -> None:
    told = run("lookup", account)
    assert told.code == 0
    assert told.out.startswith(f"{ALICE}: ")
    assert "@numerique.gouv.fr" in told.out
    assert "<" not in told.out
    verdict = run("lookup", account, "--json").json
    assert (verdict["handle"], verdict["status"], verdict["verified"]) == (ALICE, "verified", True)


def test_lookup_of_nobody(run: Run) -> None:
    told = run("lookup", "@nobody@social.example")
    assert told.code == 0
    assert told.out.startswith("@nobody@social.example: ")
    assert run("lookup", "https://social.example/about", "--json").json["handle"] is None


@pytest.mark.parametrize("account", ("alice", "", "http://social.example/@alice", "a@10.0.0.1"))
def test_lookup_of_what_names_nothing(run: Run, account: str) -> None:
    told = run("lookup", account)
    assert (told.code, told.out) == (1, "")
    assert told.err.strip().endswith((".", "example"))


# verify


@pytest.fixture
def file(run: Run, seed: Seed, tmp_path: Path) -> Path:
    path = tmp_path / "attestation.json"
    path.write_text(run("attestations", "show", seed.attestation).out)
    return path


def test_verify_what_is_good(run: Run, file: Path) -> None:
    told = run("verify", str(file))
    assert (told.code, bool(told.out)) == (0, True)
    document = run("verify", str(file), "--json")
    assert (document.code, document.json["verified"]) == (0, True)
    assert {axis["result"] for axis in document.json["axes"].values()} == {"ok"}


def test_verify_what_was_changed(run: Run, file: Path) -> None:
    file.write_text(file.read_text().replace("interministérielle", "de rien"))
    told = run("verify", str(file))
    assert (told.code, bool(told.out)) == (1, True)
    document = run("verify", str(file), "--json")
    assert (document.code, document.json["verified"], document.json["axes"]["proof"]["result"]) == (1, False, "failed")
    assert document.json["axes"]["proof"]["problem"]["pointer"].startswith("/proof")


@pytest.mark.parametrize(
    "text", ("", "{", "[]", "{}", '{"type": "Diploma"}', '{"a":1,"a":2}', '{"a":"' + "x" * 300_000 + '"}')
)
def test_verify_what_is_no_attestation(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    for options in ((), ("--json",)):
        told = run("verify", str(path), *options)
        assert (told.code, told.out) == (1, "")
        assert told.err


def test_verify_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("verify", str(tmp_path / "nothing.json")).code == 2


# orders


def test_orders(run: Run, seed: Seed) -> None:
    listed = run("orders", "list", "--json").json
    assert {row["id"] for row in listed} >= {seed.order, seed.pending}
    assert len(listed) == 3
    assert {row["handle"] for row in run("orders", "list", "--status", "pending", "--json").json} == {
        "acct:carol@social.example"
    }
    assert len(run("orders", "list", "--limit", "1", "--json").json) == 1
    told = run("orders", "list", "--status", "issued")
    assert (told.code, len(told.out.splitlines()), told.err.strip()) == (0, 2, "2 orders")
    assert run("orders", "list", "--status", "nonsense").code == 2


def test_one_order(run: Run, seed: Seed) -> None:
    shown = run("orders", "show", seed.pending, "--json").json
    assert (shown["id"], shown["status"], shown["class"], shown["decision"]) == (
        seed.pending,
        "pending",
        "state",
        "issue",
    )
    checks = {check["type"]: check for check in shown["challenges"]}
    assert checks["rel-me-01"]["status"] == "invalid"
    assert checks["rel-me-01"]["problem"]["code"] == "backlink-missing"
    told = run("orders", "show", seed.pending)
    assert told.code == 0
    (heard, why, *asked) = told.out.partition("rel-me-01 ")[2].splitlines()[1:]
    assert re.fullmatch(r"    20..-..-..T..:..:..Z, view direct", heard)
    assert words.explain("backlink-missing", {}, "en").title in why
    assert any("https://social.example/users/carol answered with status 200" in line for line in asked)
    assert "carol.grand" not in told.out + json.dumps(shown)
    nothing = run("orders", "show", "nonsense")
    assert (nothing.code, nothing.out) == (1, "")
    assert "does not exist" in nothing.err


# attestations


def test_attestations(run: Run, seed: Seed) -> None:
    listed = run("attestations", "list", "--json").json
    assert {row["handle"] for row in listed} == {"acct:alice@social.example", "acct:bob@social.example"}
    assert {row["state"] for row in listed} == {"live"}
    told = run("attestations", "list", "--limit", "1")
    assert (len(told.out.splitlines()), told.err.strip()) == (1, "1 attestation")
    signed = [
        run("attestations", "show", which).out
        for which in (ALICE, seed.attestation, seed.attestation.rpartition("/")[2])
    ]
    assert len(set(signed)) == 1
    assert json.loads(signed[0])["id"] == seed.attestation
    with sqlite3.connect(seed.folder / "verifier.sqlite3") as database:
        query = "SELECT body FROM attestation WHERE id = ?"
        assert database.execute(query, (seed.attestation.rpartition("/")[2],)).fetchone() == (signed[0].encode(),)
    database.close()


@pytest.mark.parametrize("by", ("handle", "url", "id"))
def test_an_attestation_is_suspended_then_revoked(run: Run, seed: Seed, by: str) -> None:
    which = {"handle": ALICE, "url": seed.attestation, "id": seed.attestation.rpartition("/")[2]}[by]
    first = run("attestations", "suspend", which, "--reason", "account-compromised")
    assert (first.code, first.out) == (0, "acct:alice@social.example: suspended, account-compromised.\n")
    verdict = run("lookup", ALICE, "--json").json
    assert (verdict["status"], verdict["reason"]) == ("suspended", "account-compromised")
    again = run("attestations", "suspend", which, "--reason", "account-compromised")
    assert (again.code, again.out) == (1, "")
    assert "It is suspended." in again.err
    revoked = run("attestations", "revoke", which, "--reason", "account-lost", "--json").json
    assert (revoked["handle"], revoked["state"], revoked["reason"]) == (
        "acct:alice@social.example", "revoked", "account-lost"
    )  # fmt: skip
    assert run("lookup", ALICE, "--json").json["status"] == "revoked"
    for act in ("suspend", "revoke"):
        assert run("attestations", act, seed.attestation, "--reason", "account-lost").code == 1
    states = {row["handle"]: row["state"] for row in run("attestations", "list", "--json").json}
    assert states == {"acct:alice@social.example": "revoked", "acct:bob@social.example": "live"}


@pytest.mark.parametrize("act", ("suspend", "revoke"))
def test_an_act_without_a_known_reason(run: Run, act: str) -> None:
    assert run("attestations", act, ALICE).code == 2
    assert run("attestations", act, ALICE, "--reason", "because").code == 2
    assert run("lookup", ALICE, "--json").json["status"] == "verified"


def test_an_address_of_another_service_withdraws_nothing_here(run: Run, seed: Seed) -> None:
    told = run(
        "attestations",
        "revoke",
        f"https://other.example/attestations/{seed.attestation.rpartition('/')[2]}",
        "--reason",
        "holder-request",
    )
    assert (told.code, told.out) == (1, "")
    assert run("attestations", "list", "--json").json[0]["state"] == "live"


@pytest.mark.parametrize(
    "which", ("nonsense", "@nobody@social.example", "@carol@social.example", "http://x/attestations/nonsense")
)
def test_an_attestation_that_is_not_there(run: Run, which: str) -> None:
    for arguments in (
        ("show", which),
        ("suspend", which, "--reason", "holder-request"),
        ("revoke", which, "--reason", "holder-request"),
    ):
        told = run("attestations", *arguments)
        assert (told.code, told.out) == (1, "")
        assert "does not exist" in told.err


# keys, settings


def test_keys(run: Run) -> None:
    assert run("keys", "check").code == 0
    told = run("keys", "list")
    assert told.code == 0
    assert "issuing" in {word for line in told.out.splitlines() for word in line.split()}
    assert "PRIVATE" not in told.out
    assert "z6Mk" in run("keys", "list", "--json").out


def test_a_key_that_others_may_read_is_refused(run: Run, tmp_path: Path) -> None:
    (private,) = (tmp_path / "data").glob("issuing*.pem")
    private.chmod(0o644)
    told = run("keys", "check")
    assert told.code == 1
    assert private.name in told.err
    assert "600" in told.err


def test_a_key_that_is_not_the_registry_s_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("keys", "generate", "log").code == 0
    (issuing,), (log,) = ((tmp_path / "data").glob(f"{purpose}*.pem") for purpose in ("issuing", "log"))
    shutil.copy(log, issuing)
    assert run("lookup", ALICE).code == 0  # it signs nothing
    for command in (("keys", "check"), ("serve",)):
        told = run(*command)
        assert (told.code, told.out) == (1, "")
        assert "issuing" in told.err


def test_settings(run: Run) -> None:
    rows = run("settings", "--json").json
    assert [row["name"] for row in rows] == [f"VERIFIER_{name.upper()}" for name in Settings.model_fields]
    assert all(row["meaning"] for row in rows)
    values = {row["name"]: row["value"] for row in rows}
    assert values["VERIFIER_SANDBOX"] == "on"
    told = run("settings")
    assert told.code == 0
    assert [name for name in values if f"{name}=" not in told.out] == []


def test_settings_are_listed_while_they_are_wrong(run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFIER_SANDBOX", "0")
    monkeypatch.setenv("VERIFIER_SIGNER", "pkcs11:token=T?pin-value=1234")
    told = run("settings")
    assert told.code == 1
    assert "VERIFIER_BASE_URL=(none)" in told.out
    assert "VERIFIER_SMTP_URL=(none)" in told.out
    assert f"VERIFIER_PORT={seed.environment['VERIFIER_PORT']}" in told.out
    assert "VERIFIER_SIGNER=?" in told.out
    assert "1234" not in told.out + told.err
    assert "VERIFIER_SIGNER: no pin-value" in told.err
    monkeypatch.delenv("VERIFIER_SIGNER")
    refused = run("serve")
    assert (refused.code, refused.out) == (1, "")
    assert "VERIFIER_BASE_URL" in refused.err


def test_a_database_is_shown_without_its_password(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFIER_KEYS_DIR", str(tmp_path))
    for url, shown in (
        ("postgresql://u:s3cr3t@db.example:5432/v?sslmode=verify-full", "postgresql://db.example:5432/v"),
        ("postgresql://u:s3/cr3t@db.example/v", "(set, not shown)"),
    ):
        monkeypatch.setenv("VERIFIER_DATABASE_URL", url)
        told = run("settings")
        assert f"VERIFIER_DATABASE_URL={shown}\n" in told.out
        assert "cr3t" not in told.out + told.err


def test_what_a_sandbox_would_have_is_listed_while_something_is_wrong(
    run: Run, seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text('oidc_acr = ["eidas1"]\ndns_servers = ["9.9.9.9", "1.1.1.1"]\nsigner = ["pkcs11:?pin-value=1"]\n')
    monkeypatch.delenv("VERIFIER_SANDBOX")
    monkeypatch.setenv("VERIFIER_CONFIG", str(file))
    told = run("--sandbox", "settings", "--json")
    values = {row["name"]: row["value"] for row in told.json}
    assert (told.code, values["VERIFIER_SANDBOX"], values["VERIFIER_SIGNER"]) == (1, "on", "?")
    assert values["VERIFIER_BASE_URL"] == f"http://localhost:{seed.environment['VERIFIER_PORT']}"
    assert (values["VERIFIER_OIDC_ACR"], values["VERIFIER_DNS_SERVERS"]) == ("eidas1", "9.9.9.9,1.1.1.1")


def test_a_settings_file_that_is_wrong(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "verifier.toml"
    monkeypatch.setenv("VERIFIER_CONFIG", str(file))
    file.write_text('mail_from = "x"\nsmtp_url = "smtp://user:s3cr3t@127.0.0.1"\n')
    told = run("settings", "--json")
    values = {row["name"]: row["value"] for row in told.json}
    assert (told.code, values["VERIFIER_MAIL_FROM"], values["VERIFIER_SMTP_URL"]) == (1, "x", "(set, not shown)")
    assert "VERIFIER_MAIL_FROM" in told.err
    assert values["VERIFIER_OIDC_ACR"] == "eidas1 eidas2 eidas3"
    file.write_text("= nonsense")
    told = run("settings", "--json")
    values = {row["name"]: row["value"] for row in told.json}
    assert (told.code, values["VERIFIER_MAIL_FROM"], values["VERIFIER_SMTP_URL"]) == (1, "?", "?")
    assert "VERIFIER_CONFIG" in told.err


def test_a_secret_is_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFIER_SMTP_URL", "smtp://user:s3cr3t@127.0.0.1:25")
    assert "s3cr3t" not in run("settings").out + run("settings", "--json").out


def test_a_database_of_another_origin_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFIER_PORT", "8099")
    told = run("lookup", ALICE)
    assert (told.code, told.out) == (1, "")
    assert "VERIFIER_BASE_URL" in told.err


# recheck


@pytest.fixture
def deaf(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same where nobody listens at the instance."""
    monkeypatch.setenv("VERIFIER_HOST_OVERRIDES", '{"social.example": "http://127.0.0.1:9"}')
    return run


def test_recheck_of_one(deaf: Run) -> None:
    told = deaf("recheck", ALICE)
    assert (told.code, told.out) == (0, f"{ALICE}: unreachable (fetch-unreachable), degraded.\n")
    assert deaf("lookup", ALICE, "--json").json["status"] == "degraded"
    row = {"handle": ALICE, "seen": "unreachable", "why": "fetch-unreachable", "status": "degraded"}
    assert deaf("recheck", ALICE, "--json").json == row


def test_recheck_of_all(deaf: Run) -> None:
    told = deaf("recheck", "--json")
    assert (told.code, told.json) == (0, {"accounts": {"degraded": 2}, "bodies": 0, "instances": 0})
    assert "Accounts" in told.err


@pytest.mark.parametrize("handle", ["@nobody@social.example", "nonsense"])
def test_recheck_of_nobody(run: Run, handle: str) -> None:
    told = run("recheck", handle)
    assert (told.code, told.out) == (1, "")
    assert told.err


# A store that cannot be opened or read.


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("attestations: none\n" * 999)


def torn(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version=99")


@pytest.mark.parametrize("broken", (a_folder, a_text, torn, newer))
@pytest.mark.parametrize(
    "arguments",
    (
        ("lookup", ALICE),
        ("orders", "list"),
        ("orders", "show", "none"),
        ("attestations", "list"),
        ("attestations", "suspend", ALICE, "--reason", "account-compromised"),
        ("bodies", "list"),
        ("policy", "effects"),
        ("keys", "affected", "z6Mk"),
        ("recheck", ALICE),
        ("serve",),
    ),
    ids=" ".join,
)
def test_a_broken_store_is_told_in_a_sentence(
    run: Run, tmp_path: Path, broken: Callable[[Path], None], arguments: tuple[str, ...]
) -> None:
    for name in ("-wal", "-shm"):
        (tmp_path / "data" / f"verifier.sqlite3{name}").unlink(missing_ok=True)
    broken(tmp_path / "data" / "verifier.sqlite3")
    threads = {*threading.enumerate()}
    told = run(*arguments)
    assert (told.code, told.out) == (1, "")
    assert told.err.strip().endswith("."), told.err
    for thread in {*threading.enumerate()} - threads:
        thread.join()  # one that goes on would keep the process from ending
