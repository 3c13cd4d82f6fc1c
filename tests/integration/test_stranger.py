"""A stranger agrees: another implementation, in another language, verifies what we sign."""

import copy
import json
import time
from collections.abc import Iterable
from typing import Any

import pytest

from tests.integration import stranger
from tests.unit.proof.documents import SITE, Issuer, unsigned
from verifier.core.attestation import CREDENTIALS_V2
from verifier.core.clock import to_rfc3339
from verifier.core.strict_json import Json
from verifier.proof import bitstring, schemas
from verifier.proof.contexts import OWN_FILE
from verifier.proof.sets import BOTH

ISSUER = Issuer()
NOW = int(time.time())  # the stranger has no clock but the machine's


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    stranger.install()


async def status_list(purpose: str, indexes: Iterable[int] = ()) -> dict[str, Json]:
    id_ = SITE.status_list(purpose, 1)
    document = {
        "@context": [CREDENTIALS_V2],
        "id": id_,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": SITE.did,
        "validFrom": to_rfc3339(NOW),
        "validUntil": to_rfc3339(NOW + 86_400),
        "credentialSubject": {
            "id": f"{id_}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bitstring.encode(bitstring.of_indexes(indexes)),
        },
    }
    return await ISSUER.sign(document, created=NOW)


async def documents(**changed: Json) -> dict[str, Json]:
    lists = [await status_list(purpose) for purpose in ("revocation", "suspension")]
    given: dict[str, Json] = {SITE.did: ISSUER.did_document, SITE.context: json.loads(schemas.read(OWN_FILE))}
    return given | {each["id"]: each for each in lists} | changed


async def signed(role: str = "office") -> dict[str, Any]:
    return await ISSUER.sign(unsigned(role, now=NOW), created=NOW)


@pytest.mark.parametrize("role", ("office", "agent", "mandate"))
async def test_a_stranger_agrees_with_both_proofs_of_one_set_and_with_the_status_lists(role: str) -> None:
    answer = stranger.verify(await signed(role), await documents())
    assert answer.pop("status") == {"verified": True, "error": None, "set": []}
    assert answer == {suite: {"verified": True, "error": None} for suite in BOTH}


async def test_a_byte_changed_is_refused_by_both() -> None:
    document = copy.deepcopy(await signed())
    document["credentialSubject"]["affiliation"]["name"] += "."
    answer = stranger.verify(document, await documents())
    assert [answer[suite]["verified"] for suite in BOTH] == [False, False]
    assert all("Invalid signature" in answer[suite]["error"] for suite in BOTH)


async def test_t43_a_member_that_no_context_knows_is_refused_by_both() -> None:
    answer = stranger.verify({**await signed(), "role": "minister"}, await documents())
    assert [answer[suite]["verified"] for suite in BOTH] == [False, False]


async def test_a_withdrawal_is_seen() -> None:
    suspended = {SITE.status_list("suspension", 1): await status_list("suspension", [3])}
    answer = stranger.verify(await signed(), await documents(**suspended))
    assert answer["status"] == {"verified": True, "error": None, "set": ["suspension"]}


async def test_a_forged_status_list_is_refused() -> None:
    forged = await status_list("revocation", [94567])
    forged["credentialSubject"]["encodedList"] = bitstring.encode(bitstring.of_indexes([]))
    answer = stranger.verify(await signed(), await documents(**{forged["id"]: forged}))
    assert answer["status"]["verified"] is False


async def test_a_key_that_has_left_the_did_document_vouches_no_more() -> None:
    did = {**ISSUER.did_document, "assertionMethod": []}
    answer = stranger.verify(await signed(), await documents(**{SITE.did: did}))
    assert [answer[suite]["verified"] for suite in BOTH] == [False, False]
