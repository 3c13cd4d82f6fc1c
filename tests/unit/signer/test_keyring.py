"""The keys of a running service follow the registry, as far as the root vouches for it."""

import logging
from pathlib import Path

import pytest

from tests.unit.signer.entries import NOW
from tests.unit.signer.folders import at, make, production, sandbox, signed
from verifier.core.errors import ConfigError, Unavailable
from verifier.core.models import Purpose
from verifier.signer import KeyFolder, KeyRing, generate
from verifier.signer.keystore import distrust, retire, rotate

ISSUING = Purpose.ISSUING


def ring(folder: KeyFolder, *uris: str, seen: int = 0) -> KeyRing:
    made = KeyRing(folder, {ISSUING: uris}, seen=seen)
    made.open(ISSUING)
    return made


def who(ring: KeyRing, now: int = NOW) -> list[str]:
    return [signer.public_key_multibase for signer in ring.signers(ISSUING, now)]


def test_a_rotation_needs_no_restart(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    first = make(folder)
    keys = ring(folder)
    assert (who(keys), keys.version) == ([first.id], 1)
    _, second = rotate(folder, ISSUING)
    assert (who(keys), keys.version) == ([second.id], 2)
    assert keys.document == folder.registry_path.read_bytes()
    _, third = rotate(folder, ISSUING, at=NOW + 60)
    assert [who(keys, NOW + wait) for wait in (59, 60)] == [[second.id], [third.id]]


def test_a_p256_key_signs_beside_the_ed25519_key(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    keys = [make(folder), generate(folder, ISSUING, "p256")]
    assert who(ring(folder)) == [key.id for key in keys]
    p256 = folder.key_path(ISSUING, keys[1].id)
    with pytest.raises(ConfigError, match="is no Ed25519 key"):
        ring(folder, f"file:{p256}")


def test_of_the_configured_keys_the_newest_that_may_signs(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    make(folder)
    old, new = rotate(folder, ISSUING, at=NOW + 60)
    uris = [f"file:{folder.key_path(ISSUING, key.id)}" for key in (old, new)]
    keys = ring(folder, *uris)
    assert [who(keys, NOW + wait) for wait in (59, 60)] == [[old.id], [new.id]]
    with pytest.raises(Unavailable, match="signer-unavailable"):
        ring(folder, uris[0]).signers(ISSUING, NOW + 60)


def test_of_two_configured_keys_that_may_sign_the_one_that_started_last_does(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    old = make(folder)
    retire(folder, old.id, at=NOW + 60)
    new = make(at(folder, NOW + 10))
    uris = [f"file:{folder.key_path(ISSUING, key.id)}" for key in (old, new)]
    for order in (uris, uris[::-1]):
        assert [who(ring(folder, *order), NOW + wait) for wait in (9, 10)] == [[old.id], [new.id]]


def test_t49_a_distrusted_key_signs_no_more_from_that_moment(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    first = make(folder)
    keys = ring(folder)
    distrust(folder, first.id, after=NOW)
    with pytest.raises(Unavailable, match="signer-unavailable"):
        keys.signers(ISSUING, NOW)
    with pytest.raises(ConfigError, match="no issuing key may sign now"):
        ring(folder)
    with pytest.raises(ConfigError, match="retired or distrusted"):
        ring(folder, f"file:{folder.key_path(ISSUING, first.id)}")
    new = make(folder)
    assert who(keys) == [new.id]


def test_a_retired_key_signs_no_more(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    key = make(folder)
    keys = ring(folder)
    retire(folder, key.id, at=NOW + 5)
    assert who(keys, NOW + 4) == [key.id]
    with pytest.raises(Unavailable):
        keys.signers(ISSUING, NOW + 5)


@pytest.mark.parametrize("text", ["", "{}", "forged", "older", "gone"])
def test_what_the_root_does_not_vouch_for_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    folder = sandbox(tmp_path)
    first = make(folder)
    older = folder.registry_path.read_bytes()
    make(folder, Purpose.STATUS)
    keys = ring(folder)
    in_force = folder.registry_path.read_bytes()
    if text == "gone":
        folder.registry_path.unlink()
    else:
        forged = in_force.replace(b'"version": 2', b'"version": 3')
        folder.registry_path.write_bytes({"forged": forged, "older": older}.get(text, text.encode()))
    with caplog.at_level(logging.ERROR):
        assert (who(keys), keys.version, keys.document) == ([first.id], 2, in_force)
    assert [record.message for record in caplog.records if "The keys in force stay as they are." in record.message]


def test_t49_a_start_does_not_go_back(tmp_path: Path) -> None:
    folder = sandbox(tmp_path)
    make(folder)
    ring(folder, seen=1)
    with pytest.raises(ConfigError, match="older than version 2"):
        ring(folder, seen=2)


def test_a_next_key_that_is_not_there_is_told_and_the_old_one_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = sandbox(tmp_path)
    first = make(folder)
    keys = ring(folder)
    _, new = rotate(folder, ISSUING, at=NOW + 60)
    folder.key_path(ISSUING, new.id).unlink()
    with caplog.at_level(logging.ERROR):
        assert who(keys) == who(keys) == [first.id]
    assert [record.message.count("No such file") for record in caplog.records] == [1]
    with pytest.raises(ConfigError, match="No such file"):
        ring(folder)


def test_a_draft_is_not_in_force(tmp_path: Path) -> None:
    folder = production(tmp_path)
    make(folder)
    keys = ring(signed(folder, tmp_path))
    before = who(keys)
    rotate(folder, ISSUING)
    assert (who(keys), keys.version) == (before, 1)
