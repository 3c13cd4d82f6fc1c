"""What the routes of the conformance application do not show: times and digests."""

import ast
import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import base58
import pytest

import verifier
from verifier.core.errors import ProofError
from verifier.core.strict_json import Json
from verifier.proof.strangers import times
from verifier.proof.strangers.resources import check_related

HOUSE = Path(verifier.__file__).parent


def test_no_door_of_the_service_reads_strangers() -> None:
    ours = [path for path in HOUSE.rglob("*.py") if "strangers" not in path.parts]
    names = {
        name
        for path in ours
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
    }
    assert not any("strangers" in name for name in names)


@pytest.mark.parametrize(
    ("text", "instant"),
    (
        ("2023-06-21T18:45:00Z", datetime(2023, 6, 21, 18, 45, tzinfo=UTC)),
        ("2023-06-21T18:45:00-05:00", datetime(2023, 6, 21, 23, 45, tzinfo=UTC)),
        ("2023-06-21T18:45:00.123456789+14:00", datetime(2023, 6, 21, 4, 45, 0, 123456, tzinfo=UTC)),
        ("2023-12-31T24:00:00.000Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ),
)
def test_times(text: str, instant: datetime) -> None:
    assert times.parse(text, "") == instant


@pytest.mark.parametrize(
    "text",
    (
        "2023-06-21", "2023-06-21T18:45:00", "2023-06-21t18:45:00z", "2023-06-21 18:45:00Z", "2023-02-30T00:00:00Z",
        "2023-06-21T24:00:01Z", "2023-06-21T24:00:00.1Z", "2023-06-21T18:45:60Z", "2023-06-21T18:45:00+14:01",
        "2023-06-21T18:45Z", "-2023-06-21T18:45:00Z", "0000-01-01T00:00:00Z", "9999-12-31T24:00:00Z",
        "0001-01-01T00:00:00+14:00", "２023-06-21T18:45:00Z", "2023-06-21T18:45:00Z\n", 1700000000, None,
    ),
)  # fmt: skip
def test_what_is_no_time(text: Json) -> None:
    with pytest.raises(ProofError, match="time-malformed") as caught:
        times.parse(text, "/validFrom")
    assert caught.value.pointer == "/validFrom"


def test_a_proof_may_forget_the_offset() -> None:
    assert times.parse("2023-06-21T18:45:00", "", zone=False) == datetime(2023, 6, 21, 18, 45, tzinfo=UTC)


DATA = b"the bytes at hand"
DIGESTS = {name: hashlib.new(name, DATA).digest() for name in ("sha256", "sha384", "sha512")}
HEADERS = {"sha256": b"\x12\x20", "sha384": b"\x20\x30", "sha512": b"\x13\x40"}


def forms(name: str, digest: bytes) -> Sequence[dict[str, str]]:
    with_header = HEADERS[name] + digest
    return [
        {"digestSRI": f"{name}-{base64.b64encode(digest).decode()}"},
        *({"digestMultibase": "z" + base58.b58encode(raw).decode()} for raw in (digest, with_header)),
        *(
            {"digestMultibase": "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
            for raw in (digest, with_header)
        ),
    ]


@pytest.mark.parametrize("name", DIGESTS)
def test_digests_in_every_form(name: str) -> None:
    known = {"https://example.org/a": [b"another revision", DATA]}
    for form in forms(name, DIGESTS[name]):
        check_related({"relatedResource": {"id": "https://example.org/a", **form}}, known)
    for form in forms(name, hashlib.new(name, b"other").digest()):
        with pytest.raises(ProofError, match="resource-digest"):
            check_related({"relatedResource": {"id": "https://example.org/a", **form}}, known)
        check_related({"relatedResource": {"id": "https://example.org/unknown", **form}}, known)


@pytest.mark.parametrize(
    "value", (None, 7, "", "sha256-", "md5-AAAA", "sha256-é", "u", "z", "z0", "uAAAA", "mAAAA", [])
)
@pytest.mark.parametrize("name", ("digestSRI", "digestMultibase"))
def test_what_is_no_digest(name: str, value: Json) -> None:
    with pytest.raises(ProofError, match="resource-malformed"):
        check_related({"relatedResource": {"id": "https://example.org/a", name: value}}, {})
