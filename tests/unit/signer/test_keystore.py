"""The keys of a folder, where a sandbox signs its changes itself."""

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

from tests.unit.signer.entries import NOW
from tests.unit.signer.folders import CHANCE, make, names, production, sandbox, signed
from verifier.core.clock import to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.models import Purpose
from verifier.signer import ensure, generate, offline, open_key, open_signer, store, throwaway
from verifier.signer.keystore import distrust, register, retire, rotate
from verifier.signer.trust import SignedRegistry, SignedRoot


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
    assert not list(tmp_path.glob(".*.new")), "a private key of which nobody knows"


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
