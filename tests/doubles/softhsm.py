"""Tokens of SoftHSM: a real PKCS#11 module, whose hardware is a folder."""

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests import parts

PIN = "8241-6975"


@dataclass(frozen=True)
class Token:
    """A token that nobody has used yet.

    :param folder: that of its PIN file
    """

    label: str
    folder: Path

    @property
    def pin(self) -> Path:
        return self.folder / f"{self.label}.pin"

    def uri(self, name: str, *, token: str | None = None, pin: Path | None = None, module: str | None = None) -> str:
        """The URI of a key of that name."""
        query = f"module-path={module or parts.softhsm()[0]}&pin-source=file:{pin or self.pin}"
        return f"pkcs11:token={token or self.label};object={name}?{query}"


def environment(folder: Path) -> dict[str, str]:
    """A place for tokens, for the programs that get this environment."""
    (folder / "tokens").mkdir(mode=0o700)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    return {**os.environ, "SOFTHSM2_CONF": str(conf)}


def make(folder: Path, label: str, env: dict[str, str]) -> Token:
    made = Token(label, folder)
    made.pin.write_text(PIN + "\n")
    made.pin.chmod(0o600)
    tool = parts.softhsm()[1]
    command = (tool, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN)
    subprocess.run(command, check=True, env=env, capture_output=True)
    return made


@cache
def of_this_process() -> dict[str, Token]:
    """A few tokens. The module reads where they are once a process, when it is first used."""
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    env = environment(folder)
    os.environ["SOFTHSM2_CONF"] = env["SOFTHSM2_CONF"]
    return {label: make(folder, label, env) for label in ("verifier", "wrong-pin", "moved-pin", "open-pin")}
