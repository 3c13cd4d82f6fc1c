"""What `finalize` asks once more, and what it leaves when something no longer holds."""

import asyncio

import pytest

from tests.initiators import OPERATOR
from tests.integration.daily import change_key, letters
from tests.integration.half_way import begun
from tests.integration.house import ALICE, HOST, Holder, House
from tests.integration.institution import CONTACT, DOMAIN, attest, challenges, order
from tests.integration.signing import issuing_keys, signatures
from verifier.core.clock import HOUR
from verifier.core.identifiers import Host
from verifier.core.models import OrderStatus
from verifier.storage import Attestation


async def kept(house: House, holder: Holder) -> tuple[OrderStatus, str | None]:
    found = await house.service.storage.read.orders.get(holder.id)
    assert found is not None
    return found.status, found.attestation_id


async def test_two_strangers_at_once_on_one_account_are_both_examined_but_for_the_first(house: House) -> None:
    """Before either is published nothing is attested yet: both would be (T00e)."""
    first, second = await house.order(), await house.order(email="bob.petit@numerique.gouv.fr")
    for holder in (first, second):
        await holder.prove()
    await begun(house, first)
    assert (await second.finalize()).json["status"] == "in_review"
    await house.service.registration.finalizer.resume()
    assert (await first.show()).json["status"] == "issued"


async def test_the_contact_hears_of_another_who_would_speak_for_the_body(house: House) -> None:
    await attest(house)
    newcomer = await order(house, f"@mallory@{HOST}", email="mallory.agent@numerique.gouv.fr")
    await newcomer.prove()
    assert (await newcomer.finalize()).json["status"] == "in_review"
    await house.service.clockwork.run_due("letters")
    told = [subject for to, subject in letters(house) if to == CONTACT]
    assert told[-1:] == ["Quelqu'un d'autre demande un compte au nom de votre organisme"], told


async def test_what_proved_the_body_is_begun_anew_with_its_new_token(house: House) -> None:
    await attest(house)
    second = await order(house, f"@dinum-en@{HOST}")
    await second.prove()
    before = challenges(second.order, "identity")["dns-01"]
    await house.service.registration.bodies.renew_token(Host(DOMAIN), OPERATOR)
    answer = await second.finalize()
    assert (answer.status, answer.code) == (409, "body-proof-ended")
    now = challenges((await second.show()).json, "identity")["dns-01"]
    assert (now["status"], now["name"]) == ("pending", before["name"])
    assert "token=" in now["value"]
    assert now["value"] != before["value"]


async def test_what_was_signed_with_a_former_proof_is_nobodys(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the signature and the publication; then the account is another one."""
    holder = await house.order()
    await holder.prove()
    await begun(house, holder)
    publisher = house.service.registration.publisher

    async def crash(_row: Attestation, *_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publisher, "_publish", crash)
        with pytest.raises(KeyboardInterrupt):
            await publisher.issue(holder.id)
    status, signed = await kept(house, holder)
    assert (status, signed is None) == (OrderStatus.ISSUING, False)
    house.time.pass_(HOUR)
    change_key(house.person(ALICE))
    await house.service.registration.finalizer.resume()
    assert await kept(house, holder) == (OrderStatus.PENDING, None)
    await holder.challenge("rel-me-01")
    await holder.finalize()
    _, anew = await kept(house, holder)
    assert anew not in (None, signed)


async def test_who_asks_twice_at_once_has_it_signed_once(house: House) -> None:
    await house.service.clockwork.run_due()
    holder = await house.order()
    await holder.prove()
    with signatures() as used:
        answers = await asyncio.gather(*(holder.finalize() for _ in range(3)))
    assert {answer.json["status"] for answer in answers} == {"issued"}
    assert (
        len([key for key in used if key in issuing_keys(house.folder)]) == 2
    )  # one signature for each proof of the set


async def test_a_valid_challenge_stays_valid_once_the_order_is_closed(house: House) -> None:
    """Who sends it again, since the answer was lost, is told what it was."""
    holder = await house.attest()
    answer = await holder.challenge("rel-me-01")
    assert (answer.status, answer.json["status"]) == (200, "valid")


async def test_the_owner_of_each_domain_is_asked(house: House) -> None:
    """That of the mailbox, which has a policy of its own, and that of the body which it speaks of."""
    service = house.base.partition("://")[2]
    house.dns.zone["_official-account.ext.numerique.gouv.fr", "TXT"] = [f'"policy; issuer={service}"']
    asked = {"email": "leo.petit@ext.numerique.gouv.fr"}
    assert (await house.new_order(**asked)).status == 201
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = ['"policy; agents=no"']
    refused = await house.new_order(**asked)
    assert (refused.status, refused.code) == (422, "owner-forbids-agents")
