"""What stops being true while an attestation is being made: it is not published (T00c, T07)."""

import asyncio
from contextlib import suppress

import pytest

from tests.initiators import OPERATOR
from tests.integration.daily import change_key
from tests.integration.half_way import begun
from tests.integration.house import ALICE, HOST, Holder, House
from tests.integration.institution import DOMAIN, attest, order, publish_record
from verifier.core.clock import HOUR
from verifier.core.errors import Conflict
from verifier.core.identifiers import Host
from verifier.core.models import OrderStatus, Reason

WITH_CAUSE = [Reason.ACCOUNT_COMPROMISED, Reason.ISSUED_IN_ERROR]


async def second_order(house: House) -> tuple[str, Holder]:
    """The id of an attestation in force, and an order of the same holder for the same account, ready."""
    first = await house.attest()
    second = await house.order()
    await second.prove()
    return str(first.order["attestation"]).rpartition("/")[2], second


async def withdraw(house: House, attestation: str, reason: Reason) -> None:
    publisher = house.service.registration.publisher
    act = publisher.revoke if reason is Reason.ISSUED_IN_ERROR else publisher.suspend
    await act(attestation, reason, OPERATOR)


@pytest.mark.parametrize("reason", WITH_CAUSE)
async def test_t00c_a_withdrawal_with_cause_is_not_undone_by_an_order_in_the_making(
    house: House, reason: Reason
) -> None:
    attestation, second = await second_order(house)
    await begun(house, second)
    await withdraw(house, attestation, reason)
    await house.service.registration.finalizer.resume()
    assert (await house.lookup(ALICE))["verified"] is False
    assert (await second.show()).json["status"] == "in_review"
    assert (await house.get(f"/v/{second.id}")).status == 200
    assert ALICE not in (await house.get(f"/v/{second.id}")).text


async def test_t00c_nor_when_both_come_at_once(house: House) -> None:
    for number in range(6):
        handle, mailbox = f"@agent{number}@{HOST}", f"agent.{'abcdef'[number]}@numerique.gouv.fr"
        first = await house.attest(handle, mailbox)
        second = await house.order(handle, mailbox)
        await second.prove()
        attestation = str(first.order["attestation"]).rpartition("/")[2]

        async def suspend(attestation: str = attestation, number: int = number) -> bool:
            for _ in range(3 * number):
                await asyncio.sleep(0)
            with suppress(Conflict):  # it was superseded before
                await house.service.registration.publisher.suspend(attestation, Reason.ACCOUNT_COMPROMISED, OPERATOR)
                return True
            return False

        _, suspended = await asyncio.gather(second.finalize(), suspend())
        assert (await house.lookup(handle))["verified"] is not suspended
        kept = await house.service.storage.read.orders.get(second.id)
        assert kept is not None
        assert (kept.status is OrderStatus.IN_REVIEW, kept.attestation_id is None) == (suspended, suspended)


async def test_a_body_whose_word_ends_meanwhile_gets_nothing(house: House) -> None:
    await attest(house)
    second = await order(house, f"@dinum-en@{HOST}")
    await second.prove()
    await begun(house, second)
    await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
    await house.service.registration.finalizer.resume()
    assert (await house.lookup(f"@dinum-en@{HOST}"))["verified"] is False
    assert (await second.show()).json["status"] == "pending"


@pytest.mark.parametrize("what", ["owner", "account"])
async def test_what_lay_in_the_making_for_long_is_asked_again(house: House, what: str) -> None:
    if what == "owner":
        holder = await order(house)
        publish_record(house, holder)
        await holder.challenge("dns-01")
        await holder.prove()
    else:
        holder = await house.order()
        await holder.prove()
    handle = holder.order["handle"]
    await begun(house, holder)
    house.time.pass_(HOUR)
    if what == "owner":
        house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; issuer="']
    else:
        change_key(house.person(handle))
    await house.service.registration.finalizer.resume()
    assert (await house.lookup(handle))["verified"] is False
    assert (await holder.show()).json["status"] == ("ready" if what == "owner" else "pending")


async def test_what_lay_in_the_making_for_long_and_still_holds_is_published(house: House) -> None:
    holder = await house.order()
    await holder.prove()
    await begun(house, holder)
    house.time.pass_(HOUR)
    await house.service.registration.finalizer.resume()
    assert (await house.lookup(ALICE))["verified"] is True
