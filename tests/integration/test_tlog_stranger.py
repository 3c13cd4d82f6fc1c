"""What we write of a log, another implementation accepts; what it signs, we accept."""

from pathlib import Path

import pytest

from tests.integration import stranger
from tests.log_writer import ORIGIN, LogWriter
from verifier.core.strict_json import Json
from verifier.tlog.keys import VerifierKey
from verifier.tlog.lines import encode
from verifier.tlog.note import Note


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    stranger.install()


@pytest.fixture(scope="module")
def log() -> LogWriter:
    return LogWriter([b"entry %d" % number for number in range(70_000)])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 65_536, 70_000])
async def test_go_accepts_our_log(log: LogWriter, size: int, tmp_path: Path) -> None:
    await log.write(tmp_path, size)
    indexes = sorted({0, size // 3, size // 2, size - 1})
    olds = sorted({1, size // 3 or 1, size // 2 or 1, size - 1 or 1, size, min(size, 256)})
    old: list[Json] = [
        {"Size": each, "Root": encode(log.root(each)), "Proof": [*map(encode, await log.tiles(size).consistency(each))]}
        for each in olds
    ]
    inclusion: list[Json] = [
        {"Index": each, "Path": [*map(encode, await log.tiles(size).inclusion(each))]} for each in indexes
    ]
    answer = stranger.read_log(
        {
            "Folder": str(tmp_path),
            "Vkey": log.vkey.text,
            "Old": old,
            "Inclusion": inclusion,
            "Text": log.text(size).decode(),
        }
    )
    assert (answer["Origin"], answer["Size"], answer["Leaves"]) == (ORIGIN, size, size)
    key = VerifierKey.parse(str(answer["Vkey"]))
    note = Note.parse(str(answer["Note"]).encode())
    assert note.text == log.text(size)
    assert set(note.signed_by([key])) == {key}


async def test_go_refuses_what_is_not_our_log(log: LogWriter, tmp_path: Path) -> None:
    """The stranger looks at every file: else it would accept anything."""
    await log.write(tmp_path, 300)
    for path in ("checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"):
        file = tmp_path / path
        whole = file.read_bytes()
        file.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
        with pytest.raises(AssertionError):
            stranger.read_log({"Folder": str(tmp_path), "Vkey": log.vkey.text, "Text": "x\n"})
        file.write_bytes(whole)
