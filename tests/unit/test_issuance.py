"""The issuing authority: what never reaches the key, and what never leaves it."""

import copy
import logging
from pathlib import Path

import pytest

from tests.integration import house as houses
from tests.integration.house import ALICE, House
from tests.unit.facts import FACTS, SITE
from verifier.core import strict_json
from verifier.core.attestation import parse
from verifier.core.clock import Chance, to_rfc3339
from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.issuance import build
from verifier.issuance.lint import lint
from verifier.proof.sets import prove_set
from verifier.signer.signers import MemorySigner


def test_the_same_facts_make_the_same_document() -> None:
    document = build(FACTS, SITE)
    assert document == build(FACTS, SITE)
    attestation = parse(document)
    assert attestation.base_url == SITE.base_url
    assert document["evidence"][1]["class"] == "state"
    assert "published" not in str(document["credentialSubject"])


def test_every_node_has_an_id() -> None:
    document = build(FACTS, SITE)
    nodes = [document, document["credentialSubject"], document["credentialSubject"]["affiliation"]]
    nodes += [*document["evidence"], *document["credentialStatus"], document["credentialSchema"]]
    ids = [node["id"] for node in nodes]
    assert len(set(ids)) == len(ids)


async def test_a_signer_whose_signature_does_not_hold_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    sign = MemorySigner.sign
    async with houses.running(tmp_path) as house:
        await house.service.clockwork.run_due()  # the status lists are signed with the good key
        holder = await house.order()
        await holder.prove()
        known = (tmp_path / "registry.json").read_text()

        async def wrong(signer: MemorySigner, data: bytes) -> bytes:
            signature = await sign(signer, data)
            return bytes(64) if signer.public_key_multibase in known else signature

        monkeypatch.setattr(MemorySigner, "sign", wrong)
        assert (await holder.finalize()).status == 500
        assert (await house.lookup(ALICE))["status"] == "not_attested"
        assert (await house.get("/api/v1/events")).json["events"] == []
        monkeypatch.setattr(MemorySigner, "sign", sign)
        assert (await holder.finalize()).json["status"] == "issued"
        assert len(await house.service.storage.read.attestations.newest(10)) == 1


async def test_a_list_without_a_free_place_is_told_as_not_now(tmp_path: Path) -> None:
    """The second draw always meets the first."""
    async with houses.running(tmp_path, chance=Chance(below=lambda n: min(5, n - 1))) as house:
        await house.attest()
        holder = await house.order("@bob@social.example", "bob.petit@numerique.gouv.fr")
        await holder.prove()
        for _ in range(2):
            answer = await holder.finalize()
            assert (answer.status, answer.code) == (503, "status-list-full")
        assert (await holder.show()).json["status"] == "issuing"
        assert (await house.lookup("@bob@social.example"))["status"] == "not_attested"


async def test_t43_a_document_that_does_not_lint_reaches_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    signed: list[str] = []
    sign = MemorySigner.sign

    async def counted(signer: MemorySigner, data: bytes) -> bytes:
        signed.append(signer.public_key_multibase)
        return await sign(signer, data)

    async with houses.running(tmp_path) as house:
        await house.service.clockwork.run_due()
        holder = await house.order()
        await holder.prove()
        await spoil(house, holder.id)
        monkeypatch.setattr(MemorySigner, "sign", counted)
        assert (await holder.finalize()).status == 500
        assert signed == []  # not even with a key that is thrown away: what is no attestation is proved in no way


async def spoil(house: House, order_id: str) -> None:
    """As a hand in the database would: a class that is no word of the policy's."""
    async with house.service.storage.write.transaction() as tx:
        await tx.facts._connection.run('UPDATE "order" SET class = $1 WHERE id = $2', "Prime Minister <b>", order_id)


async def test_the_lint_uses_no_key_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it proves is no attestation: signed with the issuing key, it would be one (T00j)."""
    async with houses.running(tmp_path) as house:
        await house.attest()
        issuer = house.service.registration.publisher._issuer
        (row,) = await house.service.storage.read.attestations.newest(10)
        now = issuer._clock.now()
        used = list[str]()
        sign = MemorySigner.sign

        async def noted(signer: MemorySigner, data: bytes) -> bytes:
            used.append(signer.public_key_multibase)
            return await sign(signer, data)

        monkeypatch.setattr(MemorySigner, "sign", noted)
        by = issuer._by(now)
        await lint(row.intent, by, now, contexts=issuer._contexts, chance=issuer._chance)
    assert used
    assert not set(used) & {each.signer.public_key_multibase for each in by}


async def test_t43_what_pyld_reads_otherwise_is_not_signed(tmp_path: Path) -> None:
    """A context that lost a term: the table of our own shape would sign what other readers drop without a word."""
    async with houses.running(tmp_path) as house:
        await house.attest()
        issuer = house.service.registration.publisher._issuer
        (row,) = await house.service.storage.read.attestations.newest(10)
        now, contexts = issuer._clock.now(), copy.copy(issuer._contexts)
        own = contexts.load(house.service.site.context)
        assert isinstance(own, dict)
        lost = strict_json.dumps(own).replace(b'"accountRole"', b'"accountRoll"')
        contexts._documents = {**contexts._documents, house.service.site.context: strict_json.loads(lost)}
        contexts.resolved = {}
        with pytest.raises(ProofError):
            await lint(row.intent, issuer._by(now), now, contexts=contexts, chance=issuer._chance)


@pytest.mark.parametrize(
    "change",
    [
        {"credentialSubject": {"id": "https://evil.example/users/eve"}},
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"id": None},
    ],
)
async def test_t43_what_was_signed_is_what_was_linted_byte_for_byte(tmp_path: Path, change: dict[str, Json]) -> None:
    """The proofs hold, by our own key; but the document is not the one that was linted, and nothing is published."""
    async with houses.running(tmp_path) as house:
        await house.attest()
        issuer = house.service.registration.publisher._issuer
        (row,) = await house.service.storage.read.attestations.newest(10)
        intent, now, contexts = strict_json.loads_object(row.intent), issuer._clock.now(), issuer._contexts
        by = issuer._by(now)
        linted = await lint(row.intent, by, now, contexts=contexts, chance=issuer._chance)
        await issuer._compare(await issuer._sign(linted, by, now), linted, by)
        changed = {name: value for name, value in (intent | change).items() if value is not None}
        signed = await prove_set(changed, by, created=to_rfc3339(now), contexts=contexts)
        with pytest.raises(ProofError, match="signed-differs"):
            await issuer._compare(signed, linted, by)
