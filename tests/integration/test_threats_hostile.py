"""What hostile servers and relays cost the process that asks them, in resident memory (T26, T27, T10)."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from pathlib import Path

from tests.doubles.hostile import BOMBS, RELAYS, SLOW_RELAYS, SLOW_WEB, WEB, packed
from tests.doubles.http import raw_server, says
from tests.doubles.smtp import SmtpDouble
from tests.doubles.tcp import listening

MOST = 5_000_000
LONG, SHORT = 20.0, 0.3  # seconds; the short ones are spent
CUT = {"endless-chunks", "one-chunk", "no-length", "announced"}
ROOT = Path(__file__).parents[2]


async def costs() -> dict[str, tuple[str, int]]:
    """How each attempt ended, and by how many bytes memory grew."""
    scripts = {name: (script, LONG) for name, script in WEB.items()}
    scripts |= {name: (packed(bomb(), coding), LONG) for name, (bomb, coding) in BOMBS.items()}
    scripts |= {name: (script, SHORT) for name, script in SLOW_WEB.items()}
    scripts["plain"] = (says(b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + bytes(1_048_576)), LONG)
    letters = {name: (script, LONG) for name, script in RELAYS.items()}
    letters |= {name: (script, SHORT) for name, script in SLOW_RELAYS.items()}
    async with AsyncExitStack() as stack:
        smtp = await stack.enter_async_context(SmtpDouble.running())
        web = {
            f"{name}.example": (await stack.enter_async_context(raw_server(script)), seconds)
            for name, (script, seconds) in scripts.items()
        }
        relays = {
            name: (await stack.enter_async_context(listening(script)), seconds)
            for name, (script, seconds) in letters.items()
        } | {"relay": (smtp.port, LONG)}
        asked = {"web": web, "relays": relays, "usual": ["plain.example", "relay"]}
        command = (sys.executable, "-m", "tests.doubles.glutton")
        glutton = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT)
        told, _ = await glutton.communicate(json.dumps(asked).encode())
    assert glutton.returncode == 0
    return {name.removesuffix(".example"): (how, growth) for name, (how, growth) in json.loads(told).items()}


async def test_t26_t27_hostile_servers_and_relays_cost_less_than_five_megabytes() -> None:
    found = await costs()
    assert set(found) == {*WEB, *SLOW_WEB, *BOMBS, *RELAYS, *SLOW_RELAYS, "plain", "relay"}
    assert {name: growth for name, (_, growth) in found.items() if growth >= MOST} == {}
    ends = {name: how for name, (how, _) in found.items()}
    assert (ends["plain"], ends["relay"]) == ("1048576", "sent")
    assert {name: ends[name] for name in BOMBS} == dict.fromkeys(BOMBS, "fetch-encoded")
    assert {name: ends[name] for name in CUT} == dict.fromkeys(CUT, "1048576")
    assert {name: ends[name] for name in SLOW_WEB} == dict.fromkeys(SLOW_WEB, "fetch-timeout")
    assert {ends[name] for name in {*WEB} - CUT} <= {"fetch-headers", "fetch-malformed", "fetch-too-large", "0"}
    lasting = {*RELAYS, *SLOW_RELAYS}
    assert {name: ends[name] for name in lasting} == dict.fromkeys(lasting, "mail-unreachable")
