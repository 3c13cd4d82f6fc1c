"""The release before, as it is in the wheel beside the tests, in a process of its own."""

import asyncio
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHEEL = Path(__file__).parents[1] / "before" / "verifier-0.1.0-py3-none-any.whl"

# In its own words: it imports what that release has.
_PROGRAM = """
import asyncio, json, sys
import verifier
from verifier.app import compose, serving
from verifier.core.initiator import operator
from verifier.core.models import Reason
from verifier.settings import Settings

async def main():
    settings = Settings(**json.loads(sys.stdin.readline()))
    async with compose(settings) as service, serving(service):
        print(verifier.__file__, flush=True)
        while order := (await asyncio.to_thread(sys.stdin.readline)).strip():
            attestation = await service.storage.read.attestations.of_order(order)
            reason = Reason.ACCOUNT_COMPROMISED
            await service.registration.publisher.suspend(attestation.id, reason, operator("before"))
            print("suspended", flush=True)

asyncio.run(main())
"""


@dataclass(frozen=True)
class Before:
    """That release, at work."""

    process: asyncio.subprocess.Process

    async def suspend(self, order_id: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order_id}\n".encode())
        assert await self.says() == "suspended"

    async def says(self) -> str:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = await self.process.stdout.readline()
        assert line, (await self.process.stderr.read()).decode()
        return line.decode().strip()


@asynccontextmanager
async def running(folder: Path, settings: Mapping[str, Any]) -> AsyncIterator[Before]:
    """:param folder: where it is unpacked"""
    with zipfile.ZipFile(WHEEL) as wheel:
        wheel.extractall(folder)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM),
        env={"PYTHONPATH": str(folder), "HOME": str(folder)},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(dict(settings), default=str).encode() + b"\n")
        before = Before(process)
        assert Path(await before.says()).is_relative_to(folder), "not the code of now"
        yield before
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
