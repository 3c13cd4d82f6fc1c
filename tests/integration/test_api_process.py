"""The real process, `verifier serve`, on an empty data directory, with strangers of our own."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance
from tests.doubles.smtp import SmtpDouble
from tests.integration.house import ALICE, HOST, House, Time
from tests.integration.process import PRODUCTION, VERIFIER, command, environment, serving
from tests.ports import free_port
from tests.unit.signer.folders import keepers, sign
from verifier.core.clock import Chance, Clock
from verifier.core.models import Purpose
from verifier.signer import KeyFolder, generate, offline, open_signer, store
from verifier.signer.keystore import install


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[tuple[House, dict[str, str]]]:
    """The neighbours, and the environment of a service among them."""
    port = free_port()
    async with (
        HttpDouble.running() as http,
        SmtpDouble.running() as smtp,
        DnsDouble.running() as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        variables = environment(
            tmp_path,
            VERIFIER_SANDBOX="1",
            VERIFIER_PORT=str(port),
            VERIFIER_SMTP_URL=smtp.url(),
            VERIFIER_DNS_SERVERS=dns.server,
            VERIFIER_HOST_OVERRIDES=json.dumps(http.overrides(HOST)),
        )
        base = f"http://localhost:{port}"
        instance = Instance(http, HOST)
        yield House(base, session, None, Time(), http, instance, smtp, dns, tmp_path), variables  # type: ignore[arg-type]


async def test_the_whole_way_by_a_real_process(street: tuple[House, dict[str, str]], tmp_path: Path) -> None:
    house, variables = street
    async with serving(variables, tmp_path) as process:
        assert (await house.get("/readyz")).status == 200
        holder = await house.attest(listed=True)
        assert (await house.get("/status/revocation/1")).status == 200
        before = [await house.get(path) for path in (f"/api/v1/lookup?handle={ALICE}", holder.order["attestation"])]
        assert before[0].json["status"] == "verified"
        process.kill()
        await process.wait()
    async with serving(variables, tmp_path) as process:
        again = [await house.get(path) for path in (f"/api/v1/lookup?handle={ALICE}", holder.order["attestation"])]
        assert [answer.body for answer in again] == [answer.body for answer in before]
        document = (await house.post("/api/v1/verify", {"attestation": before[1].json})).json
        assert document["verified"] is True
        # Another process withdraws; this one has answered the same lookups a moment ago.
        await command(variables, "attestations", "suspend", ALICE, "--reason", "account-compromised")
        verdict = await house.lookup(ALICE)
        assert (verdict["status"], verdict["reason"]) == ("suspended", "account-compromised")
        assert 'rel="me"' not in (await house.get(f"/v/{holder.id}")).text
        assert (await house.post("/api/v1/verify", {"attestation": before[1].json})).json["status"] == "failed"
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
        assert (process.returncode, out) == (0, b"")
        assert b"Traceback" not in err
    check_files(tmp_path)


def check_files(folder: Path) -> None:
    """All is where it belongs, and what is secret is its owner's alone."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.relative_to(folder).parts[0] for path in files} == {"verifier"}
    secret = [path for path in files if path.suffix in (".pem", ".key", ".sqlite3") or "sqlite3-" in path.name]
    assert secret
    assert {path.stat().st_mode & 0o077 for path in secret} == {0}


async def test_what_was_begun_is_finished_by_the_next_start(
    street: tuple[House, dict[str, str]], tmp_path: Path
) -> None:
    """kill -9 while the holder waits for the attestation."""
    house, variables = street
    async with serving(variables, tmp_path) as process:
        holder = await house.order()
        await holder.prove()
        finalizing = asyncio.create_task(holder.finalize())
        while (await holder.show()).json["status"] == "ready":
            pass
        process.kill()
        await asyncio.gather(finalizing, return_exceptions=True)
    async with serving(variables, tmp_path):
        assert (await house.lookup(ALICE))["status"] == "verified"
        shown = (await holder.show()).json
        assert (shown["status"], (await holder.finalize()).json["attestation"]) == ("issued", shown["attestation"])
        assert len((await house.get("/api/v1/events")).json["events"]) == 1


async def test_requests_under_way_are_answered_before_the_end(
    street: tuple[House, dict[str, str]], tmp_path: Path
) -> None:
    house, variables = street
    asked, go_on = asyncio.Event(), asyncio.Event()
    async with serving(variables, tmp_path) as process:
        holder = await house.order()
        holder.link()
        webfinger = house.http.handlers[HOST, "/.well-known/webfinger"]

        async def slow(request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            asked.set()
            await go_on.wait()
            return await webfinger(request)

        house.http.handle(HOST, "/.well-known/webfinger", slow)
        checking = asyncio.create_task(holder.challenge("rel-me-01"))
        await asked.wait()
        process.send_signal(signal.SIGTERM)
        go_on.set()
        assert (await checking).json["status"] == "valid"
        await process.communicate()
        assert process.returncode == 0


def refused(folder: Path, variables: Mapping[str, str], *arguments: str) -> str:
    """What a command that must not work says; it ends with an error and in words."""
    ran = subprocess.run(
        [VERIFIER, *(arguments or ("serve",))], env=environment(folder, **variables), cwd=folder, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "Traceback" not in ran.stderr
    assert re.search(r"[a-z]{3}.*\.$", ran.stderr.strip())
    return ran.stderr


@pytest.mark.parametrize(
    ("variables", "named"),
    (
        ({}, "VERIFIER_BASE_URL"),
        (PRODUCTION | {"VERIFIER_BASE_URL": "http://comptes.example.gouv.fr"}, "VERIFIER_BASE_URL"),
        (PRODUCTION | {"VERIFIER_HOST_OVERRIDES": '{"a.example": "http://127.0.0.1:1"}'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_SANDBOX": "1", "VERIFIER_HOST": "0.0.0.0"}, "VERIFIER_HOST"),  # noqa: S104
        (PRODUCTION, "keys"),
    ),
    ids=("nothing set", "no https", "overrides", "not loopback", "no keys"),
)
def test_a_start_that_is_refused_opens_no_port(tmp_path: Path, variables: dict[str, str], named: str) -> None:
    port = free_port()
    assert named in refused(tmp_path, variables | {"VERIFIER_PORT": str(port)})


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "VERIFIER_PORT" in refused(tmp_path, {"VERIFIER_SANDBOX": "1", "VERIFIER_PORT": port})


def test_production_takes_no_sandbox_key(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys", sandbox=True, clock=Clock(), chance=Chance())
    folder.path.mkdir()
    generate(folder, Purpose.ISSUING)
    for arguments in (("serve",), ("keys", "check")):
        assert "sandbox" in refused(tmp_path, PRODUCTION | {"VERIFIER_KEYS_DIR": str(folder.path)}, *arguments)


def test_the_sandbox_takes_no_production_key(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys", sandbox=False, clock=Clock(), chance=Chance())
    folder.path.mkdir()
    private = keepers(tmp_path)
    names = [open_signer(f"file:{path}").public_key_multibase for path in private]
    store.write(folder.anchor_path, offline.make_root(names, 2, now=int(time.time())))
    sign(folder.anchor_path, *private)
    generate(folder, Purpose.ISSUING)
    install(folder, sign(folder.draft_path, *private[:2]))
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    for arguments in (("serve",), ("keys", "check")):
        told = refused(tmp_path, {"VERIFIER_SANDBOX": "1", "VERIFIER_KEYS_DIR": str(folder.path)}, *arguments)
        assert "production" in told or "sandbox" in told
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before
    assert replace(folder, sandbox=True) != folder
