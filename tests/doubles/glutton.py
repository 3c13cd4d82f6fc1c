"""``python -m tests.doubles.glutton``: a process that asks hostile servers and relays, and tells what it cost.

On standard input, JSON: ``{"web": {host: origin}, "relays": {name: port}}``. On standard output: for each of them, how
it ended (a code, or how many bytes were taken) and by how many bytes the process grew at most (resident memory).
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

SECONDS = 3.0  # for one fetch, one letter: long enough to swallow a few hundred megabytes
PAGE_BYTES = 1_048_576
_SENDER = MailAddress.parse("no-reply@verifier.example")

Try = Callable[[], Awaitable[str]]


def _status(name: str) -> int:
    """A figure of the process, in bytes."""
    figure = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert figure is not None
    return int(figure[1]) * 1024


async def _growth(attempt: Try) -> tuple[str, int]:
    """How it ended, and the peak of resident memory above what it was before."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is the present again (proc(5))
    before = _status("VmRSS")
    try:
        how = await attempt()
    except VerifierError as error:
        how = error.code
    return how, _status("VmHWM") - before


async def main() -> None:
    asked = json.load(sys.stdin)
    told: dict[str, tuple[str, int]] = {}
    async with Fetcher(
        Resolver(()), user_agent="glutton", overrides=asked["web"], limits=Limits(total=SECONDS)
    ) as fetcher:

        def fetch(host: str) -> Try:
            async def attempt() -> str:
                url = HttpsUrl.parse(f"https://{host}/")
                answer = await fetcher.get(url, accept="*/*", max_bytes=PAGE_BYTES, cut=True)
                return str(len(answer.body))

            return attempt

        def send(port: int) -> Try:
            async def attempt() -> str:
                relay = Relay.parse(f"smtp://127.0.0.1:{port}")
                mailer = Mailer(relay, _SENDER, Clock(), Chance(), step=SECONDS / 2, total=SECONDS)
                await mailer.send(Letter(_SENDER, "Code", "ABCD-2345\n"))
                return "sent"

            return attempt

        tries = {host: fetch(host) for host in asked["web"]} | {name: send(at) for name, at in asked["relays"].items()}
        for attempt in tries.values():
            await _growth(attempt)  # once for what is loaded late, and stays
        for name, attempt in tries.items():
            told[name] = await _growth(attempt)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
