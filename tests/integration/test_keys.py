"""Keys of a service that runs: each purpose its own, in files or tokens, of two algorithms, as the registry says."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.doubles import softhsm
from tests.integration import house as houses
from tests.integration import stranger
from tests.integration.drill import attest, signed_with
from tests.integration.house import ALICE, House
from tests.integration.of_before import before
from verifier.app import compose, key_folder
from verifier.cli import group
from verifier.core.clock import Chance, Clock
from verifier.core.errors import ConfigError
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.settings import Settings
from verifier.signer import Algorithm, KeyFolder, SignedRegistry, generate, hsm, keystore, store
from verifier.signer.trust import SignedRoot, check_threshold, follow

ALGORITHMS: tuple[Algorithm, ...] = ("ed25519", "p256")


def folder_of(house: House) -> KeyFolder:
    return key_folder(house.service.settings, house.time.clock, Chance())


async def verified(house: House, document: Json) -> bool:
    return bool((await house.post("/api/v1/verify", {"attestation": document})).json["verified"])


async def published(house: House) -> set[str]:
    document = (await house.get("/.well-known/did.json")).json
    return {str(method).partition("#")[2] for method in document["assertionMethod"]}


def run(house: House, *words: str) -> str:
    settings = house.service.settings
    environment = {"VERIFIER_DATABASE_URL": settings.database_url, "VERIFIER_BASE_URL": house.base}
    given = ["--sandbox", *words]
    # A command has a loop of its own, and so needs a thread of its own here.
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(CliRunner().invoke, group, given, obj=house.time.clock, env=environment).result()
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.output


async def test_t51_each_purpose_has_a_key_of_its_own(house: House) -> None:
    for purpose in ("log", "http"):
        assert f"{purpose} key z6Mk" in run(house, "keys", "generate", purpose)
    listed = json.loads(run(house, "keys", "list", "--json"))
    keys = {key["purpose"]: key["publicKeyMultibase"] for key in listed["registry"]["signed"]["keys"]}
    assert (len(set(keys.values())), set(keys)) == (3, {"issuing", "log", "http"})
    assert "'status' is not one of 'issuing', 'log', 'http'" in run(house, "keys", "generate", "status")
    assert await published(house) == {keys["issuing"]}
    document = await attest(house, "alice")
    assert signed_with(document) == keys["issuing"]
    assert signed_with((await house.get("/status/revocation/1")).json) == keys["issuing"]


async def test_a_client_with_the_pinned_root_follows_the_registry(house: House) -> None:
    folder = folder_of(house)
    pinned = store.read(folder.anchor_path, SignedRoot)
    assert pinned is not None
    for version in (1, 2):
        answer = await house.get("/keys/registry.json")
        document = SignedRegistry.model_validate(answer.json, by_alias=True, by_name=False)
        trusted = follow(document, pinned.signed, now=house.time.at, seen=version)
        assert (trusted.version, answer.body) == (version, folder.registry_path.read_bytes())
        assert {key.id for key in trusted.keys} == await published(house)
        keystore.rotate(folder, Purpose.ISSUING)


async def test_t50_status_lists_are_signed_again_after_a_change_of_the_keys(house: House) -> None:
    await house.service.clockwork.run_due()
    folder = folder_of(house)
    old = signed_with((await house.get("/status/revocation/1")).json)
    house.time.pass_(10)
    keystore.distrust(folder, old, after=house.time.at)
    new = generate(folder, Purpose.ISSUING)
    await house.service.clockwork.run_due()
    for purpose in ("revocation", "suspension"):
        assert signed_with((await house.get(f"/status/{purpose}/1")).json) == new.id
    assert old not in await published(house)


async def test_t49_nothing_is_signed_between_the_keys(house: House) -> None:
    """A service whose key was distrusted waits for the next, and then goes on."""
    holder = await house.order()
    await holder.prove()
    folder = folder_of(house)
    (old,) = [key.id for key in folder.load().signed.keys if key.purpose is Purpose.ISSUING]
    keystore.distrust(folder, old, after=house.time.at)
    answer = await holder.finalize()
    assert (answer.status, answer.code) == (503, "signer-unavailable")
    new = generate(folder, Purpose.ISSUING)
    answer = await holder.finalize()
    assert answer.json["status"] == "issued"
    document = (await house.get(answer.json["attestation"], Accept="application/vc")).json
    assert signed_with(document) == new.id


async def test_t49_a_start_refuses_an_older_registry(tmp_path: Path) -> None:
    async with houses.running(tmp_path) as house:
        folder = folder_of(house)
        older = folder.registry_path.read_bytes()
        keystore.rotate(folder, Purpose.ISSUING)
        await house.service.clockwork.run_due()
        settings = house.service.settings
    folder.registry_path.write_bytes(older)
    with pytest.raises(ConfigError, match=r"version 1 of the keys is older than version 2, which was already in use"):
        async with compose(settings, clock=house.time.clock):
            raise AssertionError


def changed(settings: Settings, forge: Callable[[Path], None]) -> None:
    folder = key_folder(settings, Clock(lambda: houses.NOW), Chance())
    forge(folder.registry_path)


def unsigned(path: Path) -> None:
    document = store.read(path, SignedRegistry)
    assert document is not None
    store.write(path, document.model_copy(update={"signatures": ()}))


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (unsigned, "signed by 0 of the keys of root 1, which asks for 1"),
        (
            lambda path: path.write_text(
                path.read_text().replace('"keys",\n    "version": 1', '"keys",\n    "version": 9')
            ),
            "signed by 0",
        ),
        (lambda path: path.with_name("root.json").unlink(), "there is no pinned root"),
    ],
)
async def test_t49_a_start_refuses_what_the_root_does_not_vouch_for(
    tmp_path: Path, forge: Callable[[Path], None], words: str
) -> None:
    async with houses.running(tmp_path) as house:
        settings = house.service.settings
    changed(settings, forge)
    with pytest.raises(ConfigError, match=words):
        async with compose(settings, clock=house.time.clock):
            raise AssertionError


# ── a third proof ──────────────────────────────────────────────────────────────────────────────────


async def test_a_p256_key_adds_a_third_proof(tmp_path: Path) -> None:
    stranger.install()
    now = int(time.time())  # the stranger has no clock but the machine's
    for algorithm in ALGORITHMS:
        generate(before(tmp_path, now), Purpose.ISSUING, algorithm)
    async with houses.running(tmp_path, now=now) as house:
        document = await attest(house, "alice")
        suites = [proof["cryptosuite"] for proof in document["proof"]]
        assert suites == ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019"]
        assert await verified(house, document)
        assert (await house.lookup(ALICE))["verified"]
        page = await house.get(document["id"].removeprefix(house.base), Accept="text/html")
        assert "ecdsa-rdfc-2019" in page.text
        broken = {
            **document,
            "proof": [*document["proof"][:2], with_value_of(document["proof"][2], document["proof"][0])],
        }
        assert not await verified(house, broken)
        assert await verified(house, {**document, "proof": document["proof"][:2]})
        documents = {house.service.site.did: (await house.get("/.well-known/did.json")).json}
        answer = await asyncio.to_thread(stranger.verify, document, documents)
        assert all(answer[suite]["verified"] for suite in suites[:2]), answer


def with_value_of(proof: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {**proof, "proofValue": other["proofValue"]}


# ── tokens ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_service_signs_with_a_token_and_rotates_in_it(tmp_path: Path) -> None:
    token = softhsm.of_this_process()["verifier"]
    uris = [token.uri(f"issuing-{tmp_path.name}-{number}") for number in (1, 2)]
    folder = before(tmp_path)
    first = generate(folder, Purpose.ISSUING, uri=uris[0])
    assert not folder.key_path(Purpose.ISSUING, first.id).exists()
    async with houses.running(tmp_path, signer=tuple(uris[:1])) as house:
        document = await attest(house, "alice")
        assert signed_with(document) == first.id
        assert await verified(house, document)
        _, second = keystore.rotate(folder_of(house), Purpose.ISSUING, uri=uris[1], at=house.time.at + 60)
    async with houses.running(tmp_path / "b", now=houses.NOW + 59, signer=tuple(uris), keys_dir=tmp_path) as house:
        assert signed_with(await attest(house, "basile")) == first.id
        house.time.pass_(1)
        document = await attest(house, "bob")
        assert signed_with(document) == second.id
        assert await verified(house, document)


async def test_a_key_of_a_token_is_registered(house: House) -> None:
    uri = softhsm.of_this_process()["verifier"].uri(f"log-{house.folder.name}")
    made = hsm.generate(uri, "p256", Chance())
    output = run(house, "keys", "register", uri, "log")
    assert f"log key {made.public_key_multibase}" in output
    assert "VERIFIER_SIGNER_LOG" in output


def test_a_root_whose_keys_are_in_tokens(tmp_path: Path) -> None:
    token = softhsm.of_this_process()["verifier"]
    uris = [token.uri(f"root-{tmp_path.name}-{number}") for number in (1, 2, 3)]
    out = str(tmp_path / "root.json")

    def root(*words: str) -> str:
        answer = CliRunner().invoke(group, ["keys", "root", *words], catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        return answer.output

    names = [root("new", uri, "--algorithm", kind).split()[-1] for uri, kind in zip(uris, ALGORITHMS * 2, strict=False)]
    chosen = [word for name in names for word in ("--key", name)]
    assert "signatures still missing: 2" in root("init", "--threshold", "2", *chosen, "--out", out)
    for uri in uris[:2]:
        told = root("sign", out, "--key", uri, "--yes")
    assert "signed by enough keys of its root" in told
    document = store.read(tmp_path / "root.json", SignedRoot)
    assert document is not None
    check_threshold(document.signed, document.signatures, document.signed)
    assert document.signed.sandbox is False


# ── command line ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("distrust", "z6Mk", "--after", "1234"), "a place in the log cannot be given yet"),
        (("distrust", "z6Mk", "--after", "yesterday"), "write it as 2026-11-23T10:00:00Z"),
        (("rotate", "issuing", "--existing"), "--existing needs --signer"),
        (("generate", "everything"), "'everything' is not one of"),
        (("root", "init", "--threshold", "2"), "Give --keys N"),
        (("root", "init", "--threshold", "2", "--keys", "1"), "there are 1 keys"),
        (("root", "init", "--threshold", "1", "--keys", "2", "--keep", "one"), "give 2 files, or none"),
    ],
)
async def test_what_cannot_be_is_told_in_words(house: House, words: tuple[str, ...], told: str) -> None:
    assert told in run(house, "keys", *words)
