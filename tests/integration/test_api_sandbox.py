"""The service among the neighbours of the sandbox: a toy fediverse, a mailbox, and the real way to serve."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.doubles.dns import DnsDouble
from tests.integration import house as houses
from tests.integration.house import Answer, Time, Visitor
from tests.ports import free_port
from verifier.app import compose, serving
from verifier.core.identifiers import Handle
from verifier.sandbox.neighbours import Neighbours

CAMILLE = "@camille@social.numerique.gouv.fr"
IMPOSTOR = "@camille@social-numerique.example"
MAILBOX = "camille.martin@numerique.gouv.fr"


@dataclass
class Town(Visitor):
    neighbours: Neighbours

    async def save(self, handle: str, value: str) -> None:
        """Somebody edits a profile on its toy instance."""
        user, _, host = handle[1:].partition("@")
        form = {"name": user, "field-0-name": "Officiel", "field-0-value": value}
        toy = Visitor(self.neighbours.origin, self.session)
        answer = await toy.ask("POST", f"/{host}/@{user}", form=form)
        assert answer.status == 303

    async def act(self, order: Any, path: str, answer: Any = None) -> Answer:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {order['token']}"}
        return await self.ask("POST", f"/api/v1/orders/{order['id']}/{path}", json=answer or {}, headers=headers)

    async def order(self, handle: str, email: str) -> Answer:
        return await self.post("/api/v1/orders", {"handle": handle, "identity": {"type": "agent", "email": email}})

    def code(self) -> str:
        found = re.search(r"^[2-9A-Z]{8}$", self.neighbours.mailbox.mails[0].text, re.MULTILINE)
        assert found
        return found[0]

    def is_green(self, handle: str) -> bool:
        account = self.neighbours.accounts.get(Handle.parse(handle))
        assert account is not None
        return account.fields[0].verified_at is not None


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock, port = Time().clock, free_port()
    base = f"http://localhost:{port}"
    async with (
        ClientSession(cookie_jar=DummyCookieJar()) as session,
        Neighbours(base, clock=clock, folder=tmp_path, port=0, smtp_port=0) as neighbours,
        DnsDouble.running() as dns,
    ):
        ways = {"host_overrides": dict(neighbours.overrides), "smtp_url": neighbours.smtp_url}
        houses.lend_rsa_key(tmp_path)
        known = houses.settings(tmp_path, port, rate_limits=True, dns_servers=dns.server, **ways)
        async with compose(known, clock=clock) as service, serving(service):
            yield Town(base, session, neighbours)


async def test_an_agent_is_attested_and_the_link_turns_green(town: Town) -> None:
    order = (await town.order(CAMILLE, MAILBOX)).json
    assert (await town.act(order, "challenges/rel-me-01")).json["status"] == "invalid"
    await town.save(CAMILLE, order["page"])
    assert not town.is_green(CAMILLE)  # T00: the page of a mere request earns nothing
    assert (await town.act(order, "challenges/rel-me-01")).json["status"] == "valid"
    assert (await town.act(order, "challenges/email-01")).status == 200
    assert (await town.act(order, "challenges/email-01", {"code": town.code()})).json["status"] == "valid"
    issued = (await town.act(order, "finalize")).json
    assert issued["status"] == "issued"
    await town.save(CAMILLE, order["page"])
    assert town.is_green(CAMILLE)
    verdict = await town.lookup(CAMILLE)
    assert (verdict["status"], verdict["attestation"]) == ("verified", issued["attestation"])
    assert (await town.lookup(IMPOSTOR))["status"] == "not_attested"


async def test_an_impostor_and_a_pupil_are_told_why_not(town: Town) -> None:
    for handle, mailbox, code in (
        (IMPOSTOR, "contact@gouvf.fr", "mailbox-typosquat"),
        ("@eleve@social.example", "leo@eleve.insp.gouv.fr", "mailbox-pupil"),
    ):
        answer = await town.order(handle, mailbox)
        assert (answer.status, answer.code) == (422, code)
        assert len(answer.json["remedy"]) > 20
    assert town.neighbours.mailbox.mails == ()


async def test_an_impostor_with_the_link_of_another_proves_nothing(town: Town) -> None:
    order = (await town.order(CAMILLE, MAILBOX)).json
    await town.save(CAMILLE, order["page"])
    theirs = (await town.order(IMPOSTOR, MAILBOX)).json
    await town.save(IMPOSTOR, order["page"])
    answer = await town.act(theirs, "challenges/rel-me-01")
    assert answer.json["problem"]["type"].endswith("#backlink-other-order")
