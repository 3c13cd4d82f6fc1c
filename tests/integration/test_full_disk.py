"""A disk that is full: what was attested is still looked up, nothing is acknowledged, and a restart comes up."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.doubles.disk import Disk, small_disk
from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance
from tests.doubles.smtp import SmtpDouble
from tests.integration.house import ALICE, HOST, House, Time
from tests.ports import free_port

VERIFIER = str(Path(sys.executable).parent / "verifier")
BOB = f"@bob@{HOST}"


@dataclass
class Life:
    """A process of the service.

    :param log: all that it said so far
    :param said: it has said that something is impaired
    """

    process: asyncio.subprocess.Process
    log: list[str] = field(default_factory=list)
    said: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.log.append(line.decode())
            if "impaired: " in self.log[-1]:
                self.said.set()

    async def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await self.process.wait()


@dataclass
class Quarter:
    """The service on a small disk, and its neighbours on a large one."""

    house: House
    disk: Disk
    environment: dict[str, str]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Life]:
        """It has said that it is ready; killed in the end, if it still lives."""
        process = await asyncio.create_subprocess_exec(
            *(*self.disk.enter, VERIFIER, "serve"),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        life = Life(process)
        reading = asyncio.create_task(life.read())
        try:
            line = await process.stdout.readline()
            assert line.startswith(b"Ready on "), "".join(life.log)
            yield life
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await reading

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and all that it says."""
        process = await asyncio.create_subprocess_exec(
            *(*self.disk.enter, VERIFIER, *arguments),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def assert_answers(self) -> None:
        verdict = await self.house.lookup(ALICE)
        assert (verdict["status"], verdict["verified"]) == ("verified", True)
        assert (await self.house.get(f"/?handle={ALICE}")).status == 200
        assert (await self.house.get("/.well-known/did.json")).status == 200

    async def assert_refuses(self) -> None:
        answer = await self.house.new_order(BOB, "bob.petit@numerique.gouv.fr")
        assert (answer.status, answer.code) == (503, "storage-unavailable")
        assert answer.headers["Retry-After"]

    async def readiness(self) -> tuple[int, list[str]]:
        answer = await self.house.get("/readyz")
        return answer.status, answer.json["impaired"]


@pytest.fixture
async def quarter(tmp_path: Path) -> AsyncIterator[Quarter]:
    port, place = free_port(), tmp_path / "disk"
    place.mkdir()
    async with (
        HttpDouble.running() as http,
        SmtpDouble.running() as smtp,
        DnsDouble.running() as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
        small_disk(place) as disk,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "XDG_STATE_HOME": str(tmp_path),
            "VERIFIER_SANDBOX": "1",
            "VERIFIER_PORT": str(port),
            "VERIFIER_DATABASE_URL": f"sqlite:///{place / 'verifier.sqlite3'}",
            "VERIFIER_SMTP_URL": smtp.url(),
            "VERIFIER_DNS_SERVERS": dns.server,
            "VERIFIER_HOST_OVERRIDES": json.dumps(http.overrides(HOST)),
            "VERIFIER_RATE_LIMITS": "off",
        }
        nobody: Any = None
        base = f"http://localhost:{port}"
        house = House(base, session, nobody, Time(), http, Instance(http, HOST), smtp, dns, tmp_path)
        yield Quarter(house, disk, environment)


async def test_what_cannot_be_written_is_our_fault_and_lookups_go_on(quarter: Quarter) -> None:
    async with quarter.serving() as life:
        await quarter.house.attest()
        assert await quarter.readiness() == (200, [])
        quarter.disk.fill()
        await quarter.assert_refuses()
        await quarter.assert_answers()
        assert await quarter.readiness() == (200, ["database", "disk"])
        quarter.disk.empty()
        assert (await quarter.house.new_order(BOB, "bob.petit@numerique.gouv.fr")).status == 201
        await life.end(signal.SIGTERM)
    assert "Traceback" not in "".join(life.log)


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGKILL))
async def test_a_restart_comes_up_on_a_full_disk(quarter: Quarter, number: signal.Signals) -> None:
    async with quarter.serving() as life:
        await quarter.house.attest()
        await life.end(number)
    quarter.disk.fill()
    async with quarter.serving() as life:
        await quarter.assert_answers()
        await quarter.assert_refuses()
        assert await quarter.readiness() == (200, ["database", "disk"])
        await life.said.wait()  # once a minute, and at the start
        quarter.disk.empty()
        # No other restart is needed.
        assert (await quarter.house.new_order(BOB, "bob.petit@numerique.gouv.fr")).status == 201
        await life.end(signal.SIGTERM)
    assert "Traceback" not in "".join(life.log)


async def test_commands_end_with_a_sentence(quarter: Quarter) -> None:
    async with quarter.serving() as life:
        await quarter.house.attest()
        await life.end(signal.SIGTERM)
    quarter.disk.fill()
    for reads in (("lookup", ALICE), ("attestations", "list"), ("orders", "list"), ("bodies", "list")):
        code, said = await quarter.command(*reads)
        assert (code, "Traceback" in said) == (0, False), said
    for writes in (
        ("attestations", "suspend", ALICE, "--reason", "account-compromised"),
        ("attestations", "revoke", ALICE, "--reason", "issued-in-error"),
        ("keys", "rotate", "issuing"),
        ("keys", "generate", "log"),
        ("recheck", ALICE),
    ):
        code, said = await quarter.command(*writes)
        assert (code, "Traceback" in said) == (1, False), said
        assert said.strip().endswith("."), said
    code, said = await quarter.command("doctor")
    assert (code, "Traceback" in said) == (1, False), said
    assert "Make room" in said
    quarter.disk.empty()
    async with quarter.serving():
        await quarter.assert_answers()
