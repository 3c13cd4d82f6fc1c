"""Code of the documents, run as it stands there."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import parts
from tests.contract.openapi import ROOT

PROGRAMS = Path(sys.executable).parent  # verifier, node


def blocks(document: str, language: str, heading: str = "") -> list[str]:
    """The code in that language, in order, of a document or of one of its sections."""
    text = (ROOT / document).read_text()
    if heading:
        (text,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, (document, heading)
    return found


@dataclass(frozen=True, slots=True)
class Ran:
    """What a piece of code did.

    :param code: its exit code
    :param said: all that it wrote
    """

    code: int
    said: str


async def run(*command: str | Path, folder: Path, given: Mapping[str, str] | None = None) -> Ran:
    """A program in `folder`, with the packages that the documents ask for."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VERIFIER_", "COV"))}
    path = os.pathsep.join((str(PROGRAMS), clean["PATH"]))
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**clean, "PATH": path, **(given or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, said.decode())


async def shell(script: str, *, folder: Path, given: Mapping[str, str] | None = None) -> Ran:
    """A script, which ends at the first line that fails: its exit code is that of the last one run."""
    parts.curl()
    return await run("bash", "-eu", "-c", script, folder=folder, given=given)
