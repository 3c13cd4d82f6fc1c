"""T06: a class change re-opens what is attested already."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration import house as houses
from tests.integration.house import ALICE, NOW, Holder, House
from tests.unit.editors import sign_first
from verifier.core.errors import ConfigError
from verifier.core.identifiers import Host
from verifier.core.models import EventKind, IdentityType, Reason, Status
from verifier.policy import changes as policy_changes
from verifier.policy import policy
from verifier.policy.policy import Policy
from verifier.registration.monitoring.policy_effects import APPLIED, PolicyEffects, effect_on, effects
from verifier.storage import Order

HERE = Host("numerique.gouv.fr")

Change = Callable[[Path], policy_changes.Texts]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(policy.PACKAGED, tmp_path / "policy")


def changed(folder: Path, *changes: Change) -> Policy:
    """The policy after those changes of its files."""
    for change in changes:
        for name, text in change(folder).items():
            (folder / name).write_text(text)
    return policy.load(folder)


def to_class(class_: str) -> Change:
    return lambda folder: policy_changes.domain(folder, HERE, ("exact", class_), "test")


def refuse(class_: str) -> Change:
    return lambda folder: policy_changes.decision(folder, class_, "refuse", "mailbox-excluded")


async def under(house: House, new: Policy) -> None:
    """The job of a service that runs with another policy on the same store."""
    service = house.service
    await PolicyEffects(storage=service.storage, policy=new, publisher=service.registration.publisher).apply()


async def status(house: House, holder: Holder) -> tuple[Status, Reason | None]:
    verdict = await house.service.storage.read.verdicts.of_order(holder.id)
    assert verdict is not None
    return verdict.status, verdict.reason


@pytest.mark.parametrize(
    ("class_", "why"),
    [
        ("pupil", "refused"),
        ("operator", "review"),
        ("mixed", "review"),
        ("contractor", "told-otherwise"),
        ("trainee", "told-otherwise"),
    ],
)
async def test_t06_a_class_change_reopens_existing_attestations(
    house: House, folder: Path, class_: str, why: str
) -> None:
    holder = await house.attest(ALICE, listed=True)
    await house.service.clockwork.run_due()
    assert await status(house, holder) == (Status.VERIFIED, None)
    new = changed(folder, to_class(class_))
    (effect,) = [each async for each in effects(house.service.storage.read, new)]
    assert (effect.handle, effect.domain, effect.before, effect.after, effect.why, effect.suspends) == (
        "acct:alice@social.example", "numerique.gouv.fr", "state", class_, why, True
    )  # fmt: skip
    await under(house, new)
    assert await status(house, holder) == (Status.SUSPENDED, Reason.IDENTITY_LOST)
    assert (await house.lookup(ALICE))["status"] == "suspended"
    events = await house.service.storage.read.events.after(0, 100)
    assert [(event.kind, event.reason) for event in events][-1] == (EventKind.SUSPENDED, Reason.IDENTITY_LOST)


async def test_t06_a_change_of_another_class_changes_nothing(house: House, folder: Path) -> None:
    holder = await house.attest()
    await under(house, changed(folder, refuse("operator"), to_class("education"), to_class("state")))
    assert await status(house, holder) == (Status.VERIFIED, None)


_FULL = """
    CREATE TRIGGER full BEFORE UPDATE OF suspended_at ON attestation
    WHEN (SELECT COUNT(*) FROM attestation WHERE suspended_at IS NOT NULL) > 0
    BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
"""


async def test_each_version_is_applied_once_and_after_a_failure_again(house: House, folder: Path) -> None:
    first, second = await house.attest(), await house.attest("@bob@social.example", "bob.petit@numerique.gouv.fr")
    new, read = changed(folder, to_class("pupil")), house.service.storage.read
    with closing(sqlite3.connect(house.folder / "verifier.sqlite3")) as database:
        database.execute(_FULL)
        with pytest.raises(sqlite3.Error, match="the disk is full"):
            await under(house, new)
        assert {(await status(house, each))[0] for each in (first, second)} == {Status.VERIFIED, Status.SUSPENDED}
        assert await read.facts.get(APPLIED) != new.version
        database.execute("DROP TRIGGER full")
    for _ in range(2):
        await under(house, new)
        assert {(await status(house, each))[0] for each in (first, second)} == {Status.SUSPENDED}
        assert await read.facts.get(APPLIED) == new.version
        assert [event.kind for event in await read.events.after(0, 100)].count(EventKind.SUSPENDED) == 2


async def test_t06_an_order_opened_under_the_former_policy_is_judged_when_it_is_published(
    house: House, folder: Path
) -> None:
    holder = await house.order()
    await holder.prove()
    new = changed(folder, to_class("pupil"))
    await under(house, new)
    assert (await holder.finalize()).json["status"] == "issued"
    await under(house, new)
    assert await status(house, holder) == (Status.SUSPENDED, Reason.IDENTITY_LOST)


async def test_the_service_itself_judges_at_its_next_start(tmp_path: Path, folder: Path) -> None:
    async with houses.running(tmp_path / "data") as house:
        holder, base = await house.attest(), house.base
        await house.service.clockwork.run_due()
    changed(folder, to_class("pupil"))
    async with houses.running(tmp_path / "data", now=NOW + 600, policy_dir=folder, base_url=base) as house:
        await house.service.clockwork.run_due()
        assert await status(house, holder) == (Status.SUSPENDED, Reason.IDENTITY_LOST)


def order(identity: IdentityType, domain: str, mail: str | None, class_: str, decision: str) -> Order:
    nothing = dict.fromkeys(Order.__dataclass_fields__)
    given = {"identity_type": identity, "domain": domain, "mail_domain": mail, "class_": class_, "decision": decision}
    return Order(**(nothing | {"handle": "acct:a@b.example"} | given))  # type: ignore[arg-type]


AGENT, INSTITUTION = IdentityType.AGENT, IdentityType.INSTITUTION


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (order(AGENT, "numerique.gouv.fr", "numerique.gouv.fr", "state", "issue"), "same"),
        (order(AGENT, "numerique.gouv.fr", None, "state", "issue"), "same"),  # from before the domain was kept
        (order(AGENT, "numerique.gouv.fr", "numerique.gouv.fr", "shared", "review"), "kept"),
        (order(AGENT, "numerique.gouv.fr", "numerique.gouv.fr", "contractor", "review"), "kept"),  # better now
        (order(AGENT, "x.gouv.fr", "a.x.gouv.fr", "operator", "review"), "kept"),  # the same decision
        (order(AGENT, "x.gouv.fr", "a.x.gouv.fr", "state", "issue"), "review"),
        (order(AGENT, "numerique.gouv.fr", "ext.numerique.gouv.fr", "contractor", "review"), "same"),
        (order(AGENT, "numerique.gouv.fr", "ext.numerique.gouv.fr", "mixed", "review"), "told-otherwise"),
        (order(AGENT, "gmail.com", "gmail.com", "shared", "review"), "refused"),
        (order(AGENT, "gone.example", "gone.example", "state", "issue"), "refused"),
        (order(INSTITUTION, "numerique.gouv.fr", "mail.numerique.gouv.fr", "state", "issue"), "same"),
        (order(INSTITUTION, "eleve.insp.gouv.fr", "insp.gouv.fr", "state", "issue"), "body"),
        (order(INSTITUTION, "culture.gouv.fr", "numerique.gouv.fr", "state", "issue"), "body"),
        (order(INSTITUTION, "culture.gouv.fr", "orange.fr", "state", "issue"), "refused"),
        (order(INSTITUTION, "senat.fr", "senat.fr", "parliament", "review"), "same"),
        (order(INSTITUTION, "senat.fr", "senat.fr", "state", "issue"), "review"),
    ],
)
def test_t06_what_a_policy_means_for_an_attestation(kept: Order, why: str) -> None:
    effect = effect_on(policy.load(), kept, "x")
    assert effect.why == why
    assert effect.suspends == (why not in ("same", "kept"))


async def test_a_service_takes_no_policy_that_does_not_go_on_from_the_signed_one(tmp_path: Path, folder: Path) -> None:
    old = shutil.copytree(folder, tmp_path / "old")
    await sign_first(folder)
    async with houses.running(tmp_path / "data", policy_dir=folder) as house:
        base = house.base
        await house.service.clockwork.run_due()
    with pytest.raises(ConfigError, match="does not go on from it"):
        async with houses.running(tmp_path / "data", policy_dir=old, base_url=base):
            raise AssertionError
    async with houses.running(tmp_path / "data", policy_dir=folder, base_url=base):
        pass
