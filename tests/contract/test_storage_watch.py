"""What is looked at again, and letters that wait, as rows: claimed by one, found by all."""

from tests.contract.stored import HANDLE, NOW, ORDER, PIN, RECORD, add_order, publish
from tests.leases import until
from verifier.core.clock import DAY
from verifier.core.models import Status
from verifier.storage import Storage

DUE = NOW + DAY // 2


async def test_a_pin_is_due_half_a_day_after_it_was_made(store: Storage) -> None:
    await publish(store)
    assert not await store.read.accounts.is_any_due(DUE - 1)
    assert await store.read.accounts.is_any_due(DUE)
    (account,) = await store.read.accounts.due("social.example", DUE, 10)
    assert (account.handle, account.host, account.next_check_at) == (HANDLE, "social.example", DUE)
    assert await store.read.accounts.due("other.example", DUE, 10) == []
    assert await store.read.accounts.count_due(DUE) == 1


async def test_a_host_has_one_process_at_a_time(store: Storage, other: Storage) -> None:
    await publish(store)
    claimed = []
    for storage, now in ((store, DUE), (other, DUE), (other, DUE + 59), (other, DUE + 60)):
        async with storage.write.transaction() as tx:
            claimed.append(await tx.accounts.claim_hosts(now, until(now + 60), 10))
    assert claimed == [["social.example"], [], [], ["social.example"]]
    async with store.write.transaction() as tx:
        await tx.accounts.release_hosts({"social.example": until(DUE + 60)})  # by who was too slow
        assert await tx.accounts.claim_hosts(DUE + 61, until(DUE + 100), 10) == []
        await tx.accounts.release_hosts({"social.example": until(DUE + 120)})
        assert await tx.accounts.claim_hosts(DUE + 61, until(DUE + 100), 10) == ["social.example"]
        assert await tx.accounts.claim_hosts(DUE + 100, until(DUE + 200), 0) == []


async def test_a_failure_is_kept_until_it_is_over(store: Storage) -> None:
    await publish(store)
    async with store.write.transaction() as tx:
        await tx.accounts.set_failing("account-1", DUE, DUE + 1, DUE + 2)
        await tx.accounts.set_warned("account-1", DUE + 3)
    account = await store.read.accounts.get(HANDLE)
    assert account is not None
    seen = account.failing_since, account.missing_since, account.warned_at, account.next_check_at
    assert seen == (DUE, DUE + 1, DUE + 3, DUE + 2)
    async with store.write.transaction() as tx:
        await tx.accounts.set_seen("account-1", PIN.actor, DUE + 4, DUE + 5)
    account = await store.read.accounts.get(HANDLE)
    assert account is not None
    assert (account.failing_since, account.missing_since, account.warned_at) == (None, None, None)
    assert (account.checked_at, account.next_check_at) == (DUE + 4, DUE + 5)


async def test_whether_the_page_of_a_profile_answered_is_kept(store: Storage) -> None:
    async def kept() -> bool | None:
        account = await store.read.accounts.get(HANDLE)
        assert account is not None
        return account.profile_page

    await publish(store)
    assert await kept() is None
    for answered in (True, False):
        async with store.write.transaction() as tx:
            await tx.accounts.set_profile_page("account-1", answered=answered)
            await tx.accounts.set_seen("account-1", PIN.actor, DUE + 4, DUE + 5)
        assert await kept() is answered
    async with store.write.transaction() as tx:
        await tx.accounts.pin("account-2", PIN, "order-1", NOW, profile_page=True)
    assert await kept() is True


async def test_what_is_suspended_is_not_vouched_for(store: Storage) -> None:
    await publish(store)
    async with store.write.transaction() as tx:
        found = await tx.attestations.vouching("order-1")
        assert found is not None
        assert [each.id for each in await tx.attestations.vouching_on_host("social.example")] == ["attestation-1"]
        await tx.attestations.set_suspended("attestation-1", NOW)
        assert await tx.attestations.vouching("order-1") is None
        assert await tx.attestations.vouching_on_host("social.example") == []


async def test_a_body_is_due_once_it_was_proved_for_as_long_as_anything_rests_on_it(store: Storage) -> None:
    async def due(now: int = NOW) -> list[str]:
        return [body.id for body in await store.read.bodies.due(now, 10)]

    await publish(store)  # an agent's: it rests on no record
    async with store.write.transaction() as tx:
        await tx.bodies.set_token("body-1", "token")
    assert await due() == []
    async with store.write.transaction() as tx:
        await tx.bodies.prove("body-1", NOW, None, "secure")
    assert await due() == ["body-1"]
    async with store.write.transaction() as tx:
        await tx.bodies.set_seen("body-1", NOW + 1)
    assert (await due(), await due(NOW + 1)) == ([], ["body-1"])
    async with store.write.transaction() as tx:
        await tx.bodies.set_token("body-1", "another")
    assert await due(NOW + 1) == []
    async with store.write.transaction() as tx:
        await tx.facts._connection.run("UPDATE identity SET type = 'institution'")
    assert [each.id for each in await store.read.attestations.resting_on_body("body-1")] == ["attestation-1"]
    assert await due(NOW + 1) == ["body-1"]
    async with store.write.transaction() as tx:
        await tx.attestations.set_suspended("attestation-1", NOW)
    assert await due(NOW + 1) == []


async def test_what_rests_on_a_word_rests_on_the_body_above(store: Storage) -> None:
    await publish(store)
    async with store.write.transaction() as tx:
        above = await tx.bodies.ensure("above", "interieur.gouv.fr", "I", NOW)
        await tx.bodies.set_token(above, "token")
        await tx.bodies.prove(above, NOW, None, "secure")
        await tx.bodies.set_token(above, "another")
        await tx.bodies.vouch("body-1", above, "N", NOW)
        await tx.facts._connection.run("UPDATE identity SET type = 'institution'")
    assert [each.id for each in await store.read.attestations.resting_on_body("above")] == ["attestation-1"]
    assert await store.read.attestations.resting_on_body("body-1") == []
    assert [body.id for body in await store.read.bodies.due(NOW, 10)] == ["above"]


async def test_drift_is_counted_by_holder_host_and_day_and_alarmed_once(store: Storage) -> None:
    await publish(store)
    async with store.write.transaction() as tx:
        await tx.accounts.set_drifted("account-1", PIN.actor, DUE)
        assert await tx.accounts.count_drifted("social.example", DUE) == {"identity-1": 1}
        assert await tx.accounts.count_drifted("social.example", DUE + 1) == {}
        assert await tx.accounts.count_drifted("other.example", DUE) == {}
        alarms = [await tx.accounts.alarm_host("social.example", at, at - DAY) for at in (DUE, DUE + 5, DUE + DAY + 1)]
        assert alarms == [True, False, True]


async def test_a_verdict_that_is_still_true_is_no_new_version(store: Storage) -> None:
    await publish(store)
    before = await store.read.verdicts.answer(HANDLE)
    async with store.write.transaction() as tx:
        await tx.verdicts.renew("order-1", DUE, b"verdict of today")
    verdict = await store.read.verdicts.of_order("order-1")
    assert verdict is not None
    assert (verdict.version, verdict.status, verdict.at, verdict.body) == (
        1,
        Status.VERIFIED,
        DUE,
        b"verdict of today",
    )
    after = await store.read.verdicts.answer(HANDLE)
    assert before is not None
    assert after is not None
    assert (after[0], after[1] != before[1]) == (b"verdict of today", True)


async def test_every_account_may_be_made_due(store: Storage) -> None:
    await publish(store)
    async with store.write.transaction() as tx:
        await tx.accounts.hasten(NOW)
    assert await store.read.accounts.is_any_due(NOW)


async def test_letters_are_claimed_by_one_and_dropped_by_who_holds_them(store: Storage, other: Storage) -> None:
    await add_order(store, ORDER)
    async with store.write.transaction() as tx:
        for name in ("first", "second"):
            await tx.letters.add("identity-1", name, "fr", {"handle": "@é@x.example", "at": NOW}, NOW)
    async with store.write.transaction() as tx:
        (first,) = await tx.letters.claim(NOW, until(NOW + 60), 1)
    assert (first.letter, first.identity, first.locale, first.attempts) == ("first", "identity-1", "fr", 1)
    assert first.values == {"handle": "@é@x.example", "at": NOW}
    async with other.write.transaction() as tx:
        assert [each.letter for each in await tx.letters.claim(NOW, until(NOW + 60), 10)] == ["second"]
        assert await tx.letters.claim(NOW + 59, until(NOW + 60), 10) == []
        again, _ = await tx.letters.claim(NOW + 60, until(NOW + 120), 10)
    assert (again.id, again.attempts) == (first.id, 2)
    async with store.write.transaction() as tx:
        await tx.letters.drop(first)  # its lease has passed to somebody else
        await tx.letters.put_off(first, NOW + 1_000)
    assert await store.read.letters.is_due(NOW + 120)
    async with other.write.transaction() as tx:
        await tx.letters.put_off(again, NOW + 1_000)
        assert [each.letter for each in await tx.letters.claim(NOW + 120, until(NOW + 180), 10)] == ["second"]
        second, last = await tx.letters.claim(NOW + 1_000, until(NOW + 1_060), 10)
        assert (second.letter, last.letter) in {("first", "second"), ("second", "first")}
        for letter in (second, last):
            await tx.letters.drop(letter)
    assert not await store.read.letters.is_due(NOW + 10_000)
    assert await store.read.identities.contact("nobody") is None


async def test_the_first_silence_and_the_first_denial_of_an_instance_count(store: Storage) -> None:
    async with store.write.transaction() as tx:
        body = await tx.bodies.ensure("body-1", "numerique.gouv.fr", "N", NOW)
        await tx.instances.put("social.example", body, RECORD)
        for at, denied in ((DUE, False), (DUE + 1, True), (DUE + 2, True), (DUE + 3, False)):
            await tx.instances.set_failing("social.example", at, denied=denied)
    instance = await store.read.instances.get("social.example")
    assert instance is not None
    assert (instance.tried_at, instance.failing_since, instance.denied_since) == (DUE + 3, DUE, DUE + 1)


async def test_a_denial_is_over_when_the_record_of_a_body_is_seen(store: Storage) -> None:
    async with store.write.transaction() as tx:
        body = await tx.bodies.ensure("body-1", "numerique.gouv.fr", "N", NOW)
        await tx.bodies.set_failing(body, DUE, DUE + 1, DUE + 2)
        assert await tx.bodies.failing(body) == (DUE, DUE + 1)
        await tx.bodies.prove(body, DUE + 3, None, "secure")
    assert await store.read.bodies.failing(body) == (None, None)
