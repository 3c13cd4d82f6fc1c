"""`verifier log fsck`: a whole log passes, and each kind of damage is found, in each file."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.doubles.http import HttpDouble
from tests.log_writer import ORIGIN, LogWriter, signer
from verifier.cli import group
from verifier.cli.log_files import Server
from verifier.core.clock import Clock
from verifier.core.errors import NotFound
from verifier.fetch import Fetcher, Resolver
from verifier.tlog import note, tiles
from verifier.tlog.audit import Audit
from verifier.tlog.checkpoint import Checkpoint
from verifier.tlog.keys import Kind, VerifierKey
from verifier.tlog.lines import encode
from verifier.tlog.note import Note
from verifier.tlog.policy import Policy
from verifier.tlog.report import MOST_FINDINGS, Fault, File, Finding, Report
from verifier.tlog.tiles import ENTRIES, Tile

HOST = "log.example.org"
TEXT = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
}
FILE = {
    "Content-Type": "application/octet-stream",
    "Cache-Control": "public, max-age=604800, immutable",
    "Access-Control-Allow-Origin": "*",
}


@pytest.fixture(scope="module")
def log() -> LogWriter:
    return LogWriter([b"entry %d" % number for number in range(70_000)])


@dataclass
class Held:
    """The files of a log in memory."""

    files: dict[str, bytes]
    headers: Mapping[str, str] | None = None

    async def read(self, path: str) -> File:
        if path not in self.files:
            raise NotFound("not-found")
        return File(self.files[path], self.headers)


async def audit(log: LogWriter, files: dict[str, bytes], policy: Policy | None = None) -> Report:
    return await Audit(Held(files), log.vkey, policy).run()


async def found(log: LogWriter, files: dict[str, bytes]) -> set[tuple[str, Fault]]:
    return {(each.path, each.fault) for each in (await audit(log, files)).findings}


# ── what it finds ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 65_536, 70_000])
async def test_a_whole_log(log: LogWriter, size: int) -> None:
    told: list[tuple[int, int]] = []
    files = await log.files(size)
    report = await Audit(Held(files), log.vkey, progress=lambda read, of: told.append((read, of))).run()
    assert report.findings == []
    assert report.checkpoint == Checkpoint(ORIGIN, size, log.root(size))
    assert report.files == len(files)
    assert told[-1] == (len(files), len(files))


def blamed(path: str, size: int) -> tuple[str, Fault]:
    """What a changed byte of that file is told as."""
    tile = Tile.parse(path)
    if tile.level == ENTRIES:
        return path, Fault.LEAVES
    return ("checkpoint", Fault.ROOT) if tile.width < 256 else (path, Fault.PARENT)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
async def test_t54_one_changed_byte_in_any_file(log: LogWriter, size: int) -> None:
    files = await log.files(size)
    for path in files.keys() - {"checkpoint"}:
        for place in (-1, len(files[path]) // 2 if "entries" not in path else 2):
            data = bytearray(files[path])
            data[place] ^= 1
            assert await found(log, {**files, path: bytes(data)}) == {blamed(path, size)}, path


async def test_t54_one_changed_byte_in_a_large_log(log: LogWriter) -> None:
    files = await log.files(70_000)
    for tile in (
        Tile(0, 7),
        Tile(0, 272),
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
        Tile(ENTRIES, 9),
    ):
        data = bytearray(files[tile.path])
        data[-1] ^= 1
        assert await found(log, {**files, tile.path: bytes(data)}) == {blamed(tile.path, 70_000)}


@pytest.mark.parametrize("size", [1, 256, 600])
async def test_a_file_that_is_not_there(log: LogWriter, size: int) -> None:
    files = await log.files(size)
    for path in files:
        left = {name: data for name, data in files.items() if name != path}
        assert await found(log, left) == {(path, Fault.MISSING)}


@pytest.mark.parametrize("size", [1, 256, 600])
async def test_a_file_of_another_length(log: LogWriter, size: int) -> None:
    files = await log.files(size)
    for path in files.keys() - {"checkpoint"}:
        for data in (files[path][:-1], files[path] + b"\x00", b""):
            assert await found(log, {**files, path: data}) == {(path, Fault.MALFORMED)}


async def test_each_byte_of_a_checkpoint(log: LogWriter) -> None:
    files = await log.files(3)
    for place in range(len(files["checkpoint"])):
        data = bytearray(files["checkpoint"])
        data[place] ^= 1
        findings = await found(log, {**files, "checkpoint": bytes(data)})
        assert findings <= {("checkpoint", Fault.SIGNATURE), ("checkpoint", Fault.MALFORMED)}
        assert len(findings) == 1


async def test_an_entry_that_was_changed_with_its_tile(log: LogWriter) -> None:
    """Whoever changes an entry has to change the tree up to the root, which is signed."""
    changed = LogWriter([*log.entries[:10], b"another", *log.entries[11:600]], key=log.signer)
    files, others = await log.files(600), await changed.files(600)
    files |= {path: others[path] for path in ("tile/entries/000", "tile/0/000")}
    assert await found(log, files) == {("tile/0/000", Fault.PARENT)}
    files["tile/1/000.p/2"] = others["tile/1/000.p/2"]
    assert await found(log, files) == {("checkpoint", Fault.ROOT)}
    files["checkpoint"] = others["checkpoint"]
    assert await found(log, files) == set()


async def test_a_log_that_grew_meanwhile(log: LogWriter) -> None:
    """A partial tile may go once the full one is there (C2SP tlog-tiles)."""
    files, grown = await log.files(300), await log.files(600)
    for path in ("tile/0/001", "tile/entries/001"):
        files[path] = grown[path]
        del files[f"{path}.p/44"]
    assert await found(log, files) == set()
    files["tile/entries/001"] = files["tile/entries/001"][:-1]
    assert await found(log, files) == {("tile/entries/001.p/44", Fault.MALFORMED)}


async def test_a_log_that_claims_too_much_ends(log: LogWriter) -> None:
    text = Checkpoint(ORIGIN, 2**63 - 1, bytes(32)).text
    checkpoint = Note(text, (await note.sign(text, ORIGIN, log.signer),)).data
    report = await audit(log, {"checkpoint": checkpoint})
    assert len(report.findings) == MOST_FINDINGS


async def test_a_quorum(log: LogWriter) -> None:
    witness = signer()
    key = VerifierKey.of("w.example", Kind.COSIGNATURE, witness.public_key_multibase)
    policy = Policy.parse(f"witness w {key.text}\nquorum w\n".encode())
    files = await log.files(300)
    assert (await audit(log, files, policy)).findings == [Finding("checkpoint", Fault.QUORUM)]
    checkpoint = Note.parse(files["checkpoint"])
    line = await note.cosign(checkpoint.text, "w.example", witness, 1_790_000_000)
    files["checkpoint"] = Note(checkpoint.text, (*checkpoint.signatures, line)).data
    report = await audit(log, files, policy)
    assert (report.findings, report.witnesses) == ([], {"w": 1_790_000_000})
    bad = note.Signature(line.name, line.id, bytes(72))
    files["checkpoint"] = Note(checkpoint.text, (*checkpoint.signatures, bad)).data
    assert (await audit(log, files, policy)).findings == [Finding("checkpoint", Fault.QUORUM)]


# ── over HTTP ──────────────────────────────────────────────────────────────────────────────────────


async def served(log: LogWriter, change: Mapping[str, dict[str, Any]]) -> tuple[Report, list[str]]:
    """The report on a log of 300 entries behind a server.

    :param change: how the answers of some paths differ
    """
    async with HttpDouble.running() as http:
        for path, data in (await log.files(300)).items():
            headers = TEXT if path == "checkpoint" else FILE
            answer = {"headers": headers, "body": data, **change.get(path, {})}
            kind = answer["headers"].get("Content-Type", "")
            http.put(HOST, f"/log/{path}", content_type=kind, **answer)
        resolver = Resolver(["127.0.0.1:1"], clock=Clock())
        async with Fetcher(resolver, user_agent="test", overrides=http.overrides(HOST)) as fetcher:
            report = await Audit(Server(fetcher, f"https://{HOST}/log"), log.vkey).run()
        return report, http.asked()


async def test_a_log_behind_a_server(log: LogWriter) -> None:
    report, asked = await served(log, {})
    assert report.findings == []
    assert set(asked) == {f"{HOST}/log/checkpoint", *(f"{HOST}/log/{tile.path}" for tile in tiles.of_size(300))}


@pytest.mark.parametrize(
    ("path", "change", "fault"),
    [
        ("tile/0/000", {"status": 500}, Fault.UNREAD),
        ("tile/0/000", {"status": 403}, Fault.UNREAD),
        ("tile/0/000", {"status": 302}, Fault.UNREAD),
        ("tile/entries/000", {"status": 404}, Fault.MISSING),
        ("tile/0/000", {"headers": {**FILE, "Content-Type": "text/html"}}, Fault.HEADERS),
        ("tile/entries/000", {"headers": {**FILE, "Cache-Control": "no-store"}}, Fault.HEADERS),
        ("tile/1/000.p/1", {"headers": {**FILE, "Access-Control-Allow-Origin": "https://x"}}, Fault.HEADERS),
        ("checkpoint", {"headers": FILE}, Fault.HEADERS),
        ("checkpoint", {"headers": {**TEXT, "Cache-Control": "max-age=60"}}, Fault.HEADERS),
        ("checkpoint", {"status": 404}, Fault.MISSING),
    ],
)
async def test_a_server_that_answers_otherwise(log: LogWriter, path: str, change: dict[str, Any], fault: Fault) -> None:
    report, _ = await served(log, {path: change})
    assert report.findings == [Finding(path, fault)]


# ── the command ────────────────────────────────────────────────────────────────────────────────────


def fsck(*arguments: str) -> tuple[int, str, str]:
    answer = CliRunner().invoke(group, ["log", "fsck", *arguments], prog_name="verifier", catch_exceptions=True)
    return answer.exit_code, answer.stdout, answer.stderr


def test_the_command(log: LogWriter, tmp_path: Path) -> None:
    asyncio.run(log.write(tmp_path, 600))
    folder, key = str(tmp_path), ("--vkey", log.vkey.text)
    root = encode(log.root(600))
    whole = fsck(folder, *key)
    assert whole[:2] == (
        0,
        f"{ORIGIN}: 600 entries, root {root}\n8 files read: all are what the checkpoint signs.\n",
    )
    code, out, _ = fsck(folder, *key, "--json")
    assert (code, json.loads(out)) == (
        0,
        {"whole": True, "origin": ORIGIN, "size": 600, "root": root, "witnesses": {}, "files": 8, "findings": []},
    )
    (tmp_path / "tile/entries/001").write_bytes(b"\x00\x01a")
    assert fsck(folder, *key)[:2] == (
        1,
        f"{ORIGIN}: 600 entries, root {root}\ntile/entries/001: it is not of the form that C2SP writes down.\n",
    )
    code, out, _ = fsck(folder, *key, "--json")
    assert code == 1
    assert json.loads(out)["findings"] == [{"path": "tile/entries/001", "fault": "malformed"}]
    assert "Files" in whole[2]  # progress is on stderr


def test_the_command_with_a_policy(log: LogWriter, tmp_path: Path) -> None:
    asyncio.run(log.write(tmp_path / "log", 600))
    key = VerifierKey.of("w.example", Kind.COSIGNATURE, signer().public_key_multibase)
    policy = tmp_path / "policy"
    policy.write_text(f"witness w {key.text}\nquorum w\n")
    arguments = (str(tmp_path / "log"), "--vkey", log.vkey.text, "--policy", str(policy))
    assert fsck(*arguments)[1].splitlines()[1:] == [
        "checkpoint: the witnesses that the policy asks for did not cosign it, or one of their cosignatures is wrong."
    ]
    policy.write_text(f"witness w {key.text}\nquorum none\n")
    assert fsck(*arguments)[0] == 0


def test_a_place_that_is_none(log: LogWriter, tmp_path: Path) -> None:
    for place in (str(tmp_path / "nothing"), "http://log.example.org/log", "ftp://x"):
        code, _, err = fsck(place, "--vkey", log.vkey.text)
        assert code == 2
        assert "neither the https:// URL of a log nor a folder" in err
    assert fsck(str(tmp_path), "--vkey", "x")[0] == 1
