"""Letters that wait: sent once the relay takes them, once each, to whom they are for."""

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.daily import letters
from tests.integration.house import ALICE, HOST, MAILBOX, NOW, House
from tests.leases import until
from verifier.app import compose
from verifier.core.clock import DAY, HOUR
from verifier.core.models import Reason
from verifier.core.strict_json import Json
from verifier.jobs.letters import GIVEN_UP


async def send(house: House) -> None:
    await house.service.clockwork.run_due("letters")


async def add(house: House, to: str | None = None, values: dict[str, Json] | None = None) -> None:
    async with house.service.storage.write.transaction() as tx:
        await tx.letters.add(to, "host-alarm", "en", values or {"host": HOST, "count": 1}, house.time.at)


async def waiting(house: House) -> int:
    row = await house.service.storage.read.facts._connection.row("SELECT COUNT(*) FROM outbox WHERE kind = 'letter'")
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(("locale", "subject"), [("fr", "Une attestation est suspendue"), ("en", None)])
@pytest.mark.engines
async def test_a_suspension_is_told_in_the_language_of_the_order(
    house: House, locale: str, subject: str | None
) -> None:
    holder = await house.attest(locale=locale)
    await house.service.registration.publisher.suspend(
        holder.order["attestation"].rpartition("/")[2], Reason.ACCOUNT_CHANGED, OPERATOR
    )
    await send(house)
    assert letters(house) == [(MAILBOX, subject or "An attestation is suspended")]
    message = message_from_bytes(house.smtp.received[-1].content, policy=SMTP)
    body = message.get_body()
    assert body is not None
    golden = Path(__file__).parent.parent / "unit" / "letters" / f"suspended.{locale}.txt"
    expected = golden.read_text().partition("\n\n")[2].replace("@alice@social.example", ALICE)
    expected = expected.replace("https://comptes.example.gouv.fr", house.base).replace("abcdefghij234567", holder.id)
    assert body.get_content().replace("\r\n", "\n") == expected
    await send(house)
    assert len(letters(house)) == 1
    assert await waiting(house) == 0


async def test_a_letter_and_what_it_tells_are_one_change(house: House) -> None:
    holder = await house.attest()
    attestation = await house.service.storage.read.attestations.get(holder.order["attestation"].rpartition("/")[2])
    assert attestation is not None

    async def half() -> None:
        async with house.service.storage.write.transaction() as tx:
            await house.service.registration.publisher.suspend_all(tx, (attestation,), Reason.ACCOUNT_LOST, OPERATOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    assert await waiting(house) == 0
    assert (await house.lookup(ALICE))["status"] == "verified"


@pytest.mark.engines
async def test_t00b_a_holder_learns_that_somebody_else_asks_for_the_account(house: House) -> None:
    await house.attest(locale="en")
    other = await house.order(ALICE, "bob.petit@numerique.gouv.fr")
    await other.prove()
    for _ in range(2):
        assert (await other.finalize()).json["status"] == "in_review"
        await send(house)
    assert letters(house) == [(MAILBOX, "Somebody else asks for an account that is attested to you, or was")]


async def test_who_asks_again_for_their_own_account_is_not_told(house: House) -> None:
    await house.attest()
    await house.attest()
    await send(house)
    assert letters(house) == []


async def test_a_relay_that_is_down_gets_it_later_and_less_and_less_often(tmp_path: Path) -> None:
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        await add(house)
        house.smtp.refuse["DATA"] = "451 later"
        tries = []
        seen = 0
        for _ in range(6 * 60):
            await send(house)
            row = await house.service.storage.read.facts._connection.row(
                "SELECT attempts FROM outbox WHERE kind = 'letter'"
            )
            assert row is not None
            if row[0] > seen:
                tries.append((house.time.at - NOW) // 60)
                seen = row[0]
            house.time.pass_(60)
        assert tries == [0, 1, 3, 7, 15, 31, 63, 127, 255]
        house.smtp.refuse.clear()
        house.time.pass_(6 * HOUR)
        await send(house)
        await send(house)
        assert letters(house) == [
            ("astreinte@numerique.gouv.fr", "Alert: the attestations of a whole server are suspended")
        ]


async def test_a_letter_that_nobody_takes_is_given_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        await add(house)
        house.smtp.refuse["RCPT"] = "550 nobody"
        await send(house)
        house.time.pass_(GIVEN_UP - 1)
        await send(house)
        assert await waiting(house) == 1
        house.time.pass_(DAY)
        await send(house)
        assert await waiting(house) == 0
        assert "is given up: mail-refused" in caplog.text
        assert letters(house) == []


@pytest.mark.engines
async def test_a_letter_to_nobody_is_dropped(house: House) -> None:
    await add(house)  # there is no address for alerts
    await add(house, "identity-of-nobody")
    await send(house)
    assert await waiting(house) == 0
    assert letters(house) == []


async def test_of_two_processes_one_sends_it_and_a_crash_sends_it_again(tmp_path: Path) -> None:
    async with houses.running(tmp_path, alerts_to="astreinte@numerique.gouv.fr") as house:
        await add(house)
        async with house.service.storage.write.transaction() as tx:
            (claimed,) = await tx.letters.claim(house.time.at, until(house.time.at + 300), 10)  # and that process dies
        async with compose(house.service.settings, clock=house.time.clock) as other:
            await other.clockwork.run_due("letters")
            assert letters(house) == []
            house.time.pass_(300)
            await other.clockwork.run_due("letters")
            assert len(letters(house)) == 1
        await add(house)
        async with house.service.storage.write.transaction() as tx:
            await tx.letters.drop(claimed)  # it was slow, not dead: the next letter of that number is not its own
        assert await waiting(house) == 1
