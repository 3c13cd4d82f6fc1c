"""The stranger: Node with @digitalbazaar/vc, which shares no code with us."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests import parts
from verifier.core.strict_json import Json


def install() -> None:
    """Its packages, once, whichever of the test processes comes first."""
    with (parts.STRANGER / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts.install_stranger()


def verify(credential: Mapping[str, Json], documents: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """What the stranger says of a credential: an entry for each suite, and ``status``.

    :param documents: what it may read, by URL (a DID document by its DID); the rest it fetches, from loopback alone
    """
    node = Path(sys.executable).parent / "node"
    answer = subprocess.run(
        (node, "verify.js"),
        input=json.dumps({"credential": credential, "documents": documents or {}}).encode(),
        capture_output=True,
        cwd=parts.STRANGER,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr.decode()
    result: dict[str, Json] = json.loads(answer.stdout)
    return result
