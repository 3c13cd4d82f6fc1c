"""Checks of accounts, whole and signed, against instances on loopback in a process of their own.

``python -m tests.load.checks`` is that process: it prints its port.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, property_value
from tests.doubles.tools import METHODS, ORIGIN, tools
from verifier.core.clock import Clock
from verifier.core.identifiers import Handle, HttpsUrl
from verifier.core.models import Subject
from verifier.core.site import Site
from verifier.fetch import Fetcher, Identity, Resolver
from verifier.publication import actor as actors
from verifier.signer.http_key import ActorKeys
from verifier.validation import Tools
from verifier.validation.checks import check_rel_me
from verifier.validation.html.pages import Pages

SITE = Site(ORIGIN)
PAGE = SITE.page("abcdefghij234567")
HOSTS = [f"s{number}.example" for number in range(200)]
AT_ONCE = 32
PAGE_KB = 40

# As a profile page of Mastodon: some sixty links to its parts, then the first state of its program.
_ASSETS = '<link rel="modulepreload" href="/packs/assets/a-1234.js" crossorigin="anonymous">' * 60
_STATE = f'<script type="application/json">{json.dumps({"state": "x" * 1000 * (PAGE_KB - 5)})}</script>'

Check = Callable[[str, Tools], Awaitable[str | None]]
"""Of an instance of that name; why it failed."""


def measure(count: int) -> list[tuple[str, str]]:
    """Rows of the table; `count` checks of each kind."""
    with _instances() as origin, tempfile.TemporaryDirectory() as folder:
        keys = ActorKeys.ensure(Path(folder))
        signed = Identity(actors.key_id(SITE), keys.rsa_sha256, Clock())
        rates = {
            "unsigned": uvloop.run(_rate(origin, _account("field"), count, None)),
            "signed": uvloop.run(_rate(origin, _account("field"), count, signed)),
            "page": uvloop.run(_rate(origin, _account("page"), count, signed)),
            "public": uvloop.run(_rate(origin, _page, count, None)),
        }
    return [
        ("`rel-me-01`, found in the actor: WebFinger, signed actor", f"**{rates['signed']:,.0f}/s**"),
        ("the same, unsigned", f"{rates['unsigned']:,.0f}/s"),
        (
            f"`rel-me-01`, found in the page: and {PAGE_KB} kB of HTML, parsed in processes of their own",
            f"**{rates['page']:,.0f}/s**",
        ),
        (f"the public check of a page: {PAGE_KB} kB of HTML alone", f"**{rates['public']:,.0f}/s**"),
    ]


async def _rate(origin: str, check: Check, count: int, identity: Identity | None) -> float:
    overrides = dict.fromkeys(HOSTS, origin)
    knocks = identity.signers if identity else ()
    async with (
        Fetcher(Resolver([]), user_agent="bench", overrides=overrides, sign=knocks) as fetcher,
        Pages() as pages,
    ):
        ways_out, turns = tools(fetcher, pages=pages), asyncio.Semaphore(AT_ONCE)

        async def one(host: str) -> None:
            async with turns:
                problem = await check(host, ways_out)
            if problem is not None:
                sys.exit(problem)

        began = time.monotonic()
        await asyncio.gather(*(one(HOSTS[at % len(HOSTS)]) for at in range(count)))
        return count / (time.monotonic() - began)


def _account(user: str) -> Check:
    async def check(host: str, ways_out: Tools) -> str | None:
        subject = Subject("o", Handle.parse(f"@{user}@{host}"), PAGE, None, None, "fr")
        record, _ = await METHODS["rel-me-01"].check(subject, {}, {}, ways_out)
        return None if record.valid else str(record.problem)

    return check


async def _page(host: str, ways_out: Tools) -> str | None:
    page = HttpsUrl.parse(f"https://{host}/@page")
    answer = await check_rel_me(page, PAGE, ways_out)
    return None if answer["linked"] else str(answer["why"])


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
            person = instance.person("page")
            person.head, person.body = f'{_ASSETS}<link rel="me" href="{PAGE}">', _STATE
        print(http.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
