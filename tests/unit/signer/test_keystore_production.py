"""The keys of a production service, which waits for the keepers of its root."""

from pathlib import Path

import pytest

from tests.unit.signer.entries import NOW
from tests.unit.signer.folders import CHANCE, CLOCK, at, keepers, make, names, production, sandbox, sign, signed
from verifier.core.clock import DAY, to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.models import Purpose
from verifier.signer import KeyFolder, keystore, offline, open_signer, store
from verifier.signer.keystore import install, rotate


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


def test_a_draft_that_was_installed_before_is_no_draft(tmp_path: Path) -> None:
    """A crash came after the registry was put in its place and before its draft was taken away."""
    folder = production(tmp_path)
    make(folder)
    left_over = sign(folder.draft_path, *keepers(tmp_path)[:2]).read_bytes()
    install(folder, folder.draft_path)
    folder.draft_path.write_bytes(left_over)
    assert folder.draft() is None


def test_without_a_root_no_key_is_made(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path, sandbox=False, clock=CLOCK, chance=CHANCE)
    with pytest.raises(ConfigError, match=r"there is no pinned root.*verifier keys root init"):
        make(folder)
    assert names(folder) == [".lock"]


def test_a_root_key_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    path = keepers(tmp_path)[0]
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="there is a file already"):
        offline.new_key(path, "ed25519", CHANCE)
    assert path.read_bytes() == before


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
    *_, last = offline.summary(draft.signed, NOW)
    assert last == f"digest {offline.digest(draft.signed)}"
    make(folder, Purpose.STATUS)
    assert offline.digest(offline.read(folder.draft_path).signed) != offline.digest(draft.signed)


def test_a_production_service_takes_no_registry_of_a_sandbox(tmp_path: Path) -> None:
    trial = sandbox(tmp_path)
    keystore.ensure(trial, Purpose.ISSUING)
    real = KeyFolder(tmp_path, sandbox=False, clock=CLOCK, chance=CHANCE)
    with pytest.raises(ConfigError, match="it is for the other mode"):
        install(real, trial.registry_path)
