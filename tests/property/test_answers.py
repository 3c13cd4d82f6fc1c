"""After whatever was written, by whichever process: what is kept in memory is what is read anew.

Nobody is listed here: whom a name resembles may be told for a minute longer (tests/integration/test_lookalikes.py).
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.stored import INTENT, NOW, ORDER, RECORD
from tests.initiators import OPERATOR
from verifier.core.clock import Clock
from verifier.core.identifiers import Handle
from verifier.core.models import AccountPin, End, Folding, Reason, Status
from verifier.publication import lookup
from verifier.publication.hints import Hints
from verifier.storage import Tx, open_storage
from verifier.storage.sqlite import SNAPSHOT_SECONDS
from verifier.web.answers import Answers

HANDLES = ("@anna@a.example", "@Anna@a.example", "@bob@a.example", "@anna@b.example")
ACTORS = ("https://a.example/users/anna", "https://a.example/users/bob")
PROFILES = ("https://a.example/@anna", "https://b.example/@anna")
QUESTIONS = tuple(
    map(lookup.parse, (*HANDLES, *ACTORS, *PROFILES, "https://a.example/@anna/1", "@ANNA@a.example", "@dora@a.example"))
)

Act = Callable[[Tx, int], Awaitable[object]]
_number = st.integers(0, 2)


def _pin(handle: str, actor: str, profile: str, folding: Folding | None) -> AccountPin:
    return AccountPin(Handle.parse(handle), actor, profile, "zQm1", None, folding)


_pins = st.builds(
    _pin,
    st.sampled_from(HANDLES),
    st.sampled_from(ACTORS),
    st.sampled_from(PROFILES),
    st.sampled_from([None, *Folding]),
)


def _publish(pin: AccountPin, order: int) -> Act:
    async def act(tx: Tx, step: int) -> None:
        for old in await tx.accounts.replaced_by(pin):
            await tx.verdicts.drop_answer(old.handle)
        await tx.accounts.pin(f"account-{step}", pin, f"order-{order}", NOW)
        await tx.verdicts.put(f"order-{order}", Status.VERIFIED, None, NOW, _body(step), by=OPERATOR)

    return act


def _withdraw(order: int) -> Act:
    return lambda tx, step: tx.verdicts.put(
        f"order-{order}", Status.SUSPENDED, Reason.UNREACHABLE, NOW, _body(step), by=OPERATOR
    )


def _renew(order: int) -> Act:
    return lambda tx, step: tx.verdicts.renew(f"order-{order}", NOW, _body(step))


def _respell(pin: AccountPin, order: int) -> Act:
    async def act(tx: Tx, step: int) -> None:
        account = await tx.accounts.of_order(f"order-{order}")
        other = await tx.accounts.get(pin.handle.acct)
        if account is None or (other is not None and other.handle == pin.handle.acct and other.id != account.id):
            return
        await tx.accounts.set_spelling(account.id, pin, NOW, None)
        await tx.verdicts.drop_answer(account.handle)
        await tx.verdicts.put(f"order-{order}", Status.VERIFIED, None, NOW, _body(step), by=OPERATOR)

    return act


def _host(name: str, body: int) -> Act:
    return lambda tx, step: tx.instances.put(name, f"body-{body}", replace(RECORD, checked_at=NOW + step))


def _end(name: str) -> Act:
    return lambda tx, step: tx.instances.end(name, Reason.IDENTITY_LOST, NOW + step)


def _end_all(body: int) -> Act:
    return lambda tx, step: tx.instances.end_of_body(f"body-{body}", Reason.IDENTITY_LOST, NOW + step)


def _name(body: int) -> Act:
    return lambda tx, step: tx.bodies.vouch(f"body-{body}", "body-2", f"Name {step}", NOW)


def _body(step: int) -> bytes:
    return b'{"verified":true,"step":%d}' % step


_hosts = st.sampled_from(("a.example", "b.example"))
_acts = st.one_of(
    st.builds(_publish, _pins, _number),
    st.builds(_withdraw, _number),
    st.builds(_renew, _number),
    st.builds(_respell, _pins, _number),
    st.builds(_host, _hosts, _number),
    st.builds(_end, _hosts),
    st.builds(_end_all, _number),
    st.builds(_name, _number),
)
_steps = st.lists(st.tuples(st.booleans(), st.lists(_acts, min_size=1, max_size=2)), min_size=1, max_size=6)


async def _prepare(url: str) -> None:
    async with await open_storage(url) as store, store.write.transaction() as tx:
        for number in range(3):
            await tx.bodies.ensure(f"body-{number}", f"b{number}.gouv.fr", "N", NOW)
            await tx.orders.add(replace(ORDER, id=f"order-{number}"), {End.ACCOUNT: "any"}, ())
            await tx.attestations.reserve(
                replace(
                    INTENT,
                    id=f"attestation-{number}",
                    order_id=f"order-{number}",
                    listed=False,
                    revocation_index=number,
                    suspension_index=number,
                )
            )


async def _run(url: str, steps: list[tuple[bool, list[Act]]]) -> None:
    async with await open_storage(url) as ours, await open_storage(url) as theirs:
        clock = Clock(lambda: NOW)
        answers, kept = Answers(ours.lookups, clock, 2**20), 0
        for step, (is_theirs, acts) in enumerate(steps):
            async with (theirs if is_theirs else ours).write.transaction() as tx:
                for act in acts:
                    await act(tx, step * 10 + acts.index(act))
            if is_theirs:
                await asyncio.sleep(SNAPSHOT_SECONDS)
            for question in QUESTIONS:
                fresh = await lookup.answer(ours.read, question, NOW, Hints(ours.lookups))
                answer, was_kept = await answers.of(question)
                assert (answer.body, answer.tag) == (fresh.body, fresh.tag), question
                assert (await answers.of(question))[1], "kept since"
                kept += was_kept
        assert kept or len(steps) == 1


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "v.sqlite3"
    asyncio.run(_prepare(f"sqlite:///{path}"))
    return path


@given(steps=_steps)
@settings(max_examples=40)
def test_what_is_kept_is_what_is_read_anew(prepared: Path, steps: list[tuple[bool, list[Act]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(prepared, folder)
        asyncio.run(_run(f"sqlite:///{path}", steps))
