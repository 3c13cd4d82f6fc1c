"""``verifier verify FILE``: away from the service with a trust anchor, and beside its store."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.proof.documents import NOW, SITE, Issuer, unsigned
from verifier.app import compose
from verifier.cli.common import Choice
from verifier.cli.look import verify
from verifier.core.attestation import CREDENTIALS_V2
from verifier.core.clock import DAY, Clock, to_rfc3339
from verifier.core.strict_json import Json
from verifier.proof import bitstring
from verifier.words import when

ISSUER = Issuer()
CLOCK = Clock(lambda: NOW)
PURPOSES = ("revocation", "suspension")


def status_list(purpose: str, indexes: Iterable[int] = (), *, at: int = NOW, **changed: Json) -> dict[str, Json]:
    url = SITE.status_list(purpose, 1)
    document = {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": SITE.did,
        "validFrom": to_rfc3339(at),
        "validUntil": to_rfc3339(at + DAY),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bitstring.encode(bitstring.of_indexes(indexes)),
            "ttl": 60_000,
        },
    }
    return asyncio.run(ISSUER.sign(document | changed, created=at))


def attestation() -> dict[str, Any]:
    return asyncio.run(ISSUER.sign(unsigned()))


def unproved(document: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in document.items() if name != "proof"}


STALE, NOT_THEIRS = "This status list is not of today.", "This is not a status list of that service."


def run(folder: Path, *options: str, anchor: Json = None, lists: Iterable[Json] = (), file: Json = None) -> Result:
    def written(name: str, value: Json) -> str:
        path = folder / name
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return str(path)

    arguments = [written("file.json", attestation() if file is None else file)]
    arguments += ["--did-document", written("did.json", ISSUER.did_document if anchor is None else anchor)]
    for place, each in enumerate(lists):
        arguments += ["--status", written(f"list-{place}.json", each)]
    return CliRunner().invoke(verify, [*arguments, *options], obj=Choice(False, CLOCK))


def results(result: Result) -> dict[str, str]:
    return {name: axis["result"] for name, axis in json.loads(result.stdout)["axes"].items()}


def test_offline_with_both_lists_it_is_in_force(tmp_path: Path) -> None:
    result = run(tmp_path, lists=map(status_list, PURPOSES))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("This attestation is authentic and in force.\n")
    assert "Account: @dinum@social.numerique.gouv.fr" in result.stdout
    assert "Its state was read in a list signed on" in result.stdout
    assert json.loads(run(tmp_path, "--json", lists=map(status_list, PURPOSES)).stdout)["verified"] is True


def test_where_no_service_is_set_up_it_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "BASE_URL", "SANDBOX"):
        monkeypatch.delenv(f"VERIFIER_{name}", raising=False)
    (tmp_path / "file.json").write_text(json.dumps(attestation()))
    told = CliRunner().invoke(verify, [str(tmp_path / "file.json")], obj=Choice(False, CLOCK))
    assert (told.exit_code, told.stdout) == (2, "")
    assert "--did-document" in told.stderr
    assert told.stderr.count("--status ") == 2
    assert SITE.base_url not in told.stderr


def test_in_french(tmp_path: Path) -> None:
    result = run(tmp_path, "--lang", "fr", lists=map(status_list, PURPOSES))
    assert result.stdout.startswith("Cette attestation est authentique et en vigueur.\n")
    refused = run(tmp_path, "--lang", "fr", file=b"%PDF-1.7")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("C'est un PDF, pas une attestation.")


def test_the_newer_of_two_lists_counts(tmp_path: Path) -> None:
    newer, older = status_list("suspension", [3]), status_list("suspension", at=NOW - 60)
    result = run(tmp_path, lists=(status_list("revocation"), newer, older))
    assert result.exit_code == 1
    assert result.stdout.startswith("This attestation is authentic, but it was suspended.\n")


def test_the_list_that_shows_a_withdrawal_is_named_and_of_two_clear_ones_the_older(tmp_path: Path) -> None:
    old, new = when(NOW - 120, "en"), when(NOW, "en")
    older = status_list("revocation", at=NOW - 120)
    withdrawn = run(tmp_path, lists=(older, status_list("suspension", [3])))
    assert f"read in a list signed on {new}." in withdrawn.stdout
    assert old not in withdrawn.stdout, "a list of before cannot show what came after"
    clear = run(tmp_path, lists=(older, status_list("suspension")))
    assert f"read in a list signed on {old}." in clear.stdout
    renewed = run(tmp_path, lists=(older, status_list("revocation"), status_list("suspension")))
    assert f"read in a list signed on {new}." in renewed.stdout, "of two copies of a list, the newer one is read"


@pytest.mark.parametrize(
    ("lists", "told"),
    (
        ((), ""),
        ([status_list("revocation")], ""),
        ([status_list("revocation", at=NOW - DAY), status_list("suspension")], STALE),
        ([status_list("revocation", at=NOW + 1), status_list("suspension")], STALE),
        ([status_list("revocation", issuer="did:web:other.example")], NOT_THEIRS),
        ([status_list("revocation", id="https://other.example/status/revocation/1")], NOT_THEIRS),
        ([status_list("revocation", name="x")], NOT_THEIRS),
        ([status_list("revocation") | {"validUntil": to_rfc3339(NOW + 9 * DAY)}], "The signature does not match."),
        ([unproved(status_list("revocation"))], "The document is not signed."),
        ([b"\xff"], NOT_THEIRS),
        ([{"credentialSubject": []}], NOT_THEIRS),
    ),
)  # fmt: skip
def test_t48_a_list_that_is_missing_stale_or_not_theirs_says_nothing(tmp_path: Path, lists: Any, told: str) -> None:  # noqa: ANN401
    result = run(tmp_path, lists=lists)
    assert result.exit_code == 1
    assert result.stdout.startswith("This attestation is authentic, but we do not know whether it is still in force.\n")
    assert told in result.stderr
    assert bool(told) == bool(result.stderr)


def test_t49_keys_of_another_anchor_do_not_count(tmp_path: Path) -> None:
    other = Issuer().did_document
    result = run(tmp_path, "--json", anchor=other)
    assert (result.exit_code, results(result)["proof"]) == (1, "failed")
    elsewhere = json.loads(json.dumps(ISSUER.did_document).replace("comptes.example.gouv.fr", "other.example"))
    assert results(run(tmp_path, "--json", anchor=elsewhere))["issuer"] == "failed"


@pytest.mark.parametrize(
    "anchor",
    (b"", b"{}", [], {"id": "did:web:a.example", "verificationMethod": [], "assertionMethod": [{}]},
     {"id": "did:web:a.example", "verificationMethod": [[]], "assertionMethod": []},
     {"id": "did:key:z6M", "verificationMethod": [], "assertionMethod": []}),
)  # fmt: skip
def test_an_anchor_that_is_none(tmp_path: Path, anchor: Json) -> None:
    result = run(tmp_path, anchor=anchor)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The trust anchor cannot be read.")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    result = run(tmp_path, file=b"{" + b" " * 262_144 + b"}")
    assert (result.exit_code, result.stderr.split(".")[0]) == (1, "This file is too large to be an attestation")


def test_lists_without_an_anchor_are_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("{}")
    result = CliRunner().invoke(verify, [str(path), "--status", str(path)], obj=Choice(False, CLOCK))
    assert result.exit_code == 2
    assert "--did-document" in result.stderr


def test_beside_the_store_of_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = tmp_path / "file.json"
    path.write_text(json.dumps(attestation()))
    nowhere = CliRunner().invoke(verify, [str(path)], obj=Choice(True, CLOCK))
    assert "there is no database" in str(nowhere.exception)
    assert not list(tmp_path.glob("verifier/**/*"))  # a look makes no store, no key

    async def start() -> None:
        async with compose(Choice(True, CLOCK).settings(), clock=CLOCK):
            pass

    asyncio.run(start())
    result = CliRunner().invoke(verify, [str(path)], obj=Choice(True, CLOCK))
    assert result.exit_code == 1
    assert result.stdout.startswith("This attestation says that it comes from another service.\n")
    assert f"It names {SITE.did}." in result.stdout
