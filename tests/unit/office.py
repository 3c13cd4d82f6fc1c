"""An issuing office on a store of its own: orders in, attestations and status lists out."""

import gzip
import itertools
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.proof.documents import NOW, SITE
from tests.unit.proof.documents import Issuer as Signing
from verifier.core import strict_json
from verifier.core.clock import DAY, Chance, Clock
from verifier.core.identifiers import Digest, Handle
from verifier.core.models import AccountPin, End, IdentityType
from verifier.issuance import Facts, Issuer, Proof, Reservation
from verifier.proof.did import method_of
from verifier.proof.sets import BOTH, By
from verifier.publication.status_lists import LENGTH, StatusLists
from verifier.signer import Signer
from verifier.storage import Attestation, NewOrder, Storage, open_storage

KEYS = Signing()


def by(signer: Signer) -> list[By]:
    return [By(suite, signer, method_of(SITE.did, signer.public_key_multibase)) for suite in BOTH]


def lists_of(storage: Storage, length: int = LENGTH, *, now: int = NOW) -> StatusLists:
    clock = Clock(lambda: now)
    return StatusLists(
        site=SITE, storage=storage, contexts=KEYS.contexts, by=lambda _: by(KEYS.issuing), clock=clock, length=length
    )


def facts(drawn: Reservation, now: int) -> Facts:
    pin = AccountPin(Handle.parse("a@b.example"), "https://b.example/a", "https://b.example/@a", str(Digest.of(b"")))
    return Facts(
        attestation_id=drawn.attestation_id,
        pin=pin,
        role="agent",
        domain="numerique.gouv.fr",
        name="Numérique",
        account=Proof("rel-me-01", now),
        identity=(Proof("email-01", now, "state"),),
        revocation=(drawn.number, drawn.revocation),
        suspension=(drawn.number, drawn.suspension),
        valid_from=now,
        valid_until=now + 90 * DAY,
    )


@dataclass
class Office:
    """Issues from lists of a length of its own."""

    storage: Storage
    lists: StatusLists
    issuer: Issuer
    numbers: Iterator[int]
    now: int

    async def issue(self) -> Attestation:
        order = NewOrder(
            id=f"order{next(self.numbers)}",
            token_digest=b"",
            handle="acct:a@b.example",
            identity_type=IdentityType.AGENT,
            identity_key=b"",
            mailbox=None,
            mail_domain="numerique.gouv.fr",
            contact_key=b"",
            domain="numerique.gouv.fr",
            decision="issue",
            class_="state",
            rule="",
            policy_version="",
            listed=False,
            affiliation="body",
            claimed_name=None,
            locale="fr",
            created_at=self.now,
            expires_at=self.now,
        )
        async with self.storage.write.transaction() as tx:
            await tx.orders.add(order, {End.ACCOUNT: "any"}, ())
        return await self.issuer.issue(order.id, None, facts, listed=False)

    async def withdraw(self, purpose: str, attestation: Attestation) -> None:
        async with self.storage.write.transaction() as tx:
            if purpose == "revocation":
                await tx.attestations.set_revoked(attestation.id, self.now)
            else:
                await tx.attestations.set_suspended(attestation.id, self.now)
        await self.lists.sign(purpose, attestation.revocation_list)

    async def document(self, purpose: str, number: int = 1) -> dict[str, Any]:
        stored = await self.storage.read.status_lists.get(purpose, number)
        assert stored is not None
        return strict_json.loads_object(stored[0])

    async def set_in(self, purpose: str, number: int = 1) -> set[int]:
        """The places that are set, read without our own code: left-most bit first."""
        text = (await self.document(purpose, number))["credentialSubject"]["encodedList"]
        raw = gzip.decompress(urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
        return {at for at, bit in enumerate("".join(f"{byte:08b}" for byte in raw)) if bit == "1"}


@asynccontextmanager
async def office_of(
    folder: Path, *, length: int = LENGTH, chance: Chance | None = None, now: int = NOW
) -> AsyncIterator[Office]:
    async with await open_storage(f"sqlite:///{folder / 'store.sqlite3'}") as storage:
        lists = lists_of(storage, length, now=now)
        issuer = Issuer(
            site=SITE,
            storage=storage,
            contexts=KEYS.contexts,
            by=lambda _: by(KEYS.issuing),
            lists_with_room=lists.with_room,
            clock=Clock(lambda: now),
            chance=chance or Chance(),
        )
        yield Office(storage, lists, issuer, itertools.count(), now)
