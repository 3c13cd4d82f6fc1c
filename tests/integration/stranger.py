"""The strangers: programs of other people, which share no code with us."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests import parts
from verifier.core.strict_json import Json

NODE = Path(sys.executable).parent / "node"
# What Node has compiled once, it need not compile at each start.
ENVIRONMENT = {"PATH": os.environ["PATH"], "NODE_COMPILE_CACHE": str(parts.STRANGER / "node_modules" / ".compiled")}


def install() -> None:
    """Their packages, once, whichever of the test processes comes first."""
    with (parts.STRANGER / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts.install_stranger()
        parts.install_madblog()
        parts.install_reader()


@asynccontextmanager
async def listening(program: str, given: Mapping[str, Json]) -> AsyncIterator[str]:
    """The origin where a program of Node listens, as long as this lasts."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        program,
        cwd=parts.STRANGER,
        env=ENVIRONMENT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        process.stdin.write(json.dumps(given).encode() + b"\n")
        await process.stdin.drain()
        port = await process.stdout.readline()
        assert port, (await process.stderr.read()).decode()
        yield f"http://127.0.0.1:{int(port)}"
    finally:
        process.stdin.close()  # that ends it; what is killed would be a wrapper of Node, which leaves Node behind
        await process.wait()


def ask(program: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """What a program of Node answers."""
    answer = subprocess.run(
        (NODE, program),
        input=json.dumps(given).encode(),
        capture_output=True,
        cwd=parts.STRANGER,
        env=ENVIRONMENT,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr.decode()
    result: dict[str, Json] = json.loads(answer.stdout)
    return result


def verify(credential: Mapping[str, Json], documents: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """What @digitalbazaar/vc says of a credential: an entry for each suite, and ``status``.

    :param documents: what it may read, by URL (a DID document by its DID); the rest it fetches, from loopback alone
    """
    return ask("verify.js", {"credential": dict(credential), "documents": dict(documents or {})})


def read_log(given: Mapping[str, Json]) -> dict[str, Json]:
    """What golang.org/x/mod/sumdb says of a log, its checkpoint and proofs of it; it must accept all of them."""
    answer = subprocess.run((parts.GO / "tlog",), input=json.dumps(given).encode(), capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr.decode()
    result: dict[str, Json] = json.loads(answer.stdout)
    return result
