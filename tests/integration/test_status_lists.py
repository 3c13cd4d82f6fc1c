"""Our status lists, as the doors serve them and as a stranger reads them."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration import stranger
from tests.integration.house import NOW, House, running
from tests.unit.office import KEYS, office_of
from tests.unit.proof.documents import SITE
from verifier.core import strict_json
from verifier.core.clock import HOUR
from verifier.core.strict_json import Json
from verifier.proof import schemas
from verifier.proof.contexts import OWN_FILE
from verifier.publication.status_lists import PURPOSES, VALIDITY


@pytest.mark.parametrize("withdrawn", ((), ("suspension",), ("revocation",), PURPOSES))
async def test_a_stranger_reads_each_bit_in_its_place(tmp_path: Path, withdrawn: tuple[str, ...]) -> None:
    stranger.install()
    # the stranger has no clock but the machine's
    async with office_of(tmp_path, now=int(time.time())) as office:
        attestation, *others = [await office.issue() for _ in range(4)]
        for purpose in PURPOSES:
            for each in [*others, *([attestation] if purpose in withdrawn else [])]:
                await office.withdraw(purpose, each)
        given: dict[str, Json] = {SITE.did: KEYS.did_document, SITE.context: strict_json.loads(schemas.read(OWN_FILE))}
        given |= {SITE.status_list(purpose, 1): await office.document(purpose) for purpose in PURPOSES}
        answer = stranger.verify(strict_json.loads_object(attestation.body or b""), given)
    status = answer["status"]
    assert (status["verified"], status["error"], set(status["set"])) == (True, None, set(withdrawn))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path) as made:
        yield made


async def test_t48_a_cached_copy_never_outlives_the_list(house: House) -> None:
    await house.attest()
    door = "/status/revocation/1"
    for left, seconds in ((VALIDITY, 60), (61, 60), (59, 59), (1, 1), (0, 0)):
        house.time.at = NOW + VALIDITY - left
        answer = await house.get(door)
        assert answer.headers["Cache-Control"] == f"public, max-age={seconds}"


async def test_a_list_is_signed_again_each_hour(house: House) -> None:
    await house.attest()
    before = (await house.get("/status/suspension/1")).json
    house.time.pass_(HOUR)
    await house.service.clockwork.run_due()
    after = (await house.get("/status/suspension/1")).json
    assert after["validUntil"] > before["validUntil"]
