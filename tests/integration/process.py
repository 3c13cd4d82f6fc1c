"""The command ``verifier`` in a process of its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

VERIFIER = Path(sys.executable).parent / "verifier"
PRODUCTION = {
    "VERIFIER_BASE_URL": "https://comptes.example.gouv.fr",
    "VERIFIER_SMTP_URL": "smtp://127.0.0.1:25",
    "VERIFIER_MAIL_FROM": "ne-pas-repondre@comptes.example.gouv.fr",
}


def environment(folder: Path, **variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_STATE_HOME": str(folder)} | variables


@asynccontextmanager
async def serving(variables: Mapping[str, str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that has said that it is ready; killed in the end, if it still lives."""
    process = await asyncio.create_subprocess_exec(
        VERIFIER, "serve", env=variables, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = await process.stdout.readline()
        assert line.startswith(b"Ready on http://localhost:"), (line + await process.stderr.read()).decode()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def command(variables: Mapping[str, str], *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        VERIFIER, *arguments, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()
