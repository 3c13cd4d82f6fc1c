"""What operators can count, and the lines of ``verifier.audit``: both without anybody's name."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from tests.doubles import rdap
from tests.initiators import OPERATOR
from tests.integration.daily import change_key, later
from tests.integration.house import ALICE, House, running
from tests.ports import free_port
from verifier.app.serving import private_port
from verifier.core import metrics
from verifier.core.initiator import Role
from verifier.core.models import Purpose, Reason, Status
from verifier.issuance.issuer import Issuer
from verifier.validation import DECLARATIONS
from verifier.validation.watching import Outcome
from verifier.web.limits import Limit
from verifier.words.problems import PROBLEMS

Count = Callable[..., float]


@pytest.fixture
def more() -> Count:
    """How much a metric has grown since the test began."""

    def value(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(name, labels) or 0

    samples = [sample for family in metrics.REGISTRY.collect() for sample in family.samples]
    before = {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}
    return lambda name, **labels: value(name, **labels) - before.get((name, *sorted(labels.items())), 0)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[dict[str, object]]]:
    """The lines of that act so far."""
    caplog.set_level(logging.INFO, "verifier.audit")

    def of(act: str) -> list[dict[str, object]]:
        found = [json.loads(each.message) for each in caplog.records if each.name == "verifier.audit"]
        return [each for each in found if each["act"] == act]

    return of


async def withdraw(house: House) -> str:
    (order,) = await house.service.storage.read.orders.newest(None, 1)
    await house.service.registration.publisher.revoke(order.attestation_id or "", Reason.ACCOUNT_LOST, OPERATOR)
    return order.attestation_id or ""


async def test_what_every_authority_does_is_counted(house: House, more: Count) -> None:
    await house.attest()
    for _ in range(3):
        await house.lookup(ALICE)
    await withdraw(house)
    assert more("verifier_validations_total", method="rel-me-01", purpose="proof", result="valid") == 1
    assert more("verifier_validations_total", method="email-01", purpose="proof", result="valid") == 1
    assert more("verifier_validation_seconds_count", method="rel-me-01") == 1
    for step in ("reserve", "lint", "sign", "compare", "store", "publish"):
        assert more("verifier_issuance_steps_total", step=step) == 1, step
    assert more("verifier_signatures_total", purpose="issuing", result="done") >= 1
    assert more("verifier_withdrawals_total", status="revoked", reason="account-lost", by="operator") == 1
    assert more("verifier_lookups_total", source="read") == 1
    assert more("verifier_lookups_total", source="remembered") == 2
    assert more("verifier_outgoing_requests_total", result="2xx") >= 2


async def test_checks_of_a_day_are_counted_by_what_they_find(house: House, more: Count) -> None:
    await house.attest()
    change_key(house.person(ALICE))
    await later(house)
    assert more("verifier_validations_total", method="rel-me-01", purpose="recheck", result="changed") == 1
    assert more("verifier_withdrawals_total", status="suspended", reason="account-changed", by="job") == 1
    assert more("verifier_job_runs_total", job="rechecks", result="done") >= 1


async def test_refusals_are_counted_by_code_and_status(house: House, more: Count) -> None:
    await house.get("/api/v1/lookup")
    await house.get("/api/v1/nothing")
    await house.get("/?handle=nonsense")
    assert more("verifier_problems_total", code="handle-missing", status="400") == 1
    assert more("verifier_problems_total", code="not-found", status="404") == 1


async def half(house: House, name: str) -> None:
    """A withdrawal whose transaction fails."""
    async with house.service.storage.write.transaction() as tx:
        attestation = await tx.attestations.get(name)
        assert attestation is not None
        await house.service.registration.publisher.suspend_all(tx, (attestation,), Reason.ACCOUNT_LOST, OPERATOR)
        raise RuntimeError


async def test_what_is_rolled_back_is_no_withdrawal(
    house: House, more: Count, lines: Callable[[str], list[object]]
) -> None:
    await house.attest()
    (order,) = await house.service.storage.read.orders.newest(None, 1)
    with pytest.raises(RuntimeError):
        await half(house, order.attestation_id or "")
    assert more("verifier_withdrawals_total", status="suspended", reason="account-lost", by="operator") == 0
    assert len(lines("withdrawal")) == 1, "it began"
    await withdraw(house)
    assert len(lines("withdrawal")) == 3, "what was to follow the transaction before follows no other"


async def test_each_act_has_a_line_before_and_a_line_after(
    house: House, lines: Callable[[str], list[dict[str, object]]]
) -> None:
    holder = await house.attest()
    name = await withdraw(house)
    about = {"act": "validation", "method": "rel-me-01", "purpose": "proof", "order": holder.id}
    assert [each for each in lines("validation") if each["method"] == "rel-me-01"] == [
        about | {"state": "begins"},
        about | {"state": "ends", "result": "valid"},
    ]
    signed = {"act": "signature", "purpose": "issuing", "attestation": name}
    assert [each for each in lines("signature") if "attestation" in each] == [
        signed | {"state": "begins"},
        signed | {"state": "ends", "result": "done"},
    ]
    ended = {
        "act": "withdrawal",
        "attestation": name,
        "status": "revoked",
        "reason": "account-lost",
        "by": "operator",
    }
    assert lines("withdrawal") == [ended | {"state": "begins"}, ended | {"state": "ends", "result": "done"}]


async def test_the_head_of_the_trail_is_in_the_log(
    house: House, lines: Callable[[str], list[dict[str, object]]]
) -> None:
    await house.attest()
    last = await house.service.storage.read.audit.last()
    assert last is not None
    assert lines("entry")[-1] == {"act": "entry", "state": "ends", "seq": last.seq, "digest": last.digest.hex()}


async def test_a_signer_that_fails_is_told_and_counted(
    house: House, more: Count, lines: Callable[[str], list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out(*_: object) -> None:
        raise OSError

    holder = await house.order()
    await holder.prove()
    with monkeypatch.context() as patch:
        patch.setattr(Issuer, "_sign", out)
        await holder.finalize()
    assert more("verifier_signatures_total", purpose="issuing", result="failed") == 1
    assert [each.get("result") for each in lines("signature") if "attestation" in each] == [None, "failed"]


async def test_neither_a_label_nor_a_line_names_anybody(
    house: House, lines: Callable[[str], list[dict[str, object]]], caplog: pytest.LogCaptureFixture
) -> None:
    await house.attest(ALICE, "alice.secret@numerique.gouv.fr")
    change_key(house.person(ALICE))
    await house.get("/api/v1/lookup?handle=@alice@social.example@")
    await house.get("/api/v1/checks/webfinger?handle=@alice@nowhere.example")
    await later(house)
    told = [each.message for each in caplog.records if each.name == "verifier.audit"]
    assert len(told) > 8
    for text in (*told, metrics.exposition().decode()):
        for name in ("alice", "secret", "social.example", "nowhere.example", "127.0.0.1", OPERATOR.name):
            assert name not in text.lower()


async def test_a_label_takes_few_values(tmp_path: Path) -> None:
    async with running(tmp_path, rdap_bootstrap=rdap.LIST) as house:  # with every job that some houses lack
        await house.attest()
        await withdraw(house)
        await house.get("/api/v1/lookup")
        jobs = {job.name for job in house.service.clockwork._jobs}
    codes = {*PROBLEMS, "internal"}
    known: dict[str, set[str]] = {
        "method": set(DECLARATIONS) | {"instance-01"},
        "purpose": {"proof", "last-look", "recheck", *Purpose},
        "result": {"valid", "invalid", "failed", "done", *Outcome, *codes, *(f"{n}xx" for n in range(1, 6))},
        "step": {"reserve", "lint", "sign", "compare", "store", "publish"},
        "status": {*Status, *(str(number) for number in range(400, 600))},
        "reason": set(Reason),
        "by": set(Role),
        "source": {"remembered", "read"},
        "code": codes,
        "limit": set(Limit),
        "queue": {"letters", "accounts", "lists", "issuing", "in-review", "jobs"},
        "job": jobs,
    }
    assert {label for each in metrics.DECLARATIONS for label in each.labels} == set(known)
    for family in metrics.REGISTRY.collect():
        for sample in family.samples:
            for label, value in sample.labels.items():
                assert label == "le" or value in known[label], (sample.name, label, value)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_the_private_port_is_off_unless_it_is_set(house: House) -> None:
    port = free_port()
    settings = house.service.settings
    assert settings.metrics_port == 0
    assert settings.metrics_host == "127.0.0.1"
    service = replace(house.service, settings=settings.model_copy(update={"metrics_port": port}))
    address = f"http://127.0.0.1:{port}/metrics"
    await house.attest()
    async with aiohttp.ClientSession() as session:
        before = descriptors()
        async with private_port(house.service):
            assert descriptors() == before, "nothing is opened"
        async with private_port(service):
            async with session.get(address) as answer:
                text = await answer.text()
                assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            async with session.get(f"http://127.0.0.1:{port}/api/v1/events") as answer:
                assert answer.status == 404
    for declared in metrics.DECLARATIONS:
        assert f"# TYPE {declared.name} {declared.kind}" in text
    assert 'verifier_queue{queue="in-review"} 0.0' in text
    assert (await house.get("/metrics")).status == 404, "the public port has none"
