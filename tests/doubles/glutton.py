"""``python -m tests.doubles.glutton``: a process that asks hostile servers and relays, and tells what it cost.

On standard input, JSON: ``{"web": {host: [origin, seconds]}, "relays": {name: [port, seconds]}, "usual": [those that do
no harm]}``. On standard output: for each of them, how it ended (a code, or how many bytes were taken) and by how many
bytes the process grew at most (resident memory).
"""

import asyncio
import gc
import json
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from verifier.core.clock import Chance, Clock
from verifier.core.errors import VerifierError
from verifier.core.identifiers import HttpsUrl, MailAddress
from verifier.fetch import Fetcher, Limits, Resolver
from verifier.mail import Letter, Mailer, Relay

PAGE_BYTES = 1_048_576
_SENDER = MailAddress.parse("no-reply@verifier.example")

Try = Callable[[], Awaitable[str]]


def _status(name: str) -> int:
    """A figure of the process, in bytes."""
    figure = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert figure is not None
    return int(figure[1]) * 1024


def _reset() -> int:
    """From here on the peak counts anew (proc(5)); what the process holds now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


async def _growth(attempt: Try) -> tuple[str, int]:
    """How it ended, and the peak of resident memory above what it was before."""
    gc.collect()
    before = _reset()
    try:
        how = await attempt()
    except VerifierError as error:
        how = error.code
    return how, _status("VmHWM") - before


def _fetch(host: str, origin: str, seconds: float) -> Try:
    async def attempt() -> str:
        fetcher = Fetcher(Resolver(()), user_agent="glutton", overrides={host: origin}, limits=Limits(total=seconds))
        async with fetcher:
            url = HttpsUrl.parse(f"https://{host}/")
            answer = await fetcher.get(url, accept="*/*", max_bytes=PAGE_BYTES, cut=True)
            return str(len(answer.body))

    return attempt


def _send(port: int, seconds: float) -> Try:
    async def attempt() -> str:
        relay = Relay.parse(f"smtp://127.0.0.1:{port}")
        mailer = Mailer(relay, _SENDER, Clock(), Chance(), total=seconds)
        await mailer.send(Letter(_SENDER, "Code", "ABCD-2345\n"))
        return "sent"

    return attempt


async def main() -> None:
    asked = json.load(sys.stdin)
    web = {host: _fetch(host, origin, seconds) for host, (origin, seconds) in asked["web"].items()}
    relays = {name: _send(port, seconds) for name, (port, seconds) in asked["relays"].items()}
    for usual in asked["usual"]:  # once, for what is loaded late and stays
        await (web | relays)[usual]()
    json.dump({name: await _growth(attempt) for name, attempt in (web | relays).items()}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
