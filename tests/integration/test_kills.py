"""kill -9 in the middle of every transaction of the acts that must be whole: publish, suspend, revoke, expire …

The transactions of an act are found by looking. After each kill the store is as before that transaction or as after it,
never between; nothing in it contradicts itself; and whoever begins the act again ends where no kill had been.
"""

import ast
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress as ignored
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

import verifier
from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance
from tests.doubles.smtp import SmtpDouble
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.doomed import Act, Death, Doom, live, rows_of
from tests.integration.house import HOST, NOW, House, Time
from tests.integration.institution import CHILD, attest, name_children, order
from tests.integration.wholeness import faults, outcome
from tests.ports import free_port
from verifier.app import Service, compose
from verifier.core.attestation import LIFETIME
from verifier.core.errors import Conflict
from verifier.core.identifiers import Host
from verifier.core.models import OrderStatus, Reason
from verifier.jobs.clockwork import LEASE

BOB, MAILBOX = f"@bob@{HOST}", "bob.petit@numerique.gouv.fr"


async def publish(service: Service, about: dict[str, str]) -> None:
    """Another mailbox of a colleague, for an account that has an attestation: the older one is superseded."""
    order = await service.storage.read.orders.get(about["ready"])
    assert order is not None
    if order.status is not OrderStatus.ISSUED:
        await service.registration.finalizer.finalize(order)


async def suspend(service: Service, about: dict[str, str]) -> None:
    with ignored(Conflict):  # it is, since a life before
        await service.registration.publisher.suspend(about["attestation"], Reason.ACCOUNT_COMPROMISED, OPERATOR)


async def revoke(service: Service, about: dict[str, str]) -> None:
    with ignored(Conflict):
        await service.registration.publisher.revoke(about["attestation"], Reason.HOLDER_REQUEST, OPERATOR)


async def expire(service: Service, _: dict[str, str]) -> None:
    await service.registration.publisher.expire()


async def take_back(service: Service, _: dict[str, str]) -> None:
    await service.registration.vouching.take_back(Host.parse("pm.gouv.fr"), Host.parse(CHILD["domain"]), OPERATOR)


async def jobs(service: Service, _: dict[str, str]) -> None:
    """All that is due a day later: an account is gone, and is withdrawn."""
    await service.clockwork.run_due()


ACTS: dict[str, tuple[Act, int]] = {
    "publish": (publish, NOW),
    "suspend": (suspend, NOW),
    "revoke": (revoke, NOW),
    "expire": (expire, NOW + LIFETIME + 1),
    "take back": (take_back, NOW),
    "jobs": (jobs, NOW + 86_400),
}


@dataclass
class Scene:
    """A store in which much is attested, and everybody whom the service meets."""

    folder: Path
    port: int
    settings: dict[str, Any]
    about: dict[str, str]

    def doom(self, name: str, death: Death | None, folder: Path) -> Doom:
        """That act on a copy of the store."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        act, now = ACTS[name]
        return Doom(folder, self.port, self.settings, now, act, self.about, death)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    folder = tmp_path / "store"
    folder.mkdir()
    async with (
        HttpDouble.running() as http,
        SmtpDouble.running() as smtp,
        DnsDouble.running() as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        houses.lend_rsa_key(folder)
        port, time = free_port(), Time()
        settings: dict[str, Any] = {
            "host_overrides": http.overrides(HOST),
            "smtp_url": smtp.url(),
            "dns_servers": dns.server,
        }
        known = houses.settings(folder, port, **settings)
        async with compose(known, clock=time.clock) as service, houses.listening(service):
            house = House(known.base_url, session, service, time, http, Instance(http, HOST), smtp, dns, folder)
            about = await inhabit(house)
        house.person(BOB).status = 410  # the account is gone
        yield Scene(folder, port, settings, about)


async def inhabit(house: House) -> dict[str, str]:
    """A body, one that it names, an agent, and an order that will supersede the agent's attestation."""
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    contact = f"presse@{CHILD['domain']}"
    assert (await name_children(parent, CHILD | {"contact": contact})).status == 200
    await (await order(house, f"@sgg@{HOST}", CHILD["domain"], contact)).publish()
    holder = await house.attest(BOB, MAILBOX, listed=True)
    ready = await house.order(BOB, MAILBOX, listed=True)
    await ready.prove()
    return {"attestation": holder.order["attestation"].rpartition("/")[2], "ready": ready.id}


@pytest.mark.parametrize("name", ACTS)
async def test_t00c_an_act_is_killed_in_the_middle_of_each_of_its_transactions(
    scene: Scene, tmp_path: Path, name: str
) -> None:
    whole = scene.doom(name, None, tmp_path / "whole")
    found = await live(whole)
    assert faults(whole.database) == []
    assert any(each.statements > 1 for each in found)
    for transaction in dict.fromkeys(found):  # one alike is killed once
        if transaction.statements < 2:
            continue  # nothing of it can be half there
        number = found.index(transaction)
        middle = scene.doom(name, Death(number, (transaction.statements + 1) // 2), tmp_path / "killed")
        await live(middle)
        assert rows_of(middle.database) == middle.committed.read_text(), f"half of {transaction} is there"
        after = scene.doom(name, Death(number, None), tmp_path / "killed")
        await live(after)
        assert faults(after.database) == [], f"killed after {transaction}"
        await live(replace(after, death=None, now=after.now + LEASE + 1))  # the leases of the dead are over
        assert faults(after.database) == []
        assert outcome(after.database) == outcome(whole.database), f"killed after {transaction}"


WITHDRAWING = {
    "_apply",
    "_put_verdict",
    "_revoke",
    "end_body_proof",
    "refresh_verdict",
    "set_expired",
    "set_published",
    "set_revoked",
    "set_suspended",
    "supersede",
    "suspend_all",
    "suspend_changed",
}
LOOKS = {  # the same consequences as those of the looks that are killed here, after other looks
    "registration.monitoring.accounts._store",
    "registration.monitoring.accounts.check",
    "registration.monitoring.bodies._check",
    "registration.monitoring.instances._look_at",
    "registration.monitoring.policy_effects.apply",
}


def withdrawing_transactions() -> set[str]:
    """The functions of the service that open a transaction and, in it, change what is said of somebody."""
    root, found = Path(verifier.__file__).parent, set[str]()
    for path in root.rglob("*.py"):
        module = path.relative_to(root).with_suffix("").parts
        if module[0] in ("storage", "sandbox"):
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.AsyncFunctionDef):
                calls = [each.func for each in ast.walk(function) if isinstance(each, ast.Call)]
                names = {getattr(each, "attr", None) or getattr(each, "id", None) for each in calls}
                if "transaction" in names and names & WITHDRAWING:
                    found.add(".".join((*module, function.name)))
    return found


async def test_every_transaction_that_withdraws_is_killed_here(scene: Scene, tmp_path: Path) -> None:
    """Whoever adds one adds the act that leads to it."""
    killed = {each.by for name in ACTS for each in await live(scene.doom(name, None, tmp_path / "whole"))}
    assert withdrawing_transactions() - LOOKS - killed == set()
    assert withdrawing_transactions() >= LOOKS
