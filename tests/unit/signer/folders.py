"""Keys folders: of a sandbox, and of a production service whose root has three keepers."""

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.unit.signer.entries import NOW
from verifier.core.clock import Chance, Clock
from verifier.core.models import Purpose
from verifier.signer import Key, KeyFolder, generate, offline, open_signer, store
from verifier.signer.keystore import install

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
