"""The signer is out when it burns, what it is given was changed, and lesser keys (T00h, T00i, T00j)."""

import asyncio
import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests import parts
from tests.doubles import softhsm
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration import of_before, stranger
from tests.integration.daily import letters
from tests.integration.house import ALICE, Holder, House
from tests.integration.of_before import before
from tests.integration.signing import issuing_keys, signatures
from tests.ports import free_port
from verifier.app import compose, serving
from verifier.cli import group
from verifier.core.errors import ConfigError, Unavailable
from verifier.core.identifiers import Handle
from verifier.core.models import Purpose, Reason
from verifier.issuance.lint import Linted
from verifier.jobs import clockwork
from verifier.proof import bitstring
from verifier.publication.status_lists import PURPOSES, waiting_since
from verifier.signer import generate
from verifier.signer.signers import MemorySigner

LIST_OF = {"suspend": "suspension", "revoke": "revocation"}


@contextmanager
def signer_out(folder: Path, hangs: asyncio.Event | None = None) -> Iterator[None]:
    """The issuing keys of that folder fail, as an HSM that is cut off does; or say nothing until that event."""
    keys = issuing_keys(folder)
    with pytest.MonkeyPatch.context() as patch:
        sign = MemorySigner.sign

        async def out(signer: MemorySigner, data: bytes) -> bytes:
            if signer.public_key_multibase in keys and hangs is None:
                raise Unavailable("signer-unavailable")
            if signer.public_key_multibase in keys and hangs is not None:
                await hangs.wait()
            return await sign(signer, data)

        patch.setattr(MemorySigner, "sign", out)
        yield


def id_of(holder: Holder) -> str:
    return str(holder.order["attestation"].rpartition("/")[2])


async def document_of(house: House, holder: Holder) -> Any:  # noqa: ANN401
    return (await house.get(holder.order["attestation"], Accept="application/vc")).json


async def listed(house: House, document: Any, purpose: str) -> bool:  # noqa: ANN401
    """What the signed list says."""
    entry = next(each for each in document["credentialStatus"] if each["statusPurpose"] == purpose)
    signed = (await house.get(f"/status/{purpose}/1")).json
    bits = bitstring.decode(signed["credentialSubject"]["encodedList"])
    return bitstring.is_set(bits, int(entry["statusListIndex"]))


async def links_back(house: House, holder: Holder) -> bool:
    page = await house.get(f"/v/{holder.id}")
    return 'rel="me"' in page.text or "Link" in page.headers


async def status(house: House, document: Any) -> str:  # noqa: ANN401
    """What POST /api/v1/verify says of it."""
    return str((await house.post("/api/v1/verify", {"attestation": document})).json["status"])


# ── T00i: the signer is out ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("act", LIST_OF)
async def test_t00i_a_withdrawal_waits_for_no_signer(house: House, act: str, caplog: pytest.LogCaptureFixture) -> None:
    holder = await house.attest(listed=True)
    document, at = await document_of(house, holder), house.time.at
    with signer_out(house.folder), caplog.at_level(logging.ERROR):
        await getattr(house.service.registration.publisher, act)(id_of(holder), Reason.ACCOUNT_COMPROMISED, OPERATOR)
        assert not await links_back(house, holder)
        assert await status(house, document) == "failed"
        assert (await house.lookup(ALICE))["verified"] is False
        assert (await house.get("/api/v1/events")).json["events"][-1]["kind"] == {
            "suspend": "suspended",
            "revoke": "revoked",
        }[act]
        # The signed list cannot say it yet: that is told, once a minute, and to whoever asks.
        for _ in range(6):
            house.time.pass_(10)
            await house.service.clockwork.run_due("status-lists")
        assert not await listed(house, document, LIST_OF[act])
        assert await waiting_since(house.service.storage.read, house.time.at) == at
    said = [record.message for record in caplog.records if record.name != "verifier.audit"]
    assert said == ["the signer does not answer: 1 status lists wait for it"]
    house.time.pass_(5)
    await house.service.clockwork.run_due("status-lists")
    assert await listed(house, document, LIST_OF[act])
    assert await waiting_since(house.service.storage.read, house.time.at) is None
    stored = await house.service.storage.read.status_lists.get(LIST_OF[act], 1)
    assert stored is not None
    assert stored[1] - at == 65  # the measured gap: a minute of outage, and five seconds until it is asked again


async def test_t00i_a_drift_that_is_seen_while_the_signer_is_out_suspends(house: House) -> None:
    holder = await house.attest()
    house.person(ALICE).actor["attachment"].clear()
    with signer_out(house.folder):
        await house.service.registration.rechecks.check(Handle.parse(ALICE), OPERATOR)
        assert not await links_back(house, holder)
    assert (await house.lookup(ALICE))["reason"] == "account-lost"


async def test_t00i_the_list_follows_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is woken by the commit: its next look would be an hour away."""
    monkeypatch.setattr(clockwork, "TICK", 3600)
    holder = await house.attest()
    document = await document_of(house, holder)
    jobs = asyncio.create_task(house.service.clockwork.run())
    await asyncio.sleep(0.1)  # every lane has looked, and sleeps
    await house.service.registration.publisher.suspend(id_of(holder), Reason.HOLDER_REQUEST, OPERATOR)
    while not await listed(house, document, "suspension"):  # noqa: ASYNC110 - the door is asked, as a reader would
        await asyncio.sleep(0.01)
    jobs.cancel()


@pytest.mark.parametrize("act", LIST_OF)
async def test_t00i_the_command_line_withdraws_while_the_signer_is_out(tmp_path: Path, act: str) -> None:
    async with houses.running(tmp_path) as house:
        holder = await house.attest()
        (key,) = issuing_keys(tmp_path)
        (tmp_path / f"issuing-{key}.pem").unlink()
        environment = {
            "VERIFIER_DATABASE_URL": house.service.settings.database_url,
            "VERIFIER_BASE_URL": house.base,
            "VERIFIER_SIGNER": f"file:{tmp_path}/nothing.pem",
        }
        words = ["--sandbox", "attestations", act, ALICE, "--reason", "account-compromised"]
        invoke = CliRunner().invoke
        answer = await asyncio.to_thread(invoke, group, words, obj=house.time.clock, env=environment)
        assert answer.exit_code == 0, (answer.output, answer.exception)
        assert not await links_back(house, holder)
        assert await waiting_since(house.service.storage.read, house.time.at) == house.time.at


async def test_t00i_a_signer_that_hangs_holds_up_nothing(house: House) -> None:
    """Neither the withdrawal of another account, nor other jobs, while a list is being signed."""
    first = await house.attest()
    second = await house.attest("@bob@social.example", "bob.petit@numerique.gouv.fr")
    documents = [await document_of(house, each) for each in (first, second)]
    publisher, hangs = house.service.registration.publisher, asyncio.Event()
    with signer_out(house.folder, hangs):
        await publisher.suspend(id_of(first), Reason.HOLDER_REQUEST, OPERATOR)
        signing = asyncio.create_task(house.service.clockwork.run_due("status-lists"))
        await asyncio.sleep(0)
        await publisher.suspend(id_of(second), Reason.HOLDER_REQUEST, OPERATOR)
        assert [await links_back(house, each) for each in (first, second)] == [False, False]
        await house.service.clockwork.run_due("")
        hangs.set()
        await signing
    await house.service.clockwork.run_due("status-lists")
    assert [await listed(house, each, "suspension") for each in documents] == [True, True]


async def test_t00i_the_port_opens_while_the_signer_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an order that a crash left in the middle of its signature."""
    monkeypatch.setattr(sys.modules["verifier.app.serving"], "RESUME_WAIT", 0.1)
    async with houses.running(tmp_path) as house:
        await house.attest()
        left = await house.order("@bob@social.example", "bob.petit@numerique.gouv.fr")
        await left.prove()
        with signer_out(house.folder):
            assert (await left.finalize()).status == 503
        settings = house.service.settings.model_copy(update={"port": free_port()})
        hangs = asyncio.Event()
        with signer_out(house.folder, hangs):
            url = f"http://127.0.0.1:{settings.port}/api/v1/lookup?handle={ALICE}"
            async with (
                compose(settings, clock=house.time.clock) as service,
                serving(service),
                house.session.get(url) as answer,
            ):
                assert (await answer.json())["verified"] is True


async def test_t00i_the_operator_is_told_once_of_each_outage(tmp_path: Path) -> None:
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        holders = [await house.attest(f"@u{n}@social.example", f"u.n{n}@numerique.gouv.fr") for n in range(2)]
        told = []
        for holder in holders:
            with signer_out(house.folder):
                await house.service.registration.publisher.suspend(id_of(holder), Reason.HOLDER_REQUEST, OPERATOR)
                for seconds in (0, 240, 60, 60, 3000):
                    house.time.pass_(seconds)
                    for lane in ("status-lists", "late-lists", "letters"):
                        await house.service.clockwork.run_due(lane)
                    told.append([to for to, _ in letters(house)].count("astreinte@numerique.gouv.fr"))
            house.time.pass_(60)
            for lane in ("status-lists", "late-lists"):
                await house.service.clockwork.run_due(lane)
        assert told == [0, 0, 1, 1, 1, 1, 1, 1, 1, 2]  # it looks once a minute: the second time, first after four
        assert "Alerte\xa0: les listes d'état ne peuvent pas être signées" in [subject for _, subject in letters(house)]


async def test_t00i_time_in_which_we_slept_is_no_outage_of_the_signer(tmp_path: Path) -> None:
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        await house.attest()
        for lane in ("", "status-lists"):
            await house.service.clockwork.run_due(lane)
        settings = house.service.settings
    house.time.pass_(86_400)
    async with compose(settings, clock=house.time.clock) as service:
        await service.clockwork.run_due("late-lists")
        assert await waiting_since(service.storage.read, house.time.at) is not None
        assert not await service.storage.read.letters.is_due(house.time.at)


async def test_t00i_a_later_start_does_not_wait_for_its_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The module of the token fails to load, and comes back: a file that is no module, then a copy of SoftHSM."""
    module = tmp_path / "module.so"
    await asyncio.to_thread(shutil.copy, parts.softhsm()[0], module)
    token = softhsm.of_this_process()["verifier"]
    uri = token.uri(f"issuing-{tmp_path.name}")
    generate(before(tmp_path), Purpose.ISSUING, uri=uri)
    async with houses.running(tmp_path, signer=(uri,)) as house:
        holder = await house.attest()
        document = await document_of(house, holder)
        await house.service.clockwork.run_due("")
        port = house.service.settings.port
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"")
    away = token.uri(f"issuing-{tmp_path.name}", module=str(broken))
    with pytest.raises(ConfigError, match="does not answer as it should"):
        async with houses.running(tmp_path / "new", keys_dir=tmp_path, port=port, signer=(away,)):
            raise AssertionError
    async with houses.running(tmp_path, port=port, signer=(away,)) as house:
        assert "It is tried again." in caplog.text
        await house.service.registration.publisher.suspend(id_of(holder), Reason.HOLDER_REQUEST, OPERATOR)
        assert await status(house, document) == "failed"
        await house.service.clockwork.run_due("status-lists")
        assert not await listed(house, document, "suspension")
        module.rename(broken)
        house.time.pass_(5)
        await house.service.clockwork.run_due("status-lists")
        assert await listed(house, document, "suspension")


# ── T00j: what is signed is what was linted ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"accountRole":"agent"', '"accountRole":"emperor"'),
        ('"accountRole":"agent"', '"accountRole":"office"'),
        ("users/alice", "users/mallory"),
        ('"class":"state"', '"class":"institution"'),
        ("{", '{"name":"Zorro",'),
    ],
)
async def test_t00j_an_intent_that_was_changed_after_its_lint_is_not_signed(
    house: House, old: str, new: str, caplog: pytest.LogCaptureFixture
) -> None:
    await house.service.clockwork.run_due("next-lists")
    holder = await house.order()
    await holder.prove()
    with signer_out(house.folder):
        assert (await holder.finalize()).status == 503
    read = house.service.storage.read
    order = await read.orders.get(holder.id)
    assert order is not None
    assert order.attestation_id is not None
    row = await read.attestations.get(order.attestation_id)
    assert row is not None
    assert row.linted_at is not None
    assert old.encode() in row.intent
    async with house.service.storage.write.transaction() as tx:
        changed = row.intent.replace(old.encode(), new.encode(), 1)
        await tx.facts._connection.run("UPDATE attestation SET intent = $1 WHERE id = $2", changed, row.id)
    with signatures() as used, caplog.at_level(logging.CRITICAL):
        assert (await holder.finalize()).status == 500
    assert not issuing_keys(house.folder) & set(used)
    assert (await house.lookup(ALICE))["status"] == "not_attested"


async def test_t00j_no_lint_is_believed_from_the_database(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The intent agrees with the facts, since both were changed; the row says that it was linted."""
    await house.service.clockwork.run_due("next-lists")
    holder = await house.order()
    await holder.prove()
    with signer_out(house.folder):
        assert (await holder.finalize()).status == 503
    async with house.service.storage.write.transaction() as tx:
        run = tx.facts._connection.run
        wrong = "Prime Minister"
        assert await run('UPDATE "order" SET class = $1 WHERE id = $2', wrong, holder.id) == 1
        changed = "UPDATE attestation SET intent = CAST(replace(intent, $1, $2) AS BLOB) WHERE linted_at IS NOT NULL"
        assert await run(changed, '"class":"state"', f'"class":"{wrong}"') == 1
    with signatures() as used, caplog.at_level(logging.CRITICAL):
        assert (await holder.finalize()).status == 500
    assert not issuing_keys(house.folder) & set(used)
    assert (await house.lookup(ALICE))["status"] == "not_attested"


def test_t00j_nothing_but_the_lint_makes_what_is_signed() -> None:
    with pytest.raises(TypeError, match="only lint"):
        Linted(b"{}", object())


# ── T00h, T51: lesser keys, and the two documents of the one that counts ───────────────────────────


async def shown(house: House) -> dict[str, Any]:
    """What a stranger reads beside an attestation, by URL: the keys as they are served (by their DID), both lists."""
    given = {house.service.site.did: (await house.get("/.well-known/did.json")).json}
    for purpose in PURPOSES:
        url = f"{house.base}/status/{purpose}/1"
        given[url] = (await house.get(url)).json
    return given


async def judged(house: House, folder: Path, document: Any, given: dict[str, Any]) -> dict[str, str]:  # noqa: ANN401
    """The axes, as our command line says with that DID document and those lists, away from the service."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    paths = [folder / f"{n}.json" for n in range(len(given) + 1)]
    for path, value in zip(paths, (document, *given.values()), strict=True):
        path.write_text(json.dumps(value))
    words = [
        "--json",
        str(paths[0]),
        "--did-document",
        str(paths[1]),
        "--status",
        str(paths[2]),
        "--status",
        str(paths[3]),
    ]
    invoke = CliRunner().invoke
    result = await asyncio.to_thread(invoke, group, ["verify", *words], obj=house.time.clock)
    return {name: axis["result"] for name, axis in json.loads(result.stdout)["axes"].items()}


async def test_t00h_no_other_key_of_the_house_attests(tmp_path: Path) -> None:
    """Each signs an attestation as the issuing key would; the key of the actor too, which is in no registry."""
    stranger.install()
    now, folder = int(time.time()), tmp_path / "data"  # the stranger has no clock but the machine's
    folder.mkdir()
    others = [of_before.status_key(folder, now)]
    others += [generate(before(folder, now), purpose) for purpose in (Purpose.LOG, Purpose.HTTP)]
    async with houses.running(folder, now=now) as house:
        holder = await house.attest()
        document, given, did = await document_of(house, holder), await shown(house), house.service.site.did
        answer = await asyncio.to_thread(stranger.verify, document, given)
        assert [answer[suite]["verified"] for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022")] == [True, True]
        assert (await judged(house, tmp_path / "good", document, given))["proof"] == "ok"
        for key in others:
            forged = await of_before.sign_by(folder, key, document, did, now)
            answer = await asyncio.to_thread(stranger.verify, forged, given)
            assert [answer[suite]["verified"] for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022")] == [False, False]
            assert (await judged(house, tmp_path / key.purpose, forged, given))["proof"] == "failed"
            assert (await house.post("/api/v1/verify", {"attestation": forged})).json["proof"] == "failed"
        actor = (await house.get("/actor")).json
        assert not [
            each for each in given[did]["verificationMethod"] if each["publicKeyMultibase"] in json.dumps(actor)
        ]


async def test_t51_neither_document_is_taken_for_the_other(tmp_path: Path) -> None:
    """One key signs both: the type and the subject tell them apart, for us and for a stranger."""
    stranger.install()
    async with houses.running(tmp_path / "data", now=int(time.time())) as house:
        holder = await house.attest()
        document, given = await document_of(house, holder), await shown(house)
        url = f"{house.base}/status/revocation/1"
        swapped = given | {url: document}
        answer = await asyncio.to_thread(stranger.verify, document, swapped)
        assert (answer["status"]["verified"], answer["eddsa-jcs-2022"]["verified"]) == (False, True)
        assert (await judged(house, tmp_path / "swapped", document, swapped))["status"] == "unknown"
        assert (await house.post("/api/v1/verify", {"attestation": given[url]})).status == 422
        # Dressed as the other, its signature is gone.
        dressed = given[url] | {"type": document["type"], "credentialSubject": document["credentialSubject"]}
        assert (await judged(house, tmp_path / "dressed", dressed, given))["proof"] != "ok"


# ── an older deployment ────────────────────────────────────────────────────────────────────────────


async def test_t00h_an_older_deployment_moves_to_the_issuing_key_by_itself(tmp_path: Path) -> None:
    """Its status key stays in the DID document until the issuing key has signed every list; the port does not wait."""
    key, folder = of_before.status_key(tmp_path), tmp_path
    async with houses.running(folder) as house:
        holder = await house.attest()
        document = await document_of(house, holder)
        port, at = house.service.settings.port, house.time.at
    await of_before.go_back(folder, key, at)
    setting = f"file:{folder}/status-{key.id}.pem"
    async with houses.running(folder, port=port, signer_status=(setting,)) as house:
        (issuing,) = issuing_keys(folder)
        assert await keys_shown(house) == {issuing, key.id}
        with signer_out(folder):
            await house.service.clockwork.run_due()
            assert await keys_shown(house) == {issuing, key.id}
            await house.service.registration.publisher.suspend(id_of(holder), Reason.HOLDER_REQUEST, OPERATOR)
        assert signers(await shown(house)) == {key.id}
        # One list is moved, and the other waits.
        lists = house.service.registration.publisher._lists
        await lists.sign("revocation", 1)
        assert await keys_shown(house) == {issuing, key.id}
        house.time.pass_(5)
        await house.service.clockwork.run_due("status-lists")
        assert signers(await shown(house)) == {issuing}
        assert await keys_shown(house) == {issuing}
        assert await listed(house, document, "suspension")
        assert (await judged(house, tmp_path / "kept", document, await shown(house)))["status"] == "failed"


async def keys_shown(house: House) -> set[str]:
    document = (await house.get("/.well-known/did.json")).json
    return {str(method).partition("#")[2] for method in document["assertionMethod"]}


def signers(given: dict[str, Any]) -> set[str]:
    """Who signed the lists."""
    proofs = [proof for url, each in given.items() if "/status/" in url for proof in each["proof"]]
    return {str(proof["verificationMethod"]).partition("#")[2] for proof in proofs}
