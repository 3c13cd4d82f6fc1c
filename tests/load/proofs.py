"""Proofs: ours against @digitalbazaar/vc on Node, on the same document and key, in alternate rounds.

Two seconds are compared: that of a core (processor time of all threads: what else the machine does hardly counts),
and that of the clock, in which Node has other threads to compile and to collect.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import base58
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests import parts
from tests.unit.proof.documents import NOW, SITE, Issuer, unsigned
from verifier.appraisal import appraise
from verifier.core.clock import to_rfc3339
from verifier.core.models import StatusBit
from verifier.core.strict_json import Json
from verifier.proof import schemas
from verifier.proof.contexts import OWN_FILE
from verifier.proof.did import method_of
from verifier.proof.sets import BOTH, By, prove_set, verify_set
from verifier.signer.signers import MemorySigner


class Spent(NamedTuple):
    """Seconds: of processor time of all threads, and gone by."""

    core: float
    clock: float


Round = Callable[[int], Spent]  # does that many


class Ours:
    """This service's own functions, on one attestation."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.document = unsigned()
        key = self.issuer.issuing
        self.method = method_of(SITE.did, key.public_key_multibase)
        self._by = [By(suite, key, self.method) for suite in BOTH]
        self._contexts = self.issuer.contexts
        self._resolve = self.issuer.resolve_key
        self.signed = asyncio.run(self._prove())

    async def _prove(self) -> dict[str, Json]:
        return await prove_set(self.document, self._by, created=to_rfc3339(NOW), contexts=self._contexts)

    async def _verify(self) -> None:
        verify_set(self.signed, self._resolve, self._contexts)

    async def _verify_through_pyld(self) -> None:
        verify_set(self.signed, self._resolve, self._contexts.through_pyld())

    async def _appraise(self) -> None:
        async def clear(purpose: str, list_number: int, index: int) -> StatusBit:
            return "clear"

        verdict = await appraise(
            self.signed,
            site=SITE,
            contexts=self._contexts,
            resolve_key=self._resolve,
            status_of=clear,
            now=NOW,
        )
        assert verdict.verified

    def rounds(self) -> dict[str, Round]:
        work = {
            "issue both": self._prove,
            "verify both": self._verify,
            "appraise": self._appraise,
            "verify both through pyld": self._verify_through_pyld,
        }
        return {what: _round(one) for what, one in work.items()}


def _round(one: Callable[[], Coroutine[None, None, object]]) -> Round:
    async def many(count: int) -> Spent:
        clock, core = time.perf_counter(), time.process_time()
        for _ in range(count):
            await one()
        return Spent(time.process_time() - core, time.perf_counter() - clock)

    return lambda count: asyncio.run(many(count))


@contextmanager
def peer(ours: Ours) -> Iterator[dict[str, Round]]:
    """@digitalbazaar/vc, in a process of its own that lives as long as this."""
    parts.install_stranger()
    key = ours.issuer.issuing
    assert isinstance(key, MemorySigner)
    secret = key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    did = ours.issuer.did_document
    method = {"@context": "https://w3id.org/security/multikey/v1", **did["verificationMethod"][0]}
    setting = {
        "unsigned": ours.document,
        "signed": ours.signed,
        "documents": {SITE.context: json.loads(schemas.read(OWN_FILE)), SITE.did: did, ours.method: method},
        "key": {
            "id": ours.method,
            "controller": SITE.did,
            "publicKeyMultibase": key.public_key_multibase,
            "secretKeyMultibase": "z" + base58.b58encode(b"\x80\x26" + secret).decode(),
        },
    }
    node = Path(sys.executable).parent / "node"
    with subprocess.Popen(
        (node, "pace.js"), cwd=parts.STRANGER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sender, answers = process.stdin, process.stdout

        def ask(what: str, count: int) -> Spent:
            print(json.dumps({"what": what, "count": count}), file=sender, flush=True)
            answer = answers.readline()
            if not answer:
                sys.exit(f"the peer ended in {what}")
            return Spent(**json.loads(answer))

        print(json.dumps(setting), file=sender, flush=True)
        yield {what: _asking(ask, what) for what in ("issue both", "issue rdfc", "verify both", "verify rdfc")}
        sender.close()


def _asking(ask: Callable[[str, int], Spent], what: str) -> Round:
    return lambda count: ask(what, count)


def measure(count: int, rounds: int) -> list[tuple[str, str]]:
    """Rows of the table; `count` documents a round."""
    ours = Ours()
    with peer(ours) as theirs:
        runs = {f"peer: {what}": run for what, run in theirs.items()} | ours.rounds()
        for run in runs.values():
            run(count)  # compilers warm up
        spent: dict[str, list[Spent]] = {what: [] for what in runs}
        for _ in range(rounds):
            for what, run in runs.items():
                spent[what].append(run(count))
    pace = {
        what: Spent(*(count / statistics.median(seconds) for seconds in zip(*each, strict=True)))
        for what, each in spent.items()
    }
    rows = [_row(f"@digitalbazaar/vc: {what}", pace[f"peer: {what}"]) for what in theirs]
    for what in ("issue", "verify"):
        rows.append(_row(f"ours: {what} both", pace[f"{what} both"]))
        for part in ("both", "rdfc"):
            here, there = pace[f"{what} both"], pace[f"peer: {what} {part}"]
            ratio = f"**{here.core / there.core:.1f}** | **{here.clock / there.clock:.1f}**"
            rows.append((f"{what}: ours both, against theirs {part}", ratio))
    return [
        *rows,
        _row("ours: the whole appraisal (model, context, both proofs, validity, status)", pace["appraise"]),
        _row("ours: verify both, the long way through pyld", pace["verify both through pyld"]),
    ]


def _row(what: str, pace: Spent) -> tuple[str, str]:
    return what, f"{pace.core:,.0f}/s | {pace.clock:,.0f}/s"
