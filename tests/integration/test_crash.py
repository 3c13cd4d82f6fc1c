"""kill -9 at every step of an order: after a restart it ends, issued exactly once, and nothing told is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from aiohttp import ClientError, ClientSession, DummyCookieJar

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance
from tests.doubles.smtp import SmtpDouble
from tests.integration import house as houses
from tests.integration.house import ALICE, HOST, NOW, Holder, House, Time
from tests.integration.mortal import Life, Step, living
from tests.leases import until
from tests.ports import free_port
from verifier.app import Service, compose, serving
from verifier.core.site import Site
from verifier.issuance.issuer import INTENT_LIFETIME
from verifier.jobs.clockwork import LEASE
from verifier.proof import bitstring
from verifier.proof.contexts import of_site
from verifier.proof.suites import to_sign
from verifier.registration.orders.registrar import CHALLENGE_LEASE
from verifier.signer.signers import MemorySigner

REGISTRATION = [
    Step(name, when, count)
    for name, count in (
        ("orders.add", 1),
        ("challenges.claim rel-me-01", 1),
        ("challenges.finish rel-me-01", 1),
        ("challenges.claim email-01", 1),
        ("challenges.finish email-01", 1),
        ("challenges.claim email-01", 2),
        ("challenges.finish email-01", 2),
        ("orders.move ready", 1),
    )
    for when in ("before", "after")
]
ISSUANCE = [
    Step(name, when, count)
    for name, count in (
        # first two lists, with two proofs each
        ("sign issuing", 1),
        ("sign issuing", 4),
        ("status_lists.add", 1),
        ("attestations.reserve", 1),
        ("attestations.set_linted", 1),
        ("sign issuing", 5),
        ("sign issuing", 6),
        ("attestations.set_signed", 1),
        ("attestations.set_published", 1),
    )
    for when in ("before", "after")
]
START = [Step("orders.move issuing", "before"), Step("orders.move issuing", "after")]


class Street:
    """Everybody whom the service meets, who live on when it dies; and its data."""

    def __init__(
        self,
        folder: Path,
        database: dict[str, Any],
        http: HttpDouble,
        smtp: SmtpDouble,
        dns: DnsDouble,
        session: ClientSession,
    ) -> None:
        self.folder, self.http, self.smtp, self.dns, self.session = folder, http, smtp, dns, session
        houses.lend_rsa_key(folder)
        self.port = free_port()
        self.instance = Instance(http, HOST)
        self.settings: dict[str, Any] = {
            "host_overrides": http.overrides(HOST),
            "smtp_url": smtp.url(),
            "dns_servers": dns.server,
            "base_url": f"http://localhost:{self.port}",
            **database,
        }

    def life(self, step: Step | None = None, *, now: int = NOW, port: int | None = None, **acts: Any) -> Life:  # noqa: ANN401
        return Life(self.folder, port or self.port, self.settings, now, step, **acts)

    def house(self) -> House:
        """The doors; there is no service behind them in this process yet."""
        base, nobody = self.settings["base_url"], cast("Service", None)
        ways = self.http, self.instance, self.smtp, self.dns
        return House(base, self.session, nobody, Time(), *ways, self.folder)

    @asynccontextmanager
    async def restarted(self, now: int = NOW) -> AsyncIterator[House]:
        """The real service again, on the same data, with its clockwork."""
        house = self.house()
        house.time.at = now
        known = houses.settings(self.folder, self.port, **self.settings)
        async with compose(known, clock=house.time.clock) as service, serving(service):
            house.service = service
            yield house


@pytest.fixture
async def street(tmp_path: Path, database: dict[str, Any]) -> AsyncIterator[Street]:
    async with (
        HttpDouble.running() as http,
        SmtpDouble.running() as smtp,
        DnsDouble.running() as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        yield Street(tmp_path, database, http, smtp, dns, session)


async def walk(house: House, told: dict[str, Any]) -> None:
    """The whole way from wherever it stopped; `told` keeps what the service acknowledged."""
    if "order" not in told:
        told["order"] = (await house.order(listed=True)).order
    holder = Holder(house, told["order"])
    shown = (await holder.show()).json
    account, identity = (authorization["status"] for authorization in shown["authorizations"])
    if account != "valid":
        if holder.page not in str(house.person(ALICE).actor["attachment"]):
            holder.link()
        told["account"] = (await holder.challenge("rel-me-01")).json["status"]
    if identity != "valid":
        sent = await holder.challenge("email-01")
        assert sent.status == 200
        told["sent"] = sent.json["status"]
        told["identity"] = (await holder.challenge("email-01", {"code": house.code()})).json["status"]
    issued = await holder.finalize()
    told["issued"] = issued.json
    assert issued.json["status"] == "issued"


async def assert_issued_once(house: House, told: dict[str, Any]) -> None:
    store = house.service.storage
    attestations = await store.read.facts._connection.rows("SELECT id, published_at, order_id FROM attestation")
    assert [(row[0], row[2]) for row in attestations] == [
        (told["issued"]["attestation"].rpartition("/")[2], told["order"]["id"])
    ]
    events = (await house.get("/api/v1/events")).json["events"]
    assert [(event["kind"], event["attestation"]) for event in events] == [("issued", told["issued"]["attestation"])]
    verdict = await house.lookup(ALICE)
    assert (verdict["status"], verdict["page"]) == ("verified", told["order"]["page"])
    signed = (await house.get(told["issued"]["attestation"])).body
    appraised = (await house.post("/api/v1/verify", {"attestation": json.loads(signed)})).json
    assert appraised["verified"] is True
    assert 'rel="me"' in (await house.get(f"/v/{told['order']['id']}")).text


@pytest.mark.parametrize("step", REGISTRATION, ids=str)
async def test_killed_while_it_registers(street: Street, step: Step) -> None:
    told: dict[str, Any] = {}
    async with living(street.life(step)) as death:
        with pytest.raises(ClientError):
            await walk(street.house(), told)
        assert await death() == -9
    async with street.restarted(NOW + CHALLENGE_LEASE + 1) as house:
        if "order" in told:
            shown = (await Holder(house, told["order"]).show()).json
            statuses = {each["end"]: each["status"] for each in shown["authorizations"]}
            for end in ("account", "identity"):
                if told.get(end) == "valid":
                    assert statuses[end] == "valid"
        else:
            assert step.name == "orders.add"
        await walk(house, told)
        await assert_issued_once(house, told)
        assert len(street.smtp.received) <= 2
        records = await house.service.storage.read.records.of_order(told["order"]["id"])
        assert sorted(record.method for record in records if record.valid) == ["email-01", "rel-me-01"]


@pytest.mark.parametrize("step", START + ISSUANCE, ids=str)
async def test_killed_while_it_issues(street: Street, step: Step) -> None:
    told: dict[str, Any] = {}
    async with living(street.life(step)) as death:
        with pytest.raises(ClientError):
            await walk(street.house(), told)
        assert await death() == -9
    assert (told["account"], told["identity"]) == ("valid", "valid")
    async with street.restarted() as house:
        if step != START[0]:
            # Nobody asks again: what was begun is finished before the port opens.
            assert (await house.lookup(ALICE))["status"] == "verified"
        await walk(house, told)
        await assert_issued_once(house, told)
        assert len(street.smtp.received) == 1


@pytest.mark.engines
async def test_killed_at_every_step_one_after_the_other(street: Street) -> None:
    """The same order, in a house that falls each time a little later."""
    told: dict[str, Any] = {}
    steps = [
        *START,
        Step("attestations.reserve", "before"),
        Step("attestations.set_linted", "after"),
        Step("sign issuing", "after"),
        Step("attestations.set_signed", "before"),
        Step("attestations.set_signed", "after"),
        Step("attestations.set_published", "before"),
    ]
    for step in steps:
        async with living(street.life(step)) as death:
            with pytest.raises(ClientError):
                await walk(street.house(), told)
            assert await death() == -9
    async with street.restarted() as house:
        await walk(house, told)
        await assert_issued_once(house, told)


async def killed_with_an_intent(street: Street, step: Step) -> tuple[dict[str, Any], Any]:
    told: dict[str, Any] = {}
    async with living(street.life(step)) as death:
        with pytest.raises(ClientError):
            await walk(street.house(), told)
        await death()
    known = houses.settings(street.folder, street.port, **street.settings)
    async with compose(known, clock=Time().clock) as service:
        order = await service.storage.read.orders.get(told["order"]["id"])
        assert order is not None
        assert order.attestation_id is not None
        return told, await service.storage.read.attestations.get(order.attestation_id)


@pytest.mark.parametrize(
    "step",
    (Step("attestations.reserve", "after"), Step("sign issuing", "before", 5), Step("sign issuing", "after", 5)),
    ids=str,
)
@pytest.mark.parametrize("age", (INTENT_LIFETIME, INTENT_LIFETIME + 1))
async def test_an_intent_left_for_ten_minutes_is_drawn_anew(street: Street, step: Step, age: int) -> None:
    told, intent = await killed_with_an_intent(street, step)
    async with street.restarted(NOW + age) as house:
        await walk(house, told)
        await assert_issued_once(house, told)
        row = (await house.service.storage.read.attestations.newest(10))[0]
    if age > INTENT_LIFETIME:
        assert (row.id == intent.id, row.valid_from) == (False, NOW + age)
        assert (row.revocation_index, row.suspension_index) != (intent.revocation_index, intent.suspension_index)
    else:
        assert (row.id, row.intent, row.valid_from) == (intent.id, intent.intent, NOW)


@pytest.mark.parametrize(
    "step", (Step("attestations.set_signed", "after"), Step("attestations.set_published", "before")), ids=str
)
async def test_what_was_signed_is_published_however_long_it_took_and_never_signed_again(
    street: Street, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, signed = await killed_with_an_intent(street, step)
    assert signed.body is not None
    document, contexts = json.loads(signed.body), of_site(Site(street.settings["base_url"]))
    # What is signed ends with the digest of the document, whatever its proof says.
    digests = {to_sign(document, proof, contexts)[32:] for proof in document["proof"]}
    used: list[bytes] = []
    sign = MemorySigner.sign

    async def noted(signer: MemorySigner, data: bytes) -> bytes:
        used.append(data[32:])
        return await sign(signer, data)

    monkeypatch.setattr(MemorySigner, "sign", noted)
    async with street.restarted(NOW + 10 * INTENT_LIFETIME) as house:
        await walk(house, told)
        await assert_issued_once(house, told)
        assert (await house.get(told["issued"]["attestation"])).body == signed.body
    assert len(digests) == 2
    assert not digests & set(used)


@pytest.mark.parametrize("act", ("suspend", "revoke"))
@pytest.mark.parametrize(
    "step",
    [
        Step(name, when)
        for name in ("attestations.set", "verdicts.put", "sign issuing", "status_lists.replace")
        for when in ("before", "after")
    ],
    ids=str,
)
async def test_t00i_killed_while_it_withdraws(street: Street, step: Step, act: str) -> None:
    """Times, verdict and event are one change; whatever comes after it, the list follows at the restart."""
    done, purpose = {"suspend": ("suspended", "suspension"), "revoke": ("revoked", "revocation")}[act]
    told: dict[str, Any] = {}
    async with living(street.life()):
        await walk(street.house(), told)
    if step.name == "attestations.set":
        step = Step(f"attestations.set_{done}", step.when)
    async with living(street.life(step, withdraws=act)) as death:
        assert await death() == -9
    committed = step.when == "after" or step.name not in (f"attestations.set_{done}", "verdicts.put")
    async with street.restarted() as house:
        assert (await house.lookup(ALICE))["status"] == (done if committed else "verified")
        kinds = [event["kind"] for event in (await house.get("/api/v1/events")).json["events"]]
        assert kinds == (["issued", done] if committed else ["issued"])
        document = json.loads((await house.get(told["issued"]["attestation"])).body)
        index = next(int(e["statusListIndex"]) for e in document["credentialStatus"] if e["statusPurpose"] == purpose)
        while await is_listed(house, purpose, index) != committed:  # noqa: ASYNC110 - the door is asked, as a reader would
            await asyncio.sleep(0.01)


async def is_listed(house: House, purpose: str, index: int) -> bool:
    signed = (await house.get(f"/status/{purpose}/1")).json
    return bitstring.is_set(bitstring.decode(signed["credentialSubject"]["encodedList"]), index)


@pytest.mark.parametrize("when", ("before", "after"))
async def test_t00i_killed_while_a_new_attestation_revokes_the_older(
    street: Street, when: Literal["before", "after"]
) -> None:
    first: dict[str, Any] = {}
    async with living(street.life()):
        await walk(street.house(), first)
    second: dict[str, Any] = {}
    async with living(street.life(Step("attestations.set_revoked", when))) as death:
        with pytest.raises(ClientError):
            await walk(street.house(), second)
        assert await death() == -9
    async with street.restarted() as house:
        await walk(house, second)
        assert (await house.lookup(ALICE))["page"] == second["order"]["page"]
        document = json.loads((await house.get(first["issued"]["attestation"])).body)
        index = int(document["credentialStatus"][0]["statusListIndex"])
        while not await is_listed(house, "revocation", index):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)


async def test_killed_in_the_job_that_resumes(street: Street) -> None:
    """Its lease has minutes to run: the next start does not wait for it."""
    told, _ = await killed_with_an_intent(street, Step("attestations.set_linted", "after"))
    known = houses.settings(street.folder, street.port, **street.settings)
    async with compose(known, clock=Time().clock) as service, service.storage.write.transaction() as tx:
        assert await tx.jobs.claim("resume", NOW, until(NOW + LEASE))
    async with street.restarted(NOW + 1) as house:
        assert (await house.lookup(ALICE))["status"] == "verified"
        await walk(house, told)
        await assert_issued_once(house, told)


async def test_two_processes_on_one_database_issue_once(street: Street) -> None:
    other = free_port()
    house = street.house()
    async with living(street.life()):
        holder = await house.order(listed=True)
        await holder.prove()
        async with living(street.life(port=other)):
            path = f"/api/v1/orders/{holder.id}/finalize"
            bases = [house.base, f"http://localhost:{other}"] * 5

            async def finalize(base: str) -> Any:  # noqa: ANN401
                async with street.session.post(base + path, json={}, headers=holder.bearer) as response:
                    return response.status, await response.json()

            answers = await asyncio.gather(*map(finalize, bases))
    assert {status for status, _ in answers} == {200}
    assert len({answer["attestation"] for _, answer in answers}) == 1
    async with street.restarted() as again:
        await assert_issued_once(again, {"order": holder.order, "issued": answers[0][1]})


async def test_two_processes_finish_what_a_third_left(street: Street) -> None:
    told: dict[str, Any] = {}
    async with living(street.life(Step("attestations.set_linted", "after"))) as death:
        with pytest.raises(ClientError):
            await walk(street.house(), told)
        await death()
    known = houses.settings(street.folder, street.port, **street.settings)
    clock = Time().clock
    async with compose(known, clock=clock) as one, compose(known, clock=clock) as two:
        work = [each.clockwork.run_due() for each in (one, two)]
        await asyncio.gather(*work, *(each.registration.finalizer.issue(told["order"]["id"]) for each in (one, two)))
    async with street.restarted() as house:
        await walk(house, told)
        await assert_issued_once(house, told)
