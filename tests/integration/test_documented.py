"""The code of docs/integration.md, as it stands there: it accepts what is good, and nothing else."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import parts
from tests.initiators import OPERATOR
from tests.integration import stranger
from tests.integration.documented import Ran, blocks, run, shell
from tests.integration.house import ALICE, House, running
from verifier.core.clock import DAY
from verifier.core.errors import ProofError
from verifier.core.models import Reason
from verifier.proof.contexts import of_site
from verifier.proof.did import document_keys
from verifier.proof.sets import BOTH, verify_set

NOW = int(time.time())  # the code of the document has no clock but the machine's
GUIDE = "docs/integration.md"
LOOKUP, WEBFINGER, KEEP, OFFLINE, ANCHORED, SPLIT, ASK = blocks(GUIDE, "sh")
(PROGRAM,) = blocks(GUIDE, "js")
WAYS = ("js", "did-document", "trust-anchor", "verify")
DOORS = ("lookup", "webfinger")

Document = dict[str, Any]


@dataclass
class Reader:
    """Somebody who follows the guide.

    :param attestation: its URL
    :param folder: where the copies are
    """

    house: House
    attestation: str
    folder: Path

    async def shell(self, script: str) -> Ran:
        # Who reads the guide has come by these lines.
        places, get = LOOKUP.partition("curl")[0], KEEP.partition("\n")[0]
        given = {"SERVICE": self.house.base, "HANDLE": ALICE, "ATTESTATION": self.attestation}
        return await shell(f"{places}\n{get}\n{script}", folder=self.folder, given=given)

    async def keep(self) -> None:
        assert await self.shell(KEEP) == Ran(0, "")
        (self.folder / "root.json").write_bytes((self.house.folder / "root.json").read_bytes())  # pinned by hand
        (self.folder / "verify.mjs").write_text(PROGRAM)
        (self.folder / "node_modules").symlink_to(parts.STRANGER / "node_modules")

    def change(self, name: str, change: Callable[[Document], None]) -> None:
        path = self.folder / f"{name}.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    async def node(self) -> Ran:
        return await run(stranger.NODE, "verify.mjs", self.house.base, folder=self.folder)

    async def ways(self) -> dict[str, Ran]:
        """What each piece of code says of the copies."""
        said = (await self.node(), *[await self.shell(script) for script in (OFFLINE, ANCHORED, ASK)])
        return dict(zip(WAYS, said, strict=True))

    async def doors(self) -> dict[str, Ran]:
        return dict(zip(DOORS, [await self.shell(script) for script in (LOOKUP, WEBFINGER)], strict=True))


@asynccontextmanager
async def reading(folder: Path, *, issued: int = NOW) -> AsyncIterator[Reader]:
    """:param issued: when Alice's account was attested"""
    stranger.install()
    copies = folder / "copies"
    copies.mkdir()
    async with running(folder / "data", now=issued) as house:
        yield Reader(house, (await house.attest()).order["attestation"], copies)


def codes(said: dict[str, Ran]) -> dict[str, int]:
    return {name: ran.code for name, ran in said.items()}


def reasons(said: dict[str, Ran]) -> dict[str, str]:
    return {name: ran.said for name, ran in said.items()}


async def suspended(reader: Reader) -> None:
    await reader.house.service.registration.publisher.suspend(
        reader.attestation.rpartition("/")[2], Reason.ACCOUNT_COMPROMISED, OPERATOR
    )
    await reader.house.service.clockwork.run_due("status-lists")  # the signed list follows


async def revoked(reader: Reader) -> None:
    await reader.house.service.registration.publisher.revoke(
        reader.attestation.rpartition("/")[2], Reason.ISSUED_IN_ERROR, OPERATOR
    )
    await reader.house.service.clockwork.run_due("status-lists")  # the signed list follows


async def expired(reader: Reader) -> None:
    reader.house.time.pass_(91 * DAY)
    await reader.house.service.clockwork.run_due("")  # it says so, and signs the lists of today


async def test_what_is_good_is_accepted(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        await reader.keep()
        said = await reader.ways() | await reader.doors()
    assert codes(said) == dict.fromkeys((*WAYS, *DOORS), 0), reasons(said)
    assert f"handle: 'acct:{ALICE[1:]}'" in said["js"].said


async def test_each_half_of_a_split_proof_set_holds_alone_and_only_for_a_reader_of_one(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        await reader.keep()
        assert await reader.shell(SPLIT) == Ran(0, "")
        keys = document_keys(json.loads((reader.folder / "did.json").read_text()))
        contexts = of_site(reader.house.service.site)
        whole = json.loads((reader.folder / "attestation.json").read_text())
        for suite in BOTH:
            copy = json.loads((reader.folder / f"attestation.{suite}.json").read_text())
            covered = verify_set(copy, keys, contexts, suites=(suite,))
            assert covered == {name: value for name, value in whole.items() if name != "proof"}
            with pytest.raises(ProofError, match="proof-suite-missing"):
                verify_set(copy, keys, contexts)


@pytest.mark.parametrize(
    ("ends", "issued", "status"),
    ((suspended, NOW, "suspended"), (revoked, NOW, "revoked"), (expired, NOW - 91 * DAY, "expired")),
    ids=("suspended", "revoked", "expired"),
)
async def test_t47_what_has_ended_is_refused(
    tmp_path: Path, ends: Callable[[Reader], Awaitable[None]], issued: int, status: str
) -> None:
    async with reading(tmp_path, issued=issued) as reader:
        await ends(reader)
        assert (await reader.house.lookup(ALICE))["status"] == status
        await reader.keep()
        said = await reader.ways() | await reader.doors()
    assert codes(said) == dict.fromkeys((*WAYS, *DOORS), 1), reasons(said)
    assert said["js"].said == "refused\n"


def named(document: Document) -> None:
    document["credentialSubject"]["affiliation"]["name"] += "."


def prolonged(document: Document) -> None:
    document["validUntil"] = "2099-01-01T00:00:00Z"


def one_proof(document: Document) -> None:
    document["proof"] = document["proof"][:1]


def without_status(document: Document) -> None:
    del document["credentialStatus"]


def of_others(document: Document) -> None:
    document["issuer"] = "did:web:evil.example"


@pytest.mark.parametrize("change", (named, prolonged, one_proof, without_status, of_others))
async def test_what_was_changed_is_refused(tmp_path: Path, change: Callable[[Document], None]) -> None:
    async with reading(tmp_path) as reader:
        await reader.keep()
        reader.change("attestation", change)
        said = await reader.ways()
    assert all(codes(said).values()), reasons(said)
    assert said["js"].said == "refused\n"


def emptied(document: Document) -> None:
    document["credentialSubject"]["encodedList"] = (
        "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    )


def of_the_other_purpose(document: Document) -> None:
    document["credentialSubject"]["statusPurpose"] = "suspension"


@pytest.mark.parametrize("change", (emptied, of_the_other_purpose))
async def test_t48_a_forged_list_is_no_list(tmp_path: Path, change: Callable[[Document], None]) -> None:
    """Those who look at the lists by themselves; the service looks at its own rows."""
    async with reading(tmp_path) as reader:
        await revoked(reader)
        await reader.keep()
        reader.change("revocation", change)
        said = await reader.ways()
    assert all(codes(said).values()), reasons(said)


async def test_a_list_is_no_attestation_though_the_same_service_signs_it(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        await reader.keep()
        (reader.folder / "attestation.json").write_bytes((reader.folder / "revocation.json").read_bytes())
        said = await reader.ways()
    assert all(codes(said).values()), reasons(said)
    assert said["js"].said == "refused\n"


async def test_a_key_that_the_pinned_document_does_not_name_signs_nothing(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        await reader.keep()
        reader.change("did", lambda document: document.update(assertionMethod=[]))
        said = await reader.ways()
    assert (said["js"].said, said["did-document"].code) == ("refused\n", 1)
    assert (said["trust-anchor"].code, said["verify"].code) == (0, 0)  # they do not look at it
