"""BIND: zones signed by ``dnssec-signzone``, served by ``named`` on loopback, judged by ``delv``."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import parts
from tests.ports import free_port

_HEAD = "$TTL 600\n@ IN SOA ns.test. admin.test. 1 7200 3600 1209600 600\n@ IN NS ns.test.\n"
_CONFIG = """
options {{
    directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    pid-file none;
    session-keyfile none;
}};
controls {{ }};
"""
_VERDICTS = {
    "; fully validated": "secure",
    "; negative response, fully validated": "secure",
    "; unsigned answer": "insecure",
    "; negative response, unsigned answer": "insecure",
}


@dataclass(frozen=True)
class Bind:
    """Who serves the zones of a folder."""

    folder: Path
    port: int

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def anchor(self) -> Path:
        """The DS of the root, as ``dnssec-signzone`` wrote it."""
        return self.folder / "dsset-."

    async def delv(self, name: str, kind: str = "TXT") -> str:
        """What delv says of a name: ``secure``, ``insecure``, or ``bogus`` when it fails to resolve it."""
        _, _, _, tag, algorithm, digest, *words = self.anchor.read_text().split()
        trusted = f'trust-anchors {{ . static-ds {tag} {algorithm} {digest} "{"".join(words)}"; }};\n'
        keys = self.folder / "delv.keys"
        keys.write_text(trusted)
        where = ("@127.0.0.1", "-p", str(self.port), "-a", str(keys), "+root=.")
        child = await asyncio.create_subprocess_exec(
            *(parts.bind("delv"), *where, f"{name}.", kind),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await child.communicate())[0].decode()
        found = [_VERDICTS[line] for line in said.splitlines() if line in _VERDICTS]
        assert found or "resolution failed" in said, said
        return found[0] if found else "bogus"


def sign(folder: Path, zone: str, lines: Sequence[str], *how: str, algorithm: str = "ECDSAP256SHA256") -> None:
    """A zone file and its signed form; its DS is left for the zone above: those below come first."""
    write(folder, zone, lines)
    for flags in ((), ("-f", "KSK")):
        _run(folder, "dnssec-keygen", "-a", algorithm, *flags, zone)
    _run(folder, "dnssec-signzone", "-S", "-g", "-o", zone, "-f", f"{zone}served", *how, f"{zone}zone")


def write(folder: Path, zone: str, lines: Sequence[str]) -> None:
    """A zone file, served as it is unless it is signed."""
    text = _HEAD + "\n".join([*lines, ""])
    (folder / f"{zone}zone").write_text(text)
    (folder / f"{zone}served").write_text(text)


def _run(folder: Path, program: str, *arguments: str) -> None:
    done = subprocess.run((parts.bind(program), *arguments), check=False, cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Bind]:
    """``named`` serves every zone of the folder, as their authority."""
    port = _configure(folder)
    # A copy: where AppArmor guards the installed program, it may read /etc/bind alone.
    program = shutil.copy(parts.bind("named"), folder / "named")
    child = await asyncio.create_subprocess_exec(
        *(program, "-g", "-c", str(folder / "named.conf"), "-n", "1"), stderr=asyncio.subprocess.PIPE
    )
    assert child.stderr is not None
    log = child.stderr
    try:
        async with asyncio.timeout(30):
            said: list[bytes] = []
            while not (said and said[-1].endswith(b" running\n")):
                said.append(await log.readline())
                assert said[-1], b"".join(said).decode()
        reading = asyncio.create_task(log.read())  # a full pipe would stop it
        yield Bind(folder, port)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
    await reading


def _configure(folder: Path) -> int:
    """Writes ``named.conf``; the port that it names."""
    port = free_port()
    names = [path.name.removesuffix("served") for path in folder.glob("*.served")]
    zones = [f'zone "{name}" {{ type primary; file "{name}served"; }};\n' for name in names]
    (folder / "named.conf").write_text(_CONFIG.format(folder=folder, port=port) + "".join(zones))
    return port
