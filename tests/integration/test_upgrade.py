"""A migration under a service of the release before: both work on, side by side, until the old one is stopped."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from aiohttp import ClientSession, DummyCookieJar

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance
from tests.doubles.smtp import SmtpDouble
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration import release_before
from tests.integration.house import ALICE, HOST, Holder, House, Time
from tests.ports import free_port
from verifier.app import Service, compose
from verifier.core.clock import Clock
from verifier.core.models import Reason
from verifier.storage.schema import migrations

BOB, CAROL = f"@bob@{HOST}", f"@carol@{HOST}"


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[tuple[House, dict[str, Any]]]:
    """A house of which no service stands yet, and its settings."""
    async with (
        HttpDouble.running() as http,
        SmtpDouble.running() as smtp,
        DnsDouble.running({("numerique.gouv.fr", "MX"): ["10 mx.numerique.gouv.fr."]}) as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        houses.lend_rsa_key(folder)
        port = free_port()
        ways = {"host_overrides": http.overrides(HOST), "smtp_url": smtp.url(), "dns_servers": dns.server}
        known = houses.settings(folder, port, **ways)
        nobody, at = cast("Service", None), Time(int(time.time()))
        given = {name: getattr(known, name) for name in known.model_fields_set}
        yield House(known.base_url, session, nobody, at, http, Instance(http, HOST), smtp, dns, folder), given


@asynccontextmanager
async def upgraded(before: House, given: dict[str, Any]) -> AsyncIterator[House]:
    """The code of now, on another port behind the same name."""
    port = free_port()
    known = houses.settings(before.folder, **(given | {"port": port}))
    async with compose(known, clock=Clock()) as service, houses.listening(service):
        yield replace(before, base=f"http://127.0.0.1:{port}", service=service, people=before.people)


async def test_the_release_before_survives_the_migrations(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    async with town(tmp_path / "data") as (old, given), release_before.running(tmp_path / "old", given) as before:
        alice = await old.order(ALICE, listed=True)
        alice.link()
        assert (await alice.challenge("rel-me-01")).json["status"] == "valid"
        async with upgraded(old, given) as new:
            with closing(sqlite3.connect(tmp_path / "data" / "verifier.sqlite3")) as database:
                assert database.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)

            # One request, told now to the one and now to the other.
            at_new = Holder(new, alice.order)
            await at_new.challenge("email-01")
            assert (await alice.challenge("email-01", {"code": old.code()})).json["status"] == "valid"
            assert (await alice.finalize()).json["status"] == "issued"

            # Whole requests of each; each sees what the other did.
            bob = await old.attest(BOB, "bob.petit@numerique.gouv.fr")
            carol = await new.attest(CAROL, "carol.grand@numerique.gouv.fr")
            assert await statuses(old) == await statuses(new) == ["verified"] * 3

            # Withdrawals.
            await before.suspend(carol.id)
            (attestation,) = [
                each for each in await new.service.storage.read.attestations.newest(9) if each.order_id == bob.id
            ]
            await new.service.registration.publisher.revoke(attestation.id, Reason.ACCOUNT_COMPROMISED, OPERATOR)
            assert await statuses(old) == await statuses(new) == ["verified", "revoked", "suspended"]

            # Nothing is missing for who follows, whoever wrote it.
            events = await new.service.storage.read.events.after(0, 99)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert [event.kind for event in events] == ["issued", "issued", "issued", "suspended", "revoked"]


async def statuses(house: House) -> list[str]:
    return [str((await house.lookup(handle))["status"]) for handle in (ALICE, BOB, CAROL)]
