"""The real ``verifier sandbox``: a process of its own, on ports and in a folder of its own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.doubles.dns import DnsDouble
from tests.ports import free_port

_VERIFIER = Path(sys.executable).parent / "verifier"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox.

    :param service: origin of the service
    :param neighbours: origin of the guide, the toy fediverse and the mailbox
    """

    service: str
    neighbours: str
    _environment: Mapping[str, str]

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, **settings: str) -> AsyncIterator[Self]:
        """:param settings: as environment variables"""
        service, neighbours, smtp = (free_port() for _ in range(3))
        async with DnsDouble.running() as dns:
            environment = {
                "PATH": os.environ["PATH"],
                "XDG_STATE_HOME": str(folder),
                "VERIFIER_PORT": str(service),
                "VERIFIER_DNS_SERVERS": dns.server,
                **settings,
            }
            ports = ("--port", service, "--neighbours-port", neighbours, "--smtp-port", smtp)
            log = folder / "log"
            with log.open("wb") as stderr:
                process = await asyncio.create_subprocess_exec(
                    _VERIFIER, "sandbox", *map(str, ports), env=environment, stdout=PIPE, stderr=stderr
                )
            assert await _ready(process), log.read_text()
            try:
                yield cls(f"http://localhost:{service}", f"http://127.0.0.1:{neighbours}", environment)
            finally:
                process.terminate()
                code = await process.wait()
        assert code == 0
        assert " ERROR " not in log.read_text(), log.read_text()

    async def verifier(self, *arguments: str) -> str:
        """What a command of the command line says, run beside the service."""
        process = await asyncio.create_subprocess_exec(
            _VERIFIER, "--sandbox", *arguments, env=self._environment, stdout=PIPE, stderr=PIPE
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()


async def _ready(process: Process) -> bool:
    """Whether it says that its ports are open, or ends before."""
    assert process.stdout
    async for line in process.stdout:
        if line.startswith(b"Stop with"):
            return True
    return False
