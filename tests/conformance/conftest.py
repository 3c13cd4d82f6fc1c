import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import aiohttp
import pytest

from verifier.core.strict_json import Json

from .app import ROOT


@dataclass(frozen=True)
class Server:
    base: str
    ed25519: str
    p256: str


@dataclass(frozen=True)
class Client:
    server: Server
    session: aiohttp.ClientSession

    async def post(self, path: str, body: Json) -> tuple[int, dict[str, Json]]:
        async with self.session.post(f"{self.server.base}{path}", json=body) as response:
            assert response.status not in {401, 404}, path
            assert response.status < 500, path
            return response.status, await response.json()

    async def issue(self, credential: Json, path: str = "eddsa-rdfc-2022") -> tuple[int, Mapping[str, Json]]:
        status, body = await self.post(f"/{path}/credentials/issue", {"credential": credential, "options": {}})
        return status, body.get("verifiableCredential", body)

    async def verify(self, credential: Json, **options: Json) -> tuple[int, Mapping[str, Json]]:
        return await self.post("/credentials/verify", {"verifiableCredential": credential, "options": options})

    async def verify_presentation(self, presentation: Json, **options: Json) -> tuple[int, Mapping[str, Json]]:
        return await self.post("/presentations/verify", {"verifiablePresentation": presentation, "options": options})


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The application, as ``make conformance`` starts it."""
    command = (sys.executable, "-m", "tests.conformance")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PORT": "0"}
    ) as process:
        assert process.stdout is not None
        yield Server(**json.loads(process.stdout.readline()))
        process.terminate()
        assert process.wait() == 0


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as session:
        yield Client(server, session)
