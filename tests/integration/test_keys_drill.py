"""The key drill: every step holds, and its transcript says so."""

import re
from pathlib import Path

from tests.integration import drill

TRANSCRIPT = Path(__file__).parents[2] / "docs" / "key-drill.md"
# What differs from run to run: names of keys, digests, ids of attestations, the port.
_CHANGES = re.compile(r"z6Mk\w{44}|(?<=digest )[0-9a-f ]{71}|\b[a-z2-7]{16}(?=  (?:worthless|good))|(?<=%3A)[0-9]+")


def masked(text: str) -> str:
    return _CHANGES.sub("…", text)


async def test_t49_t50_the_key_drill(tmp_path: Path) -> None:
    done = await drill.drill(tmp_path)
    assert masked(drill.page(done)) == masked(TRANSCRIPT.read_text())
