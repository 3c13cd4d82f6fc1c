"""Status lists: what signing them costs, and for how long the event loop answers nobody meanwhile.

In processor time, of all threads and of the event loop's own: what else the machine does hardly counts.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

from tests.unit.office import Office, office_of
from tests.unit.proof.documents import NOW
from verifier.publication.status_lists import LENGTH, PURPOSES

PAIRS = 4


def measure() -> list[tuple[str, str]]:
    """Rows of the table."""
    return [row for withdrawn in (0, 1_000, LENGTH // 4) for row in asyncio.run(_measure(withdrawn))]


async def _measure(withdrawn: int) -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as name:
        async with office_of(Path(name)) as office:
            _fill(Path(name) / "store.sqlite3", withdrawn)
            stretches: list[float] = []
            watch = asyncio.create_task(_watch(stretches))
            costs = [cost async for cost in _sign(office)]
            watch.cancel()
    what = f"pair half full, {withdrawn:,} withdrawn of {LENGTH // 2:,}"
    return [
        (f"{what}: one list signed", f"{statistics.median(costs) * 1000:.1f} ms"),
        (f"{what}: longest stretch of the event loop", f"{max(stretches) * 1000:.1f} ms"),
    ]


async def _sign(office: Office) -> AsyncIterator[float]:
    for number in range(1, PAIRS + 1):
        for purpose in PURPOSES:
            began = time.process_time()
            await office.lists.sign(purpose, number)
            yield time.process_time() - began


async def _watch(stretches: list[float]) -> None:
    while True:
        began = time.thread_time()
        await asyncio.sleep(0.001)
        stretches.append(time.thread_time() - began)


def _fill(store: Path, withdrawn: int) -> None:
    """Half the places of each pair, `withdrawn` of them set in both lists."""
    columns = "id, order_id, issuer, handle, intent, listed, valid_from, valid_until, reserved_at"
    places = "revocation_list, revocation_index, suspension_list, suspension_index, revoked_at, suspended_at"
    lists = [(purpose, number, LENGTH, b"", 0) for number in range(1, PAIRS + 1) for purpose in PURPOSES]
    with sqlite3.connect(store) as database:
        database.executemany(
            "INSERT INTO status_list (purpose, number, length, body, signed_at) VALUES (?, ?, ?, ?, ?)", lists
        )
        database.executemany(
            f"INSERT INTO attestation ({columns}, {places})"  # noqa: S608
            " VALUES (?, '', '', '', x'00', 0, 0, 0, 0, ?, ?, ?, ?, ?, ?)",
            _rows(withdrawn),
        )
    database.close()


def _rows(withdrawn: int) -> Iterator[tuple[str | int | None, ...]]:
    chance = Random(1)  # noqa: S311
    for number in range(1, PAIRS + 1):
        drawn = zip(*(chance.sample(range(LENGTH), LENGTH // 2) for _ in PURPOSES), strict=True)
        for place, (revocation, suspension) in enumerate(drawn):
            at = NOW if place < withdrawn else None
            yield f"{number}-{place}", number, revocation, number, suspension, at, at
