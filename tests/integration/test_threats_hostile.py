"""What hostile servers and relays cost the process that asks them, in resident memory (T26, T27, T10)."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tests.doubles.hostile import BOMBS, RELAYS, WEB, packed
from tests.doubles.http import raw_server
from tests.doubles.tcp import listening

MOST = 5_000_000
ROOT = Path(__file__).parents[2]


async def costs() -> dict[str, tuple[str, int]]:
    """How each attempt ended, and by how many bytes memory grew."""
    scripts = {f"{name}.example": script for name, script in WEB.items()}
    scripts |= {f"{name}.example": packed(*bomb) for name, bomb in BOMBS.items()}
    async with AsyncExitStack() as stack:
        web = {host: await stack.enter_async_context(raw_server(script)) for host, script in scripts.items()}
        relays = {name: await stack.enter_async_context(listening(script)) for name, script in RELAYS.items()}
        glutton = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.doubles.glutton", stdin=-1, stdout=-1, cwd=ROOT
        )
        told, _ = await glutton.communicate(json.dumps({"web": web, "relays": relays}).encode())
    found: dict[str, tuple[str, int]] = json.loads(told)
    assert glutton.returncode == 0
    return found


async def test_t26_t27_hostile_servers_and_relays_cost_less_than_five_megabytes() -> None:
    found = await costs()
    assert set(found) == {f"{name}.example" for name in (*WEB, *BOMBS)} | set(RELAYS)
    assert {name: growth for name, (_, growth) in found.items() if growth >= MOST} == {}
    assert {name: found[f"{name}.example"][0] for name in BOMBS} == dict.fromkeys(BOMBS, "fetch-encoded")
    for name in ("endless-chunks", "no-length", "announced", "one-chunk"):
        assert found[f"{name}.example"][0] == "1048576"
    for name in ("drip", "header-drip", "status-drip", "mute"):
        assert found[f"{name}.example"][0] == "fetch-timeout"
    assert {name: found[name][0] for name in RELAYS} == dict.fromkeys(RELAYS, "mail-unreachable")
