"""Checks of accounts, whole and signed, against instances on loopback in a process of their own.

``python -m tests.load.checks`` is that process: it prints its port.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, property_value
from tests.doubles.tools import ORIGIN, tools
from verifier.core.clock import Clock
from verifier.core.identifiers import Handle
from verifier.core.models import Subject
from verifier.core.site import Site
from verifier.fetch import Fetcher, Identity, Resolver
from verifier.publication import actor as actors
from verifier.signer.http_key import ActorKeys
from verifier.validation import METHODS, Tools

SITE = Site(ORIGIN)
PAGE = SITE.page("abcdefghij234567")
HOSTS = [f"s{number}.example" for number in range(200)]
AT_ONCE = 32


def measure(count: int) -> list[tuple[str, str]]:
    """Rows of the table; `count` checks of accounts that link in a field."""
    with _instances() as origin, tempfile.TemporaryDirectory() as folder:
        keys = ActorKeys.ensure(Path(folder))
        signed = Identity(actors.key_id(SITE), keys.rsa_sha256, Clock())
        rates = {
            "unsigned": uvloop.run(_rate(origin, "field", count, None)),
            "signed": uvloop.run(_rate(origin, "field", count, signed)),
            "page": uvloop.run(_rate(origin, "page", count // 20, signed)),
        }
    return [
        ("`rel-me-01`, found in the actor: WebFinger, signed actor", f"**{rates['signed']:,.0f}/s**"),
        ("the same, unsigned", f"{rates['unsigned']:,.0f}/s"),
        ("`rel-me-01`, found in the page: and its HTML, parsed in a process of its own", f"{rates['page']:,.0f}/s"),
    ]


async def _rate(origin: str, user: str, count: int, identity: Identity | None) -> float:
    overrides = dict.fromkeys(HOSTS, origin)
    knocks = identity.knocks if identity else ()
    async with Fetcher(Resolver([]), user_agent="bench", overrides=overrides, sign=knocks) as fetcher:
        ways_out, turns = tools(fetcher), asyncio.Semaphore(AT_ONCE)
        began = time.monotonic()
        await asyncio.gather(*(_check(ways_out, turns, f"@{user}@{HOSTS[at % len(HOSTS)]}") for at in range(count)))
        return count / (time.monotonic() - began)


async def _check(ways_out: Tools, turns: asyncio.Semaphore, handle: str) -> None:
    subject = Subject("o", Handle.parse(handle), PAGE, None, None, "fr")
    async with turns:
        record, _ = await METHODS["rel-me-01"].check(subject, {}, {}, ways_out)
    if not record.valid:
        sys.exit(str(record.problem))


@contextmanager
def _instances() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)


async def main() -> None:
    async with HttpDouble.running() as http:
        for host in HOSTS:
            instance = Instance(http, host)
            instance.person("field", property_value(f'<a href="{PAGE}" rel="me">{PAGE}</a>'))
            instance.person("page").head = f'<link rel="me" href="{PAGE}">'
        print(http.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
