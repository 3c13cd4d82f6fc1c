"""An attestation that ends, at every door at once; and agents that no list shows (T00c, T00d, T47, T48)."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.stored import INTENT
from tests.initiators import OPERATOR
from tests.integration.house import ALICE, Holder, House
from verifier.core.attestation import LIFETIME
from verifier.core.clock import DAY, HOUR
from verifier.core.errors import Conflict, NotFound
from verifier.core.models import Reason
from verifier.core.strict_json import Json
from verifier.proof import bitstring
from verifier.publication.status_lists import VALIDITY

_MARK = re.compile(r'class="mark tone-([a-z-]+)"')


async def everywhere(house: House, holder: Holder, document: Json) -> dict[str, Any]:
    """What each door says of one account."""
    verdict = await house.lookup(ALICE)
    account = (await house.get(f"/api/v1/accounts/{ALICE[1:]}")).json
    batch = (await house.post("/api/v1/lookup", {"handles": [ALICE]})).json["results"][0]
    url = await house.lookup("https://social.example/users/alice")
    assert verdict == account == batch == url
    page = await house.get(f"/v/{holder.id}")
    verified = (await house.post("/api/v1/verify", {"attestation": document})).json
    jrd = (await house.get("/.well-known/webfinger?resource=acct:alice@social.example")).json
    bits = {}
    for entry in document["credentialStatus"]:
        purpose = entry["statusPurpose"]
        statuses = (await house.get(f"/status/{purpose}/1")).json
        decoded = bitstring.decode(statuses["credentialSubject"]["encodedList"])
        bits[purpose] = bitstring.is_set(decoded, int(entry["statusListIndex"]))
    events = (await house.get("/api/v1/events")).json["events"]
    marks = [
        _MARK.findall((await house.get(path, Accept="text/html")).text)
        for path in (f"/?handle={ALICE}", f"/v/{holder.id}", holder.order["attestation"])
    ]
    return {
        "lookup": (verdict["status"], verdict["verified"], verdict["reason"]),
        "page rel=me": 'rel="me"' in page.text or "Link" in page.headers,
        "page names": ALICE in page.text,
        "marks": marks,
        "verify": (verified["verified"], verified["status"]),
        "webfinger": (
            jrd["properties"]["https://w3id.org/fediverse-account#status"],
            "me" in [link["rel"] for link in jrd["links"]],
        ),
        "bits": bits,
        "event": (events[-1]["kind"], events[-1]["reason"]),
    }


async def signed(house: House, holder: Holder) -> Any:  # noqa: ANN401
    return json.loads((await house.get(holder.order["attestation"])).body)


BEFORE = {
    "lookup": ("verified", True, None),
    "page rel=me": True,
    "page names": True,
    "marks": [["person"]] * 3,
    "verify": (True, "ok"),
    "webfinger": ("verified", True),
    "bits": {"revocation": False, "suspension": False},
    "event": ("issued", None),
}


@pytest.mark.parametrize("kind", ("suspended", "revoked"))
@pytest.mark.engines
async def test_t00c_every_door_changes_at_once(house: House, kind: str) -> None:
    holder = await house.attest(listed=True)
    document = await signed(house, holder)
    for _ in range(3):  # whatever a door remembers, it remembers by now
        assert await everywhere(house, holder, document) == BEFORE
    tag = (await house.get(f"/api/v1/lookup?handle={ALICE}")).headers["ETag"]
    act = (
        house.service.registration.publisher.suspend
        if kind == "suspended"
        else house.service.registration.publisher.revoke
    )
    house.time.pass_(60)
    await act(document["id"].rpartition("/")[2], Reason.ACCOUNT_COMPROMISED, OPERATOR)
    await house.service.clockwork.run_due("status-lists")
    assert await everywhere(house, holder, document) == {
        "lookup": (kind, False, "account-compromised"),
        "page rel=me": False,
        "page names": False,
        "marks": [["caution" if kind == "suspended" else "ended"]] * 3,
        "verify": (False, "failed"),
        "webfinger": (kind, False),
        "bits": {"revocation": kind == "revoked", "suspension": kind == "suspended"},
        "event": (kind, "account-compromised"),
    }
    assert (await house.lookup(ALICE))["asOf"] == "2026-11-23T10:01:00Z"
    assert (await house.get(f"/api/v1/lookup?handle={ALICE}", If_None_Match=tag)).status == 200
    # The signed bytes stay what they are: their status is what changed.
    assert await signed(house, holder) == document


async def test_a_suspension_may_become_a_revocation_and_not_the_reverse(house: House) -> None:
    holder = await house.attest()
    id_ = holder.order["attestation"].rpartition("/")[2]
    publisher = house.service.registration.publisher
    await publisher.suspend(id_, Reason.HOLDER_REQUEST, OPERATOR)
    with pytest.raises(Conflict):
        await publisher.suspend(id_, Reason.HOLDER_REQUEST, OPERATOR)
    await publisher.revoke(id_, Reason.ACCOUNT_LOST, OPERATOR)
    assert (await house.lookup(ALICE))["status"] == "revoked"
    for act in (publisher.suspend, publisher.revoke):
        with pytest.raises(Conflict):
            await act(id_, Reason.HOLDER_REQUEST, OPERATOR)
    assert [event["kind"] for event in (await house.get("/api/v1/events")).json["events"]] == [
        "issued",
        "suspended",
        "revoked",
    ]


async def test_t00d_an_unlisted_agent_is_found_by_exact_handle_alone(house: House) -> None:
    holder = await house.attest()
    id_ = holder.order["attestation"].rpartition("/")[2]
    assert (await house.lookup(ALICE))["status"] == "verified"
    await house.service.registration.publisher.suspend(id_, Reason.HOLDER_REQUEST, OPERATOR)
    await house.service.registration.publisher.revoke(id_, Reason.ACCOUNT_LOST, OPERATOR)
    feed = (await house.get("/api/v1/events")).json
    at = "2026-11-23T10:00:00Z"
    assert feed["events"] == [
        {"seq": seq, "at": at, "kind": kind, "listed": False}
        for seq, kind in enumerate(("issued", "suspended", "revoked"), 1)
    ]
    for handle in (
        "@a1ice@social.example",
        "@alice@s0cial.example",
        "@alic@social.example",
        "@alice@social.example.fr",
    ):
        assert (await house.lookup(handle))["lookalike"] is None
    for path in (
        "/api/v1/events",
        "/status/revocation/1",
        "/status/suspension/1",
        "/.well-known/did.json",
        "/",
        "/api/v1/lookup?handle=@ali@social.example",
    ):
        text = (await house.get(path)).text
        assert "alice" not in text
        assert id_ not in text


async def test_t47_an_attestation_whose_time_is_over(house: House) -> None:
    holder = await house.attest(listed=True)
    document = await signed(house, holder)
    house.time.pass_(LIFETIME - 1)
    await house.service.clockwork.run_due()
    assert await everywhere(house, holder, document) == BEFORE
    house.time.pass_(1)
    verified = (await house.post("/api/v1/verify", {"attestation": document})).json
    assert (verified["verified"], verified["validity"]) == (False, "failed")
    (problem,) = verified["problems"]
    assert (problem["axis"], problem["pointer"]) == ("validity", "/attestation/validUntil")
    house.time.pass_(10)
    await house.service.clockwork.run_due()
    now = await everywhere(house, holder, document)
    assert now["lookup"] == ("expired", False, None)
    assert (now["page rel=me"], now["page names"], now["marks"]) == (False, False, [["ended"]] * 3)
    assert now["webfinger"] == ("expired", False)
    assert now["verify"] == (False, "ok")
    with pytest.raises(Conflict):
        await house.service.registration.publisher.suspend(
            document["id"].rpartition("/")[2], Reason.HOLDER_REQUEST, OPERATOR
        )


async def test_t47_what_is_over_is_over_before_anybody_asks(house: House) -> None:
    """After a long stop: more attestations have ended than one round of the clockwork takes."""
    for n in range(3):
        await house.attest(f"@u{n}@social.example", f"u.n{n}@numerique.gouv.fr")
    house.time.pass_(LIFETIME)
    await house.service.registration.publisher.expire(limit=2)
    await house.service.clockwork.run_due()
    assert {(await house.lookup(f"@u{n}@social.example"))["status"] for n in range(3)} == {"expired"}


async def test_t00c_the_reason_of_a_suspension_outlives_the_attestation(house: House) -> None:
    document = await signed(house, await house.attest())
    publisher = house.service.registration.publisher
    await publisher.suspend(document["id"].rpartition("/")[2], Reason.ACCOUNT_COMPROMISED, OPERATOR)
    house.time.pass_(LIFETIME)
    await publisher.expire()
    verdict = await house.lookup(ALICE)
    assert (verdict["status"], verdict["reason"]) == ("expired", "account-compromised")


async def test_t00c_a_revocation_that_comes_just_before_the_end_is_written_stays(house: House) -> None:
    await house.attest()
    (order,) = await house.service.storage.read.orders.newest(None, 1)
    house.time.pass_(LIFETIME)
    publisher = house.service.registration.publisher
    async with house.service.storage.write.transaction() as tx:
        expiring = asyncio.create_task(publisher.expire())
        await asyncio.sleep(0)  # it has read which have ended, and waits for its turn
        attestation = await tx.attestations.get(order.attestation_id or "")
        assert attestation is not None
        await publisher.supersede(tx, attestation, OPERATOR)
    await expiring
    assert (await house.lookup(ALICE))["status"] == "revoked"


@pytest.mark.parametrize("withdraw", ["suspend", "revoke"])
async def test_what_was_never_published_is_not_withdrawn(house: House, withdraw: str) -> None:
    holder = await house.order()
    async with house.service.storage.write.transaction() as tx:
        await tx.attestations.reserve(replace(INTENT, order_id=holder.id))
    with pytest.raises(NotFound, match="attestation-not-found"):
        await getattr(house.service.registration.publisher, withdraw)(INTENT.id, Reason.HOLDER_REQUEST, OPERATOR)


async def test_t47_the_reasons_differ(house: House) -> None:
    problems = {}
    for user, reason in (("revoked", "revoke"), ("suspended", "suspend"), ("expired", "")):
        holder = await house.attest(f"@{user}@social.example", f"{user}.x@numerique.gouv.fr")
        document = await signed(house, holder)
        if reason:
            await getattr(house.service.registration.publisher, reason)(
                document["id"].rpartition("/")[2], Reason.HOLDER_REQUEST, OPERATOR
            )
        else:
            house.time.pass_(LIFETIME)
            await house.service.clockwork.run_due()
        answer = (await house.post("/api/v1/verify", {"attestation": document})).json
        assert answer["verified"] is False
        problems[user] = [(each["axis"], each["type"].partition("#")[2]) for each in answer["problems"]]
    assert problems == {
        "revoked": [("status", "status-revocation")],
        "suspended": [("status", "status-suspension")],
        "expired": [("validity", "expired")],
    }


async def test_t48_the_service_reads_its_rows_however_old_its_lists_are(house: House) -> None:
    holder = await house.attest()
    document = await signed(house, holder)
    house.time.pass_(VALIDITY)
    assert (await house.post("/api/v1/verify", {"attestation": document})).json["verified"] is True
    async with house.service.storage.write.transaction() as tx:  # a signature of ours without a row: an older backup
        await tx.facts._connection.run("UPDATE attestation SET revocation_index = revocation_index + 1")
    answer = (await house.post("/api/v1/verify", {"attestation": document})).json
    assert (answer["verified"], answer["status"]) == (False, "unknown")
    assert answer["problems"][0]["type"].endswith("#status-unknown")


@pytest.mark.engines
async def test_t48_lists_are_signed_again_each_hour(house: House) -> None:
    await house.attest()
    await house.service.clockwork.run_due()
    seen = []
    for _ in range(3):
        document = (await house.get("/status/revocation/1")).json
        seen.append((document["validFrom"], document["validUntil"], document["proof"][0]["created"]))
        house.time.pass_(HOUR)
        await house.service.clockwork.run_due()
    assert [times[0] for times in seen] == [f"2026-11-23T1{n}:00:00Z" for n in range(3)]
    assert [times[1] for times in seen] == [f"2026-11-24T1{n}:00:00Z" for n in range(3)]
    assert VALIDITY == DAY
