"""The keys of a folder: a sandbox signs its changes itself, a production service waits for the keepers of its root."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.unit.signer.test_trust import NOW
from verifier.core.clock import DAY, Chance, Clock, to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.models import Purpose
from verifier.signer import Key, KeyFolder, ensure, generate, keystore, offline, open_key, open_signer, store, throwaway
from verifier.signer.keystore import distrust, install, register, retire, rotate
from verifier.signer.trust import SignedRegistry, SignedRoot

CHANCE = Chance()
CLOCK = Clock(lambda: NOW)


def sandbox(path: Path) -> KeyFolder:
    return KeyFolder(path, sandbox=True, clock=CLOCK, chance=CHANCE)


def at(folder: KeyFolder, now: int) -> KeyFolder:
    return replace(folder, clock=Clock(lambda: now))


def keepers(tmp_path: Path, count: int = 3, first: int = 1) -> list[Path]:
    paths = [tmp_path / f"root-{number}.pem" for number in range(first, first + count)]
    return [path for path in paths if path.exists() or offline.new_key(path, "ed25519", CHANCE)]


def production(tmp_path: Path) -> KeyFolder:
    """A folder with a pinned root of 2 keys of 3, whose private keys are elsewhere."""
    folder = KeyFolder(tmp_path / "keys", sandbox=False, clock=CLOCK, chance=CHANCE)
    folder.path.mkdir()
    names = [open_signer(f"file:{path}").public_key_multibase for path in keepers(tmp_path)]
    store.write(folder.anchor_path, offline.make_root(names, 2, now=NOW))
    sign(folder.anchor_path, *keepers(tmp_path))
    return folder


def sign(path: Path, *keeper_paths: Path) -> Path:
    for keeper in keeper_paths:
        store.write(path, asyncio.run(offline.sign(offline.read(path), open_signer(f"file:{keeper}"))))
    return path


def make(folder: KeyFolder, purpose: Purpose = Purpose.ISSUING) -> Key:
    return generate(folder, purpose)


def signed(folder: KeyFolder, tmp_path: Path) -> KeyFolder:
    install(folder, sign(folder.draft_path, *keepers(tmp_path)[:2]))
    return folder


def names(folder: KeyFolder) -> list[str]:
    return sorted(file.name for file in folder.path.iterdir())


# ── sandbox ────────────────────────────────────────────────────────────────────────────────────────


def test_a_generated_key_is_private_and_registered(tmp_path: Path) -> None:
    folder = sandbox(tmp_path / "keys")
    key = make(folder)
    path = folder.key_path(Purpose.ISSUING, key.id)
    assert names(folder) == [".lock", path.name, "registry.json", "root.json", "root.pem"]
    assert [(folder.path / name).stat().st_mode & 0o777 for name in (path.name, "root.pem")] == [0o600, 0o600]
    assert folder.path.stat().st_mode & 0o777 == 0o700
    registry = folder.load().signed.registry
    assert (registry.keys, registry.current(Purpose.ISSUING, NOW)) == ((key,), key)
    assert "PRIVATE" not in folder.registry_path.read_text() + folder.anchor_path.read_text()
    signer = open_key(registry, Purpose.ISSUING, f"file:{path}", sandbox=True)
    assert (signer.public_key_multibase, signer.algorithm, key.created) == (key.id, "ed25519", to_rfc3339(NOW))


def test_each_purpose_and_each_algorithm_has_a_key(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    for purpose in Purpose:
        make(folder, purpose)
        with pytest.raises(ConfigError, match=f"the {purpose} key .* exists already"):
            make(folder, purpose)
    generate(folder, Purpose.ISSUING, "p256")
    assert len({key.id for key in folder.load().signed.keys}) == 5


def test_ensure_makes_a_key_once(tmp_path: Path) -> None:
    assert ensure(sandbox(tmp_path), Purpose.ISSUING) == ensure(sandbox(tmp_path), Purpose.ISSUING)


def test_two_starts_at_once_make_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from verifier.core.clock import Chance, Clock\n"
        "from verifier.core.models import Purpose; from verifier.signer import KeyFolder, ensure\n"
        "print(ensure(KeyFolder(Path(sys.argv[1]), True, Clock(), Chance()), Purpose.ISSUING).id)"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        for _ in range(4)
    ]
    answers = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 4
    assert len(answers) == len(json.loads((tmp_path / "registry.json").read_bytes())["signed"]["keys"]) == 1


class Crash(Exception):
    """The machine stops here."""


@pytest.mark.parametrize("step", range(7))
def test_a_crash_at_any_step_leaves_no_key_lost_or_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    steps = iter(range(20))
    folder = sandbox(tmp_path)
    with monkeypatch.context() as patch:
        for name in ("write_new", "move"):
            real = getattr(store, name)

            def stop(*args: object, real: object = real, **named: object) -> None:
                if next(steps) == step:
                    raise Crash
                real(*args, **named)  # type: ignore[operator]

            patch.setattr(store, name, stop)
        with pytest.raises(Crash):
            make(folder)
    key = ensure(folder, Purpose.ISSUING)
    registry = folder.load().signed.registry
    uri = f"file:{folder.key_path(Purpose.ISSUING, key.id)}"
    assert open_key(registry, Purpose.ISSUING, uri, sandbox=True).public_key_multibase == key.id
    assert len(registry.keys) == 1
    assert not list(tmp_path.glob("issuing-*.new"))


def test_a_key_that_the_registry_does_not_know(tmp_path: Path) -> None:
    one, other = sandbox(tmp_path / "a"), sandbox(tmp_path / "b")
    make(one)
    foreign = other.key_path(Purpose.ISSUING, make(other).id)
    with pytest.raises(ConfigError, match=r"not in registry\.json"):
        open_key(one.load().signed.registry, Purpose.ISSUING, f"file:{foreign}", sandbox=True)
    one.registry_path.unlink()
    with pytest.raises(ConfigError, match=r"not in registry\.json"):
        ensure(one, Purpose.ISSUING)


def test_t51_a_key_for_another_purpose(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    path = folder.key_path(Purpose.STATUS, make(folder, Purpose.STATUS).id)
    with pytest.raises(ConfigError, match="for status, not for issuing"):
        open_key(folder.load().signed.registry, Purpose.ISSUING, f"file:{path}", sandbox=True)
    with pytest.raises(ConfigError, match="in the registry already, for status"):
        register(folder, Purpose.ISSUING, f"file:{path}")


def test_neither_mode_takes_the_others_key(tmp_path: Path) -> None:
    trial = sandbox(tmp_path / "trial")
    path = trial.key_path(Purpose.ISSUING, make(trial).id)
    with pytest.raises(ConfigError, match="this is a sandbox key"):
        open_key(trial.load().signed.registry, Purpose.ISSUING, f"file:{path}", sandbox=False)
    real = production(tmp_path)
    path = real.key_path(Purpose.ISSUING, make(real).id)
    registry = signed(real, tmp_path).load().signed.registry
    with pytest.raises(ConfigError, match="this is a production key"):
        open_key(registry, Purpose.ISSUING, f"file:{path}", sandbox=True)
    with pytest.raises(ConfigError, match="this root is a production root"):
        make(replace(real, sandbox=True), Purpose.LOG)
    with pytest.raises(ConfigError, match="this root is a sandbox root"):
        make(replace(trial, sandbox=False), Purpose.LOG)


def test_a_rotation_hands_over_at_one_moment(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    first = make(folder)
    old, new = rotate(folder, Purpose.ISSUING)
    assert (old.id, old.retired, new.created) == (first.id, to_rfc3339(NOW), to_rfc3339(NOW))
    assert folder.load().signed.registry.keys == (old, new)
    assert folder.load().signed.registry.current(Purpose.ISSUING, NOW) == new
    old, new = rotate(folder, Purpose.ISSUING, at=NOW + 60)
    with pytest.raises(ConfigError, match=r"retires at .* already"):
        rotate(folder, Purpose.ISSUING)
    registry = folder.load().signed.registry
    assert [registry.current(Purpose.ISSUING, NOW + wait) for wait in (59, 60)] == [old, new]
    with pytest.raises(ConfigError, match="has passed"):
        rotate(folder, Purpose.ISSUING, at=NOW - 1)
    with pytest.raises(ConfigError, match="no log key"):
        rotate(folder, Purpose.LOG)


def test_retire_and_distrust(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    key = make(folder)
    assert retire(folder, key.id).retired == to_rfc3339(NOW)
    with pytest.raises(ConfigError, match="was retired at"):
        retire(folder, key.id)
    assert distrust(folder, key.id, after=NOW - 5).distrusted_after == to_rfc3339(NOW - 5)
    assert distrust(folder, key.id, after=NOW - 9).distrusted_after == to_rfc3339(NOW - 9)
    for after, words in ((NOW - 8, "distrusted after .* already"), (NOW + 1, "is to come")):
        with pytest.raises(ConfigError, match=words):
            distrust(folder, key.id, after=after)
    with pytest.raises(ConfigError, match="no such key"):
        distrust(folder, "z6Mk", after=NOW)
    assert make(folder).created == to_rfc3339(NOW)  # a new one takes its place


def test_a_key_that_exists_is_registered(tmp_path: Path) -> None:
    folder, path = sandbox(tmp_path / "keys"), tmp_path / "mine.pem"
    name = offline.new_key(path, "p256", CHANCE)
    key = register(folder, Purpose.ISSUING, f"file:{path}")
    assert (key.id, key.algorithm) == (name, "p256")
    next_ = offline.new_key(tmp_path / "next.pem", "p256", CHANCE)
    old, new = rotate(folder, Purpose.ISSUING, uri=f"file:{tmp_path}/next.pem", existing=True)
    assert (old.id, new.id) == (name, next_)


def test_a_key_goes_where_it_is_told(tmp_path: Path) -> None:
    folder, path = sandbox(tmp_path / "keys"), tmp_path / "there.pem"
    key = generate(folder, Purpose.ISSUING, uri=f"file:{path}")
    assert open_signer(f"file:{path}").public_key_multibase == key.id
    with pytest.raises(ConfigError, match="there is a file already"):
        generate(folder, Purpose.STATUS, uri=f"file:{path}")
    with pytest.raises(ConfigError, match="write it as file:PATH"):
        generate(folder, Purpose.STATUS, uri=str(path))


# ── production ─────────────────────────────────────────────────────────────────────────────────────


def test_a_change_waits_for_the_keepers(tmp_path: Path) -> None:
    folder = production(tmp_path)
    key, status = make(folder), make(folder, Purpose.STATUS)
    assert names(folder) == sorted(
        [".lock", "root.json", "registry.draft.json", f"issuing-{key.id}.pem", f"status-{status.id}.pem"]
    )
    with pytest.raises(ConfigError, match="no key registry"):
        folder.load()
    with pytest.raises(ConfigError, match="signed by 0 of the keys of root 1, which asks for 2"):
        install(folder, folder.draft_path)
    sign(folder.draft_path, keepers(tmp_path)[0])
    with pytest.raises(ConfigError, match="signed by 1 of the keys of root 1, which asks for 2"):
        install(folder, folder.draft_path)
    install(folder, sign(folder.draft_path, keepers(tmp_path)[2]))
    assert folder.load().signed.keys == (key, status)
    assert folder.draft() is None
    assert not folder.draft_path.exists()


def test_a_later_change_takes_the_signatures_away(tmp_path: Path) -> None:
    folder = production(tmp_path)
    make(folder)
    sign(folder.draft_path, *keepers(tmp_path)[:2])
    make(folder, Purpose.STATUS)
    draft = folder.draft()
    assert draft is not None
    assert (len(draft.signed.keys), draft.signatures) == (2, ())


def test_without_a_root_no_key_is_made(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path, sandbox=False, clock=CLOCK, chance=CHANCE)
    with pytest.raises(ConfigError, match=r"there is no pinned root.*verifier keys root init"):
        make(folder)
    assert names(folder) == [".lock"]


def test_a_root_signs_what_it_knows(tmp_path: Path) -> None:
    folder = production(tmp_path)
    make(folder)
    stranger, keeper = tmp_path / "stranger.pem", keepers(tmp_path)[0]
    offline.new_key(stranger, "ed25519", CHANCE)
    with pytest.raises(ConfigError, match="is not a key of root 1"):
        sign(folder.draft_path, stranger)
    with pytest.raises(ConfigError, match="one key counts once"):
        sign(folder.draft_path, keeper, keeper)


def test_t49_an_older_registry_is_refused(tmp_path: Path) -> None:
    folder = production(tmp_path)
    make(folder)
    first = signed(folder, tmp_path).registry_path.read_bytes()
    make(folder, Purpose.STATUS)
    signed(folder, tmp_path)
    (tmp_path / "old.json").write_bytes(first)
    with pytest.raises(ConfigError, match="would go back"):
        install(folder, tmp_path / "old.json")
    folder.registry_path.write_bytes(first)
    with pytest.raises(ConfigError, match="older than version 2"):
        folder.load(seen=2)


def test_a_planned_rotation_must_be_installed_in_time(tmp_path: Path) -> None:
    folder = production(tmp_path)
    first = make(folder)
    signed(folder, tmp_path)
    old, new = rotate(folder, Purpose.ISSUING)
    assert old.retired == new.created == to_rfc3339(NOW + DAY)
    sign(folder.draft_path, *keepers(tmp_path)[:2])
    with pytest.raises(ConfigError, match="no other key had taken over by then"):
        install(at(folder, NOW + DAY + 1), folder.draft_path)
    install(at(folder, NOW + DAY), folder.draft_path)
    assert [key.id for key in folder.load().signed.keys] == [first.id, new.id]


def test_the_root_is_rotated(tmp_path: Path) -> None:
    folder = production(tmp_path)
    pinned = folder.pinned()
    make(folder)
    signed(folder, tmp_path)
    old, new = keepers(tmp_path), keepers(tmp_path, count=2, first=4)
    path = tmp_path / "root-2.json"
    names_ = [open_signer(f"file:{each}").public_key_multibase for each in new]
    store.write(path, offline.make_root(names_, 2, now=NOW, version=2))
    sign(path, *new, old[0])
    with pytest.raises(ConfigError, match="keys of root 1, which asks for 2"):
        install(folder, path)
    draft = install(folder, sign(path, old[1]))
    assert (draft.root.version, draft.signatures) == (2, ())
    with pytest.raises(ConfigError, match="is not a key of root 2"):
        sign(folder.draft_path, old[0])
    install(folder, sign(folder.draft_path, *new))
    assert folder.load().root.keys == tuple(names_)
    assert folder.pinned() == pinned  # the client that pinned the first root follows
    make(folder, Purpose.STATUS)
    install(folder, sign(folder.draft_path, *new))
    assert len(folder.load().signed.keys) == 2


def test_another_services_registry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    folder, other = production(tmp_path / "a"), production(tmp_path / "b")
    make(other)
    signed(other, tmp_path / "b")
    with pytest.raises(ConfigError, match="does not come from the pinned root"):
        install(folder, other.registry_path)
    with pytest.raises(ConfigError, match="no such file"):
        install(folder, tmp_path / "none.json")


def test_a_registry_that_ends_is_renewed(tmp_path: Path) -> None:
    folder = production(tmp_path)
    with pytest.raises(ConfigError, match="there are no keys yet"):
        keystore.renew(folder)
    key = make(folder)
    signed(folder, tmp_path)
    later = at(folder, NOW + 365 * DAY)
    with pytest.raises(ConfigError, match="version 1 of the keys ended"):
        later.load()
    keystore.renew(later)
    signed(later, tmp_path)
    assert (later.load().signed.version, later.load().signed.keys) == (2, (key,))


def test_a_digest_tells_two_machines_that_they_hold_the_same(tmp_path: Path) -> None:
    folder = production(tmp_path)
    make(folder)
    draft = offline.read(folder.draft_path)
    *_, last = offline.told(draft.signed, NOW)
    assert last == f"digest {offline.digest(draft.signed)}"
    make(folder, Purpose.STATUS)
    assert offline.digest(offline.read(folder.draft_path).signed) != offline.digest(draft.signed)


# ── files ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", (0o640, 0o604, 0o622, 0o700))
def test_a_file_that_others_may_read(tmp_path: Path, mode: int) -> None:
    folder = sandbox(tmp_path)
    path = folder.key_path(Purpose.ISSUING, make(folder).id)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        open_signer(f"file:{path}")


def test_other_signers_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    for uri, words in (("vault:x", "file:PATH"), ("file:", "file:PATH"), (f"file:{path}", "No such file")):
        with pytest.raises(ConfigError, match=words):
            open_signer(uri)
    locked = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text, words in (
        (b"", "PEM"),
        (b"-----BEGIN", "PEM"),
        (locked, "unencrypted"),
        (other, "neither Ed25519 nor P-256"),
    ):
        path.write_bytes(text)
        path.chmod(0o600)
        with pytest.raises(ConfigError, match=words):
            open_signer(f"file:{path}")


@pytest.mark.parametrize(
    "text",
    (
        "",
        "[]",
        '{"keys":[]}',
        '{"roots":[],"signed":{},"signatures":[]}',
        '{"roots":[],"roots":[]}',
        '{"version":1,"keys":[]}',
    ),
)
def test_a_registry_that_is_none(tmp_path: Path, text: str) -> None:
    folder = sandbox(tmp_path)
    make(folder)
    folder.registry_path.write_text(text)
    with pytest.raises(ConfigError, match=r"registry\.json: not a signed key registry"):
        folder.load()
    with pytest.raises(ConfigError, match=r"registry\.json: not a signed key registry"):
        make(folder, Purpose.LOG)


def test_a_forged_registry(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    make(folder)
    document = store.read(folder.registry_path, SignedRegistry)
    assert document is not None
    for forged in (
        document.model_copy(update={"signatures": ()}),
        document.model_copy(update={"signed": document.signed.model_copy(update={"version": 2})}),
    ):
        store.write(folder.registry_path, forged)
        with pytest.raises(ConfigError, match="signed by 0 of the keys of root 1"):
            folder.load()


def test_the_anchor_may_lie_elsewhere(tmp_path: Path) -> None:
    folder = sandbox(tmp_path / "keys")
    make(folder)
    elsewhere = replace(folder, anchor=tmp_path / "pinned.json")
    with pytest.raises(ConfigError, match=r"pinned\.json: there is no pinned root"):
        elsewhere.load()
    folder.anchor_path.rename(elsewhere.anchor_path)
    assert elsewhere.load().signed.keys
    store.write(
        elsewhere.anchor_path, SignedRoot(signed=offline.make_root([make_name()], 1, now=NOW).signed, signatures=())
    )
    with pytest.raises(ConfigError, match="does not come from the pinned root"):
        elsewhere.load()


def make_name() -> str:
    return throwaway("ed25519", CHANCE).public_key_multibase
