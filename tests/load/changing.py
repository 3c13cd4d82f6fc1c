"""Fifty verdicts a second change, from another process; after each commit, how long is the older one told?

``python -m tests.load.changing DATABASE_URL ORIGIN SECONDS`` prints a line of JSON: changes made, and the longest time
in seconds between a commit and the first answer that shows it.
"""

import asyncio
import json
import sys
import time

import uvloop
from aiohttp import ClientSession

from verifier.core.clock import to_rfc3339
from verifier.core.site import Site
from verifier.storage import open_storage

from .seed import AT, handle, id_, verdict

EACH = 1 / 50  # seconds
AMONG = 100  # of the accounts, those that are popular


async def run(url: str, origin: str, seconds: float) -> dict[str, float]:
    site, delays = Site(origin), []

    async def watch(session: ClientSession, at: int, moment: int, committed: float) -> None:
        while True:
            async with session.get(f"{origin}/api/v1/lookup?handle=@{handle(at)}") as answer:
                if (await answer.json())["asOf"] >= to_rfc3339(moment):
                    delays.append(time.monotonic() - committed)
                    return

    async with await open_storage(url) as storage, ClientSession() as session:
        began, watching = time.monotonic(), []
        for number in range(int(seconds / EACH)):
            at, moment = number % AMONG, AT + 1 + number
            async with storage.write.transaction() as tx:
                await tx.verdicts.renew(id_(at), moment, verdict(site, at, moment))
            watching.append(asyncio.create_task(watch(session, at, moment, time.monotonic())))
            await asyncio.sleep(max(0, began + (number + 1) * EACH - time.monotonic()))
        await asyncio.gather(*watching)
    return {"changes": len(delays), "oldest": max(delays)}


def main() -> None:
    url, origin, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(run(url, origin, float(seconds)))))


if __name__ == "__main__":
    main()
