"""Requests that no door answers: they too get our headers and a problem, and nothing that they said (T63, T64)."""

import asyncio
import logging

import pytest

from tests.integration.house import ALICE, House
from verifier.core import strict_json

END = b"\r\nHost: verifier.example\r\nConnection: close\r\n\r\n"
PATHS = ["", "v/a", "api/v1/lookup", ".well-known/did.json", "attestations/a", "healthz", "demander/a"]


async def ask(house: House, request: bytes) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.service.settings.port)
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *lines = head.decode().split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body


def shared(headers: dict[str, str]) -> None:
    assert headers["server"] == "verifier"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PATHS)
async def test_t64_an_escaped_character_in_a_path_escapes_no_header(house: House, path: str) -> None:
    for escape in ("%0A", "%0D", "%00", "%0D%0A", "%2F", "%E2%80%A8", "%FF", "/%0Ax", "%0A/x"):
        status, headers, _ = await ask(house, f"GET /{path}{escape} HTTP/1.1".encode() + END)
        shared(headers)
        api = path.startswith(("api", ".well-known"))
        assert status in ((400, 404) if api else (200, 401, 404)), escape
        assert headers["content-type"] in ("application/problem+json", "text/html; charset=utf-8")
        if api:
            assert headers["content-type"] == "application/problem+json", escape
        elif path in ("", "v/a", "demander/a"):
            assert headers["content-type"].startswith("text/html"), escape
            assert "content-security-policy" in headers


UNREAD = {
    "method": b"SECRET / HTTP/1.1" + END,
    "space": b"GET /SECRET here HTTP/1.1" + END,
    "path": b"GET SECRET HTTP/1.1" + END,
    "bytes": b"GET /SECRET\xff\x00 HTTP/1.1" + END,
    "long path": b"GET /" + b"SECRET" * 2_000 + b" HTTP/1.1" + END,
    "long header": b"GET / HTTP/1.1\r\nX: " + b"SECRET" * 2_000 + END,
    "headers": b"GET / HTTP/1.1" + b"\r\nX: SECRET" * 300 + END,
    "header": b"GET / HTTP/1.1\r\nSECRET" + END,
    "no host": b"GET /SECRET HTTP/1.1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked, SECRET" + END,
    "URL": b"GET http://[SECRET HTTP/1.1" + END,
    "expect": b"GET / HTTP/1.1\r\nExpect: SECRET" + END,
    "TLS": b"\x16\x03\x01SECRET\r\n\r\n",
    "SSH": b"SSH-2.0-SECRET\r\n\r\n",
}


@pytest.mark.parametrize("name", UNREAD)
async def test_t63_what_cannot_be_read_is_a_problem_that_repeats_nothing(
    house: House, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    status, headers, body = await ask(house, UNREAD[name])
    shared(headers)
    problem = strict_json.loads_object(body)
    assert (status, problem["status"], problem["type"].rpartition("#")[2]) == (400, 400, "bad-request")
    assert (headers["content-type"], headers["cache-control"]) == ("application/problem+json", "no-store")
    assert b"SECRET" not in body
    assert "SECRET" not in caplog.text
    assert "aiohttp" not in str(headers) + body.decode()


@pytest.mark.parametrize("target", [b"CONNECT evil.example:443", b"OPTIONS *", b"CONNECT /"])
async def test_what_is_no_path_is_nowhere(house: House, target: bytes) -> None:
    status, headers, body = await ask(house, target + b" HTTP/1.1" + END)
    shared(headers)
    assert status == 404
    assert b"evil" not in body


async def test_a_list_in_several_header_lines_is_one_list(house: House) -> None:
    path = f"/api/v1/lookup?handle={ALICE}".encode()
    _, headers, _ = await ask(house, b"GET " + path + b" HTTP/1.1" + END)
    tags = b'\r\nIf-None-Match: "other"\r\nIf-None-Match: ' + headers["etag"].encode()
    assert (await ask(house, b"GET " + path + b" HTTP/1.1" + tags + END))[0] == 304
    accepts = b"\r\nAccept: text/plain\r\nAccept: application/did+json"
    _, headers, _ = await ask(house, b"GET /.well-known/did.json HTTP/1.1" + accepts + END)
    assert headers["content-type"] == "application/did+json"
    holder = await house.attest()
    attestation = (await holder.finalize()).json["attestation"].removeprefix(house.base).encode()
    accepts = b"\r\nAccept: application/ld+json;q=0.5\r\nAccept: application/json"
    _, headers, _ = await ask(house, b"GET " + attestation + b" HTTP/1.1" + accepts + END)
    assert headers["content-type"] == "application/json"
